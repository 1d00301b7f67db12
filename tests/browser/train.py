"""A team's afternoon, logged by MLflow's own client: a search with autologging, tables, images, a model in the
registry, and a training that goes on until its standard input ends. Takes the address of the server."""
import math
import sys
import threading

import mlflow
import numpy as np
import pandas as pd
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

mlflow.set_tracking_uri(sys.argv[1])
mlflow.set_experiment("telco/churn")
mlflow.sklearn.autolog(log_models=False, silent=True)
x, y = make_classification(n_samples=300, n_features=6, random_state=7)
names = ["tenure", "charges", "calls", "age", "contract", "payment"]
frame = pd.DataFrame(x, columns=names)
train = mlflow.data.from_pandas(frame.assign(churned=y), name="customers", targets="churned")

with mlflow.start_run(run_name="search"):
    mlflow.log_input(train, context="training")
    for depth in (1, 3, 6):
        with mlflow.start_run(run_name=f"forest-{depth}", nested=True) as run:
            mlflow.log_input(train, context="training")
            mlflow.set_tag("team", "retention")
            forest = RandomForestClassifier(n_estimators=20, max_depth=depth, random_state=1).fit(frame[:200], y[:200])
            score = forest.predict_proba(frame[200:])[:, 1]
            mlflow.log_table({"target": y[200:].tolist(), "prediction": (score > 0.5).astype(int).tolist(), "score": score.tolist()}, "eval/predictions.json")
            for step in range(30):
                if step not in (11, 12):
                    mlflow.log_metric("valid/loss", math.nan if step == 20 else math.exp(-step / (4 + depth)), step=step)
            for step in (0, 10):
                mlflow.log_image(np.full((24, 32, 3), 40 * depth + step, dtype=np.uint8), key="samples", step=step)
            mlflow.log_text("# Forest\n\nDepth decides.", "report.md")
with mlflow.start_run(run_name="shipped"):
    mlflow.log_input(train, context="training")
    shipped = LogisticRegression().fit(frame[:200], y[:200])
    mlflow.sklearn.log_model(shipped, name="model", input_example=frame[:3], pip_requirements=["scikit-learn"], registered_model_name="telco-churn")
with mlflow.start_run(run_name="challenger"):
    challenger = LogisticRegression(C=0.1).fit(frame[:200], y[:200])
    mlflow.sklearn.log_model(challenger, name="model", input_example=frame[:3], pip_requirements=["scikit-learn"], registered_model_name="telco-churn")
mlflow.MlflowClient().set_registered_model_alias("telco-churn", "champion", 1)

over = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
with mlflow.start_run(run_name="live"):
    print("ready", flush=True)
    step = 0
    while not over.wait(0.05):
        mlflow.log_metric("train/loss", 1 / (1 + step / 50), step=step)
        step += 1
