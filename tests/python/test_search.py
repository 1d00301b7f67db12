"""Searching runs, experiments and logged models through the client, page by page."""

import math
import time

import mlflow
import pytest
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException


@pytest.fixture(scope="module")
def field(server):
    """Twelve runs whose numbers are easy to reckon with; answers (experiment id, run ids in order)."""
    client = mlflow.MlflowClient(server)
    eid = client.create_experiment(f"search-field-{time.time_ns()}")
    ids = []
    for i in range(12):
        run = client.create_run(eid, start_time=1_000_000 + i, run_name=f"run {i}")
        rid = run.info.run_id
        metrics = [Metric("acc", i / 10, 5, 0), Metric("val/loss", 10.0 - i, 5, 0)]
        if i == 4:
            metrics.append(Metric("odd", math.nan, 5, 0))
        if i in (2, 7):
            metrics.append(Metric("odd", float(i), 5, 0))
        params = [Param("model", ["lr", "rf", "XGB"][i % 3]), Param("a key", "quo\"ted")] if i < 9 else [Param("depth", str(i))]
        client.log_batch(rid, metrics=metrics, params=params, tags=[RunTag("my tag", f"v_{i}%")])
        if i % 2:
            client.set_terminated(rid, "FINISHED", end_time=2_000_000 + i)
        ids.append(rid)
    return eid, ids


def numbers(field, filter_string="", order_by=("attributes.start_time ASC",), **more):
    eid, ids = field
    found = mlflow.MlflowClient().search_runs([eid], filter_string, order_by=list(order_by), **more)
    return [ids.index(run.info.run_id) for run in found]


@pytest.mark.parametrize(
    ("filter_string", "expected"),
    [
        ("", list(range(12))),
        ("metrics.acc > 0.85", [9, 10, 11]),
        ("metrics.acc >= 0.9 and metrics.acc < 1.1", [9, 10]),
        ("metric.acc = 0.5", [5]),
        ("metrics.`val/loss` <= 0", [10, 11]),
        ('metrics."val/loss" != 10 and metrics.acc < 0.25', [1, 2]),
        ("metrics.odd != 2", [4, 7]),
        ("metrics.odd = 0", []),
        ("params.model = 'lr'", [0, 3, 6]),
        ("param.model LIKE '%r%'", [0, 1, 3, 4, 6, 7]),
        ("params.model ILIKE 'xg%'", [2, 5, 8]),
        ("params.model != 'lr'", [1, 2, 4, 5, 7, 8]),
        ("params.model IS NULL", [9, 10, 11]),
        ("params.depth IS NOT NULL", [9, 10, 11]),
        ("params.`a key` = 'quo\"ted'", list(range(9))),
        ("tags.`my tag` = 'v_3%'", [3]),
        ("tags.`my tag` LIKE 'v_1%'", [1, 10, 11]),
        ("tag.nothing = 'x'", []),
        ("attributes.status = 'FINISHED'", [1, 3, 5, 7, 9, 11]),
        ("status != 'FINISHED' AND metrics.acc > 0.7", [8, 10]),
        ("attributes.run_name = 'run 5'", [5]),
        ("run_name LIKE 'run 1%'", [1, 10, 11]),
        ("`Run Name` ILIKE 'RUN 2'", [2]),
        ("start_time >= 1000010", [10, 11]),
        ("attribute.end_time < 2000004", [1, 3]),
        ("metrics.acc > 0.1 AND params.model = 'rf' AND tags.`my tag` ILIKE 'V_%' AND status = 'FINISHED'", [7]),
    ],
)
def test_runs_are_found_by(field, filter_string, expected):
    assert numbers(field, filter_string) == expected


def test_runs_are_found_by_a_list_of_ids(field):
    _, ids = field
    assert numbers(field, f"run_id IN ('{ids[3]}', '{ids[8]}')") == [3, 8]
    assert numbers(field, f"attributes.run_id NOT IN ('{ids[0]}','{ids[1]}') and metrics.acc < 0.35") == [2, 3]


@pytest.mark.parametrize(
    ("order_by", "expected"),
    [
        (["metrics.acc DESC"], list(range(11, -1, -1))),
        (["metrics.`val/loss`"], list(range(11, -1, -1))),
        (["metrics.odd", "start_time ASC"], [2, 7, 4, 0, 1, 3, 5, 6, 8, 9, 10, 11]),
        (["metrics.odd DESC", "start_time ASC"], [7, 2, 4, 0, 1, 3, 5, 6, 8, 9, 10, 11]),
        (["params.model DESC", "metrics.acc ASC"], [1, 4, 7, 0, 3, 6, 2, 5, 8, 9, 10, 11]),
        (["attributes.end_time DESC", "start_time DESC"], [11, 9, 7, 5, 3, 1, 10, 8, 6, 4, 2, 0]),
        ([], list(range(11, -1, -1))),
    ],
)
def test_runs_are_ordered_by(field, order_by, expected):
    assert numbers(field, order_by=order_by) == expected


@pytest.mark.parametrize(
    "filter_string",
    ["metrics.acc > 'a'", "params.model = 3", "acc > 1", "params.model BETWEEN 'a' AND 'b'",
     "metrics.acc > 1 OR metrics.acc < 0", "nothing.at = 'all'", "metrics.acc", "status > 'A'", "   "],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_is_refused(field, filter_string):
    with pytest.raises(MlflowException) as caught:
        numbers(field, filter_string)
    assert caught.value.error_code == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize("order_by", [["metrics.acc DESC"], ["metrics.odd"], [], ["params.model", "attributes.start_time"]])
def test_pages_of_runs_join_without_gap_or_overlap(field, order_by):
    eid, ids = field
    client, seen, token, pages = mlflow.MlflowClient(), [], None, 0
    while True:
        page = client.search_runs([eid], "metrics.acc >= 0", max_results=5, order_by=order_by, page_token=token)
        seen += [run.info.run_id for run in page]
        token, pages = page.token, pages + 1
        if not token:
            break
    assert pages == 3 and len(seen) == 12 and set(seen) == set(ids)
    whole = client.search_runs([eid], "metrics.acc >= 0", order_by=order_by)
    assert seen == [run.info.run_id for run in whole]


def test_search_runs_makes_a_table(field):
    eid, ids = field
    frame = mlflow.search_runs([eid], "params.model = 'lr'", order_by=["metrics.acc DESC"])
    assert list(frame.run_id) == [ids[6], ids[3], ids[0]]
    assert list(frame["metrics.acc"]) == [0.6, 0.3, 0.0] and set(frame["params.model"]) == {"lr"}
    assert frame.start_time.dt.tz is not None
    name = mlflow.get_experiment(eid).name
    assert len(mlflow.search_runs(experiment_names=[name])) == 12


def test_runs_of_several_experiments_are_searched_at_once(field, experiment, client):
    eid, _ = field
    extra = client.create_run(experiment).info.run_id
    client.log_metric(extra, "acc", 1.1)
    found = client.search_runs([eid, experiment], "metrics.acc > 1.05")
    assert {run.info.experiment_id for run in found} == {eid, experiment}


def test_experiments_are_found_by_name_tag_and_time(client, unique):
    prefix = unique("find")
    ids = [client.create_experiment(f"{prefix}/{name}", tags={"n": name}) for name in ("Alpha", "beta", "gamma")]
    client.delete_experiment(ids[2])

    def names(filter_string, view=ViewType.ACTIVE_ONLY, order=("name ASC",)):
        found = client.search_experiments(view, filter_string=f"name LIKE '{prefix}%' AND {filter_string}", order_by=list(order))
        return [one.name.split("/")[1] for one in found]

    assert names("name ILIKE '%alpha'") == ["Alpha"]
    assert names("tags.n = 'beta'") == ["beta"]
    assert names("tags.n != 'beta'") == ["Alpha"]
    assert names("tags.n LIKE '%a%'", ViewType.ALL) == ["Alpha", "beta", "gamma"]
    assert names("tags.n LIKE '%a%'", ViewType.DELETED_ONLY) == ["gamma"]
    assert names("creation_time > 0", order=["name DESC"]) == ["beta", "Alpha"]
    assert names(f"experiment_id IN ('{ids[0]}', '{ids[2]}')", ViewType.ALL) == ["Alpha", "gamma"]


def test_pages_of_experiments_join(client, unique):
    prefix = unique("page")
    ids = [client.create_experiment(f"{prefix}-{i}") for i in range(7)]
    seen, token = [], None
    while True:
        page = client.search_experiments(filter_string=f"name LIKE '{prefix}%'", max_results=3, page_token=token)
        seen += [one.experiment_id for one in page]
        token = page.token
        if not token:
            break
    assert len(seen) == 7 and set(seen) == set(ids)
    assert len(mlflow.search_experiments(filter_string=f"name LIKE '{prefix}%'")) == 7


def test_runs_do_not_leak_between_experiments(client, experiment, unique):
    other = client.create_experiment(unique("exp"))
    client.create_run(experiment)
    assert len(client.search_runs([other])) == 0
    assert len(client.search_runs(["88888888"])) == 0
