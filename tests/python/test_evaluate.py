"""models.evaluate: metrics and plots of a logged model on a data set."""

import mlflow
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression


def frame(seed):
    values = np.random.default_rng(seed).normal(size=(80, 2))
    return pd.DataFrame({"x0": values[:, 0], "x1": values[:, 1], "y": (values.sum(axis=1) > 0).astype(int)})


def test_a_classifier_is_evaluated_and_the_results_belong_to_it(experiment, client):
    train, test = frame(0), frame(1)
    model = LogisticRegression().fit(train[["x0", "x1"]], train.y)
    with mlflow.start_run() as run:
        info = mlflow.sklearn.log_model(model, name="clf", input_example=train[["x0", "x1"]].head(2))
        data = mlflow.data.from_pandas(test, targets="y", name="test")
        result = mlflow.models.evaluate(
            info.model_uri, data, model_type="classifier", evaluator_config={"log_explainer": False}
        )
    assert 0.8 < result.metrics["accuracy_score"] <= 1
    read = mlflow.get_run(run.info.run_id)
    assert read.data.metrics["accuracy_score"] == result.metrics["accuracy_score"]
    assert [one.dataset.name for one in read.inputs.dataset_inputs] == ["test"]
    logged = {metric.key: metric for metric in mlflow.get_logged_model(info.model_id).metrics}
    assert logged["accuracy_score"].dataset_name == "test"
    names = {file.path for file in client.list_artifacts(run.info.run_id)}
    assert {"confusion_matrix.png", "roc_curve_plot.png"} <= names


def test_predictions_without_a_model_are_evaluated(experiment):
    data = pd.DataFrame({"truth": [1.0, 2.0, 3.0], "guess": [1.1, 1.9, 3.2]})
    with mlflow.start_run() as run:
        result = mlflow.models.evaluate(
            data=data, targets="truth", predictions="guess", model_type="regressor", evaluators=["default"]
        )
    assert mlflow.get_run(run.info.run_id).data.metrics["root_mean_squared_error"] == result.metrics["root_mean_squared_error"]
