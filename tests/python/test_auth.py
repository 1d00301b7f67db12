"""Accounts: MLflow's own client for them, the unmodified client as a user, and each decision of MLflow's server repeated."""

import os

import mlflow
import pytest
import requests
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.server.auth.client import AuthServiceClient

import servers

ADMIN = "correct horse battery"


def start_with_accounts(data, peer, default):
    (data / "auth.ini").write_text(
        f"[mlflow]\ndefault_permission = {default}\ndatabase_uri = sqlite:///{data}/auth.db\nadmin_username = admin\nauth_cache_ttl_seconds = 60\n"
        "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n"
    )
    return servers.start(data, peer, ["--app-name", "basic-auth"], {
        "MLFLOW_AUTH_CONFIG_PATH": str(data / "auth.ini"), "MLFLOW_AUTH_ADMIN_PASSWORD": ADMIN, "MLFLOW_FLASK_SERVER_SECRET_KEY": "for the tests",
    })  # fmt: skip


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """The address of a server with accounts, where nothing is allowed that is not granted."""
    process, url = start_with_accounts(tmp_path_factory.mktemp("auth"), None, "NO_PERMISSIONS")
    yield url
    servers.stop(process)


@pytest.fixture
def sign_in(guarded, monkeypatch):
    """Signs in as somebody the way people do, and answers a client."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", guarded)
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(guarded)

    def enter(name, password=None):
        monkeypatch.delenv("MLFLOW_TRACKING_TOKEN", raising=False)
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", name)
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", password or (ADMIN if name == "admin" else f"{name}'s own password"))
        return MlflowClient(guarded, guarded)

    yield enter
    mlflow.set_tracking_uri(before)


def refused(call, status=403):
    with pytest.raises((MlflowException, requests.HTTPError)) as caught:
        call()
    error = caught.value
    found = error.response.status_code if isinstance(error, requests.HTTPError) else error.get_http_status_code()
    assert found == status or f"error code {status}" in str(error), str(error)


def test_users_roles_and_grants_are_handled_by_the_client_for_them(guarded, sign_in):
    sign_in("admin")
    accounts = AuthServiceClient(guarded)
    user = accounts.create_user("ada", "ada's own password")
    assert (user.username, user.is_admin) == ("ada", False)
    assert accounts.get_user("ada").id == user.id
    with pytest.raises(MlflowException, match="already exists"):
        accounts.create_user("ada", "ada's own password")
    accounts.update_user_admin("ada", True)
    assert accounts.get_user("ada").is_admin
    accounts.update_user_admin("ada", False)

    role = accounts.create_role(name="readers", workspace="default", description="read all")
    accounts.add_role_permission(role.id, "experiment", "*", "READ")
    permission = accounts.add_role_permission(role.id, "registered_model", "churn", "EDIT")
    assert accounts.update_role_permission(permission.id, "MANAGE").permission == "MANAGE"
    assert {one.resource_type for one in accounts.list_role_permissions(role.id)} == {"experiment", "registered_model"}
    accounts.assign_role("ada", role.id)
    assert "readers" in [one.name for one in accounts.list_user_roles("ada")]
    assert [one.user_id for one in accounts.list_role_users(role.id)] == [user.id]
    assert accounts.update_role(role.id, name="auditors").name == "auditors"
    assert "auditors" in [one.name for one in accounts.list_roles("default")]
    assert accounts.get_user_permission("ada", "experiment", "5").permission == "READ"
    accounts.remove_role_permission(permission.id)
    accounts.unassign_role("ada", role.id)
    accounts.delete_role(role.id)
    assert accounts.get_user_permission("ada", "experiment", "5").permission == "NO_PERMISSIONS"

    accounts.grant_user_permission("ada", "experiment", "5", "EDIT")
    assert accounts.get_user_permission("ada", "experiment", "5").permission == "EDIT"
    accounts.revoke_user_permission("ada", "experiment", "5")
    accounts.update_user_password("ada", "another long password")
    sign_in("ada", "another long password")
    assert AuthServiceClient(guarded).get_user("ada").username == "ada"
    sign_in("admin")
    accounts.delete_user("ada")
    with pytest.raises(MlflowException, match="not found"):
        accounts.get_user("ada")


def test_a_user_logs_and_registers_and_others_see_what_was_granted(guarded, sign_in):
    sign_in("admin")
    accounts = AuthServiceClient(guarded)
    for name in ("grace", "linus"):
        accounts.create_user(name, f"{name}'s own password")

    client = sign_in("grace")
    experiment = client.create_experiment("compilers")
    with mlflow.start_run(experiment_id=experiment) as run:
        mlflow.log_metric("loss", 0.5)
        mlflow.log_param("lr", 0.1)
        mlflow.log_text("hello", "notes.txt")
    client.create_registered_model("cobol")
    assert client.search_experiments(filter_string="name = 'compilers'")

    other = sign_in("linus")
    refused(lambda: other.get_run(run.info.run_id))
    refused(lambda: other.get_experiment(experiment))
    refused(lambda: mlflow.artifacts.load_text(f"{run.info.artifact_uri}/notes.txt"))
    refused(lambda: other.get_registered_model("cobol"))
    assert other.search_experiments() == [] and list(other.search_runs([experiment])) == [] and list(other.search_registered_models()) == []

    sign_in("grace")
    AuthServiceClient(guarded).grant_user_permission("linus", "experiment", experiment, "READ")
    other = sign_in("linus")
    assert other.get_run(run.info.run_id).data.metrics == {"loss": 0.5}
    assert mlflow.artifacts.load_text(f"{run.info.artifact_uri}/notes.txt") == "hello"
    assert [one.name for one in other.search_experiments()] == ["compilers"]
    refused(lambda: other.log_metric(run.info.run_id, "loss", 0.1))
    refused(lambda: other.delete_experiment(experiment))

    sign_in("linus", "not the password")
    refused(lambda: MlflowClient(guarded).get_run(run.info.run_id), 401)


@pytest.mark.skipif(os.environ.get("CAIRN_TEST_PEER") == "mlflow", reason="MLflow has no tokens")
def test_a_token_signs_in_the_client(guarded, sign_in, monkeypatch):
    client = sign_in("admin")
    experiment = client.create_experiment("by token")
    made = requests.post(f"{guarded}/api/cairn/v1/tokens", json={"name": "ci", "scopes": ["read"]}, auth=("admin", ADMIN), timeout=10).json()
    monkeypatch.delenv("MLFLOW_TRACKING_USERNAME")
    monkeypatch.delenv("MLFLOW_TRACKING_PASSWORD")
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", made["token"])
    client = MlflowClient(guarded)
    assert client.get_experiment(experiment).name == "by token"
    refused(lambda: client.create_run(experiment))


LEVELS = ["nothing", "READ", "USE", "EDIT", "MANAGE", "DENY", "NO_PERMISSIONS"]


class Site:
    """One server, on which the admin has an experiment with a run, a model with a version, and others have levels of rights on them."""

    def __init__(self, url):
        self.url = url
        for level in LEVELS:
            self.ask("POST", "users/create", {"username": level, "password": f"{level}'s own password"})
        self.experiment = self.ask("POST", "experiments/create", {"name": "theirs"})["experiment_id"]
        self.run = self.ask("POST", "runs/create", {"experiment_id": self.experiment, "start_time": 1})["run"]["info"]
        self.ask("POST", "runs/log-metric", {"run_id": self.run["run_id"], "key": "loss", "value": 1, "timestamp": 1})
        self.ask("POST", "registered-models/create", {"name": "model"})
        self.ask("POST", "model-versions/create", {"name": "model", "source": f"{self.run['artifact_uri']}/m", "run_id": self.run["run_id"]})
        self.files = f"mlflow-artifacts/artifacts/{self.run['artifact_uri'].removeprefix('mlflow-artifacts:/')}"
        assert self.raw("PUT", self.files + "/a.txt", None, data=b"x").status_code == 200
        for level in LEVELS[1:]:
            for kind, name in (("experiment", self.experiment), ("registered_model", "model")):
                answer = self.raw("POST", "mlflow/users/permissions/grant", None, json={"username": level, "resource_type": kind, "resource_id": name, "permission": level}, api="3.0")
                if answer.status_code != 200:  # NO_PERMISSIONS cannot be granted any more
                    assert level == "NO_PERMISSIONS", answer.text

    def raw(self, method, path, user, api="2.0", **more):
        auth = (user, f"{user}'s own password") if user else ("admin", ADMIN)
        return requests.request(method, f"{self.url}/api/{api}/{path}", auth=auth, timeout=30, **more)

    def ask(self, method, path, body):
        answer = self.raw(method, f"mlflow/{path}", None, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def decisions(self):
        """What each user may do: {(user, request): status or what is seen}."""
        run, exp = self.run["run_id"], self.experiment
        requests_ = [
            ("GET", f"mlflow/experiments/get?experiment_id={exp}", None, None),
            ("GET", "mlflow/experiments/get-by-name?experiment_name=theirs", None, None),
            ("GET", "mlflow/experiments/get-by-name?experiment_name=not-there", None, None),
            ("POST", "mlflow/experiments/set-experiment-tag", {"experiment_id": exp, "key": "k", "value": "v"}, None),
            ("POST", "mlflow/experiments/update", {"experiment_id": exp, "new_name": "theirs"}, None),
            ("POST", "mlflow/experiments/delete", {"experiment_id": exp}, ("experiments/restore", {"experiment_id": exp})),
            ("GET", f"mlflow/runs/get?run_id={run}", None, None),
            ("POST", "mlflow/runs/create", {"experiment_id": exp, "start_time": 2}, None),
            ("POST", "mlflow/runs/log-metric", {"run_id": run, "key": "acc", "value": 1, "timestamp": 1}, None),
            ("POST", "mlflow/runs/log-batch", {"run_id": run, "metrics": [{"key": "b", "value": 1, "timestamp": 1, "step": 0}]}, None),
            ("POST", "mlflow/runs/set-tag", {"run_id": run, "key": "k", "value": "v"}, None),
            ("POST", "mlflow/runs/delete", {"run_id": run}, ("runs/restore", {"run_id": run})),
            ("GET", f"mlflow/metrics/get-history?run_id={run}&metric_key=loss", None, None),
            ("GET", f"mlflow/artifacts/list?run_id={run}", None, None),
            ("GET", self.files + "/a.txt", None, None),
            ("DELETE", self.files + "/none.txt", None, None),
            ("GET", "mlflow/registered-models/get?name=model", None, None),
            ("PATCH", "mlflow/registered-models/update", {"name": "model", "description": "d"}, None),
            ("POST", "mlflow/registered-models/set-tag", {"name": "model", "key": "k", "value": "v"}, None),
            ("POST", "mlflow/registered-models/alias", {"name": "model", "alias": "best", "version": "1"}, None),
            ("GET", "mlflow/model-versions/get?name=model&version=1", None, None),
            ("PATCH", "mlflow/model-versions/update", {"name": "model", "version": "1", "description": "d"}, None),
            ("POST", "mlflow/model-versions/set-tag", {"name": "model", "version": "1", "key": "k", "value": "v"}, None),
            ("POST", "mlflow/users/create", {"username": "x", "password": "a long password"}, None),
            ("PATCH", "mlflow/users/update-admin", {"username": "READ", "is_admin": False}, None),
            ("DELETE", "mlflow/users/delete", {"username": "not there"}, None),
            ("GET", "mlflow/users/get?username=admin", None, None),
            ("POST", "3.0/mlflow/users/permissions/grant", {"username": "nothing", "resource_type": "experiment", "resource_id": exp, "permission": "READ"}, "revoke"),
            ("POST", "3.0/mlflow/roles/create", {"name": "r", "workspace": "default"}, None),
        ]
        found = {}
        for level in LEVELS:
            for method, path, body, undo in requests_:
                api, path_ = ("3.0", path[4:]) if path.startswith("3.0/") else ("2.0", path)
                answer = self.raw(method, path_, level, api, json=body)
                found[level, method, path.replace(run, "RUN").split("?")[0].split("/artifacts/")[0]] = answer.status_code
                if answer.ok and undo == "revoke":
                    self.raw("POST", "mlflow/users/permissions/revoke", None, "3.0", json={name: body[name] for name in ("username", "resource_type", "resource_id")})
                elif answer.ok and undo:
                    self.ask("POST", *undo)
            seen = self.raw("POST", "mlflow/experiments/search", level, json={"max_results": 10}).json().get("experiments", [])
            found[level, "sees experiments"] = sorted(one["name"] for one in seen)
            seen = self.raw("POST", "mlflow/runs/search", level, json={"experiment_ids": [exp], "filter": "metrics.loss = 1"})
            found[level, "sees runs"] = len(seen.json().get("runs", [])) if seen.ok else seen.status_code
            seen = self.raw("GET", "mlflow/registered-models/search", level).json().get("registered_models", [])
            found[level, "sees models"] = [one["name"] for one in seen]
            seen = self.raw("GET", "mlflow/model-versions/search", level).json().get("model_versions", [])
            found[level, "sees versions"] = len(seen)
        return found


@pytest.mark.parametrize("default", ["NO_PERMISSIONS", "READ"])
def test_decides_as_mlflow_does(tmp_path, default):
    answers = []
    for peer in (True, False):
        data = tmp_path / str(peer)
        data.mkdir()
        process, url = start_with_accounts(data, peer, default)
        try:
            answers.append(Site(url).decisions())
        finally:
            servers.stop(process)
    theirs, ours = answers
    different = {request: (theirs[request], ours[request]) for request in theirs if theirs[request] != ours[request]}
    assert different == {}
