"""The one place that knows how a server is started for these tests."""

import os
import queue
import re
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def cairn_command(data):
    node = ROOT / "node_modules" / ".bin" / "node"
    main = ROOT / "packages" / "cli" / "src" / "main.ts"
    return [
        str(node), "--conditions=source", str(main), "server", "--host", "127.0.0.1", "--port", "0",
        "--backend-store-uri", f"sqlite:///{data}/cairn.db", "--artifacts-destination", f"{data}/artifacts",
    ]  # fmt: skip


def mlflow_command(data, port):
    return [
        sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
        "--backend-store-uri", f"sqlite:///{data}/mlflow.db", "--artifacts-destination", f"{data}/artifacts",
    ]  # fmt: skip


def start(data, peer=None, flags=(), extra_env=None):
    """Starts Cairn, or MLflow's own server where `peer` (or CAIRN_TEST_PEER=mlflow) says so; answers (process, url)."""
    peer = os.environ.get("CAIRN_TEST_PEER") == "mlflow" if peer is None else peer
    env = {name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"} | (extra_env or {})
    if peer:
        port = _free_port()
        env["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"
        command, url = mlflow_command(data, port), f"http://127.0.0.1:{port}"
    else:
        command, url = cairn_command(data), None
    process = subprocess.Popen(
        [*command, *flags], cwd=data, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    lines, kept = queue.Queue(), []
    threading.Thread(target=lambda: [lines.put(line) for line in process.stdout], daemon=True).start()

    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            kept.append(lines.get(timeout=0.1))
        except queue.Empty:
            pass
        found = re.search(r"http://127\.0\.0\.1:\d+", kept[-1]) if kept and url is None else None
        url = found.group() if found else url
        if url and _healthy(url):
            return process, url
    while not lines.empty():
        kept.append(lines.get())
    process.kill()
    raise RuntimeError(f"The server did not start: {' '.join(command)}\n{''.join(kept)}")


def stop(process):
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _healthy(url):
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def _free_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
