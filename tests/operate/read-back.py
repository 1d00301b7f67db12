"""Prints all that MLflow's own client tells of a store, by names where ids may differ: read-back.py URI."""

import hashlib
import json
import os
import sys

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

import mlflow
from mlflow import MlflowClient
from mlflow.entities import ViewType

uri = sys.argv[1]
mlflow.set_tracking_uri(uri)
client = MlflowClient(uri)
OURS = "cairn.exported.from"


def files(download):
    try:
        root = download()
    except mlflow.MlflowException:
        # Where nothing was ever logged, stores of files say that there is no folder.
        return []
    found = []
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                found.append([os.path.relpath(path, root), hashlib.sha256(file.read()).hexdigest()])
    return sorted(found)


experiments = client.search_experiments(view_type=ViewType.ALL)
names = {experiment.experiment_id: experiment.name for experiment in experiments}
runs = {run.info.run_id: run for run in client.search_runs(list(names), run_view_type=ViewType.ALL, max_results=1000)}
run_names = {run_id: run.info.run_name for run_id, run in runs.items()}
models = {model.model_id: model for model in client.search_logged_models(list(names))}


def number(value):
    return repr(float(value))


def told(run):
    info, data = run.info, run.data
    return {
        "experiment": names[info.experiment_id], "name": info.run_name, "status": info.status, "start": info.start_time, "end": info.end_time, "stage": info.lifecycle_stage,
        "user": info.user_id, "params": data.params, "tags": {key: value for key, value in data.tags.items() if key != OURS},
        "metrics": {key: sorted([m.step, m.timestamp, number(m.value)] for m in client.get_metric_history(info.run_id, key)) for key in data.metrics},
        "latest": {key: number(value) for key, value in data.metrics.items()},
        "datasets": [[i.dataset.to_dictionary(), sorted([tag.key, tag.value] for tag in i.tags)] for i in run.inputs.dataset_inputs],
        "inputs": [models[i.model_id].name for i in run.inputs.model_inputs], "outputs": [[models[o.model_id].name, o.step] for o in (run.outputs.model_outputs if run.outputs else [])],
        "files": files(lambda: client.download_artifacts(info.run_id, "")) if info.lifecycle_stage == "active" else "",
    }


def model_told(model):
    return {
        "experiment": names[model.experiment_id], "name": model.name, "type": model.model_type, "run": run_names.get(model.source_run_id), "status": str(model.status), "params": model.params,
        "tags": {key: value for key, value in model.tags.items() if key != OURS and not key.startswith("mlflow.")},
        "metrics": sorted([m.key, m.step, m.timestamp, number(m.value), m.dataset_name, m.dataset_digest, run_names[m.run_id]] for m in model.metrics or []),
        "files": files(lambda: mlflow.artifacts.download_artifacts(artifact_uri=f"models:/{model.model_id}")),
    }


def version_told(version):
    return {
        "version": int(version.version), "stage": version.current_stage, "description": version.description or "", "tags": version.tags, "aliases": version.aliases,
        "run": run_names.get(version.run_id), "files": files(lambda: mlflow.artifacts.download_artifacts(artifact_uri=f"models:/{version.name}/{version.version}")),
    }


registry = [
    {"name": model.name, "description": model.description, "tags": model.tags, "aliases": {alias: int(version) for alias, version in model.aliases.items()},
     "versions": sorted((version_told(version) for version in client.search_model_versions(f"name = '{model.name}'")), key=lambda version: version["version"])}
    for model in client.search_registered_models()
]
prompt = client.load_prompt("prompts:/greeting/1")
print(json.dumps({
    "experiments": sorted([e.name, e.lifecycle_stage, sorted(e.tags.items())] for e in experiments),
    "runs": sorted((told(run) for run in runs.values()), key=lambda run: [run["experiment"], run["name"]]),
    "models": sorted((model_told(model) for model in models.values()), key=lambda model: model["name"]),
    "registry": registry, "prompt": [prompt.name, prompt.template, prompt.tags],
}, sort_keys=True))
