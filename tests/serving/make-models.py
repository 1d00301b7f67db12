"""Saves the models that the tests of serving use, below a folder: make-models.py FOLDER."""

import os
import sys
import warnings
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
warnings.filterwarnings("ignore")

import logging

import mlflow
import numpy as np
import pandas as pd
import xgboost
from mlflow.models import infer_signature
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

logging.getLogger("mlflow").setLevel(logging.ERROR)

TO = Path(sys.argv[1])
TABLE = Path(__file__).parent.parent.parent / "examples/churn/telco-churn.csv"
NUMBERS = ["tenure", "monthly_charges", "total_charges"]
# Saving would otherwise look at every package that is installed, for seconds.
FIXED = {"pip_requirements": [f"mlflow=={mlflow.__version__}"]}


def churn():
    frame = pd.read_csv(TABLE)
    frame["tenure"] = frame["tenure"].astype(float)
    target = (frame.pop("churn") == "Yes").astype(int)
    return frame, target


def main():
    frame, target = churn()
    full = frame.fillna({"total_charges": 0.0})
    words = [name for name in full.columns if not pd.api.types.is_numeric_dtype(full[name])]
    prepare = ColumnTransformer(
        [("numbers", StandardScaler(), NUMBERS), ("words", OneHotEncoder(handle_unknown="ignore"), words)], remainder="passthrough"
    )
    pipeline = Pipeline([("prepare", prepare), ("model", LogisticRegression(solver="liblinear"))]).fit(full, target)
    mlflow.sklearn.save_model(
        pipeline, TO / "sklearn", signature=infer_signature(full, pipeline.predict(full)), input_example=full.head(2),
        serialization_format="cloudpickle", **FIXED,
    )

    # Numbers only, with the missing totals left missing: what XGBoost is asked for.
    numbers = frame.select_dtypes("number").astype(float)
    booster = xgboost.XGBClassifier(n_estimators=60, max_depth=4, n_jobs=1).fit(numbers, target)
    mlflow.xgboost.save_model(
        booster, TO / "xgboost", signature=infer_signature(numbers, booster.predict(numbers)), input_example=numbers.head(2), **FIXED
    )
    raw = xgboost.train({"objective": "binary:logistic", "max_depth": 4}, xgboost.DMatrix(numbers, target), 60)
    mlflow.xgboost.save_model(raw, TO / "booster", signature=infer_signature(numbers, raw.predict(xgboost.DMatrix(numbers))), **FIXED)

    class Custom(mlflow.pyfunc.PythonModel):
        """Fails, waits or dies on demand, so that the pool can be tested."""

        def predict(self, context, model_input, params=None):
            import os
            import time

            values = model_input["x"]
            if (values == -1).any():
                raise ValueError("minus one is not welcome")
            if (values == -2).any():
                os._exit(3)
            if (values == -3).any():
                time.sleep(30)
            return (values * (params or {}).get("factor", 1.0)).to_numpy()

    example = pd.DataFrame({"x": [1.0, 2.0]})
    mlflow.pyfunc.save_model(
        TO / "custom", python_model=Custom(), signature=infer_signature(example, np.array([1.0]), params={"factor": 2.0}), input_example=example,
        **FIXED,
    )
    # A model of tensors: an array without a name.
    array = numbers.fillna(0.0).to_numpy()
    mlflow.sklearn.save_model(
        LogisticRegression(solver="liblinear").fit(array, target), TO / "tensor", signature=infer_signature(array, target.to_numpy()[:1]),
        serialization_format="cloudpickle", **FIXED,
    )

    class Worse(mlflow.pyfunc.PythonModel):
        """Takes what the models of numbers take, and fails for half of the customers."""

        def predict(self, context, model_input, params=None):
            if (model_input["tenure"] > 30).any():
                raise ValueError("a customer of more than thirty months")
            return (model_input["tenure"] > 10).astype(int).to_numpy()

    mlflow.pyfunc.save_model(
        TO / "worse", python_model=Worse(), signature=infer_signature(numbers, np.array([1])), input_example=numbers[numbers["tenure"] < 9].head(2), **FIXED
    )
    numbers.assign(churn=target).to_csv(TO / "numbers.csv", index=False)
    full.to_csv(TO / "full.csv", index=False)


if __name__ == "__main__":
    main()
