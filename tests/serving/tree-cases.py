"""Trains many small models with XGBoost and LightGBM and answers rows with them: tree-cases.py FOLDER.

Writes a model file for each case, and cases.json: [{name, file, library, wrapper, features, rows, answers}].
Missing cells are null.
"""

import json
import sys
import warnings
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
import xgboost

warnings.filterwarnings("ignore")
TO = Path(sys.argv[1])
CASES = []


def data(seed, rows=400, features=6, categories=0):
    """Numbers with missing cells, zeros and ties; the last `categories` columns hold small whole numbers."""
    random = np.random.default_rng(seed)
    x = np.round(random.normal(size=(rows, features)) * 4, 1)
    x[random.random(x.shape) < 0.08] = np.nan
    x[random.random(x.shape) < 0.08] = 0.0
    for column in range(features - categories, features):
        x[:, column] = random.integers(0, 40, rows)
        x[random.random(rows) < 0.05, column] = np.nan
    score = np.nan_to_num(x[:, 0]) - np.nan_to_num(x[:, 1]) * 0.5 + random.normal(size=rows)
    if categories:
        score += np.isin(x[:, -1], [1, 3, 5, 17, 33]) * 4
    return x, score


def ask(x):
    """Rows to be asked: some of the training rows, and cells that training never saw."""
    rows = x[:60].copy()
    rows[0, :] = np.nan
    rows[1, :] = 1e30
    rows[2, :] = -5
    rows[3, :] = 99
    rows[4, :] = 0.0
    return rows


def keep(name, library, file, wrapper, rows, answers):
    cells = [[None if np.isnan(cell) else float(cell) for cell in row] for row in rows]
    answers = np.asarray(answers, dtype=float)
    CASES.append(
        {"name": name, "library": library, "file": file, "wrapper": wrapper, "rows": cells, "answers": answers.reshape(len(rows), -1).tolist()}
    )


def target_of(objective, score):
    if objective.startswith("multi"):
        return np.digitize(score, [-2, 0, 2]).astype(int), {"num_class": 4}
    if objective.startswith("binary") or objective in ("reg:logistic", "cross_entropy", "cross_entropy_lambda"):
        return (score > 0).astype(int), {}
    if objective in ("count:poisson", "poisson", "reg:tweedie", "tweedie"):
        return np.floor(np.exp(np.clip(score / 4, -3, 2))), {}
    if objective in ("reg:gamma", "gamma", "survival:cox", "survival:aft", "reg:squaredlogerror"):
        return np.exp(np.clip(score / 4, -3, 2)), {}
    return score, {}


XGB = [
    "reg:squarederror", "reg:squaredlogerror", "reg:absoluteerror", "reg:pseudohubererror", "reg:quantileerror", "reg:logistic",
    "binary:logistic", "binary:logitraw", "binary:hinge", "count:poisson", "reg:gamma", "reg:tweedie", "survival:cox", "survival:aft",
    "multi:softprob", "multi:softmax", "rank:ndcg",
]
VARIANTS = {
    "plain": {},
    "deep": {"max_depth": 9, "min_child_weight": 0.1},
    "base": {"base_score": 0.3},
    "dart": {"booster": "dart", "rate_drop": 0.3},
    "parallel": {"num_parallel_tree": 3, "subsample": 0.7, "colsample_bynode": 0.7},
    "leafwise": {"tree_method": "hist", "grow_policy": "lossguide", "max_leaves": 20, "max_depth": 0},
}


def xgb_cases():
    seed = 0
    for objective in XGB:
        for variant, extra in VARIANTS.items():
            seed += 1
            categories = 2 if seed % 3 == 0 else 0
            x, score = data(seed, categories=categories)
            target, more = target_of(objective, score)
            params = {"objective": objective, "max_depth": 4, "seed": seed, "nthread": 1, **more, **extra}
            if objective == "reg:quantileerror":
                params["quantile_alpha"] = [0.1, 0.5, 0.9] if variant == "plain" else 0.7
            kinds = ["q"] * (6 - categories) + ["c"] * categories
            matrix = lambda rows: xgboost.DMatrix(rows, feature_types=kinds, enable_categorical=True)
            train = matrix(x)
            train.set_label(target)
            if objective == "survival:aft":
                train.set_float_info("label_lower_bound", target)
                train.set_float_info("label_upper_bound", target)
            if objective == "rank:ndcg":
                train.set_label(np.digitize(score, [-1, 1]))
                train.set_group([20] * 20)
            booster = xgboost.train(params, train, 12)
            rows = ask(x)
            if categories:
                rows[1, -categories:] = 50
                rows[2, -categories:] = 0
            ending = "ubj" if seed % 2 else "json"
            name = f"xgb-{objective.replace(':', '-')}-{variant}"
            booster.save_model(TO / f"{name}.{ending}")
            keep(name, "xgboost", f"{name}.{ending}", "Booster", rows, booster.predict(matrix(rows)))

    # Several targets, a tree for each.
    x, score = data(501)
    both = np.stack([score, -2 * score + np.nan_to_num(x[:, 2])], axis=1)
    booster = xgboost.train({"max_depth": 3, "nthread": 1}, xgboost.DMatrix(x, both), 10)
    booster.save_model(TO / "xgb-targets.json")
    keep("xgb-targets", "xgboost", "xgb-targets.json", "Booster", ask(x), booster.predict(xgboost.DMatrix(ask(x))))

    # scikit-learn's wrapper answers with the best round of an early stop.
    x, score = data(502)
    for name, wrapper, target in [
        ("xgb-early", xgboost.XGBRegressor, score), ("xgb-early-binary", xgboost.XGBClassifier, (score > 0).astype(int)),
        ("xgb-early-multi", xgboost.XGBClassifier, np.digitize(score, [-1, 1])),
    ]:
        model = wrapper(n_estimators=200, early_stopping_rounds=3, learning_rate=0.8, n_jobs=1)
        model.fit(x[:300], target[:300], eval_set=[(x[300:], target[300:])], verbose=False)
        model.save_model(TO / f"{name}.ubj")
        keep(name, "xgboost", f"{name}.ubj", wrapper.__name__, ask(x), model.predict(ask(x)))

    # Its other answers: classes by softmax, a label in each of several columns, two classes by softmax.
    labels = np.stack([score > 0, score > 2, np.nan_to_num(x[:, 2]) > 0], axis=1).astype(int)
    for name, target, params in [
        ("xgb-softmax-class", np.digitize(score, [-2, 0, 2]), {"objective": "multi:softmax"}), ("xgb-labels", labels, {}),
        ("xgb-labels-dart", labels, {"booster": "dart", "rate_drop": 0.3}), ("xgb-two-softprob", (score > 0).astype(int), {"objective": "multi:softprob", "num_class": 2}),
        ("xgb-two-softmax", (score > 0).astype(int), {"objective": "multi:softmax", "num_class": 2}),
    ]:
        xgboost.XGBClassifier(n_estimators=12, max_depth=3, n_jobs=1, **params).fit(x, target).save_model(TO / f"{name}.ubj")
        loaded = xgboost.XGBClassifier()
        loaded.load_model(TO / f"{name}.ubj")
        keep(name, "xgboost", f"{name}.ubj", "XGBClassifier", ask(x), loaded.predict(ask(x)))


LGB = [
    "regression", "regression_l1", "huber", "fair", "quantile", "mape", "poisson", "gamma", "tweedie", "binary", "multiclass",
    "multiclassova", "cross_entropy", "cross_entropy_lambda", "lambdarank", "rank_xendcg",
]
LGB_VARIANTS = {
    "plain": {},
    "zero": {"zero_as_missing": True},
    "nomissing": {"use_missing": False},
    "rf": {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6, "feature_fraction": 0.8},
    "dart": {"boosting": "dart"},
    "small": {"num_leaves": 2, "sigmoid": 0.7, "reg_sqrt": True},
}


def lgb_cases():
    seed = 1000
    for objective in LGB:
        for variant, extra in LGB_VARIANTS.items():
            seed += 1
            categories = 2 if seed % 3 == 0 else 0
            x, score = data(seed, categories=categories)
            target, more = target_of(objective.replace("multiclass", "multi") if objective.startswith("multi") else objective, score)
            if objective in ("lambdarank", "rank_xendcg"):
                target, more = np.digitize(score, [-1, 1]), {}
            params = {
                "objective": objective, "verbose": -1, "seed": seed, "num_threads": 1, "min_data_in_leaf": 5, "num_leaves": 15,
                "cat_smooth": 1, "min_data_per_group": 5, "deterministic": True, **more, **extra,
            }
            group = [20] * 20 if objective in ("lambdarank", "rank_xendcg") else None
            train = lightgbm.Dataset(x, target, group=group, categorical_feature=list(range(6 - categories, 6)) if categories else "auto")
            booster = lightgbm.train(params, train, 10)
            rows = ask(x)
            name = f"lgb-{objective}-{variant}"
            booster.save_model(TO / f"{name}.txt")
            loaded = lightgbm.Booster(model_file=TO / f"{name}.txt")
            keep(name, "lightgbm", f"{name}.txt", "Booster", rows, loaded.predict(rows))


def refused():
    """Models that only their own library can evaluate."""
    x, score = data(900)
    both = np.stack([score, -score], axis=1)
    booster = xgboost.train({"multi_strategy": "multi_output_tree", "tree_method": "hist"}, xgboost.DMatrix(x, both), 3)
    booster.save_model(TO / "refused-vector.ubj")
    booster = xgboost.train({"booster": "gblinear"}, xgboost.DMatrix(np.nan_to_num(x), score), 3)
    booster.save_model(TO / "refused-linear.json")
    frame = pd.DataFrame({"a": x[:, 0], "b": pd.Categorical(np.where(score > 0, "yes", "no"))})
    booster = xgboost.train({}, xgboost.DMatrix(frame, score, enable_categorical=True), 3)
    booster.save_model(TO / "refused-frame.ubj")
    booster = lightgbm.train({"linear_tree": True, "verbose": -1}, lightgbm.Dataset(np.nan_to_num(x), score), 3)
    booster.save_model(TO / "refused-lgb-linear.txt")
    booster = lightgbm.train({"verbose": -1}, lightgbm.Dataset(frame, score), 3)
    booster.save_model(TO / "refused-lgb-frame.txt")


def saved():
    """Models as MLflow saves them, with what pyfunc answers: a folder for each, and answers.json in it."""
    import logging

    import mlflow

    logging.getLogger("mlflow").setLevel(logging.ERROR)
    x, score = data(700)
    frame = pd.DataFrame(x, columns=list("abcdef"))
    labels = np.stack([score > 0, score > 2], axis=1).astype(int)
    for name, save, model in [
        ("saved-lightgbm", mlflow.lightgbm.save_model, lightgbm.train({"objective": "multiclass", "num_class": 3, "verbose": -1}, lightgbm.Dataset(frame, np.digitize(score, [-1, 1])), 8)),
        ("saved-labels", mlflow.xgboost.save_model, xgboost.XGBClassifier(n_estimators=8, n_jobs=1).fit(frame, labels)),
    ]:
        save(model, TO / name, signature=mlflow.models.infer_signature(frame, model.predict(frame)), pip_requirements=["mlflow"])
        rows = pd.DataFrame(ask(x), columns=list("abcdef"))
        (TO / name / "answers.json").write_text(json.dumps({"rows": [[None if np.isnan(cell) else float(cell) for cell in row] for row in rows.to_numpy()], "answers": mlflow.pyfunc.load_model(TO / name).predict(rows).tolist()}))


if __name__ == "__main__":
    TO.mkdir(parents=True, exist_ok=True)
    xgb_cases()
    lgb_cases()
    refused()
    saved()
    (TO / "cases.json").write_text(json.dumps(CASES))
