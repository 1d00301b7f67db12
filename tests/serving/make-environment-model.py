"""Saves models whose answers tell in which environment they run: make-environment-model.py FOLDER."""

import sys
import warnings
from importlib.metadata import version
from pathlib import Path

warnings.filterwarnings("ignore")

import logging

import mlflow
import pandas as pd
from mlflow.models import infer_signature

logging.getLogger("mlflow").setLevel(logging.ERROR)

TO = Path(sys.argv[1])


class Tells(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        import six

        return [six.__version__] * len(model_input)


def main():
    example = pd.DataFrame({"x": [1.0]})
    # The tests' own Python has another six.
    base = [f"mlflow-skinny=={mlflow.__version__}", *(f"{name}=={version(name)}" for name in ("numpy", "pandas"))]
    for name, requirements in (("own", [*base, "six==1.16.0"]), ("broken", [*base, "six==999"])):
        mlflow.pyfunc.save_model(TO / name, python_model=Tells(), signature=infer_signature(example, ["1.16.0"]), input_example=example, pip_requirements=requirements)


if __name__ == "__main__":
    main()
