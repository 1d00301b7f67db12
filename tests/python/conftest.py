"""Drives the stock `mlflow` client against a server.

    CAIRN_TEST_URL=http://127.0.0.1:5000 pytest tests/python     against a server that runs already
    pytest tests/python                                          starts Cairn for the session
    CAIRN_TEST_PEER=mlflow pytest tests/python                   the same tests against MLflow's server
"""

import os
import sys

# Before mlflow is imported: no telemetry, and a wrong 5xx fails at once in place of seven retries.
os.environ.update(
    MLFLOW_DISABLE_TELEMETRY="true",
    MLFLOW_HTTP_REQUEST_MAX_RETRIES="0",
    MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR="false",
    MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT="true",
    GIT_PYTHON_REFRESH="quiet",
    MPLBACKEND="Agg",
    # Projects start `python`: it must be this one.
    PATH=os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"],
)

import uuid

import mlflow
import pytest
import requests
from mlflow import MlflowClient

import servers


@pytest.fixture(scope="session", autouse=True)
def server(tmp_path_factory):
    """The server's address; the client library is pointed at it for the whole session."""
    given, process = os.environ.get("CAIRN_TEST_URL"), None
    if given:
        url = given.rstrip("/")
    else:
        process, url = servers.start(tmp_path_factory.mktemp("server"))
    os.environ["MLFLOW_TRACKING_URI"] = url
    mlflow.set_tracking_uri(url)
    yield url
    if process:
        servers.stop(process)


@pytest.fixture(autouse=True)
def tidy(tmp_path, monkeypatch):
    """No run, model or folder of one test reaches the next."""
    monkeypatch.chdir(tmp_path)
    yield
    while mlflow.active_run():
        mlflow.end_run()
    mlflow.tracking.fluent._active_experiment_id = None
    os.environ.pop("MLFLOW_EXPERIMENT_ID", None)
    os.environ.pop("MLFLOW_RUN_ID", None)


@pytest.fixture
def client(server):
    return MlflowClient(server)


@pytest.fixture
def unique():
    """Names nobody else uses: `unique("m")` → "m-3f9a…"."""
    return lambda prefix: f"{prefix}-{uuid.uuid4().hex[:10]}"


@pytest.fixture
def experiment(unique):
    """A fresh experiment that is the active one; its id."""
    return mlflow.set_experiment(unique("exp")).experiment_id


@pytest.fixture
def api(server):
    """`api("GET", "runs/get", run_id=…)` → (status, body), for what the client does not show."""

    def call(method, path, version="2.0", **fields):
        where = {"params": fields} if method == "GET" else {"json": fields}
        answer = requests.request(method, f"{server}/api/{version}/mlflow/{path}", timeout=30, **where)
        return answer.status_code, answer.json()

    return call
