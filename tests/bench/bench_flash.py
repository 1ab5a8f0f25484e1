"""Flash sales: what the gate lets in, alone and with orders being made of it; how long an order takes after its 202; what it costs
to refuse, at nginx and at the gate; what a waiting buyer takes in Redis.

Goal: gate admissions ÷ no-op FastCGI 0.6. While the gate alone is measured the worker rests; then what has gathered is ordered.
Times to the order are those in the rows: from the order_id, made just before the gate is asked, to created_at, stamped when its
batch begins.
"""
import datetime
import json
import os
import signal
import statistics
import subprocess
import time
import uuid

from stack import get, post

NAME = "flash"
BUYERS, PER_BUYER, WAITING = 200, 1000, 100000
EPOCH_MS = 1717200000000 # 2024-06-01, where ids begin
ADDRESS = {"name": "Ada Bench", "country": "DE", "city": "Berlin", "line1": "Weg 1", "postal_code": "10115"}


def at(seconds):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def redis(stack, *words):
    sock = stack.state / "run" / "redis.sock"
    return subprocess.run(["redis-cli", "-s", sock, *map(str, words)], check=True, capture_output=True, text=True).stdout.strip()


def new_sale(stack, admin, sku_id, units, **fields):
    """A sale whose gate is open and has all its units."""
    body = {"title": "Bench", "sku_id": sku_id, "price": 500, "units": units, "per_account": min(PER_BUYER, units), "starts_at": at(-2),
            "queue_opens_at": at(-3), "ends_at": at(3600), "waiting_room": False, "orders_per_s": 100000} | fields
    sale_id = stack.call("POST", "/v1/admin/flash", body, admin)["sale_id"]
    for _ in range(400):
        if redis(stack, "HGET", f"souk:flash:{sale_id}", "allotted") == str(units):
            return sale_id
        time.sleep(0.05)
    raise SystemExit("the gate does not open")


def buying(stack, sale_id, tokens):
    """A request to buy for each buyer, with a place; load.c gives each its own key."""
    made = []
    for token in tokens:
        place = stack.call("POST", f"/v1/flash/{sale_id}/queue", {}, token)["place"]
        made.append(post(f"/v1/flash/{sale_id}/orders", token, {"place": place, "address": ADDRESS}))
    return made


def waiting(stack):
    return sum(int(redis(stack, "XLEN", f"souk:flash:entries:{shard}")) for shard in range(2))


def done(stack, sale_id):
    return int(redis(stack, "HGET", f"souk:flash:{sale_id}", "done") or 0)


def drain(stack):
    while waiting(stack):
        time.sleep(0.05)


def times(stack, sale_id):
    """ms from order_id to created_at of a sale's orders."""
    found = []
    for shard in range(2):
        rows = stack.sql(f"SELECT (o.order_id >> 22) + {EPOCH_MS}, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', o.created_at) DIV 1000 "
                         f"FROM souk_shard_{shard}.flash_order f JOIN souk_shard_{shard}.orders o ON o.order_id = f.order_id "
                         f"WHERE f.sale_id = {sale_id}").split("\n")
        found += [int(row.split()[1]) - int(row.split()[0]) for row in rows if row.strip()]
    return sorted(found)


def gate_alone(bench, sku_id, admin, tokens):
    stack, worker = bench.stack, int((bench.stack.state / "run" / "worker.pid").read_text())
    ratios, runs = [], []
    sale_id = new_sale(stack, admin, sku_id, BUYERS * PER_BUYER)
    requests = buying(stack, sale_id, tokens)
    os.kill(worker, signal.SIGSTOP)
    try:
        for _ in range(3):
            noop = bench.load([get("/bench/noop")], seconds=3)
            runs.append(bench.load(requests, 64, seconds=3, most=50000))
            ratios.append(runs[-1]["rate"] / noop["rate"])
    finally:
        os.kill(worker, signal.SIGCONT)
    middle = sorted(range(3), key=lambda i: ratios[i])[1]
    bench.row("gate alone: POST orders → 202", runs[middle], runs[middle]["rate"] / ratios[middle],
              note=f"goal 0.6; pairs {min(ratios):.2f}…{max(ratios):.2f}")
    began, first, backlog = time.monotonic(), done(stack, sale_id), waiting(stack)
    drain(stack)
    rate = (done(stack, sale_id) - first) / (time.monotonic() - began)
    bench.say("  what had gathered is ordered", f"{rate:.0f} orders/s", f"{backlog} entries, nothing else under way")
    return rate


def together(bench, sku_id, admin, tokens, committed):
    """Gate and worker at once: as fast as answers come, then at a rate that the orders can follow."""
    stack = bench.stack
    for name, share, connections in (("closed", 0, 64), ("open at 40 % of what is ordered", 0.4, 128)):
        sale_id = new_sale(stack, admin, sku_id, BUYERS * PER_BUYER)
        requests = buying(stack, sale_id, tokens)
        began = time.monotonic()
        got = bench.row(f"gate and orders together, {name}", bench.load(requests, connections, committed * share))
        made, took = done(stack, sale_id), time.monotonic() - began
        drain(stack)
        ms = times(stack, sale_id)
        bench.say("  accepted, and ordered meanwhile", f"{got['rate']:.0f}/s, {made / took:.0f}/s")
        bench.say("  from 202 to the order", f"p50 {statistics.median(ms):.0f} ms, p99 {ms[len(ms) * 99 // 100]:.0f} ms", f"{len(ms)} orders")


def refusals(bench, sku_id, admin, tokens):
    stack = bench.stack
    sale_id = new_sale(stack, admin, sku_id, 1)
    requests = buying(stack, sale_id, tokens)
    bench.load(requests, 4, seconds=1, most=4)
    drain(stack)
    got = bench.load([post(f"/v1/flash/{sale_id}/queue", token, {}) for token in tokens])
    bench.say("sold out, said by nginx", f"{got['4xx'] / bench.seconds:.0f}/s", "POST queue; souk is asked once a second")
    got = bench.load(requests)
    bench.say("sold out, said by the gate", f"{got['4xx'] / bench.seconds:.0f}/s", "POST orders")
    got = bench.load([get(f"/v1/flash/{sale_id}")])
    bench.row("GET /v1/flash/{id}", got, note="kept by nginx to the end of each second")


def memory(bench):
    before = int(redis(bench.stack, "INFO", "memory").split("used_memory:")[1].split()[0])
    script = ("for i = 1, tonumber(ARGV[1]) do redis.call('ZADD', KEYS[1], 1790000000000000 + i, '3300331411' .. string.format('%08d', i)) "
              "end return 1")
    redis(bench.stack, "EVAL", script, 1, "souk:flash:bench:w", WAITING)
    after = int(redis(bench.stack, "INFO", "memory").split("used_memory:")[1].split()[0])
    redis(bench.stack, "DEL", "souk:flash:bench:w")
    bench.say(f"{WAITING} waiting buyers in Redis", f"{(after - before) / 2**20:.1f} MiB")


def run(bench, ceiling):
    stack = bench.stack
    admin, tokens = stack.admin_token(), stack.buyers(BUYERS)
    sku_id = stack.sku_ids()[0]
    stack.fill_stock([sku_id], 1000000)
    committed = gate_alone(bench, sku_id, admin, tokens)
    together(bench, sku_id, admin, tokens, committed)
    refusals(bench, sku_id, admin, tokens)
    memory(bench)
