"""Every route that the installed MLflow's server registers: Cairn answers it, or says that its group comes later."""

import os
import re

import pytest
import requests

# What Cairn does not have, by its name in the refusal; an added group of MLflow's shows up here as an unknown route.
LATER = {
    "traces", "OpenTelemetry traces", "assessments", "evaluation datasets", "scorers", "label schemas", "review queues", "issues", "prompt optimization", "MCP registry",
    "gateway", "jobs", "assistant", "demo", "telemetry", "prompt lab",
}  # fmt: skip
# The page's own files have other names here.
FILES = {"/", "/static-files/<path:path>"}
# Pages about the server's own code, the files of its page, and a route declared without a slash in front, which nobody calls.
NOT_CALLED = re.compile(r"^/(?:docs|redoc|openapi\.json|build/|(?:ajax-)?api/\d\.0mlflow)")
# Off, or nothing that a local folder can do, in MLflow's words.
CLOSED = re.compile(r"running without workspaces support|is not supported for the current artifact repository")


def routes(tmp_path):
    """(method, path) of everything that `mlflow server` serves, accounts aside."""
    os.environ["_MLFLOW_SERVER_FILE_STORE"] = f"sqlite:///{tmp_path}/mlflow.db"
    os.environ["_MLFLOW_SERVER_ARTIFACT_DESTINATION"] = str(tmp_path)
    try:
        from mlflow.server import app
        from mlflow.server.fastapi_app import create_fastapi_app

        found = {(method, str(rule)) for rule in app.url_map.iter_rules() for method in rule.methods}
        for route in create_fastapi_app(app).routes:
            found |= {(method, route.path) for method in getattr(route, "methods", None) or ()}
    finally:
        del os.environ["_MLFLOW_SERVER_FILE_STORE"], os.environ["_MLFLOW_SERVER_ARTIFACT_DESTINATION"]
    return sorted((method, path) for method, path in found if method not in ("HEAD", "OPTIONS") and path not in FILES and not NOT_CALLED.match(path))


def test_no_route_of_mlflow_is_unknown(server, tmp_path):
    if os.environ.get("CAIRN_TEST_PEER") == "mlflow":
        pytest.skip("of MLflow's server it would say nothing")
    unknown, later, here = [], set(), 0
    found = routes(tmp_path)
    assert len(found) > 400, "the way MLflow registers routes has changed"
    for method, path in found:
        concrete = re.sub(r"<(?:\w+:)?(\w+)>|\{(\w+)(?::\w+)?\}", "x", path)
        answer = requests.request(method, server + concrete, json={} if method != "GET" else None, timeout=30, allow_redirects=False)
        body = answer.json() if answer.headers.get("content-type", "").startswith("application/json") else {}
        if answer.status_code == 501 and body.get("error_code") == "NOT_IMPLEMENTED":
            group = re.search(r"group '([^']+)'", body["message"])
            if group:
                later.add(group[1])
                continue
        if answer.status_code == 405 or body.get("error_code") == "ENDPOINT_NOT_FOUND" or (answer.status_code >= 500 and not CLOSED.search(answer.text)):
            unknown.append(f"{method} {path}: {answer.status_code} {answer.text[:120]}")
        here += 1
    assert not unknown, "\n".join(unknown)
    assert later <= LATER
    assert here > 150
