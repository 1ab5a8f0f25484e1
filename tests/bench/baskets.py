"""How good recommendations are: real baskets, one item held back of each, and how often it is among ten recommended.

The baskets become paid orders of products of their own; the routines (and the worker, where one runs) learn from them as
from any other order, and recommend_rank, which answers GET /v1/products/{id}/recommendations, is asked.
"""
import json
import random

FIRST_ID = 9_000_000_000


def read(path, seed=7):
    """(items, [(basket without one item, that item or None)]) of a CSV with one basket per line."""
    rng, baskets = random.Random(seed), []
    for line in path.read_text().splitlines():
        basket = sorted({item.strip() for item in line.split(",")} - {""})
        held = rng.choice(basket) if len(basket) > 1 else None
        baskets.append(([item for item in basket if item != held], held))
    items = sorted({item for basket, held in baskets for item in [*basket, *([held] if held else [])]})
    return items, baskets


def load_sql(items, baskets):
    """SQL that makes the products and the paid orders."""
    ids = {item: FIRST_ID + n for n, item in enumerate(items)}
    products = [f"({i}, 'basket-{i}', 'basket-{i}', 'published', 'published', 0, 1, NOW(3), NOW(3))" for i in ids.values()]
    yield ("INSERT INTO product (product_id, handle, title, state, state_wanted, pending, version, created_at, updated_at) VALUES "
           + ",".join(products) + ";")
    for at in range(0, len(baskets), 500):
        orders = [{"order_id": str(FIRST_ID + at + n), "account_id": str(FIRST_ID + at + n), "product_ids": [str(ids[i]) for i in basket]}
                  for n, (basket, _) in enumerate(baskets[at:at + 500])]
        yield f"CALL behaviour_orders('{json.dumps(orders)}');"


def clean_sql():
    below = f"BETWEEN {FIRST_ID} AND {FIRST_ID + 1_000_000}"
    return (f"DELETE FROM similar_product WHERE product_id {below}; DELETE FROM affinity WHERE product_id {below};"
            f"DELETE FROM popularity WHERE product_id {below}; DELETE FROM similar_due WHERE product_id {below};"
            f"DELETE FROM interest WHERE product_id {below}; DELETE FROM product WHERE product_id {below};"
            f"DELETE FROM behaviour_batch WHERE visitor BETWEEN 'o{FIRST_ID}' AND 'o{FIRST_ID + 1_000_000}';")


def ask_sql(items, baskets):
    """SQL that answers one row for each basket with an item held back: hit by recommendation, hit by popularity alone."""
    ids = {item: FIRST_ID + n for n, item in enumerate(items)}
    for basket, held in baskets:
        if held is None:
            continue
        have = json.dumps([{"product_id": ids[item], "weight": 1} for item in basket])
        exclude = json.dumps([ids[item] for item in basket])
        yield (f"CALL recommend_rank('{have}', '[]', 10, @ids); CALL recommend_rank('[]', '{exclude}', 10, @popular);"
               f"SELECT LOCATE('\"{ids[held]}\"', @ids) > 0, LOCATE('\"{ids[held]}\"', @popular) > 0;\n")
