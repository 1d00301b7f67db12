"""Saves churn models as ONNX: make-onnx-models.py FOLDER. Needs onnx, skl2onnx and onnxruntime."""

import logging
import sys
import warnings
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import onnx
from mlflow.models import ModelSignature, infer_signature
from mlflow.types.schema import Schema, TensorSpec
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
    # Tensors: several of other types by their names, pictures, texts, and one whose answer has another length.
    make = onnx.helper
    value = lambda name, kind, shape: make.make_tensor_value_info(name, kind, shape)
    F, I, B, S = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64, onnx.TensorProto.BOOL, onnx.TensorProto.STRING

    def graph_of(nodes, inputs, outputs):
        model = make.make_model(make.make_graph(nodes, "g", inputs, outputs), opset_imports=[make.make_opsetid("", 18)], ir_version=9)
        onnx.checker.check_model(model)
        return model

    several = graph_of(
        [make.make_node("Cast", ["n"], ["f"], to=F), make.make_node("Mul", ["x", "f"], ["product"]), make.make_node("Not", ["flag"], ["turned"])],
        [value("x", F, ["rows", 2]), value("n", I, ["rows", 1]), value("flag", B, ["rows"])], [value("product", F, ["rows", 2]), value("turned", B, ["rows"])],
    )
    arrays = {"x": np.ones((2, 2), np.float32), "n": np.ones((2, 1), np.int64), "flag": np.array([True, False])}
    mlflow.onnx.save_model(several, TO / "several", signature=infer_signature(arrays, {"product": np.ones((2, 2), np.float32), "turned": np.array([True])}), **FIXED)
    picture = graph_of([make.make_node("ReduceMean", ["image"], ["mean"], keepdims=0, noop_with_empty_axes=0), make.make_node("Relu", ["image"], ["same"])], [value("image", F, ["n", 2, "w"])], [value("mean", F, []), value("same", F, ["n", 2, "w"])])
    mlflow.onnx.save_model(picture, TO / "picture", signature=ModelSignature(Schema([TensorSpec(np.dtype("float64"), (-1, 2, -1))]), Schema([TensorSpec(np.dtype("float32"), (-1, 2, -1), "same")])), **FIXED)
    words = graph_of([make.make_node("Identity", ["text"], ["echo"])], [value("text", S, ["n"])], [value("echo", S, ["n"])])
    mlflow.onnx.save_model(words, TO / "words", signature=ModelSignature(Schema([TensorSpec(np.dtype("str"), (-1,), "text")]), Schema([TensorSpec(np.dtype("str"), (-1,), "echo")])), **FIXED)
    numbers.to_csv(TO / "numbers.csv", index=False)


if __name__ == "__main__":
    main()
