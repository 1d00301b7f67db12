"""MlflowClient: experiments, runs, metrics, params, tags."""

import math
import time

import pytest
from mlflow.entities import Metric, Param, RunStatus, RunTag, ViewType
from mlflow.exceptions import MlflowException, RestException


def test_an_experiment_is_created_read_renamed_tagged_deleted_and_restored(client, unique):
    name = unique("exp")
    eid = client.create_experiment(name, tags={"team": "churn"})
    found = client.get_experiment(eid)
    assert (found.name, found.lifecycle_stage, found.tags) == (name, "active", {"team": "churn"})
    assert found.artifact_location == f"mlflow-artifacts:/{eid}"
    assert found.creation_time <= found.last_update_time <= time.time() * 1000 + 1000
    assert client.get_experiment_by_name(name).experiment_id == eid

    client.rename_experiment(eid, f"{name}-b")
    client.set_experiment_tag(eid, "team", "growth")
    client.set_experiment_tag(eid, "gone", "x")
    client.delete_experiment_tag(eid, "gone")
    assert client.get_experiment_by_name(name) is None
    assert client.get_experiment(eid).tags == {"team": "growth"}

    run = client.create_run(eid)
    client.delete_experiment(eid)
    assert client.get_experiment(eid).lifecycle_stage == "deleted"
    assert client.get_run(run.info.run_id).info.lifecycle_stage == "deleted"
    client.restore_experiment(eid)
    assert client.get_experiment(eid).lifecycle_stage == "active"
    assert client.get_run(run.info.run_id).info.lifecycle_stage == "active"


def test_the_default_experiment_is_there_from_the_start(client):
    assert client.get_experiment("0").name == "Default"


def test_a_taken_experiment_name_is_refused_even_if_its_holder_is_deleted(client, unique):
    name = unique("exp")
    eid = client.create_experiment(name)
    client.delete_experiment(eid)
    with pytest.raises(RestException, match=r"already exists") as caught:
        client.create_experiment(name)
    assert caught.value.error_code == "RESOURCE_ALREADY_EXISTS"


def test_missing_things_are_not_found(client):
    for ask in (
        lambda: client.get_experiment("99999999"),
        lambda: client.get_run("0" * 32),
        lambda: client.log_metric("0" * 32, "a", 1.0),
        lambda: client.delete_run("0" * 32),
    ):
        with pytest.raises(MlflowException) as caught:
            ask()
        assert caught.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_a_run_is_created_updated_terminated_deleted_and_restored(client, experiment):
    start = int(time.time() * 1000) - 5000
    run = client.create_run(experiment, start_time=start, tags={"a": "b"}, run_name="first")
    rid = run.info.run_id
    assert (run.info.status, run.info.start_time, run.info.end_time) == ("RUNNING", start, None)
    assert run.info.artifact_uri == f"mlflow-artifacts:/{experiment}/{rid}/artifacts"
    assert run.data.tags == {"a": "b", "mlflow.runName": "first"}

    client.update_run(rid, status="FAILED", name="second")
    assert client.get_run(rid).info.run_name == "second"
    assert client.get_run(rid).data.tags["mlflow.runName"] == "second"
    client.set_tag(rid, "mlflow.runName", "third")
    assert client.get_run(rid).info.run_name == "third"
    client.set_terminated(rid, RunStatus.to_string(RunStatus.FINISHED), end_time=start + 1000)
    info = client.get_run(rid).info
    assert (info.status, info.end_time) == ("FINISHED", start + 1000)

    client.delete_run(rid)
    client.delete_run(rid)
    assert client.get_run(rid).info.lifecycle_stage == "deleted"
    with pytest.raises(RestException, match="must be in the 'active' state"):
        client.log_metric(rid, "m", 1.0)
    client.restore_run(rid)
    client.log_metric(rid, "m", 1.0)
    assert client.get_run(rid).data.metrics == {"m": 1.0}


def test_a_run_without_a_name_gets_one_of_two_words_and_a_number(client, experiment):
    name = client.create_run(experiment).info.run_name
    words = name.split("-")
    assert len(words) == 3 and words[2].isdigit() and name == name.lower() and len(name) <= 20


def test_metrics_keep_their_history_and_the_last_step_wins(client, experiment):
    rid = client.create_run(experiment).info.run_id
    client.log_metric(rid, "loss", 3.0, timestamp=1000, step=2)
    client.log_metric(rid, "loss", 1.0, timestamp=2000, step=1)
    client.log_metric(rid, "loss", 1.0, timestamp=2000, step=1)
    client.log_metric(rid, "loss", 2.0, timestamp=500, step=-4)
    history = [(m.timestamp, m.step, m.value) for m in client.get_metric_history(rid, "loss")]
    assert history == [(500, -4, 2.0), (1000, 2, 3.0), (2000, 1, 1.0)]
    assert client.get_run(rid).data.metrics == {"loss": 3.0}
    assert list(client.get_metric_history(rid, "nothing")) == []


def test_values_that_are_not_numbers_survive(client, experiment):
    rid = client.create_run(experiment).info.run_id
    client.log_metric(rid, "nan", math.nan)
    client.log_metric(rid, "up", math.inf)
    client.log_metric(rid, "down", -math.inf)
    metrics = client.get_run(rid).data.metrics
    assert math.isnan(metrics["nan"])
    assert metrics["up"] == 1.7976931348623157e308 and metrics["down"] == -1.7976931348623157e308


def test_a_long_history_comes_back_whole_and_in_pages(client, experiment):
    rid = client.create_run(experiment).info.run_id
    for first in range(0, 5000, 1000):
        client.log_batch(rid, metrics=[Metric("m", float(i % 7), 1000 + i, i) for i in range(first, first + 1000)])
    history = client.get_metric_history(rid, "m")
    assert [m.step for m in history] == list(range(5000))
    page, seen, token = client._tracking_client.store, [], None
    while True:
        got = page.get_metric_history(rid, "m", max_results=1500, page_token=token)
        seen += [m.step for m in got]
        token = got.token
        if not token:
            break
    assert seen == list(range(5000))


def test_a_batch_brings_metrics_params_and_tags_at_once(client, experiment):
    rid = client.create_run(experiment).info.run_id
    client.log_batch(
        rid,
        metrics=[Metric("acc", 0.5, 10, 0), Metric("acc", 0.75, 20, 1), Metric("loss", 1e-9, 10, 0)],
        params=[Param("lr", "0.1"), Param("layers", "[64, 64]")],
        tags=[RunTag("a", "1"), RunTag("a", "2")],
    )
    data = client.get_run(rid).data
    assert data.metrics == {"acc": 0.75, "loss": 1e-9}
    assert data.params == {"lr": "0.1", "layers": "[64, 64]"}
    assert data.tags["a"] == "2"
    client.log_batch(rid)


def test_a_refused_batch_leaves_params_as_they_were(client, experiment):
    rid = client.create_run(experiment).info.run_id
    client.log_param(rid, "lr", "0.1")
    with pytest.raises(MlflowException, match="Changing param values is not allowed"):
        client.log_batch(rid, params=[Param("new", "1"), Param("lr", "0.2")])
    assert client.get_run(rid).data.params == {"lr": "0.1"}
    client.log_param(rid, "lr", "0.1")
    with pytest.raises(MlflowException, match="Changing param values is not allowed"):
        client.log_param(rid, "lr", "0.3")


def test_tags_are_overwritten_and_removed(client, experiment):
    rid = client.create_run(experiment).info.run_id
    client.set_tag(rid, "k", "one")
    client.set_tag(rid, "k", "two")
    client.set_tag(rid, "mlflow.note.content", "# a *note*\nwith ünïcode ✓ 🪨")
    assert client.get_run(rid).data.tags["k"] == "two"
    assert client.get_run(rid).data.tags["mlflow.note.content"].endswith("✓ 🪨")
    client.delete_tag(rid, "k")
    assert "k" not in client.get_run(rid).data.tags
    with pytest.raises(RestException, match="No tag with name: k in run with id"):
        client.delete_tag(rid, "k")


def test_limits_are_errors_that_name_the_limit(client, experiment):
    rid = client.create_run(experiment).info.run_id
    with pytest.raises(MlflowException, match="250"):
        client.log_metric(rid, "k" * 251, 1.0)
    with pytest.raises(MlflowException):
        client.log_metric(rid, "../up", 1.0)
    client.log_param(rid, "long", "v" * 6001)
    assert client.get_run(rid).data.params["long"] == "v" * 6000
    client.set_tag(rid, "long", "v" * 8001)
    assert client.get_run(rid).data.tags["long"] == "v" * 8000


def test_view_types_choose_between_active_and_deleted(client, experiment):
    keep, drop = client.create_run(experiment).info.run_id, client.create_run(experiment).info.run_id
    client.delete_run(drop)

    def ids(view):
        return {run.info.run_id for run in client.search_runs([experiment], run_view_type=view)}

    assert ids(ViewType.ACTIVE_ONLY) == {keep}
    assert ids(ViewType.DELETED_ONLY) == {drop}
    assert ids(ViewType.ALL) == {keep, drop}
