"""Runs projects with MLflow itself: reads cases as JSON from a file, writes what each raised as JSON."""

import json
import logging
import sys

import mlflow

logging.getLogger("mlflow").setLevel(logging.CRITICAL)
errors = []
for case in json.load(open(sys.argv[1])):
    try:
        mlflow.projects.run(**case)
        errors.append(None)
    except Exception as error:
        errors.append(str(error))
json.dump(errors, open(sys.argv[2], "w"))
