"""Makes runs in MLflow's own store and says which of them a search finds, in order.

The first line of the input is the list of runs to make; then come searches, {"filter", "order_by"}.
The first line of the answer lists what the store gave each run, then come lists of positions in
the list of runs, or {"error": "…"}.
"""

import json
import sys
import tempfile

from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunStatus, RunTag, ViewType
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

folder = tempfile.TemporaryDirectory()
store = SqlAlchemyStore(f"sqlite:///{folder.name}/mlflow.db", f"{folder.name}/artifacts")
experiment = store.create_experiment("searched")

places = {}
made = []
for place, given in enumerate(json.loads(sys.stdin.readline())):
    run = store.create_run(experiment, given["user_id"], given["start_time"], [], given["run_name"])
    run_id = run.info.run_id
    metrics = [Metric(key, float(value), 1, 0) for key, value in given["metrics"]]
    params = [Param(key, value) for key, value in given["params"]]
    tags = [RunTag(key, value) for key, value in given["tags"]]
    store.log_batch(run_id, metrics, params, tags)
    inputs = []
    for dataset in given["datasets"]:
        context = [InputTag("mlflow.data.context", dataset["context"])] if "context" in dataset else []
        inputs.append(DatasetInput(Dataset(dataset["name"], dataset["digest"], "local", "x"), context))
    store.log_inputs(run_id, inputs)
    if given["end_time"] is not None:
        store.update_run_info(run_id, RunStatus.from_string(given["status"]), given["end_time"], None)
    places[run_id] = place
    made.append({"run_id": run_id, "artifact_uri": run.info.artifact_uri})

print(json.dumps(made))
for line in sys.stdin:
    search = json.loads(line)
    try:
        runs = store.search_runs([experiment], search["filter"], ViewType.ALL, 1000, search["order_by"])
        print(json.dumps([places[run.info.run_id] for run in runs]))
    except Exception as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}))
