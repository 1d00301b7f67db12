"""The churn example runs whole against the server, and its results are what they should be."""

import subprocess
import sys

import mlflow
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from servers import ROOT

CHURN = ROOT / "examples" / "churn"
POINTS = {"logistic-regression": 16, "random-forest": 20, "xgboost": 24}


@pytest.fixture(scope="module")
def trained(server):
    """Answers (experiment id, name of the registered model)."""
    import time

    name = f"churn-{time.time_ns()}"
    done = subprocess.run(
        [sys.executable, str(CHURN / "train.py"), "--experiment", name, "--model-name", name],
        capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return mlflow.get_experiment_by_name(name).experiment_id, name


def test_there_are_sixty_runs_below_three_parents(trained, client):
    eid, _ = trained
    runs = client.search_runs([eid], max_results=1000)
    assert len(runs) == 63 and {run.info.status for run in runs} == {"FINISHED"}
    for family, count in POINTS.items():
        (parent,) = client.search_runs([eid], f"attributes.run_name = '{family}'")
        children = client.search_runs([eid], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'")
        assert len(children) == count and {child.data.tags["family"] for child in children} == {family}
        assert len({tuple(sorted(child.data.params.items())) for child in children}) == count
        best = max(child.data.metrics["validation_roc_auc"] for child in children)
        assert parent.data.metrics["validation_roc_auc"] == best
        assert len(parent.outputs.model_outputs) == 1 and not children[0].outputs.model_outputs


def test_every_model_beats_guessing_by_far_but_not_by_magic(trained, client):
    eid, _ = trained
    found = client.search_runs([eid], "metrics.validation_roc_auc >= 0.80 AND metrics.validation_roc_auc < 0.90", max_results=1000)
    assert len(found) == 63
    for family in POINTS:
        (parent,) = client.search_runs([eid], f"attributes.run_name = '{family}'")
        assert 0.83 < parent.data.metrics["holdout_roc_auc"] < 0.88
        assert 0.76 < parent.data.metrics["holdout_accuracy"] < 0.86 or "balanced" in parent.data.tags["best_params"]


def test_xgboost_left_a_curve_for_every_round(trained, client):
    eid, _ = trained
    (run,) = client.search_runs([eid], "tags.family = 'xgboost' AND params.num_boost_round = '80' AND params.max_depth = '3' AND params.learning_rate = '0.1'")
    history = client.get_metric_history(run.info.run_id, "validation_1-auc")
    assert [metric.step for metric in history] == list(range(80))
    assert history[-1].value == pytest.approx(run.data.metrics["validation_roc_auc"], abs=1e-6)


def test_the_champion_loads_by_its_alias_and_predicts_as_measured(trained, client):
    eid, name = trained
    version = client.get_model_version_by_alias(name, "champion")
    run = client.get_run(version.run_id)
    runs = client.search_runs([eid], max_results=1000)
    parents = [one for one in runs if one.info.run_name in POINTS]
    best = max(parents, key=lambda one: one.data.metrics["validation_roc_auc"])
    assert version.run_id == best.info.run_id and version.tags["family"] == best.info.run_name

    customers = pd.read_csv(CHURN / "telco-churn.csv")
    target = (customers.pop("churn") == "Yes").astype(int)
    customers["total_charges"] = customers["total_charges"].fillna(0.0)
    customers["tenure"] = customers["tenure"].astype(float)
    chance = mlflow.sklearn.load_model(f"models:/{name}@champion").predict_proba(customers)[:, 1]
    assert 0.84 < roc_auc_score(target, chance) < 0.95
    guess = mlflow.pyfunc.load_model(f"models:/{name}@champion").predict(customers)
    assert set(guess) == {0, 1}
    assert 0.83 < run.data.metrics["holdout_roc_auc"] < 0.88


def test_the_project_runs_with_one_command(server, experiment, unique):
    name = unique("churn")
    done = mlflow.projects.run(
        str(CHURN), parameters={"every": 12, "model_name": name}, experiment_id=experiment, env_manager="local"
    )
    run = mlflow.get_run(done.run_id)
    assert run.info.status == "FINISHED" and run.data.tags["mlflow.project.entryPoint"] == "main"
    assert run.data.metrics["holdout_roc_auc"] > 0.82
    below = mlflow.MlflowClient().search_runs([experiment], f"tags.mlflow.parentRunId = '{done.run_id}'")
    assert {one.info.run_name for one in below} == set(POINTS)
