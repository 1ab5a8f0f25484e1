"""Tier by tier: product and SKU reads beside what each tier could give at best.

Goals: nginx's tier ÷ nginx `return 200` of the same size 0.7, local tier ÷ no-op FastCGI 0.9, Redis tier 0.6. The no-op of the
ceiling answers 15 bytes; one of the answer's size is measured as well. Requests with a cookie go past nginx's tier.
"""
import os
import resource
import statistics
import subprocess
import time
from pathlib import Path

from catalogue import fetch, past_nginx, peaks, reconfigure, seed, wait_from
from stack import get

NAME = "cache"
PAIRS = 3


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


def run(bench, ceiling):
    products, skus = seed(bench)
    tiers(bench, "product", f"/v1/products/{products[77]}")
    tiers(bench, "SKU", f"/v1/skus/{skus[77]}")
    bench.say("peak RSS, MiB", peaks(bench.stack))
