"""Of the churn example's customers: what mlflow.pyfunc answers for the champion; then a deliberately worse version is logged."""

import json
import sys

import mlflow
import pandas as pd
from mlflow.models import get_model_info
from sklearn.dummy import DummyClassifier

data, out, name = sys.argv[1:]
customers = pd.read_csv(data, nrows=600).drop(columns="churn")
customers["total_charges"] = customers["total_charges"].fillna(0.0)
customers["tenure"] = customers["tenure"].astype(float)

uri = f"models:/{name}@champion"
champion = mlflow.pyfunc.load_model(uri)
answers = champion.predict(customers).tolist()
with open(out, "w") as file:
    json.dump({"asked": {"dataframe_split": json.loads(customers.to_json(orient="split", index=False, double_precision=15))}, "answers": answers}, file)

# It knows nothing of customers: everybody leaves. Signature and environment are the champion's.
worse = DummyClassifier(strategy="constant", constant=1).fit(customers, [0, 1] * (len(customers) // 2))
with open(mlflow.pyfunc.get_model_dependencies(uri)) as file:
    requirements = [line for line in file.read().splitlines() if line]
with mlflow.start_run(run_name="worse"):
    mlflow.sklearn.log_model(
        worse, name="model", signature=get_model_info(uri).signature, pip_requirements=requirements, registered_model_name=name
    )
