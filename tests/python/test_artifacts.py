"""Artifacts through the proxy: up, down, list, tables, images, figures."""

import json
import os

import mlflow
import numpy as np
import pandas as pd
import pytest
import requests
from mlflow.exceptions import MlflowException


@pytest.fixture
def run(experiment):
    with mlflow.start_run() as run:
        yield run


def paths(run, folder=None):
    return sorted(file.path for file in mlflow.MlflowClient().list_artifacts(run.info.run_id, folder))


def test_a_file_and_a_folder_go_up_and_come_down(run, tmp_path, client):
    tree = tmp_path / "tree"
    (tree / "sub" / "deep").mkdir(parents=True)
    (tree / "a.txt").write_text("eins")
    (tree / "sub" / "b.bin").write_bytes(bytes(range(256)) * 100)
    (tree / "sub" / "deep" / "ä ö+.txt").write_text("odd name")
    (tree / "sub" / "empty").write_bytes(b"")
    mlflow.log_artifact(str(tree / "a.txt"))
    mlflow.log_artifact(str(tree / "a.txt"), "in/folder")
    mlflow.log_artifacts(str(tree), "tree")
    assert paths(run) == ["a.txt", "in", "tree"]
    assert paths(run, "tree/sub") == ["tree/sub/b.bin", "tree/sub/deep", "tree/sub/empty"]
    # MLflow leaves a size of 0 out of its answer, which the client shows as None.
    sizes = {file.path: (file.is_dir, file.file_size or 0) for file in client.list_artifacts(run.info.run_id, "tree/sub")}
    assert sizes == {"tree/sub/b.bin": (False, 25600), "tree/sub/deep": (True, 0), "tree/sub/empty": (False, 0)}

    down = mlflow.artifacts.download_artifacts(run_id=run.info.run_id, dst_path=str(tmp_path / "down"))
    assert open(os.path.join(down, "a.txt")).read() == "eins"
    assert open(os.path.join(down, "tree/sub/b.bin"), "rb").read() == (tree / "sub" / "b.bin").read_bytes()
    assert open(os.path.join(down, "tree/sub/deep/ä ö+.txt")).read() == "odd name"
    assert os.path.getsize(os.path.join(down, "tree/sub/empty")) == 0
    one = mlflow.artifacts.download_artifacts(f"runs:/{run.info.run_id}/in/folder/a.txt")
    assert open(one).read() == "eins"


def test_an_artifact_is_replaced_by_a_second_upload(run):
    mlflow.log_text("old and longer", "note.txt")
    mlflow.log_text("new", "note.txt")
    assert mlflow.artifacts.load_text(f"{run.info.artifact_uri}/note.txt") == "new"


def test_text_dicts_and_figures(run):
    mlflow.log_text("# grüße ✓", "docs/readme.md")
    mlflow.log_dict({"a": [1, {"b": None}]}, "config.json")
    mlflow.log_dict({"a": 1}, "config.yaml")
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots()
    axis.plot([1, 2, 3])
    mlflow.log_figure(figure, "plots/line.png")
    plt.close(figure)
    root = run.info.artifact_uri
    assert mlflow.artifacts.load_text(f"{root}/docs/readme.md") == "# grüße ✓"
    assert mlflow.artifacts.load_dict(f"{root}/config.json") == {"a": [1, {"b": None}]}
    assert "a: 1" in mlflow.artifacts.load_text(f"{root}/config.yaml")
    assert mlflow.artifacts.load_image(f"{root}/plots/line.png").size[0] > 100


def test_images_by_file_and_by_key_and_step(run):
    pixels = np.zeros((12, 16, 3), dtype=np.uint8)
    mlflow.log_image(pixels, "image.png")
    for step in range(3):
        mlflow.log_image(pixels + step, key="sample", step=step)
    # Images by key and step are uploaded in the background.
    mlflow.flush_artifact_async_logging()
    assert mlflow.artifacts.load_image(f"{run.info.artifact_uri}/image.png").size == (16, 12)
    names = paths(run, "images")
    assert len(names) == 6 and all(name.startswith("images/sample") for name in names)
    assert {name.rsplit(".")[-1] for name in names} == {"png", "webp"}
    assert mlflow.get_run(run.info.run_id).data.tags["mlflow.loggedImages"] == "True"


def test_tables_grow_and_load(run, experiment):
    mlflow.log_table({"q": ["a", "b"], "score": [0.1, 0.2]}, "eval.json")
    mlflow.log_table(pd.DataFrame({"q": ["c"], "score": [0.3]}), "eval.json")
    table = mlflow.load_table("eval.json", run_ids=[run.info.run_id])
    assert list(table.q) == ["a", "b", "c"] and list(table.score) == pytest.approx([0.1, 0.2, 0.3])
    tag = json.loads(mlflow.get_run(run.info.run_id).data.tags["mlflow.loggedArtifacts"])
    assert tag == [{"path": "eval.json", "type": "table"}]


def test_missing_artifacts_are_errors_and_missing_folders_are_empty(run):
    assert paths(run, "nothing") == []
    with pytest.raises(MlflowException):
        mlflow.artifacts.load_text(f"{run.info.artifact_uri}/nothing.txt")


def test_artifacts_are_deleted_one_by_one_and_by_folder(run):
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    for name in ("a.txt", "b/c.txt", "b/d.txt"):
        mlflow.log_text(name, name)
    repository = get_artifact_repository(run.info.artifact_uri)
    repository.delete_artifacts("a.txt")
    assert paths(run) == ["b"]
    repository.delete_artifacts("b")
    assert paths(run) == []


def test_listing_by_uri(run):
    mlflow.log_text("x", "one/two.txt")
    assert [file.path for file in mlflow.artifacts.list_artifacts(f"runs:/{run.info.run_id}/one")] == ["one/two.txt"]
    assert [file.path for file in mlflow.artifacts.list_artifacts(run_id=run.info.run_id)] == ["one"]


def test_a_large_file_goes_up_and_down_in_parts_where_the_server_takes_parts(server, run, tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", "true")
    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD", "true")
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", str(5 << 20))
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", str(5 << 20))
    monkeypatch.setenv("MLFLOW_MULTIPART_DOWNLOAD_MINIMUM_FILE_SIZE", str(5 << 20))
    monkeypatch.setenv("MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE", str(5 << 20))
    asked = []
    send = requests.Session.request
    monkeypatch.setattr(requests.Session, "request", lambda self, method, url, **more: asked.append(url) or send(self, method, url, **more))
    big = tmp_path / "big.bin"
    data = np.random.default_rng(1).bytes((16 << 20) + 17)
    big.write_bytes(data)
    mlflow.log_artifact(str(big), "weights")
    down = mlflow.artifacts.download_artifacts(f"runs:/{run.info.run_id}/weights/big.bin", dst_path=str(tmp_path / "down"))
    assert open(down, "rb").read() == data
    assert paths(run, "weights") == ["weights/big.bin"]
    info = requests.get(f"{server}/api/3.0/mlflow/server-info", timeout=30).json()
    steps = {step for step in ("create", "complete") if any(f"/mpu/{step}/" in url for url in asked)}
    if info["multipart_uploads_enabled"]:
        assert steps == {"create", "complete"}


def test_no_name_escapes_the_folder(server):
    base = f"{server}/api/2.0/mlflow-artifacts/artifacts"
    for name in ("..%2f..%2fescape", "%252e%252e%252fescape", "a%2f..%2f..%2fescape", "%2fetc%2fpasswd"):
        answer = requests.put(f"{base}/{name}", data=b"x", timeout=30)
        assert answer.status_code == 400, name
        assert answer.json()["error_code"] == "INVALID_PARAMETER_VALUE"
        assert requests.get(f"{base}/{name}", timeout=30).status_code in (400, 404)
