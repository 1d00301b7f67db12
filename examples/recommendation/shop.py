"""A shop whose customers are known: what each of them likes is drawn, and so is what they buy.

Products belong to tastes, as many to each. A shopper has one taste and buys BASKET different products, each
from that taste with probability LOYAL and else from the whole shop. Nothing else tells products apart, so
what a perfect recommender can reach is known too.
"""

import numpy as np
import pandas as pd

BASKET = 12
LOYAL = 0.9


def generate(shoppers, products, tastes, seed):
    """Purchases (shopper, product; one row each, the last of each shopper marked `held_out`), and the tastes of shoppers and products."""
    random = np.random.default_rng(seed)
    taste_of_product = np.arange(products) % tastes
    taste_of_shopper = random.integers(tastes, size=shoppers)
    rows = []
    for shopper, taste in enumerate(taste_of_shopper):
        own = random.permutation(np.flatnonzero(taste_of_product == taste)).tolist()
        bought = []
        while len(bought) < BASKET:
            product = own.pop() if random.random() < LOYAL and own else int(random.integers(products))
            if product not in bought:
                bought.append(product)
        rows += [(shopper, product, at == BASKET - 1) for at, product in enumerate(bought)]
    return pd.DataFrame(rows, columns=["shopper", "product", "held_out"]), taste_of_shopper, taste_of_product


def matrix(purchases, shoppers, products):
    """Who bought what: shoppers × products, of zeros and ones."""
    bought = np.zeros((shoppers, products))
    bought[purchases["shopper"], purchases["product"]] = 1
    return bought
