"""Keeps of Kubernetes' OpenAPI documents what the manifests here consist of: trim-schema.py kubectl-validate.zip prometheus-operator.zip > schemas.json

The documents are in the Go module sigs.k8s.io/kubectl-validate (Apache-2.0), from the API server of Kubernetes 1.35,
and in that of the Prometheus operator (Apache-2.0):
curl https://proxy.golang.org/sigs.k8s.io/kubectl-validate/@v/v0.0.5-0.20260105161640-a97ccfaca20b.zip
curl https://proxy.golang.org/github.com/prometheus-operator/prometheus-operator/@v/v0.85.0.zip
"""

import json
import sys
import zipfile

KINDS = {
    "api/v1": ["core.v1.Service", "core.v1.ServiceAccount", "core.v1.Secret", "core.v1.ConfigMap", "core.v1.PersistentVolumeClaim", "core.v1.Pod"],
    "apis/apps/v1": ["apps.v1.Deployment"],
    "apis/batch/v1": ["batch.v1.Job"],
    "apis/networking.k8s.io/v1": ["networking.v1.Ingress", "networking.v1.NetworkPolicy"],
    "apis/policy/v1": ["policy.v1.PodDisruptionBudget"],
}


def document(path, ending):
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read(next(name for name in archive.namelist() if name.endswith(ending))))


def bare(node, todo):
    if isinstance(node, list):
        return [bare(one, todo) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        todo.append(node["$ref"].rsplit("/", 1)[1])
    # A property may be called "description"; a description is a text.
    return {key: bare(value, todo) for key, value in node.items() if not (key == "description" and isinstance(value, str) or key == "default" or key == "pattern" or key.startswith("x-kubernetes") and key != "x-kubernetes-int-or-string")}


kept, kinds = {}, {}
for place, names in KINDS.items():
    schemas = document(sys.argv[1], f"builtins/1.35/{place}.json")["components"]["schemas"]
    todo = [f"io.k8s.api.{name}" for name in names]
    for name in todo:
        for kind in schemas[name]["x-kubernetes-group-version-kind"]:
            kinds[f"{kind['group']}/{kind['version']}/{kind['kind']}".lstrip("/")] = name
    while todo:
        name = todo.pop()
        if name not in kept:
            kept[name] = None
            kept[name] = bare(schemas[name], todo)

monitor = document(sys.argv[2], "jsonnet/prometheus-operator/servicemonitors-crd.json")["spec"]["versions"][0]
kept["ServiceMonitor"] = bare(monitor["schema"]["openAPIV3Schema"], [])
kept["ServiceMonitor"]["properties"]["metadata"] = {"$ref": "x/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}
kinds[f"monitoring.coreos.com/{monitor['name']}/ServiceMonitor"] = "ServiceMonitor"
json.dump({"kubernetes": "1.35", "kinds": kinds, "schemas": kept}, sys.stdout, separators=(",", ":"), sort_keys=True)
