"""What promotions cost: quotes and orders of three lines, of which each meets a few rules, with more and more rules that are
for other things. The cost is bounded by the lines of an order: the rates should stay.
"""
from bench_cart import guests
from stack import post

NAME = "promotion"
RULES = (0, 100, 10000)
PEOPLE, SKUS, UNITS = 64, 64, 1000000
ADDRESS = {"name": "Ada Bench", "country": "DE", "city": "Berlin", "line1": "Weg 1", "postal_code": "10115"}

# Rules of 1 minor unit off, a quarter each for SKUs, products, categories, and coupons for everything.
RULE = """INSERT INTO promotion (promotion_id, name, code, kind, value, currency, min_spend, min_qty, exclusive, priority, starts_at, ends_at, state, version)
WITH RECURSIVE d (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM d WHERE i < 99)
SELECT 5000000 + a.i * 100 + b.i, 'Rule', IF((a.i * 100 + b.i) % 4 = 3, CONCAT('BENCH', a.i * 100 + b.i), NULL), 'fixed', 1, '{currency}', 0, 0, 0,
       0, '2025-01-01', '9999-12-31', 'active', 1
  FROM d a JOIN d b WHERE a.i * 100 + b.i < {rules};
INSERT INTO promotion_target (promotion_id, kind, target_id, automatic, ends_at)
SELECT promotion_id, ELT(1 + promotion_id % 4, 3, 2, 1, 0), IF(promotion_id % 4 = 3, 0, promotion_id), promotion_id % 4 <> 3, ends_at
  FROM promotion WHERE promotion_id BETWEEN 5000000 AND 5999999;
ANALYZE TABLE promotion, promotion_target;
"""
# Four that the lines do meet: two for everything, of which one is only looked at.
MET = """INSERT INTO promotion (promotion_id, name, kind, value, currency, min_spend, min_qty, exclusive, priority, starts_at, ends_at, state, version)
VALUES (4000000, 'Ten percent', 'percent', 1000, '{currency}', 0, 0, 0, 0, '2025-01-01', '9999-12-31', 'active', 1),
       (4000001, 'Much', 'percent', 5000, '{currency}', 1000000000, 0, 0, 0, '2025-01-01', '9999-12-31', 'active', 1);
INSERT INTO promotion_target (promotion_id, kind, target_id, automatic, ends_at)
SELECT promotion_id, 0, 0, 1, ends_at FROM promotion WHERE promotion_id IN (4000000, 4000001);
"""
FORGET = "DELETE FROM promotion_target WHERE promotion_id BETWEEN {0} AND {1}; DELETE FROM promotion WHERE promotion_id BETWEEN {0} AND {1};"


def on_shards(stack, script):
    for shard in (0, 1):
        stack.sql_input(f"souk_shard_{shard}", script)


def run(bench, ceiling):
    stack = bench.stack
    skus, people = stack.sku_ids()[:SKUS], guests(stack, PEOPLE)
    currency = stack.sql(f"SELECT currency FROM souk_global.sku WHERE sku_id = {skus[0]}").strip()
    stack.fill_stock(skus, UNITS)
    body = lambda n: {"items": [{"sku_id": skus[(n * 3 + line) % len(skus)], "qty": 1} for line in range(3)], "address": ADDRESS}
    quotes = [post("/v1/orders/quote", one["access_token"], body(n)) for n, one in enumerate(people)]
    orders = [post("/v1/orders", one["access_token"], body(n) | {"email": "ada@example.com"}) for n, one in enumerate(people)]
    bench.load(orders, 64, seconds=2)
    first = {}
    try:
        on_shards(stack, MET.format(currency=currency))
        for rules in RULES:
            if rules:
                on_shards(stack, FORGET.format(5000000, 5999999) + RULE.format(currency=currency, rules=rules))
            for name, requests in (("quote", quotes), ("order", orders)):
                got = bench.row(f"{name} of 3 lines, {rules:,} rules besides 2 it meets", bench.load(requests, 64), ceiling)
                first.setdefault(name, got["rate"])
    finally:
        on_shards(stack, FORGET.format(4000000, 5999999))
    for name in first:
        bench.say(f"{name} with {RULES[-1]:,} rules ÷ with none",
                  f"{next(row['rate'] for row in reversed(bench.rows) if row['name'].startswith(name + ' of 3')) / first[name]:.2f}")
