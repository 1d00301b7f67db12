"""Runs a project on a graphics card and serves what it made. See README.md."""

import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import mlflow
import torch

here = pathlib.Path(__file__).parent
cairn = sys.argv[1:] or ["cairn"]
scratch = pathlib.Path(tempfile.mkdtemp())


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait(url, process, seconds=180):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert process.poll() is None, f"ended with {process.returncode} before {url} answered"
        try:
            return urllib.request.urlopen(url, timeout=5).read()
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"{url} did not answer in {seconds} seconds")


started = []
try:
    address = f"http://127.0.0.1:{free_port()}"
    server = subprocess.Popen([*cairn, "server", "--port", address.rsplit(":", 1)[1], "--data-dir", str(scratch / "data")], stdout=subprocess.DEVNULL)
    started.append(server)
    wait(f"{address}/health", server)
    env = {**os.environ, "MLFLOW_TRACKING_URI": address, "MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL": "2"}
    subprocess.run([*cairn, "run", str(here / "project"), "--env-manager", "local", "-P", "seconds=20"], env=env, check=True)

    mlflow.set_tracking_uri(address)
    client = mlflow.MlflowClient()
    (run,) = client.search_runs(["0"])
    assert run.info.status == "FINISHED", run.info.status
    cards = torch.cuda.device_count()
    cards_seen = {key for key in run.data.metrics if key.startswith("system/gpu_")}
    for card in range(cards):
        for what in ("memory_usage_megabytes", "memory_usage_percentage", "utilization_percentage", "power_usage_watts", "power_usage_percentage"):
            assert f"system/gpu_{card}_{what}" in cards_seen, (what, cards_seen)
    busy = [point.value for point in client.get_metric_history(run.info.run_id, "system/gpu_0_utilization_percentage")]
    memory = max(point.value for point in client.get_metric_history(run.info.run_id, "system/gpu_0_memory_usage_megabytes"))
    power = max(point.value for point in client.get_metric_history(run.info.run_id, "system/gpu_0_power_usage_watts"))
    assert max(busy) > 50, busy
    assert memory >= run.data.metrics["peak_memory_mb"], (memory, run.data.metrics)
    files = [one.path for one in client.list_artifacts(run.info.run_id)]
    print("run", run.info.status, "| utilization", busy, "| memory MB", memory, "| watts", power, "| files", files)
    record = [one.path for folder in files for one in client.list_artifacts(run.info.run_id, folder) if one.path.endswith(".json")]
    names = [mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/{path}") for path in record]
    name = torch.cuda.get_device_name(0)
    assert any(name in text for text in names), (name, record)
    print("record names", name)

    port = free_port()
    serving = subprocess.Popen([*cairn, "models", "serve", "-m", "models:/on-a-card/1", "-p", str(port), "--env-manager", "local", "--workers", "2", "--devices", "0"], env=env)
    started.append(serving)
    wait(f"http://127.0.0.1:{port}/ping", serving)
    body = json.dumps({"inputs": [[0.1] * 64, [0.0] * 64]}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/invocations", body, {"content-type": "application/json"})
    answer = json.loads(urllib.request.urlopen(request, timeout=60).read())["predictions"]
    import numpy

    wanted = mlflow.pyfunc.load_model("models:/on-a-card/1").predict(numpy.array([[0.1] * 64, [0.0] * 64], dtype="float32"))
    assert numpy.allclose(answer, wanted, atol=1e-5), (answer, wanted)
    print("served on the card:", answer, "as pyfunc answers")
    seen = set()
    for at in range(40):
        request = urllib.request.Request(f"http://127.0.0.1:{port}/invocations", json.dumps({"inputs": [[0.1] * 64], "params": {}}).encode(), {"content-type": "application/json"})
        urllib.request.urlopen(request, timeout=60).read()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            if b"CUDA_VISIBLE_DEVICES=0" in words:
                seen.add(pid)
        except OSError:
            pass
    assert len(seen) >= 2, seen
    print(len(seen), "processes were given card 0")
    asked, begin = 0, time.monotonic()
    while time.monotonic() < begin + 5:
        urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}/invocations", body, {"content-type": "application/json"}), timeout=60).read()
        asked += 1
    print(f"one connection, new each time: {asked / 5:.0f} requests/s")
finally:
    for process in reversed(started):
        process.terminate()
        process.wait(60)
print("all true")
