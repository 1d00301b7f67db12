"""The `mlflow` command line, in this process but for one call that starts it as a user would."""

import csv
import io
import json
import subprocess
import sys

import mlflow
import pytest
from click.testing import CliRunner


@pytest.fixture
def mlflow_cli(server):
    from mlflow.cli import cli

    def run(*args):
        result = CliRunner().invoke(cli, list(args), catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    return run


def test_experiments_are_created_listed_renamed_deleted_restored(mlflow_cli, unique, client):
    name = unique("cli")
    assert "Created experiment" in mlflow_cli("experiments", "create", "-n", name)
    eid = client.get_experiment_by_name(name).experiment_id
    assert name in mlflow_cli("experiments", "search")
    assert json.loads(mlflow_cli("experiments", "get", "-x", eid, "--output", "json"))["name"] == name
    mlflow_cli("experiments", "rename", "-x", eid, "--new-name", f"{name}-b")
    mlflow_cli("experiments", "delete", "-x", eid)
    assert f"{name}-b" in mlflow_cli("experiments", "search", "-v", "deleted_only")
    mlflow_cli("experiments", "restore", "-x", eid)
    assert client.get_experiment(eid).lifecycle_stage == "active"


def test_runs_are_created_listed_described_deleted_restored(mlflow_cli, experiment, client):
    mlflow_cli("runs", "create", "--experiment-id", experiment, "--run-name", "from-cli", "-t", "a=b", "--status", "FINISHED")
    (run,) = client.search_runs([experiment])
    rid = run.info.run_id
    assert (run.info.run_name, run.info.status, run.data.tags["a"]) == ("from-cli", "FINISHED", "b")
    assert rid in mlflow_cli("runs", "list", "--experiment-id", experiment)
    assert json.loads(mlflow_cli("runs", "describe", "--run-id", rid))["info"]["run_id"] == rid
    mlflow_cli("runs", "delete", "--run-id", rid)
    assert rid not in mlflow_cli("runs", "list", "--experiment-id", experiment)
    mlflow_cli("runs", "restore", "--run-id", rid)
    assert rid in mlflow_cli("runs", "list", "--experiment-id", experiment)


def test_an_experiment_is_exported_as_csv(mlflow_cli, experiment):
    with mlflow.start_run() as run:
        mlflow.log_metric("acc", 0.5)
        mlflow.log_param("lr", 0.1)
    (row,) = csv.DictReader(io.StringIO(mlflow_cli("experiments", "csv", "-x", experiment)))
    assert (row["run_id"], row["metrics.acc"], row["params.lr"]) == (run.info.run_id, "0.5", "0.1")


def test_artifacts_are_logged_listed_downloaded(mlflow_cli, experiment, client, tmp_path):
    rid = client.create_run(experiment).info.run_id
    (tmp_path / "a.txt").write_text("hello")
    mlflow_cli("artifacts", "log-artifact", "-l", str(tmp_path / "a.txt"), "-r", rid, "-a", "sub")
    listed = json.loads(mlflow_cli("artifacts", "list", "-r", rid, "-a", "sub"))
    assert [(one["path"], one["is_dir"], int(one["file_size"])) for one in listed] == [("sub/a.txt", False, 5)]
    mlflow_cli("artifacts", "download", "-r", rid, "-a", "sub", "-d", str(tmp_path / "down"))
    assert (tmp_path / "down" / "sub" / "a.txt").read_text() == "hello"


def test_a_registered_model_predicts_from_the_command_line(server, experiment, unique, tmp_path):
    import numpy as np
    from sklearn.linear_model import LinearRegression

    name = unique("cli")
    model = LinearRegression().fit(np.array([[0.0], [1.0]]), np.array([1.0, 3.0]))
    mlflow.sklearn.log_model(model, name="m", registered_model_name=name)
    (tmp_path / "in.json").write_text('{"inputs": [[2.0]]}')
    out = tmp_path / "out.json"
    subprocess.run(
        [sys.executable, "-m", "mlflow", "models", "predict", "-m", f"models:/{name}/1", "-i", str(tmp_path / "in.json"),
         "-o", str(out), "--env-manager", "local"],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    assert json.loads(out.read_text())["predictions"] == pytest.approx([5.0])


def test_an_experiment_is_updated_and_a_folder_of_artifacts_goes_up(mlflow_cli, unique, experiment, client, tmp_path):
    mlflow_cli("experiments", "update", "-x", experiment, "--trace-archival-retention", "30d")
    assert "30d" in str(client.get_experiment(experiment).tags)
    mlflow_cli("experiments", "update", "-x", experiment, "--clear-trace-archival-retention")
    assert "30d" not in str(client.get_experiment(experiment).tags)
    rid = client.create_run(experiment).info.run_id
    (tmp_path / "up" / "deep").mkdir(parents=True)
    for name in ("a.txt", "deep/b.txt"):
        (tmp_path / "up" / name).write_text(name)
    mlflow_cli("artifacts", "log-artifacts", "-l", str(tmp_path / "up"), "-r", rid, "-a", "all")
    assert [one["path"] for one in json.loads(mlflow_cli("artifacts", "list", "-r", rid, "-a", "all/deep"))] == ["all/deep/b.txt"]
    mlflow_cli("artifacts", "download", "-u", f"runs:/{rid}/all/a.txt", "-d", str(tmp_path / "one"))
    assert (tmp_path / "one" / "a.txt").read_text() == "a.txt"


def test_the_requirements_of_a_logged_model_are_changed_where_they_lie(mlflow_cli, experiment, tmp_path):
    import numpy as np
    from sklearn.linear_model import LinearRegression

    info = mlflow.sklearn.log_model(LinearRegression().fit(np.array([[0.0], [1.0]]), np.array([1.0, 3.0])), name="m", pip_requirements=["scikit-learn"])
    mlflow_cli("models", "update-pip-requirements", "-m", info.model_uri, "add", "attrs==25.4.0")
    kept = mlflow.artifacts.download_artifacts(info.model_uri, dst_path=str(tmp_path))
    assert "attrs==25.4.0" in (tmp_path / kept / "requirements.txt").read_text()
