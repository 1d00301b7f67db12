"""Webhooks: the client's calls for them, and MLflow's server and ours told the same story."""

import base64
import hashlib
import hmac
import json
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import get_args

import mlflow
import pytest
import requests
from mlflow import MlflowClient
from mlflow.entities.webhook import WebhookEvent, WebhookEventStr
from mlflow.exceptions import MlflowException

import servers

SECRET = "hush"
EVENTS = get_args(WebhookEventStr)
ENV = {
    "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true",
    "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http",
    "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY": "dGVzdHMtb25seS1rZXktb2YtMzItYnl0ZXMtbG9uZyE=",
    # MLflow alone: a webhook is heard of at once.
    "MLFLOW_WEBHOOK_CACHE_TTL": "0",
}


class Receiver:
    """What is called; keeps what came, and answers what it is told to."""

    def __init__(self):
        self.calls, self.answers = [], []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.calls.append((dict(self.headers), body))
                self.send_response(outer.answers.pop(0) if outer.answers else 200)
                self.end_headers()
                self.wfile.write(b"heard")

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def wait(self, count):
        deadline = time.monotonic() + 60
        while len(self.calls) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(self.calls) >= count, f"{len(self.calls)} of {count} calls came"
        return self.calls


@pytest.fixture
def addresses():
    """Leaves the addresses and the workspace of the session as they were."""
    before = mlflow.get_tracking_uri()
    yield
    mlflow.set_workspace(None)
    mlflow.set_tracking_uri(before)


def check_signed(headers, body):
    named = {name.lower(): value for name, value in headers.items()}
    assert abs(int(named["x-mlflow-timestamp"]) - time.time()) < 300
    text = f"{named['x-mlflow-delivery-id']}.{named['x-mlflow-timestamp']}.{body.decode()}"
    signature = base64.b64encode(hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest()).decode()
    return named["x-mlflow-signature"] == f"v1,{signature}"


def tell(client):
    """Raises every event that there is but a budget's, and does what raises none."""
    client.create_registered_model("churn", {"team": "a"}, "of customers")
    client.create_registered_model("plain")
    client.create_model_version("churn", "s3://bucket/one", description="first", tags={"k": "v"})
    client.create_model_version("churn", "s3://bucket/two")
    client.set_model_version_tag("churn", "1", "checked", "ünïcode")
    client.delete_model_version_tag("churn", "1", "checked")
    client.set_registered_model_alias("churn", "champion", "2")
    client.set_registered_model_alias("churn", "champion", "1")
    client.delete_registered_model_alias("churn", "champion")
    client.set_registered_model_tag("churn", "a", "b")
    client.update_registered_model("churn", "other words")
    client.update_model_version("churn", "1", "other words")
    client.transition_model_version_stage("churn", "1", "Production")
    client.copy_model_version("models:/churn/1", "copied")
    client.rename_registered_model("plain", "plainer")
    client.delete_model_version("churn", "2")
    client.delete_registered_model("plainer")
    client.register_prompt("greet", "Hello {{name}}", commit_message="first", tags={"lang": "en"})
    client.register_prompt("greet", [{"role": "user", "content": "Hi {{name}}"}])
    client.set_prompt_tag("greet", "owner", "me")
    client.delete_prompt_tag("greet", "owner")
    client.set_prompt_version_tag("greet", "1", "ok", "yes")
    client.delete_prompt_version_tag("greet", "1", "ok")
    client.set_prompt_alias("greet", "live", 1)
    client.delete_prompt_alias("greet", "live")
    client.delete_prompt_version("greet", "1")


def start(data, peer, flags):
    data.mkdir()
    return servers.start(data, peer, flags, ENV)


def hear(process, url, receiver, count=None):
    """What a receiver is told of that story in a workspace, with a test call of each kind before it."""
    try:
        requests.post(f"{url}/api/3.0/mlflow/workspaces", json={"name": "team-a"}, timeout=30).raise_for_status()
        mlflow.set_tracking_uri(url)
        mlflow.set_workspace("team-a")
        client = MlflowClient(url)
        hook = client.create_webhook("all", receiver.url, list(EVENTS), secret=SECRET)
        client.create_webhook("off", receiver.url, list(EVENTS), status="DISABLED")
        results = [client.test_webhook(hook.webhook_id, event) for event in EVENTS]
        assert all((one.success, one.response_status, one.response_body) == (True, 200, "heard") for one in results)
        tests = [normal(body) for _, body in receiver.calls]
        tell(client)
        receiver.wait(count or len(EVENTS) + len(log_of(url, hook)))
        assert all(check_signed(*call) for call in receiver.calls)
    finally:
        # MLflow ends when everything was sent, so nothing comes after this.
        servers.stop(process)
    return tests, sorted(normal(body) for _, body in receiver.calls[len(tests) :])


def log_of(url, hook):
    """Cairn's log of what was sent."""
    answer = requests.get(f"{url}/api/cairn/v1/webhooks/{hook.webhook_id}/deliveries", params={"max_results": 1000}, headers={"X-MLFLOW-WORKSPACE": "team-a"}, timeout=30)
    return answer.json()["deliveries"]


def normal(body):
    """A call as text, without its time, which has one form on both."""
    call = json.loads(body, parse_int=float)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+00:00", call.pop("timestamp"))
    return json.dumps(call, sort_keys=True)


def test_what_is_sent_is_what_mlflow_sends(tmp_path, addresses):
    with ThreadPoolExecutor() as both:
        started = [both.submit(start, tmp_path / name, name == "mlflow", ["--enable-workspaces"]) for name in ("cairn", "mlflow")]
        ours, theirs = (one.result() for one in started)
    receivers = Receiver(), Receiver()
    try:
        our_tests, our_calls = hear(*ours, receivers[0])
        their_tests, their_calls = hear(*theirs, receivers[1], len(our_tests) + len(our_calls))
    finally:
        for process, _ in (ours, theirs):
            servers.stop(process)
        for receiver in receivers:
            receiver.close()
    assert our_tests == their_tests
    assert our_calls == their_calls
    assert {json.loads(call)["workspace"] for call in our_calls} == {"team-a"}
    kinds = {f"{call['entity']}.{call['action']}" for call in map(json.loads, our_calls)}
    assert kinds == set(EVENTS) - {"budget_policy.exceeded"}


def test_the_client_makes_changes_lists_tries_and_deletes_webhooks(tmp_path, addresses):
    process, url = start(tmp_path / "server", None, [])
    receiver = Receiver()
    try:
        client = MlflowClient(url)
        made = client.create_webhook("hook", receiver.url, ["model_version.created"], description="d", secret=SECRET, status="DISABLED")
        assert (made.name, made.url, str(made.status), made.description, made.secret) == ("hook", receiver.url, "DISABLED", "d", None)
        client.create_webhook("other", receiver.url, [WebhookEvent.from_str("prompt.created")])
        page = client.list_webhooks(max_results=1)
        assert len(page) == 1 and len(client.list_webhooks(max_results=1, page_token=page.token)) == 1
        changed = client.update_webhook(made.webhook_id, name="named", status="ACTIVE", events=["registered_model.created", "model_version_tag.set"])
        assert changed.name == "named" and str(changed.status) == "ACTIVE" and changed.description == "d"
        assert {str(event) for event in client.get_webhook(made.webhook_id).events} == {"registered_model.created", "model_version_tag.set"}
        receiver.answers = [500]
        failed = client.test_webhook(made.webhook_id)
        # MLflow tries its test calls again; ours tells how the one call went.
        assert failed.success is False or len(receiver.calls) > 1
        receiver.answers = [503]
        seen = len(receiver.calls)
        client.create_registered_model("churn")
        first, second = receiver.wait(seen + 2)[seen:][:2]
        assert first[1] == second[1] and json.loads(first[1])["data"] == {"name": "churn", "tags": {}, "description": ""}
        assert "workspace" not in json.loads(first[1])
        assert check_signed(*first) and check_signed(*second)
        with pytest.raises(MlflowException, match="Invalid webhook URL scheme"):
            client.update_webhook(made.webhook_id, url="file:///etc/passwd")
        client.delete_webhook(made.webhook_id)
        with pytest.raises(MlflowException, match="not found"):
            client.get_webhook(made.webhook_id)
    finally:
        servers.stop(process)
        receiver.close()
