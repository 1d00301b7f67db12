"""Keeps of Kubernetes' OpenAPI document what a Job consists of: trim-schema.py batch-v1.json > job-schema.json

The document is in the Go module sigs.k8s.io/kubectl-validate (Apache-2.0), from the API server of Kubernetes 1.35:
curl https://proxy.golang.org/sigs.k8s.io/kubectl-validate/@v/v0.0.5-0.20260105161640-a97ccfaca20b.zip,
pkg/openapiclient/builtins/1.35/apis/batch/v1.json
"""

import json
import sys

schemas = json.load(open(sys.argv[1]))["components"]["schemas"]
kept, todo = {}, ["io.k8s.api.batch.v1.Job"]


def bare(node):
    if isinstance(node, list):
        return [bare(one) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        todo.append(node["$ref"].rsplit("/", 1)[1])
    # A property may be called "description"; a description is a text.
    return {key: bare(value) for key, value in node.items() if not (key in ("description", "default", "x-kubernetes-group-version-kind") and not isinstance(value, dict) or key == "default")}


while todo:
    name = todo.pop()
    if name not in kept:
        kept[name] = None
        kept[name] = bare(schemas[name])
json.dump({"kubernetes": "1.35", "schemas": kept}, sys.stdout, separators=(",", ":"), sort_keys=True)
