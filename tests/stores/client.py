"""The unmodified MLflow client against a Cairn whose artifacts lie in a bucket. Prints what it saw as JSON."""

import hashlib
import json
import os
import sys
import tempfile

import mlflow
import mlflow.store.artifact.http_artifact_repo as http_repo
import requests

direct = {"PUT": 0, "GET": 0}
server = os.environ["MLFLOW_TRACKING_URI"]
original = requests.Session.request


def counted(self, method, url, *args, **kwargs):
    method = method.upper()
    if url.startswith(os.environ["STORAGE_URL"]):
        direct[method] = direct.get(method, 0) + 1
    return original(self, method, url, *args, **kwargs)


requests.Session.request = counted
client = mlflow.MlflowClient()
mlflow.set_experiment("in a bucket")
folder = tempfile.mkdtemp()
big = os.path.join(folder, "big ä.bin")
with open(big, "wb") as file:
    for n in range(17):
        file.write(hashlib.sha512(str(n).encode()).digest() * 16_384)
    file.write(b"end")
digest = hashlib.sha256(open(big, "rb").read()).hexdigest()

with mlflow.start_run() as run:
    mlflow.log_text("hello", "notes/a b.txt")
    mlflow.log_dict({"a": 1}, "config.json")
    mlflow.log_artifact(big, "weights")
    mlflow.log_artifacts(folder, "again")
    from sklearn.linear_model import LogisticRegression
    model = mlflow.sklearn.log_model(LogisticRegression().fit([[0.0], [1.0]], [0, 1]), name="model", input_example=[[0.5]])
run_id = run.info.run_id
sent = direct["PUT"]
listed = {folder: sorted((file.path, file.is_dir, file.file_size) for file in client.list_artifacts(run_id, folder)) for folder in [None, "weights", "notes"]}
down = mlflow.artifacts.download_artifacts(run_id=run_id, dst_path=tempfile.mkdtemp())
same = hashlib.sha256(open(os.path.join(down, "weights", "big ä.bin"), "rb").read()).hexdigest() == digest
text = mlflow.artifacts.load_text(f"{run.info.artifact_uri}/notes/a b.txt")
predicted = mlflow.pyfunc.load_model(model.model_uri).predict([[3.0]]).tolist()

repo = http_repo.HttpArtifactRepository(f"{server}/api/2.0/mlflow-artifacts/artifacts" + run.info.artifact_uri.removeprefix("mlflow-artifacts:"))
repo.delete_artifacts("weights")
after = sorted(file.path for file in client.list_artifacts(run_id))
missing = None
try:
    mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="weights/big ä.bin", dst_path=tempfile.mkdtemp())
except Exception as error:
    missing = str(error)
json.dump({"direct_puts": sent, "direct_gets": direct["GET"], "listed": {str(key): value for key, value in listed.items()}, "same": same, "text": text,
           "predicted": predicted, "after": after, "missing": missing, "run_id": run_id, "uri": run.info.artifact_uri}, sys.stdout)
