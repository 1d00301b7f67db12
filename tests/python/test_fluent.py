"""The fluent API, as a training script uses it."""

import time

import mlflow
import numpy as np
import pandas as pd
import pytest


def test_a_script_logs_a_run_and_reads_it_back(experiment, client):
    with mlflow.start_run(run_name="script", description="what it does", tags={"t": "1"}) as run:
        mlflow.log_param("lr", 0.1)
        mlflow.log_params({"depth": 3, "name": "x"})
        mlflow.log_metric("loss", 0.5, step=0)
        mlflow.log_metric("loss", 0.25, step=1)
        mlflow.log_metrics({"acc": 0.9, "auc": 0.8}, step=1)
        mlflow.set_tag("kind", "test")
        mlflow.set_tags({"a": 1, "b": None})
        mlflow.delete_tag("b")
    read = mlflow.get_run(run.info.run_id)
    assert (read.info.status, read.info.run_name) == ("FINISHED", "script")
    assert read.info.end_time >= read.info.start_time
    assert read.data.params == {"lr": "0.1", "depth": "3", "name": "x"}
    assert read.data.metrics == {"loss": 0.25, "acc": 0.9, "auc": 0.8}
    tags = read.data.tags
    assert tags["kind"] == "test" and tags["a"] == "1" and "b" not in tags
    assert tags["mlflow.note.content"] == "what it does" and tags["mlflow.source.type"] == "LOCAL"
    assert "mlflow.user" in tags


def test_a_script_that_raises_leaves_a_failed_run(experiment):
    with pytest.raises(ZeroDivisionError), mlflow.start_run() as run:
        mlflow.log_metric("m", 1 / 0)
    assert mlflow.get_run(run.info.run_id).info.status == "FAILED"


def test_nested_runs_know_their_parent(experiment):
    with mlflow.start_run() as parent:
        children = []
        for depth in (1, 2):
            with mlflow.start_run(nested=True) as child:
                mlflow.log_param("depth", depth)
                children.append(child.info.run_id)
                with mlflow.start_run(nested=True) as grandchild:
                    pass
    found = mlflow.search_runs(filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}'")
    assert set(found.run_id) == set(children)
    assert mlflow.get_parent_run(grandchild.info.run_id).info.run_id == children[-1]
    assert mlflow.get_parent_run(parent.info.run_id) is None


def test_a_finished_run_is_resumed_and_finishes_again(experiment):
    with mlflow.start_run() as run:
        mlflow.log_metric("m", 1, step=0)
    with mlflow.start_run(run_id=run.info.run_id):
        assert mlflow.get_run(run.info.run_id).info.status == "RUNNING"
        mlflow.log_metric("m", 2, step=1)
    read = mlflow.get_run(run.info.run_id)
    assert read.info.status == "FINISHED" and read.data.metrics == {"m": 2}


def test_set_experiment_creates_finds_and_restores_nothing(unique, client):
    name = unique("exp")
    first = mlflow.set_experiment(name)
    assert mlflow.set_experiment(name).experiment_id == first.experiment_id
    assert mlflow.set_experiment(experiment_id=first.experiment_id).name == name
    client.delete_experiment(first.experiment_id)
    with pytest.raises(mlflow.MlflowException, match="deleted"):
        mlflow.set_experiment(name)


def test_experiment_tags_are_set_from_the_active_experiment(experiment):
    mlflow.set_experiment_tag("one", "1")
    mlflow.set_experiment_tags({"two": "2", "three": "3"})
    assert mlflow.get_experiment(experiment).tags == {"one": "1", "two": "2", "three": "3"} | {
        key: value for key, value in mlflow.get_experiment(experiment).tags.items() if key.startswith("mlflow.")
    }


def test_data_sets_are_logged_with_context_tags_schema_and_profile(experiment, client):
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [0, 1, 0]})
    train = mlflow.data.from_pandas(frame, source="https://example.org/train.csv", name="train", targets="y")
    array = mlflow.data.from_numpy(np.arange(6).reshape(3, 2), name="array")
    with mlflow.start_run() as run:
        mlflow.log_input(train, context="training", tags={"split": "80"})
        mlflow.log_input(array)
        mlflow.log_input(train, context="training")
    inputs = mlflow.get_run(run.info.run_id).inputs.dataset_inputs
    by_name = {one.dataset.name: one for one in inputs}
    assert set(by_name) == {"train", "array"}
    logged = by_name["train"].dataset
    assert (logged.digest, logged.source_type) == (train.digest, "http")
    assert '"num_rows": 3' in logged.profile and "mlflow_colspec" in logged.schema
    assert {tag.key: tag.value for tag in by_name["train"].tags} == {"mlflow.data.context": "training", "split": "80"}
    assert mlflow.data.get_source(by_name["train"]).url == "https://example.org/train.csv"
    found = mlflow.search_runs(filter_string="dataset.name = 'train' and dataset.context = 'training'")
    assert list(found.run_id) == [run.info.run_id]


def test_metrics_logged_in_the_background_all_arrive(experiment):
    with mlflow.start_run() as run:
        waits = [mlflow.log_metric("loss", float(i), step=i, synchronous=False) for i in range(200)]
        waits.append(mlflow.log_params({f"p{i}": i for i in range(150)}, synchronous=False))
        waits.append(mlflow.set_tags({"t": "1"}, synchronous=False))
        for wait in waits:
            wait.wait()
    history = mlflow.MlflowClient().get_metric_history(run.info.run_id, "loss")
    assert sorted(m.step for m in history) == list(range(200))
    data = mlflow.get_run(run.info.run_id).data
    assert data.metrics == {"loss": 199.0} and len(data.params) == 150 and data.tags["t"] == "1"


def test_buffered_background_logging_flushes_at_the_end(experiment, monkeypatch):
    monkeypatch.setenv("MLFLOW_ASYNC_LOGGING_BUFFERING_SECONDS", "1")
    with mlflow.start_run() as run:
        for i in range(50):
            mlflow.log_metric("loss", float(i), step=i, synchronous=False)
        mlflow.flush_async_logging()
    assert len(mlflow.MlflowClient().get_metric_history(run.info.run_id, "loss")) == 50


def test_system_metrics_are_sampled_while_a_run_is_open(experiment):
    pytest.importorskip("psutil")
    mlflow.set_system_metrics_sampling_interval(0.2)
    mlflow.set_system_metrics_samples_before_logging(1)
    try:
        with mlflow.start_run(log_system_metrics=True) as run:
            deadline = time.monotonic() + 15
            while time.monotonic() < deadline:
                metrics = mlflow.get_run(run.info.run_id).data.metrics
                if "system/cpu_utilization_percentage" in metrics:
                    break
                time.sleep(0.2)
    finally:
        mlflow.set_system_metrics_sampling_interval(None)
        mlflow.set_system_metrics_samples_before_logging(None)
    assert "system/cpu_utilization_percentage" in metrics and "system/system_memory_usage_megabytes" in metrics


def test_runs_of_several_threads_do_not_mix(experiment):
    from concurrent.futures import ThreadPoolExecutor

    def train(number):
        with mlflow.start_run(run_name=f"thread {number}"):
            for step in range(10):
                mlflow.log_metric("m", number * 100 + step, step=step)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(train, range(16)))
    frame = mlflow.search_runs([experiment])
    assert sorted(frame["metrics.m"]) == [number * 100 + 9 for number in range(16)]
