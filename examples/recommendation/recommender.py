"""Recommends what goes with a basket. The model is this code and an array of numbers; nothing is pickled.

Implicit feedback by alternating least squares: Hu, Koren, Volinsky, Collaborative Filtering for Implicit
Feedback Datasets (2008), equations 4 and 5. A basket that was never seen gets its factors by the same equation.
"""

import mlflow
import numpy as np

ALPHA = 20.0
REGULARIZATION = 1.0


def solve(factors, bought):
    """The factors of each row of `bought`, given those of the columns."""
    gram = factors.T @ factors + REGULARIZATION * np.eye(factors.shape[1])
    rows = []
    for row in bought:
        seen = factors[row > 0]
        rows.append(np.linalg.solve(gram + ALPHA * seen.T @ seen, (1 + ALPHA) * seen.sum(axis=0)))
    return np.array(rows)


def fit(bought, count, rounds, seed):
    """Factors of products, `count` for each."""
    products = np.random.default_rng(seed).normal(scale=0.1, size=(bought.shape[1], count))
    for _ in range(rounds):
        products = solve(solve(products, bought), bought.T)
    return products


def best(scores, bought, count):
    """The indices of the `count` products with the highest scores that were not bought, the best first."""
    return np.argsort(np.where(bought > 0, -np.inf, scores), axis=1, kind="stable")[:, ::-1][:, :count]


class Recommender(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        with np.load(context.artifacts["factors"], allow_pickle=False) as stored:
            self.factors, self.popularity = stored["factors"], stored["popularity"]

    def predict(self, context, model_input, params=None):
        count = (params or {}).get("count", 10)
        total = len(self.factors)
        bought = np.zeros((len(model_input), total))
        for row, basket in enumerate(model_input["basket"]):
            for name in basket:
                number = int(name[1:]) if name[:1] == "p" and name[1:].isdigit() else total
                if number >= total:
                    raise ValueError(f"There is no product {name!r}: they are p0 to p{total - 1}.")
                bought[row, number] = 1
        scores = solve(self.factors, bought) @ self.factors.T
        # Of nobody is known what they like before they bought something.
        empty = bought.sum(axis=1) == 0
        scores[empty] = self.popularity
        return [{"products": [f"p{product}" for product in row]} for row in best(scores, bought, count).tolist()]


mlflow.models.set_model(Recommender())
