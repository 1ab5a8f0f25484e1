"""The cache, tier by tier: product and SKU reads beside what each tier could give at best, a zipfian mix over 100,000 products,
10,000 keys that end at once, and a million ids that do not exist.

Goals: nginx's tier ÷ nginx `return 200` of the same size 0.7, local tier ÷ no-op FastCGI 0.9, Redis tier 0.6; the attack: at
most 1,000 calls of the database. The no-op of the ceiling answers 15 bytes; one of the product's size is measured as well.
Requests with a cookie go past nginx's tier.
"""
import itertools
import json
import os
import random
import re
import resource
import secrets
import signal
import statistics
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

from stack import get

NAME = "cache"
PRODUCTS = int(os.environ.get("BENCH_PRODUCTS", 100000))
STORM_KEYS, ATTACK_IDS, PAIRS = 10000, int(os.environ.get("BENCH_ATTACK", 1000000)), 3
EPOCH_MS = 1717200000000 # 2024-06-01, where ids begin


def past_nginx(path):
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: bench=1\r\n\r\n".encode()


def fetch(stack, path, cookie=False):
    request = urllib.request.Request(f"http://127.0.0.1:{stack.plain_port}{path}")
    if cookie:
        request.add_header("Cookie", "bench=1")
    with urllib.request.urlopen(request) as got:
        return got.read()


def counters(stack):
    text = fetch(stack, "/metrics").decode()
    return {name: float(value) for name, value in re.findall(r"^souk_cache_(\w+) ([-\d.e+]+)$", text, re.M)}


def since(stack, before):
    return {name: int(value - before.get(name, 0)) for name, value in counters(stack).items()}


def redis(stack, *words):
    return subprocess.run(["redis-cli", "-s", stack.state / "run" / "redis.sock", *words], check=True, capture_output=True,
                          text=True).stdout.strip()


def seed(bench):
    stack = bench.stack
    began = time.monotonic()
    sql = (Path(__file__).parent / "catalogue.sql").read_text()
    stack.sql(f"SET @products = {PRODUCTS}; USE souk_global; {sql}")
    bench.say("products in the shop", stack.sql("SELECT COUNT(*) FROM souk_global.product").strip(),
              f"seeded in {time.monotonic() - began:.0f} s")


def ids(stack, column, table):
    return stack.sql(f"SELECT {column} FROM souk_global.{table} WHERE product_id > 300000000000000000 ORDER BY {column} LIMIT {PRODUCTS}").split()


def settle(stack):
    """A new life for Redis, so that everything is cold and the filter is built from what is there now."""
    lost = counters(stack)["feed_lost_total"]
    redis(stack, "SET", "souk:epoch", f"{secrets.randbits(63) | 1:016x}")
    while counters(stack)["feed_lost_total"] < lost + 2:
        time.sleep(0.1)
    want = 2 * (PRODUCTS // 2)
    while counters(stack)["filter_ids"] < want:
        time.sleep(0.1)
    time.sleep(0.5)


def reconfigure(stack, **keys):
    """[cache] of the running api; wait_from() tells when it has it."""
    lines = "".join(f"{key} = {value}\n" for key, value in keys.items())
    text = re.sub(r"\n\[cache\]\n(\w+ = .*\n)*", "\n", stack.conf.read_text())
    stack.conf.write_text(text + f"\n[cache]\n{lines}" if keys else text)
    os.kill(int((stack.state / "run" / "api.pid").read_text()), signal.SIGHUP)


def wait_from(stack, path, wanted, seconds=30):
    """Until forty answers in a row came from there: every process has the new configuration."""
    request = urllib.request.Request(f"http://127.0.0.1:{stack.plain_port}{path}", headers={"Cookie": "bench=1"})
    end, row = time.monotonic() + seconds, 0
    while row < 40 and time.monotonic() < end:
        with urllib.request.urlopen(request) as got:
            row = row + 1 if got.headers["X-Cache"] == wanted else 0
        time.sleep(0.01)
    if row < 40:
        raise SystemExit(f"{path} does not come from {wanted}")


def served(name, body, stack, noop_bytes):
    """nginx `return 200` and a no-op handler, both with this body's size, on the plain port."""
    sock = stack.state / "run" / f"noop-{name}.sock"
    handler = subprocess.Popen([stack.build / "bench-noop", sock, "2", "64", str(noop_bytes)])
    text = body.decode().replace("\\", "\\\\").replace("'", "\\'").replace("$", "${dollar}")
    (stack.state / "nginx" / "plain.d" / f"{name}.conf").write_text(
        f"location = /bench/return-{name} {{ include snippets/headers-api.conf; default_type application/json;\n"
        f" return 200 '{text}'; }}\n"
        f"location = /bench/noop-{name} {{ include snippets/fastcgi.conf; include snippets/headers-api.conf;\n"
        f" fastcgi_pass souk_noop_{name}; }}\n")
    conf = stack.state / "nginx" / "nginx.conf"
    upstream = (f"    upstream souk_noop_{name} {{ server unix:{sock} max_fails=0; keepalive 48; keepalive_requests 100000;"
                " keepalive_time 5s; keepalive_timeout 2s; }\n")
    if "geo $dollar" not in conf.read_text():
        upstream += '    geo $dollar { default "$"; }\n'
    conf.write_text(conf.read_text().replace("    upstream souk_sandbox", upstream + "    upstream souk_sandbox", 1))
    subprocess.run(["nginx", "-s", "reload", "-c", conf], check=True, capture_output=True)
    time.sleep(1)
    return handler


def cpu_s(stack):
    """Processor time of everything a request passes, the load generator too: it tells more than rates where others use the
    machine."""
    def read(pid):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            return 0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def children(pid):
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    heads = [int((stack.state / "run" / f"{name}.pid").read_text()) for name in ("nginx", "api", "redis")]
    heads += [proc.name for proc in Path("/proc").glob("[0-9]*") if b"bench-noop" in command_of(proc) and str(stack.state).encode() in command_of(proc)]
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(read(pid) + sum(read(child) for child in children(pid)) for pid in set(map(str, heads))) + spent.ru_utime + spent.ru_stime


def command_of(proc):
    try:
        return (proc / "cmdline").read_bytes()
    except OSError:
        return b""


def measured(bench, requests):
    before = cpu_s(bench.stack)
    got = bench.load(requests)
    return {**got, "cpu_us": (cpu_s(bench.stack) - before) * 1e6 / max(1, got["rate"] * bench.seconds)}


def middle(runs):
    return sorted(runs, key=lambda run: run["rate"])[len(runs) // 2]


def middle_cpu(pairs, which):
    return statistics.median(pair[which]["cpu_us"] for pair in pairs)


def beside(bench, name, best, requests, mine, goal):
    """Pairs of runs, so that both meet the same machine: the tier ÷ the best there could be."""
    pairs = [(measured(bench, best), measured(bench, requests)) for _ in range(PAIRS)]
    ratios = [got["rate"] / top["rate"] for top, got in pairs]
    bench.row(name, middle([top for top, _ in pairs]))
    bench.row(mine, middle([got for _, got in pairs]))
    cpu = [top["cpu_us"] / got["cpu_us"] for top, got in pairs]
    bench.say(f"  {mine} ÷ {name}", f"{statistics.median(ratios):.2f}", f"pairs {min(ratios):.2f}…{max(ratios):.2f}, goal {goal};"
              f" by processor time {statistics.median(cpu):.2f} ({middle_cpu(pairs, 1):.0f} µs a request, {middle_cpu(pairs, 0):.0f} µs)")


def tiers(bench, what, path):
    stack = bench.stack
    body = fetch(stack, path)
    handler = served(what, body, stack, len(body))
    requests = [past_nginx(path)]
    try:
        beside(bench, f"nginx return 200 ({len(body)} bytes)", [get(f"/bench/return-{what}")], [get(path)], f"{what}: nginx tier", 0.7)
        beside(bench, "no-op FastCGI (15 bytes)", [get("/bench/noop")], requests, f"{what}: local tier", 0.9)
        beside(bench, f"no-op FastCGI ({len(body)} bytes)", [get(f"/bench/noop-{what}")], requests, f"{what}: local tier", "-")
        reconfigure(stack, local_bytes=0)
        wait_from(stack, path, "redis")
        beside(bench, "no-op FastCGI (15 bytes)", [get("/bench/noop")], requests, f"{what}: Redis tier", 0.6)
        beside(bench, f"no-op FastCGI ({len(body)} bytes)", [get(f"/bench/noop-{what}")], requests, f"{what}: Redis tier", "-")
        reconfigure(stack, enabled="false")
        wait_from(stack, path, None)
        bench.row(f"{what}: routine, nothing kept", bench.load(requests))
    finally:
        reconfigure(stack)
        wait_from(stack, path, "local")
        handler.terminate()
        handler.wait()


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
    picked = zipf(len(products), 200000)
    order = random.sample(products, len(products))
    for name, make in (("past nginx", past_nginx), ("all tiers", get)):
        settle(stack)
        requests = [make(f"/v1/products/{order[k]}") for k in picked]
        bench.load(requests, seconds=max(5, bench.seconds))
        before = counters(stack)
        top = bench.row(f"zipfian mix, {name}, warm", bench.load(requests))
        got = since(stack, before)
        bench.say("  hit ratios", ratios_of(got), f"nginx {1 - sum(got[k] for k in ('local_hits_total', 'local_misses_total')) / max(1, top['2xx']):.1%}")
        bench.row(f"zipfian mix, {name}, open at 50 %", bench.load(requests, 256, top["rate"] * 0.5))


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


def peak_kib(pid):
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1))


def run(bench, ceiling):
    stack = bench.stack
    seed(bench)
    settle(stack)
    products, skus = ids(stack, "product_id", "product"), ids(stack, "sku_id", "sku")
    tiers(bench, "product", f"/v1/products/{products[77]}")
    tiers(bench, "SKU", f"/v1/skus/{skus[77]}")
    mix(bench, products)
    storm(bench, products)
    attack(bench, products)
    got = counters(stack)
    peaks = ", ".join(f"{role} {peak_kib(pid) / 1024:.1f}" for role, pid in stack.souk_pids())
    bench.say("peak RSS, MiB", peaks, f"filters {got['filter_bytes'] / 1048576:.1f} MiB for {got['filter_ids']:.0f} ids,"
              f" answers {got['local_bytes'] / 1048576:.1f} MiB in {got['local_entries']:.0f}")
