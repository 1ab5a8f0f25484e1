"""Carts: ticks a second beside the no-op ceiling, cart reads and writes, and what carts take in Redis.

The goal for ticks is 0.6 of the ceiling; for memory 12 MB for 10,000 carts.
"""
import concurrent.futures
import json
import os
import random
import statistics
import subprocess
import time
import urllib.request

from stack import get, post

NAME = "cart"
CARTS, LINES, REDIS_CARTS = 64, 10, int(os.environ.get("BENCH_CARTS", 10000))


def put(path, token, body):
    return post(path, token, body).replace(b"POST", b"PUT", 1)


def redis(stack, *words):
    sock = stack.state / "run" / "redis.sock"
    return subprocess.run(["redis-cli", "-s", sock, *words], check=True, capture_output=True, text=True).stdout


def used_memory(stack):
    line = next(line for line in redis(stack, "INFO", "memory").split() if line.startswith("used_memory:"))
    return int(line.split(":")[1])


def plain(stack, method, path, token=None):
    request = urllib.request.Request(f"http://127.0.0.1:{stack.plain_port}{path}", method=method,
                                     data=b"{}" if method == "POST" else None)
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", "Bearer " + token)
    with urllib.request.urlopen(request) as got:
        return json.load(got)


def fill(stack, accounts, skus):
    """Carts of LINES lines for these accounts, as they lie in MySQL."""
    for shard in range(2):
        schema = f"souk_shard_{shard}"
        mine = [a for a in accounts if stack.slots[int(a) & 255] == shard]
        if not mine:
            continue
        for at in range(0, len(mine), 100):
            part = mine[at:at + 100]
            carts = ",".join(f"({a}, 1, UTC_TIMESTAMP(3))" for a in part)
            items = ",".join(f"({a}, {sku}, 1, 1, 100, 'USD', UTC_TIMESTAMP(3))" for a in part for sku in skus)
            stack.sql(f"INSERT INTO {schema}.cart (account_id, version, changed_at) VALUES {carts}; INSERT INTO {schema}.cart_item"
                      f" (account_id, sku_id, qty, ticked, added_price, added_currency, added_at) VALUES {items}")


def guests(stack, n):
    with concurrent.futures.ThreadPoolExecutor(8) as many:
        return list(many.map(lambda _: plain(stack, "POST", "/v1/guests"), range(n)))


def memory(bench, skus):
    stack = bench.stack
    people = guests(stack, REDIS_CARTS)
    fill(stack, [one["account_id"] for one in people], skus[:LINES])
    before = used_memory(stack)
    with concurrent.futures.ThreadPoolExecutor(8) as many:
        list(many.map(lambda one: plain(stack, "GET", "/v1/cart", one["access_token"]), people))
    sampled = [redis(stack, "EXISTS", f"souk:cart:{one['account_id']}").strip() for one in people[::97]]
    time.sleep(3)  # what they looked like has gone, the copies with their ticks stay
    grown = used_memory(stack) - before
    bench.say(f"Redis for {REDIS_CARTS} carts of {LINES} lines", f"{grown / 1e6:.1f} MB",
              f"goal 12 MB per 10,000; {sampled.count('1')} of {len(sampled)} sampled carts are there")


def paired(bench, ticks, ceiling):
    """Ticks and no-ops by turns, so that what else the machine does falls on both."""
    runs, ratios = [], []
    for _ in range(5):
        noop = bench.load([get("/bench/noop")])
        runs.append(bench.load(ticks))
        ratios.append(runs[-1]["rate"] / noop["rate"])
    top = bench.row("POST /v1/cart/selection, 64 connections", sorted(runs, key=lambda r: r["rate"])[2], ceiling,
                    note="median of 5 runs")
    bench.say("tick ÷ no-op", f"{statistics.median(ratios):.2f}", f"pairs {min(ratios):.2f}…{max(ratios):.2f}, goal 0.6")
    return top


def run(bench, ceiling):
    stack = bench.stack
    skus = stack.sku_ids()
    people = guests(stack, CARTS)
    fill(stack, [one["account_id"] for one in people], skus[:LINES])
    tokens = [one["access_token"] for one in people]
    for token in tokens:
        plain(stack, "GET", "/v1/cart", token)
    choose = random.Random(1)
    ticks = [post("/v1/cart/selection", token, {"sku_ids": [choose.choice(skus[:LINES])], "ticked": bool(n % 2)})
             for n in range(8) for token in tokens]
    choose.shuffle(ticks)
    top = paired(bench, ticks, ceiling)
    bench.row("POST /v1/cart/selection, open at 50 %", bench.load(ticks, 256, top["rate"] * 0.5), note=f"offered {top['rate'] * 0.5:.0f}/s")
    bench.row("GET /v1/cart, 64 connections", bench.load([get("/v1/cart", token) for token in tokens], 64), ceiling)
    puts = [put(f"/v1/cart/items/{choose.choice(skus[:LINES])}", token, {"qty": qty}) for qty in range(1, 9) for token in tokens]
    choose.shuffle(puts)
    bench.row("PUT /v1/cart/items/{sku_id}, 64 connections", bench.load(puts, 64), ceiling, note=stack.durability())
    memory(bench, skus)
