"""Predicts which customers of a telecom company leave, and keeps the whole search in a tracking server.

Three families of models are tried over a grid, 60 runs in all:

    churn                          the experiment
    ├── logistic-regression        one parent a family; the family's best model is refitted here
    │   ├── lr C=0.01 l1           one child a grid point
    │   └── …
    ├── random-forest
    └── xgboost

Everything a run carries comes from the stock `mlflow` client: autologging writes the parameters, the
training metrics, the data set and the plots. This file adds what it measures on customers that the model
has not seen: children are compared on a validation set; a family's best is refitted on all but the
holdout and measured on that once. The family that validated best becomes a version of the registered
model `churn` with the alias `champion`.

    export MLFLOW_TRACKING_URI=http://127.0.0.1:5000
    python train.py
"""

import argparse
import logging
import os
import warnings
from itertools import product
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import mlflow
import pandas as pd
from mlflow.tracking import MlflowClient
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, average_precision_score, brier_score_loss, f1_score, log_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from xgboost import XGBClassifier

HERE = Path(__file__).parent
TARGET = "churn"
NUMBERS = ["tenure", "monthly_charges", "total_charges"]


def read(path):
    """The customers as features and target. A new customer has no total yet: it is zero, not unknown."""
    frame = pd.read_csv(path)
    frame["total_charges"] = frame["total_charges"].fillna(0.0)
    frame["tenure"] = frame["tenure"].astype(float)
    target = (frame.pop(TARGET) == "Yes").astype(int)
    return frame, target


def preprocess(frame):
    words = [name for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name])]
    return ColumnTransformer(
        [
            ("numbers", StandardScaler(), NUMBERS),
            ("words", OneHotEncoder(drop="if_binary", handle_unknown="ignore", sparse_output=False), words),
        ],
        remainder="passthrough",
    )


def grid(**axes):
    return [dict(zip(axes, values)) for values in product(*axes.values())]


def families(seed, threads):
    """Name → (a function from parameters to an estimator, its grid)."""
    return {
        "logistic-regression": (
            lambda **params: LogisticRegression(solver="liblinear", max_iter=500, random_state=seed, **params),
            grid(C=[0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0], class_weight=[None, "balanced"]),
        ),
        "random-forest": (
            lambda **params: RandomForestClassifier(random_state=seed, n_jobs=threads, **params),
            grid(n_estimators=[30, 60], max_depth=[4, 6, 8, 10, 14], min_samples_leaf=[2, 20]),
        ),
        "xgboost": (
            lambda **params: XGBClassifier(
                random_state=seed, n_jobs=threads, eval_metric=["logloss", "auc"], tree_method="hist", **params
            ),
            grid(n_estimators=[40, 80], max_depth=[2, 3, 4, 6], learning_rate=[0.05, 0.1, 0.3]),
        ),
    }


def score(model, features, target, prefix):
    chance = model.predict_proba(features)[:, 1]
    guess = (chance >= 0.5).astype(int)
    return {
        f"{prefix}_roc_auc": roc_auc_score(target, chance),
        f"{prefix}_average_precision": average_precision_score(target, chance),
        f"{prefix}_log_loss": log_loss(target, chance),
        f"{prefix}_brier": brier_score_loss(target, chance),
        f"{prefix}_accuracy": accuracy_score(target, guess),
        f"{prefix}_f1": f1_score(target, guess),
    }


def title(params):
    return " ".join(f"{name}={value}" for name, value in params.items())


def autolog(log_models):
    """Children keep no model files: sixty of them would only be disk. The refitted best of a family does."""
    mlflow.sklearn.autolog(log_models=log_models, log_input_examples=log_models, log_datasets=True, silent=True)
    mlflow.xgboost.autolog(log_models=log_models, log_input_examples=log_models, log_datasets=True, silent=True)


def train_family(name, build, points, rest, holdout, seed):
    """Trains one family below a parent run; answers the parent's run id and all that was measured there."""
    train, validation, train_target, validation_target = train_test_split(
        *rest, test_size=0.25, stratify=rest[1], random_state=seed
    )
    prepared = preprocess(train).fit(train)
    columns = prepared.get_feature_names_out()
    ready = pd.DataFrame(prepared.transform(train), columns=columns)
    ready_validation = pd.DataFrame(prepared.transform(validation), columns=columns)

    with mlflow.start_run(run_name=name, nested=True, tags={"family": name}) as parent:
        autolog(log_models=False)
        tried = []
        for params in points:
            with mlflow.start_run(run_name=f"{name} {title(params)}", nested=True, tags={"family": name}):
                model = build(**params)
                # XGBoost reports every boosting round on both sets: those are the curves to watch live.
                curves = {"eval_set": [(ready, train_target), (ready_validation, validation_target)], "verbose": False}
                model.fit(ready, train_target, **(curves if name == "xgboost" else {}))
                metrics = score(model, ready_validation, validation_target, "validation")
                mlflow.log_metrics(metrics)
                tried.append((metrics, params))

        metrics, params = max(tried, key=lambda one: one[0]["validation_roc_auc"])
        autolog(log_models=True)
        pipeline = Pipeline([("prepare", preprocess(rest[0])), ("model", build(**params))])
        pipeline.fit(*rest)
        metrics = metrics | score(pipeline, *holdout, "holdout")
        mlflow.log_metrics(metrics)
        mlflow.set_tag("best_params", title(params))
        return parent.info.run_id, metrics


def register(name, run_id, metrics):
    client = MlflowClient()
    run = client.get_run(run_id)
    model_id = run.outputs.model_outputs[0].model_id
    version = mlflow.register_model(f"models:/{model_id}", name)
    client.set_registered_model_alias(name, "champion", version.version)
    client.set_model_version_tag(name, version.version, "family", run.data.tags["family"])
    client.update_model_version(
        name, version.version, f"{run.info.run_name}, ROC-AUC {metrics['holdout_roc_auc']:.4f} on the holdout"
    )
    return version


def main():
    parser = argparse.ArgumentParser(description="Trains and registers a model of customer churn.")
    parser.add_argument("--data", default=HERE / "telco-churn.csv", help="the customers (CSV)")
    parser.add_argument("--experiment", default="churn", help="used when no MLflow project or variable names one")
    parser.add_argument("--model-name", default="churn", help="the registered model to add a version to")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--every", type=int, default=1, help="take each n-th grid point only, for a quick look")
    options = parser.parse_args()

    warnings.filterwarnings("ignore")
    logging.getLogger("mlflow").setLevel(logging.ERROR)

    # `mlflow run` has opened a run already, which then stands above the three families.
    outer = mlflow.start_run() if "MLFLOW_RUN_ID" in os.environ else None
    if outer is None:
        mlflow.set_experiment(options.experiment)

    features, target = read(options.data)
    rest, holdout, rest_target, holdout_target = train_test_split(
        features, target, test_size=0.2, stratify=target, random_state=options.seed
    )
    results = {}
    for name, (build, grid_points) in families(options.seed, options.threads).items():
        points = grid_points[:: options.every]
        results[name] = train_family(
            name, build, points, (rest, rest_target), (holdout, holdout_target), options.seed
        )
        auc = results[name][1]["holdout_roc_auc"]
        print(f"{name}: {len(points)} runs, ROC-AUC {auc:.4f} on the holdout", flush=True)

    best = max(results, key=lambda name: results[name][1]["validation_roc_auc"])
    version = register(options.model_name, *results[best])
    print(f"{best} is now {options.model_name} version {version.version}, alias champion", flush=True)
    if outer is not None:
        mlflow.log_metrics(results[best][1])
        mlflow.set_tag("best_family", best)
        mlflow.end_run()


if __name__ == "__main__":
    main()
