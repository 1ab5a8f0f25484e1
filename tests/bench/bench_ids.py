"""Ids: in a process, a thousand over HTTP, and the memory it takes. BENCH_PROVE is how many are proved different (10,000,000)."""
import json
import os
import subprocess

from stack import get

NAME = "ids"


def admin(bench, *words):
    command = [bench.stack.build / "souk", "admin", "--config", bench.stack.conf, "ids", *words, "--json"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def run(bench, ceiling):
    for line in map(json.loads, admin(bench, "bench")):
        bench.say(f"ids in a process, {line['threads']} threads", f"{line['ids_per_s']}/s", "4,096,000/s is the format's limit")
    proof = json.loads(admin(bench, "prove", f"--ids={os.environ.get('BENCH_PROVE', 10000000)}", "--processes=4")[0])
    bench.say("ids proved different, 4 processes", f"{proof['ids']}", f"{proof['duplicates']} duplicates, {proof['ids_per_s']:.0f}/s, "
              f"proof {proof['proof_bytes'] / 1048576:.1f} MiB, peak RSS {proof['rss_kib_max'] / 1024:.1f} MiB")
    got = bench.row("GET /v1/ids?count=1000", bench.load([get("/v1/ids?count=1000", bench.stack.admin_token())], 16), ceiling)
    bench.say("  ids over HTTP", f"{got['rate'] * 1000:.0f}/s")
