"""Learns what goes with what in a shop, by several recommenders, and registers the best.

    recommendation            the run of the project
    ├── popular               the same for everybody: what a recommender has to beat
    ├── als factors=2         one run a number of factors
    └── …

Each run is measured by the product that every shopper bought last, which nobody learns from: `hit_rate` is how
often it is among ten recommendations, `same_taste` the share of them that the shopper likes. What a recommender
that knows every taste would reach is logged as `oracle_hit_rate`.
"""

import argparse
import logging
import os
import tempfile
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.tracking import MlflowClient
from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema
from mlflow.types.schema import Array, DataType

from recommender import best, fit, solve
from shop import generate, matrix

HERE = Path(__file__).parent
COUNT = 10


def measure(scores, bought, held_out, taste_of_shopper, taste_of_product):
    chosen = best(scores, bought, COUNT)
    return {
        "hit_rate": float((chosen == held_out[:, None]).any(axis=1).mean()),
        "same_taste": float((taste_of_product[chosen] == taste_of_shopper[:, None]).mean()),
    }


def log_model(factors, popularity):
    signature = ModelSignature(
        inputs=Schema([ColSpec(Array(DataType.string), "basket")]),
        outputs=Schema([ColSpec(Array(DataType.string), "products")]),
        params=ParamSchema([ParamSpec("count", DataType.integer, COUNT)]),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "factors.npz"
        np.savez(path, factors=factors, popularity=popularity)
        return mlflow.pyfunc.log_model(
            name="model", python_model=str(HERE / "recommender.py"), artifacts={"factors": str(path)}, signature=signature,
            input_example=pd.DataFrame({"basket": [["p0", "p4"], []]}),
            pip_requirements=[f"{module.__name__}=={module.__version__}" for module in (mlflow, np, pd)],
        )


def main():
    parser = argparse.ArgumentParser(description="Trains and registers a recommender for a generated shop.")
    for name, default in (("shoppers", 600), ("products", 120), ("tastes", 4), ("seed", 7)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--model-name", default="recommendation", help="the registered model to add a version to")
    options = parser.parse_args()
    logging.getLogger("mlflow").setLevel(logging.ERROR)

    purchases, taste_of_shopper, taste_of_product = generate(options.shoppers, options.products, options.tastes, options.seed)
    bought = matrix(purchases[~purchases["held_out"]], options.shoppers, options.products)
    held_out = purchases[purchases["held_out"]].sort_values("shopper")["product"].to_numpy()
    popularity = bought.sum(axis=0)
    judged = (bought, held_out, taste_of_shopper, taste_of_product)
    # Ties between products of a taste are broken by chance, as they are for a recommender.
    chance = np.random.default_rng(options.seed).random(bought.shape) / 2
    oracle = measure((taste_of_shopper[:, None] == taste_of_product) + chance, *judged)

    if "MLFLOW_RUN_ID" not in os.environ:
        mlflow.set_experiment("recommendation")
    with mlflow.start_run(run_name="recommendation"):
        mlflow.log_input(mlflow.data.from_pandas(purchases, name="shop"), context="training")
        mlflow.log_metric("oracle_hit_rate", oracle["hit_rate"])
        tried = []
        with mlflow.start_run(run_name="popular", nested=True):
            mlflow.log_metrics(measure(np.tile(popularity, (options.shoppers, 1)), *judged))
        for factors in (2, 4, 8, 16):
            with mlflow.start_run(run_name=f"als factors={factors}", nested=True):
                mlflow.log_params({"factors": factors, "rounds": 8})
                products = fit(bought, factors, 8, options.seed)
                metrics = measure(solve(products, bought) @ products.T, *judged)
                mlflow.log_metrics(metrics)
                tried.append((metrics["hit_rate"], -factors, products, metrics))
                print(f"{factors} factors: hit rate {metrics['hit_rate']:.3f} of {oracle['hit_rate']:.3f}", flush=True)
        _, factors, products, metrics = max(tried, key=lambda one: one[:2])
        mlflow.log_metrics(metrics)
        mlflow.log_param("best_factors", -factors)
        model = log_model(products, popularity)
        version = mlflow.register_model(model.model_uri, options.model_name)
        MlflowClient().set_registered_model_alias(options.model_name, "champion", version.version)
        print(f"{-factors} factors are now {options.model_name} version {version.version}, alias champion", flush=True)


if __name__ == "__main__":
    main()
