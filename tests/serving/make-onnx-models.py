"""Saves churn models as ONNX: make-onnx-models.py FOLDER. Needs onnx, skl2onnx and onnxruntime."""

import logging
import sys
import warnings
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
from mlflow.models import infer_signature
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression

warnings.filterwarnings("ignore")
logging.getLogger("mlflow").setLevel(logging.ERROR)
TO = Path(sys.argv[1])
TABLE = Path(__file__).parent.parent.parent / "examples/churn/telco-churn.csv"
FIXED = {"pip_requirements": [f"mlflow=={mlflow.__version__}"]}


def main():
    frame = pd.read_csv(TABLE)
    target = (frame.pop("churn") == "Yes").astype(int)
    numbers = frame.select_dtypes("number").astype(float).fillna(0.0)
    forest = RandomForestClassifier(n_estimators=20, max_depth=6, random_state=1).fit(numbers.to_numpy(), target)
    line = LinearRegression().fit(numbers.to_numpy(), target)
    free = [("X", FloatTensorType([None, numbers.shape[1]]))]

    def keep(name, model, signature, **convert):
        graph = convert_sklearn(model, initial_types=free, target_opset={"": 18, "ai.onnx.ml": 3}, **convert)
        mlflow.onnx.save_model(graph, TO / name, signature=signature, input_example=numbers.head(2), **FIXED)

    columns = infer_signature(numbers, pd.DataFrame({"label": np.array([0])}))
    # MLflow answers a frame only with outputs of one value a row: the label alone.
    graph = convert_sklearn(forest, initial_types=free, target_opset={"": 18, "ai.onnx.ml": 3}, options={"zipmap": False})
    while len(graph.graph.output) > 1:
        graph.graph.output.pop()
    mlflow.onnx.save_model(graph, TO / "label", signature=columns, input_example=numbers.head(2), **FIXED)
    keep("line", line, columns)
    keep("both", forest, columns, options={"zipmap": False})
    keep("zipmap", forest, columns)
    array = numbers.to_numpy().astype(np.float32)
    keep("tensor", line, infer_signature(array, np.zeros((1, 1), dtype=np.float32)))
    numbers.to_csv(TO / "numbers.csv", index=False)


if __name__ == "__main__":
    main()
