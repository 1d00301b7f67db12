"""Autologging of scikit-learn and XGBoost, untouched."""

import mlflow
import numpy as np
import pytest
import xgboost
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV


@pytest.fixture(scope="module")
def data():
    return make_classification(n_samples=120, n_features=5, random_state=0)


@pytest.fixture
def autolog(experiment):
    mlflow.sklearn.autolog(log_input_examples=True, silent=True)
    mlflow.xgboost.autolog(silent=True)
    yield
    mlflow.sklearn.autolog(disable=True)
    mlflow.xgboost.autolog(disable=True)


def only_run(experiment, filter_string=""):
    found = mlflow.MlflowClient().search_runs([experiment], filter_string)
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("model", [LogisticRegression(C=0.5), RandomForestClassifier(n_estimators=5, random_state=0)])
def test_fitting_an_estimator_leaves_a_whole_run(autolog, experiment, data, client, model):
    x, y = data
    model.fit(x, y)
    score = model.score(x, y)
    run = only_run(experiment)
    assert run.info.status == "FINISHED"
    assert run.data.params == {name: str(value) for name, value in model.get_params().items()}
    assert run.data.metrics["training_accuracy_score"] == pytest.approx(score)
    assert {"training_roc_auc", "training_log_loss", "training_f1_score"} <= set(run.data.metrics)
    assert run.data.tags["mlflow.autologging"] == "sklearn" and run.data.tags["estimator_name"] == type(model).__name__
    assert [one.dataset.source_type for one in run.inputs.dataset_inputs] == ["code"]
    names = {file.path for file in client.list_artifacts(run.info.run_id)}
    assert {"training_confusion_matrix.png", "estimator.html", "metric_info.json"} <= names
    (output,) = run.outputs.model_outputs
    logged = mlflow.get_logged_model(output.model_id)
    assert logged.status == "READY" and logged.source_run_id == run.info.run_id
    assert {"training_accuracy_score"} <= {metric.key for metric in logged.metrics}
    assert (mlflow.sklearn.load_model(f"models:/{output.model_id}").predict(x) == model.predict(x)).all()
    assert (mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/model").predict(x) == model.predict(x)).all()


def test_grid_search_logs_a_parent_and_a_child_for_each_candidate(autolog, experiment, data, client):
    x, y = data
    search = GridSearchCV(LogisticRegression(), {"C": [0.01, 0.1, 1.0, 10.0]}, cv=3)
    search.fit(x, y)
    parent = only_run(experiment, "tags.estimator_name = 'GridSearchCV'")
    children = client.search_runs([experiment], f"tags.mlflow.parentRunId = '{parent.info.run_id}'")
    assert sorted(child.data.params["C"] for child in children) == ["0.01", "0.1", "1.0", "10.0"]
    assert all(child.info.status == "FINISHED" for child in children)
    best = max(child.data.metrics["mean_test_score"] for child in children)
    assert parent.data.metrics["best_cv_score"] == pytest.approx(best) == pytest.approx(search.best_score_)
    assert parent.data.params["best_C"] == str(search.best_params_["C"])
    assert "cv_results.csv" in {file.path for file in client.list_artifacts(parent.info.run_id)}
    assert len(parent.outputs.model_outputs) == 2


def test_xgboost_logs_every_round(autolog, experiment, data, client):
    x, y = data
    train = xgboost.DMatrix(x[:90], y[:90])
    held = xgboost.DMatrix(x[90:], y[90:])
    booster = xgboost.train(
        {"objective": "binary:logistic", "eval_metric": ["logloss", "auc"], "max_depth": 2},
        train, num_boost_round=12, evals=[(train, "train"), (held, "held")], verbose_eval=False,
    )  # fmt: skip
    run = only_run(experiment)
    assert run.data.params["max_depth"] == "2" and run.data.params["num_boost_round"] == "12"
    history = client.get_metric_history(run.info.run_id, "held-auc")
    assert [metric.step for metric in history] == list(range(12))
    assert {"train-logloss", "train-auc", "held-logloss"} <= set(run.data.metrics)
    (output,) = run.outputs.model_outputs
    again = mlflow.xgboost.load_model(f"models:/{output.model_id}")
    assert np.allclose(again.predict(held), booster.predict(held))
    names = {file.path for file in client.list_artifacts(run.info.run_id)}
    assert {"feature_importance_weight.json", "feature_importance_weight.png"} <= names


def test_xgboost_through_its_scikit_learn_face(autolog, experiment, data):
    x, y = data
    xgboost.XGBClassifier(n_estimators=5, max_depth=2).fit(x, y, eval_set=[(x, y)], verbose=False)
    run = only_run(experiment)
    assert run.data.params["max_depth"] == "2"
    assert "validation_0-logloss" in run.data.metrics


def test_autologging_inside_an_open_run_adds_to_it(autolog, experiment, data):
    x, y = data
    with mlflow.start_run(run_name="mine") as run:
        LogisticRegression().fit(x, y)
        mlflow.log_metric("own", 1.0)
    read = only_run(experiment)
    assert read.info.run_id == run.info.run_id and read.data.metrics["own"] == 1.0
    assert "training_accuracy_score" in read.data.metrics
