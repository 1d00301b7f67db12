"""mlflow.projects.run with the local backend."""

import textwrap

import mlflow
import pytest


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "MLproject").write_text(
        textwrap.dedent("""
            name: tiny
            entry_points:
              main:
                parameters:
                  alpha: {type: float, default: 0.5}
                  name: string
                command: "python main.py {alpha} {name}"
              fail:
                command: "python -c 'raise SystemExit(3)'"
        """)
    )
    (folder / "main.py").write_text(
        textwrap.dedent("""
            import sys, mlflow
            with mlflow.start_run():
                mlflow.log_metric("double", 2 * float(sys.argv[1]))
                mlflow.log_param("seen", sys.argv[2])
                mlflow.log_text("hello", "note.txt")
        """)
    )
    return str(folder)


def test_a_project_runs_as_one_run(project, experiment):
    done = mlflow.projects.run(
        project, parameters={"alpha": 4, "name": "someone"}, experiment_id=experiment, env_manager="local", run_name="p"
    )
    assert done.get_status() == "FINISHED"
    run = mlflow.get_run(done.run_id)
    assert (run.info.status, run.info.run_name) == ("FINISHED", "p")
    assert run.data.params == {"alpha": "4", "name": "someone", "seen": "someone"}
    assert run.data.metrics == {"double": 8.0}
    tags = run.data.tags
    assert tags["mlflow.source.type"] == "PROJECT" and tags["mlflow.project.entryPoint"] == "main"
    assert tags["mlflow.project.backend"] == "local"
    assert mlflow.artifacts.load_text(f"runs:/{done.run_id}/note.txt") == "hello"


def test_a_project_that_fails_leaves_a_failed_run(project, experiment):
    with pytest.raises(mlflow.exceptions.ExecutionException):
        mlflow.projects.run(project, entry_point="fail", experiment_id=experiment, env_manager="local")
    (run,) = mlflow.MlflowClient().search_runs([experiment])
    assert run.info.status == "FAILED"
