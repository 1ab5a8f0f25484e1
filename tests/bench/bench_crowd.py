"""A crowd reads the catalogue: a zipfian mix over 100,000 products, what a product's page costs when nothing is kept, 10,000
keys that end at once, and a million ids that do not exist.

Goals: Redis tier ÷ no-op FastCGI 0.6 with the mix; a product with its SKUs 2,000/s with p99 below 50 ms; the attack: at most
1,000 calls of the database.
"""
import itertools
import json
import os
import random
import secrets
import subprocess
import threading
import time

from catalogue import counters, past_nginx, peaks, reconfigure, redis, seed, settle, since, wait_from
from stack import get

NAME = "crowd"
HOT_KEYS, STORM_KEYS, ATTACK_IDS = 2000, 10000, int(os.environ.get("BENCH_ATTACK", 1000000))
EPOCH_MS = 1717200000000 # 2024-06-01, where ids begin
DETAIL_RATE = 2000
COLD_SECONDS = 5


def zipf(n, count):
    """`count` draws of 0…n−1 where the k-th is drawn in proportion to 1 ÷ k."""
    weights = list(itertools.accumulate(1 / k for k in range(1, n + 1)))
    return random.choices(range(n), cum_weights=weights, k=count)


def ratios_of(got):
    local, redis_hits, loads = got["local_hits_total"], got["redis_hits_total"], got["loads_total"]
    joined, all_ = got["flights_joined_total"], max(1, local + redis_hits + loads + got["flights_joined_total"])
    return (f"past nginx: local {local / all_:.1%}, Redis {redis_hits / all_:.1%}, joined {joined / all_:.1%}, routine"
            f" {loads / all_:.2%} ({loads}), evictions {got['evictions_total']}")


def mix(bench, products):
    stack = bench.stack
    random.seed(7)
    picked = zipf(len(products), 150000)
    order = random.sample(products, len(products))
    paths = [f"/v1/products/{order[k]}" for k in picked]
    for name, make in (("past nginx", past_nginx), ("all tiers", get)):
        settle(stack)
        requests = [make(path) for path in paths]
        bench.row(f"zipfian mix, {name}, cold: the first {COLD_SECONDS} s", bench.load(requests, seconds=COLD_SECONDS))
        bench_n(bench, requests, len(requests))
        noop = bench.row("no-op FastCGI (15 bytes)", bench.load([get("/bench/noop")]))
        before = counters(stack)
        top = bench.row(f"zipfian mix, {name}, warm", bench.load(requests), noop["rate"])
        got = since(stack, before)
        bench.say("  hit ratios", ratios_of(got), f"nginx {1 - sum(got[k] for k in ('local_hits_total', 'local_misses_total')) / max(1, top['2xx']):.1%}")
        bench.row(f"zipfian mix, {name}, open at 50 %", bench.load(requests, 256, top["rate"] * 0.5), note=f"offered {top['rate'] * 0.5:.0f}/s")
    return [past_nginx(path) for path in paths]


def without_local(bench, products):
    """A mix of 2,000 products that Redis has, when every process has to ask it each time."""
    stack = bench.stack
    hot = [past_nginx(f"/v1/products/{product}") for product in random.sample(products, HOT_KEYS)]
    requests = [hot[k] for k in zipf(HOT_KEYS, 50000)]
    path = requests[0].split()[1].decode()
    reconfigure(stack, local_bytes=0)
    try:
        wait_from(stack, path, "redis")
        bench_n(bench, hot, HOT_KEYS)
        for _ in range(2):
            noop = bench.row("no-op FastCGI (15 bytes)", bench.load([get("/bench/noop")]))
            before = counters(stack)
            bench.row(f"zipfian mix of {HOT_KEYS}, Redis tier", bench.load(requests), noop["rate"], note="goal 0.6")
            bench.say("  hit ratios", ratios_of(since(stack, before)))
    finally:
        reconfigure(stack)


def details(bench, requests):
    """A product with its SKUs, each time by the routine."""
    stack = bench.stack
    path = requests[0].split()[1].decode()
    reconfigure(stack, enabled="false")
    try:
        wait_from(stack, path, None)
        bench.row("product with SKUs, by the routine each time", bench.load(requests, 16))
        bench.row(f"  open at {DETAIL_RATE}/s", bench.load(requests, 256, DETAIL_RATE), note="goal 2,000/s, p99 < 50 ms")
    finally:
        reconfigure(stack)
        wait_from(stack, path, "local")
    bench.row(f"product with SKUs, from the cache, open at {DETAIL_RATE}/s", bench.load(requests, 256, DETAIL_RATE))


def storm(bench, products):
    """All of 10,000 keys end at the same moment while they are read evenly."""
    stack = bench.stack
    settle(stack)
    requests = [past_nginx(f"/v1/products/{product}") for product in random.sample(products, STORM_KEYS)]
    bench.load(requests, seconds=max(5, bench.seconds))
    seen, stop = [], threading.Event()

    def watch():
        last, at = counters(stack)["loads_total"], time.monotonic()
        while not stop.wait(0.5):
            now, moment = counters(stack)["loads_total"], time.monotonic()
            seen.append((now - last) / (moment - at))
            last, at = now, moment

    before = counters(stack)
    watcher = threading.Thread(target=watch)
    watcher.start()
    timer = threading.Timer(1, redis, (stack, "SET", "souk:epoch", f"{secrets.randbits(63) | 1:016x}"))
    timer.start()
    bench.row(f"storm: {STORM_KEYS} keys end at once", bench.load(requests, seconds=max(8, bench.seconds)))
    stop.set()
    watcher.join()
    got = since(stack, before)
    bench.say("  database calls", got["loads_total"], f"at most {max(seen):.0f}/s; waited for another process {got['waits_total']},"
              f" joined {got['flights_joined_total']}")


def attack(bench, products):
    stack = bench.stack
    settle(stack)
    random.seed(11)
    part = ATTACK_IDS // 3
    now_ms = int(time.time() * 1000) - EPOCH_MS
    last = max(int(product) for product in products)
    kinds = {"random": lambda n: random.randrange(1, 1 << 63),
             "forged with recent times": lambda n: (now_ms - random.randrange(60000)) << 22 | random.randrange(1 << 22),
             "sequential": lambda n: last + 100000 + n}
    total = 0
    for kind, make in kinds.items():
        requests = [past_nginx(f"/v1/{'products' if n % 2 else 'skus'}/{make(n)}") for n in range(part)]
        before = counters(stack)
        got = bench_n(bench, requests, part)
        calls = since(stack, before)
        total += calls["loads_total"]
        bench.row(f"attack: {part} ids, {kind}", got, note=f"routine calls {calls['loads_total']}, filter said no"
                  f" {calls['filter_absent_total']}, could not be asked {calls['filter_bypassed_total']}")
    bench.say("  database calls for all of them", total, "at most 1,000 wanted")


def bench_n(bench, requests, n):
    """As bench.load(), until n were sent."""
    path = bench.stack.folder / "requests-attack"
    with open(path, "wb") as out:
        for request in requests:
            out.write(b"%d\n" % len(request) + request)
    command = [bench.stack.build / "bench-load", "-p", str(bench.stack.plain_port), "-f", path, "-c", "64", "-d", "60", "-n", str(n)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def run(bench, ceiling):
    stack = bench.stack
    products, _ = seed(bench)
    requests = mix(bench, products)
    without_local(bench, products)
    details(bench, requests)
    storm(bench, products)
    attack(bench, products)
    got = counters(stack)
    bench.say("peak RSS, MiB", peaks(stack), f"filters {got['filter_bytes'] / 1048576:.1f} MiB for {got['filter_ids']:.0f} ids,"
              f" answers {got['local_bytes'] / 1048576:.1f} MiB in {got['local_entries']:.0f}")
