"""Durable POST /v1/orders: rate and latency beside the no-op, with combining and without, by connections, lines, shards and
orders stored, and what an order costs of the processors' time.

The goals: 0.35 of the no-op, 3 times the rate without combining, 12,800/s with a mean of 180 ms and a p99 of 450 ms.
Environment: BENCH_PARTS chooses among matrix, plain, alone, open, stored, closing, shards (all but the last: that starts stacks of its own);
BENCH_STORED=1000000 orders are in the tables first, and with 10000000 the part "stored" goes on to as many.
"""
import json
import os
import resource
import statistics
import subprocess
import time
from pathlib import Path

from bench_cart import guests
from orders import batches, fill, requests
from stack import Stack, get

NAME = "orders"
PARTS = os.environ.get("BENCH_PARTS", "matrix,plain,open,alone,stored,closing").split(",")
STORED = int(os.environ.get("BENCH_STORED", 1000000))
PEOPLE, SKUS, UNITS, FEW, EXPIRED, CLOSING_S = 1024, 64, 10**9, 10**4, 15000, 120


class Buyers:
    """Guests of one stack and the SKUs they buy."""

    def __init__(self, stack):
        self.skus = stack.sku_ids()[:SKUS]
        self.people = guests(stack, PEOPLE)
        stack.fill_stock(self.skus, UNITS)

    def spread(self, lines=1):
        return requests(self.people, self.skus, lines)

    def hot(self, lines=1):
        return requests(self.people, self.skus[:lines], lines)


def measured(bench, what, load, connections, ceiling=None, rate=0, seconds=None, note=""):
    """One run with a row that also tells the mean batch and microseconds of processor time for an order, by process."""
    stack = bench.stack
    calls, sent = batches(stack)
    before, child = stack.cpu_s(), resource.getrusage(resource.RUSAGE_CHILDREN)
    got = bench.load(load, connections, rate, seconds)
    after, children = stack.cpu_s(), resource.getrusage(resource.RUSAGE_CHILDREN)
    new_calls, new_sent = batches(stack)
    done = max(1, got["2xx"])
    cost = {name: (after[name] - before[name]) / done * 1e6 for name in after}
    cost["load"] = (children.ru_utime + children.ru_stime - child.ru_utime - child.ru_stime) / done * 1e6
    batch = (new_sent - sent) / max(1, new_calls - calls)
    got.update(cost_us=cost, batch=batch)
    costs = ", ".join(f"{name} {us:.0f}" for name, us in sorted(cost.items(), key=lambda one: -one[1]) if us >= 0.5)
    bench.row(what, got, ceiling, f"{note}mean {got['mean_ms']:.1f}, batch {batch:.0f}; µs an order: {costs}")
    return got


def bare(bench, buyers):
    """The same routine through the combiner, called by as many threads as connections above, without HTTP."""
    command = [bench.stack.build / "bench-bare", bench.stack.conf, str(bench.seconds), "64", *buyers.skus]
    got = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return bench.row("CALL order_place without HTTP, 64 callers", got, note=bench.stack.durability())


def warm(bench, buyers):
    """Every kind of request once: pages, stock where it is bought, tokens, the routines of every connection."""
    bench.load(buyers.spread(3), 256, seconds=3)
    bench.load(buyers.hot(), 256, seconds=2)


def matrix(bench, buyers, ceiling):
    best = None
    bare(bench, buyers)
    for connections in (64, 256):
        for lines in (1, 3):
            for name, load in (("spread", buyers.spread(lines)), ("hot", buyers.hot(lines))):
                got = measured(bench, f"POST /v1/orders, {connections} conn., {lines} lines, {name}", load, connections, ceiling)
                if name == "spread" and lines == 1:
                    best = got if best is None or got["rate"] > best["rate"] else best
    return best


def paired(bench, buyers):
    """Orders and no-ops by turns, so that what else the machine does falls on both."""
    ratios, runs = [], []
    for _ in range(3):
        noop = bench.load([get("/bench/noop")])
        runs.append(bench.load(buyers.spread(), 256))
        ratios.append(runs[-1]["rate"] / noop["rate"])
    bench.say("POST /v1/orders ÷ no-op, 256 connections", f"{statistics.median(ratios):.3f}",
              f"pairs {min(ratios):.3f}…{max(ratios):.3f}, goal 0.35")
    return max(runs, key=lambda run: run["rate"])


def switch_offers(stack, state):
    """All promotions, ways to ship and taxes of the shop, on or off."""
    token = stack.admin_token()
    for kind, name in (("promotions", "promotion_id"), ("shipping-methods", "shipping_method_id"), ("tax-rates", "tax_rate_id")):
        for one in stack.call("GET", f"/v1/admin/{kind}?limit=100", token=token)["items"]:
            stack.call("PATCH", f"/v1/admin/{kind}/{one[name]}", {"state": state}, token)


def plain(bench, buyers, ceiling):
    """The same orders in a shop that has no promotions, ways to ship and taxes."""
    switch_offers(bench.stack, "inactive")
    try:
        for name, load in (("spread", buyers.spread()), ("hot", buyers.hot())):
            measured(bench, f"POST /v1/orders, 256 conn., no offers, {name}", load, 256, ceiling)
    finally:
        switch_offers(bench.stack, "active")


def opened(bench, buyers, top):
    for share in (0.5, 0.8):
        measured(bench, f"POST /v1/orders, open at {share * 100:.0f} %", buyers.spread(), 512, rate=top["rate"] * share,
                 seconds=2 * bench.seconds, note=f"offered {top['rate'] * share:.0f}/s; ")


def alone(bench, buyers, ceiling):
    """The same build with combining off and on, by turns."""
    ratios = []
    for connections in (64, 256):
        for _ in range(2):
            bench.stack.reconfigure("store", "combine", "false")
            bench.load(buyers.spread(), connections, seconds=2)
            off = measured(bench, f"POST /v1/orders, {connections} conn., combine = false", buyers.spread(), connections, ceiling)
            bench.stack.reconfigure("store", "combine", "true")
            bench.load(buyers.spread(), connections, seconds=2)
            on = bench.load(buyers.spread(), connections)
            ratios.append(on["rate"] / off["rate"])
        bench.say(f"combining ÷ not, {connections} connections", f"{min(ratios):.2f}…{max(ratios):.2f}", "goal 3")
        ratios.clear()


def stored(bench, buyers):
    """What an order costs with more and more of them in the tables; the first figure was taken with few."""
    sizes = [STORED] if STORED <= 10**6 else [10**6, STORED]
    for size in sizes:
        fill(bench.stack, size)
        warm(bench, buyers)
        measured(bench, f"POST /v1/orders, 256 conn., {bench.stack.orders_n()} stored", buyers.spread(), 256)


def closing(bench, buyers):
    """Orders that nobody pays run out, all at once: how long until their units are free again, nothing else under way."""
    stack = bench.stack
    schemas = [f"souk_shard_{shard}" for shard in range(2)]
    of = lambda state: sum(int(stack.sql(f"SELECT COUNT(*) FROM {schema}.orders WHERE state = '{state}'")) for schema in schemas)
    while of("PENDING_PAYMENT") < 2 * EXPIRED:
        bench.load(buyers.spread(), 256)
    closed, before, began = of("CLOSED"), stack.cpu_s(), time.monotonic()
    for schema in schemas:
        stack.sql_input(schema, f"UPDATE orders SET expires_at = UTC_TIMESTAMP(3), due_at = UTC_TIMESTAMP(3) "
                                f"WHERE state = 'PENDING_PAYMENT' ORDER BY order_id LIMIT {EXPIRED};")
    while (done := of("CLOSED") - closed) < 2 * EXPIRED and time.monotonic() < began + CLOSING_S:
        time.sleep(0.1)
    took, after = time.monotonic() - began, stack.cpu_s()
    costs = ", ".join(f"{name} {(after[name] - before[name]) / max(1, done) * 1e6:.0f}" for name in ("db0", "worker"))
    bench.say(f"{done} unpaid orders that ran out at once are closed", f"in {took:.1f} s: {done / took:.0f}/s", f"µs an order: {costs}; {stack.durability()}")


def shards(bench):
    """An order's cost on more shards with as many connections for each, which makes equal batches."""
    for n in (1, 2, 4, 8):
        stack = Stack(Path(bench.stack.folder) / f"shards-{n}", bench.stack.build, SHARDS=str(n))
        usual, bench.stack = bench.stack, stack
        try:
            stack.run()
            buyers = Buyers(stack)
            warm(bench, buyers)
            measured(bench, f"POST /v1/orders, {n} shards, {32 * n} conn.", buyers.spread(), 32 * n)
        finally:
            stack.end()
            bench.stack = usual


def run(bench, ceiling):
    if set(PARTS) - {"shards"}:
        stack = bench.stack
        buyers = Buyers(stack)
        warm(bench, buyers)
        if "stored" in PARTS:
            measured(bench, f"POST /v1/orders, 256 conn., {stack.orders_n()} stored", buyers.spread(), 256)
        fill(stack, min(STORED, 10**6))
        warm(bench, buyers)
        bench.say("orders in the tables", stack.orders_n(), stack.durability())
        top = matrix(bench, buyers, ceiling) if "matrix" in PARTS else None
        if "plain" in PARTS:
            plain(bench, buyers, ceiling)
        if "matrix" in PARTS or "open" in PARTS:
            top = max(filter(None, (top, paired(bench, buyers))), key=lambda run: run["rate"])
        if "open" in PARTS:
            opened(bench, buyers, top)
        if "alone" in PARTS:
            alone(bench, buyers, ceiling)
        if "closing" in PARTS:
            closing(bench, buyers)
        if "stored" in PARTS:
            stored(bench, buyers)
        bench.say("orders in the tables at the end", stack.orders_n())
    if "shards" in PARTS:
        shards(bench)
