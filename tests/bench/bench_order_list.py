"""GET /v1/orders on many orders: BENCH_ORDERS (3,270,000) rows on two shards, a few people with 10,000 of them each.

Runs when it is named: filling takes a minute or more.
"""
import os

from bench_cart import guests, plain
from stack import get

NAME, OPT_IN = "order_list", True
ORDERS, PEOPLE, EACH, ROWS = int(os.environ.get("BENCH_ORDERS", 3270000)), 16, 10000, 100000

FILL = """INSERT INTO {schema}.orders (order_id, account_id, state, version, currency, items_n, items_total, total, title, address, created_at)
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
SELECT ({first} + a.i * {wide} + b.i) * 256 + {slot}, {account},
       ELT(1 + b.i % 10, 'PAID', 'PAID', 'PAID', 'CLOSED', 'PAID', 'PAID', 'CLOSED', 'PAID', 'PAID', 'CLOSING'), 1, 'EUR', 1,
       1000, 1000, 'Filled', '{{}}', UTC_TIMESTAMP(3)
  FROM n a JOIN n b ON b.i < {wide}
 WHERE a.i * {wide} + b.i < {rows}"""


def fill(stack, first, rows, account, slot, shard):
    stack.sql(FILL.format(schema=f"souk_shard_{shard}", first=first, rows=rows, wide=max(1, -(-rows // 1000)), account=account, slot=slot))


def run(bench, ceiling):
    stack = bench.stack
    people = guests(stack, PEOPLE)
    first, done = 1000, 0
    for one in people:
        slot = int(one["account_id"]) & 255
        fill(stack, first, EACH, one["account_id"], slot, stack.slots[slot])
        first, done = first + EACH, done + EACH
    while done < ORDERS:
        slot = done // ROWS % 256
        rows = min(ROWS, ORDERS - done)
        fill(stack, first, rows, f"(({first} + a.i) * 256 + {slot})", slot, stack.slots[slot])
        first, done = first + rows, done + rows
    pages = []
    for one in people:
        deep = plain(stack, "GET", "/v1/orders?limit=100", one["access_token"])["next_cursor"]
        pages += [get(path, one["access_token"]) for path in
                  ("/v1/orders", "/v1/orders?state=PAID", "/v1/orders?state=CLOSED", f"/v1/orders?cursor={deep}")]
    top = bench.row(f"GET /v1/orders on {stack.orders_n()} orders, 16 connections", bench.load(pages, 16), ceiling)
    bench.row("GET /v1/orders, open at 50 %", bench.load(pages, 64, top["rate"] * 0.5), note=f"offered {top['rate'] * 0.5:.0f}/s")
