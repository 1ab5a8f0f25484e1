"""A shop of 100,000 products (BENCH_PRODUCTS) for the benchmarks of reading, seeded once a run, and what they ask of its cache."""
import os
import re
import secrets
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

BASE = 300000000000000000 # as in catalogue.sql
PRODUCTS = int(os.environ.get("BENCH_PRODUCTS", 100000))


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
    """(product ids, SKU ids) of the shop, which is made the first time."""
    stack = bench.stack
    if not ids(stack, "product_id", "product"):
        make(bench)
        settle(stack)
    return ids(stack, "product_id", "product"), ids(stack, "sku_id", "sku")


def make(bench):
    stack = bench.stack
    began = time.monotonic()
    sql = (Path(__file__).parent / "catalogue.sql").read_text()
    stack.sql(f"SET @products = {PRODUCTS}; USE souk_global; {sql}")
    bench.say("products in the shop", stack.sql("SELECT COUNT(*) FROM souk_global.product").strip(),
              f"seeded in {time.monotonic() - began:.0f} s")


def peaks(stack):
    """The most memory each process had at any time, in words."""
    read = lambda pid: int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024
    others = [(name, int((stack.state / "run" / f"{name}.pid").read_text())) for name in ("redis", "search")
              if (stack.state / "run" / f"{name}.pid").exists()]
    return ", ".join(f"{name} {read(pid):.0f}" for name, pid in [*stack.souk_pids(), *others])


def ids(stack, column, table):
    return stack.sql(f"SELECT {column} FROM souk_global.{table} WHERE product_id BETWEEN {BASE} AND {BASE} + 1000000000 ORDER BY {column} LIMIT {PRODUCTS}").split()


def settle(stack):
    """A new life for Redis, so that everything is cold and the filter is built from what is there now."""
    lost = counters(stack)["feed_lost_total"]
    redis(stack, "SET", "souk:epoch", f"{secrets.randbits(63) | 1:016x}")
    while counters(stack)["feed_lost_total"] < lost + stack.processes():
        time.sleep(0.1)
    want = stack.processes() * PRODUCTS
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
