"""Logged models: made by hand and by log_model, their metrics, tags, search."""

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.entities import LoggedModelStatus, Metric
from mlflow.exceptions import MlflowException
from sklearn.linear_model import LinearRegression


def test_a_model_is_created_filled_finalised_and_deleted(client, experiment):
    model = client.create_logged_model(experiment, name="by-hand", tags={"a": "1"}, params={"lr": "0.1"}, model_type="tree")
    assert model.model_id.startswith("m-") and model.status == LoggedModelStatus.PENDING
    assert model.artifact_location == f"mlflow-artifacts:/{experiment}/models/{model.model_id}/artifacts"
    client.log_model_params(model.model_id, {"depth": "3"})
    client.set_logged_model_tags(model.model_id, {"a": "2", "b": "3"})
    client.delete_logged_model_tag(model.model_id, "b")
    done = client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
    assert done.status == LoggedModelStatus.READY
    read = client.get_logged_model(model.model_id)
    assert (read.name, read.model_type, read.params) == ("by-hand", "tree", {"lr": "0.1", "depth": "3"})
    assert read.tags["a"] == "2" and "b" not in read.tags
    assert read.last_updated_timestamp >= read.creation_timestamp
    client.delete_logged_model(model.model_id)
    with pytest.raises(MlflowException, match="not found"):
        client.get_logged_model(model.model_id)


def test_metrics_of_a_run_also_belong_to_its_model(experiment):
    frame = mlflow.data.from_pandas(pd.DataFrame({"x": [1.0]}), name="holdout")
    with mlflow.start_run():
        model = mlflow.initialize_logged_model(name="scored")
        mlflow.log_metric("auc", 0.7, step=0, model_id=model.model_id)
        mlflow.log_metric("auc", 0.8, step=1, model_id=model.model_id)
        mlflow.log_metrics({"f1": 0.5}, step=1, model_id=model.model_id, dataset=frame)
        mlflow.finalize_logged_model(model.model_id, "READY")
    metrics = {(m.key, m.step): m for m in mlflow.get_logged_model(model.model_id).metrics}
    assert metrics["auc", 1].value == 0.8
    assert (metrics["f1", 1].dataset_name, metrics["f1", 1].dataset_digest) == ("holdout", frame.digest)


def test_a_model_logged_in_a_run_is_its_output_and_loads(experiment, client):
    x, y = np.arange(8.0).reshape(4, 2), np.array([1.0, 2.0, 3.0, 4.0])
    model = LinearRegression().fit(x, y)
    with mlflow.start_run() as run:
        info = mlflow.sklearn.log_model(model, name="linear", input_example=x[:2])
    logged = mlflow.get_logged_model(info.model_id)
    assert logged.status == LoggedModelStatus.READY and logged.source_run_id == run.info.run_id
    outputs = mlflow.get_run(run.info.run_id).outputs.model_outputs
    assert [one.model_id for one in outputs] == [info.model_id]
    for uri in (f"models:/{info.model_id}", f"runs:/{run.info.run_id}/linear", info.model_uri):
        assert np.allclose(mlflow.pyfunc.load_model(uri).predict(x), y)
    assert mlflow.models.get_model_info(info.model_uri).signature is not None
    files = {file.path for file in client.list_logged_model_artifacts(info.model_id)}
    assert {"MLmodel", "conda.yaml", "requirements.txt"} <= files


def test_a_model_needs_no_run(experiment):
    class Double(mlflow.pyfunc.PythonModel):
        def predict(self, model_input: list[float]) -> list[float]:
            return [2 * value for value in model_input]

    info = mlflow.pyfunc.log_model(name="double", python_model=Double(), pip_requirements=[])
    assert mlflow.pyfunc.load_model(info.model_uri).predict([1.0, 2.5]) == [2.0, 5.0]


@pytest.fixture
def shelf(client, experiment):
    """Three models with a metric on two data sets."""
    rid = client.create_run(experiment).info.run_id
    made = {}
    for index, name in enumerate(["alpha", "beta", "Gamma"]):
        model = client.create_logged_model(
            experiment, name=name, params={"depth": str(index)}, tags={"team": "a" if index else "b"}, source_run_id=rid
        )
        for time, data, value in ((10, "train", 0.9 - index / 10), (20, "test", 0.5 + index / 10)):
            client.log_batch(
                rid, metrics=[Metric("auc", value, time, 0, model_id=model.model_id, dataset_name=data, dataset_digest="d1")]
            )
        client.finalize_logged_model(model.model_id, "READY")
        made[name] = model.model_id
    return made


def test_models_are_found_by_what_they_carry(experiment, shelf):
    def names(filter_string="", **more):
        found = mlflow.search_logged_models([experiment], filter_string, output_format="list", **more)
        return [model.name for model in found]

    by_name = [{"field_name": "name", "ascending": True}]
    assert names() == ["Gamma", "beta", "alpha"]
    assert names(order_by=by_name) == ["Gamma", "alpha", "beta"]
    assert names("name = 'alpha'") == ["alpha"]
    assert names("name ILIKE 'GAM%'") == ["Gamma"]
    assert names("params.depth = '1'") == ["beta"]
    assert names("tags.team = 'a'", order_by=by_name) == ["Gamma", "beta"]
    assert names(f"model_id IN ('{shelf['alpha']}')") == ["alpha"]
    assert names("metrics.auc > 0.65", datasets=[{"dataset_name": "test", "dataset_digest": "d1"}]) == ["Gamma"]
    assert names("metrics.auc > 0.75", datasets=[{"dataset_name": "train", "dataset_digest": "d1"}], order_by=by_name) == ["alpha", "beta"]
    assert names(order_by=[{"field_name": "metrics.auc", "ascending": False, "dataset_name": "test", "dataset_digest": "d1"}]) == ["Gamma", "beta", "alpha"]
    with pytest.raises(MlflowException, match="Invalid order by field name"):
        names(order_by=[{"field_name": "nothing"}])


def test_pages_of_models_join(client, experiment):
    made = [client.create_logged_model(experiment, name=f"m{i}").model_id for i in range(7)]
    seen, token = [], None
    while True:
        page = client.search_logged_models([experiment], max_results=3, page_token=token)
        seen += [model.model_id for model in page]
        token = page.token
        if not token:
            break
    assert len(seen) == 7 and set(seen) == set(made)


def test_last_logged_model_is_remembered(experiment):
    with mlflow.start_run():
        info = mlflow.sklearn.log_model(LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0]), name="last")
    assert mlflow.last_logged_model().model_id == info.model_id
