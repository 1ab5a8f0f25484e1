"""Searching among 100,000 products: English, Chinese and mixed words, some within a category or below a price; with facets, by the
search server and by the tables alone, each past nginx's tier so that souk answers every one.

Runs when it is named: the words of 100,000 products take minutes.
"""
import os
import random
import signal
import subprocess
import time
import urllib.error
import urllib.parse

from catalogue import BASE, fetch, past_nginx, peaks, seed

NAME, OPT_IN = "search", True
QUERIES, CONNECTIONS = 20000, 16
ENGLISH = "amber birch cedar dune ember fjord grove harbour indigo juniper kelp linden bowl chair coat desk lamp mug rug shelf tray".split()
CHINESE = "手工 北欧 复古 简约 陶瓷碗 餐椅 羊毛大衣 实木书桌 台灯 马克杯 地毯 置物架 托盘 客厅 阳台和花园 送礼佳品 防水防尘 易于清洗 红色 米色".split()
ABOUT = "figures texts line care made".split()


def query(rng):
    words = [rng.choice(ENGLISH)] if rng.random() < 0.5 else [rng.choice(CHINESE)]
    if rng.random() < 0.5:
        words.append(rng.choice(ENGLISH + CHINESE + ABOUT))
    if rng.random() < 0.3:
        words.append(str(rng.randrange(10, 1000)))
    params = {"q": " ".join(words), "limit": rng.choice((10, 20, 24))}
    if rng.random() < 0.3:
        params["category"] = BASE + 100 + rng.randrange(100)
    if rng.random() < 0.5:
        params["price_max"] = rng.randrange(1000, 100000)
    return "/v1/search?" + urllib.parse.urlencode(params)


def index(bench):
    """Both engines know every product; the words are made by the worker, which takes a few minutes for 100,000."""
    stack, began = bench.stack, time.monotonic()
    subprocess.run([stack.build / "souk", "admin", "--config", stack.conf, "search", "rebuild", "--words"], check=True,
                   capture_output=True, text=True)
    bench.say("search: words and index of all products", f"{time.monotonic() - began:.0f} s")


def engine_of(stack, path):
    """full: the search server answered; simple: the tables; None: refused, with 503."""
    try:
        answer = fetch(stack, path, cookie=True)
    except urllib.error.HTTPError as error:
        if error.code == 503:
            return None
        raise
    return "full" if b'"ranking":"full"' in answer.replace(b'": ', b'":') else "simple"


def engine(bench, name, wanted, ceiling):
    stack, rng = bench.stack, random.Random(5)
    paths = [query(rng) for _ in range(QUERIES)]
    until = time.monotonic() + 30
    while engine_of(stack, query(rng)) != wanted:
        if time.monotonic() > until:
            raise SystemExit(f"searches are not answered by the {name}")
        time.sleep(0.2)
    requests = [past_nginx(path) for path in paths]
    bench.load(requests, CONNECTIONS, seconds=2)
    top = bench.row(f"GET /v1/search by the {name}", bench.load(requests[5000:], CONNECTIONS), ceiling)
    bench.row("  open at 50 %", bench.load(requests[10000:], 64, top["rate"] * 0.5), note=f"offered {top['rate'] * 0.5:.0f}/s")
    bench.row("  one at a time", bench.load(requests[15000:], 1))
    sample = [engine_of(stack, path) for path in paths[:50]]
    bench.say("  of 50 answered so", sample.count(wanted))


def run(bench, ceiling):
    stack = bench.stack
    products, _ = seed(bench)
    index(bench)
    engine(bench, "search server", "full", ceiling)
    bench.say("peak RSS, MiB", peaks(stack), f"{len(products)} products")
    os.kill(int((stack.state / "run" / "search.pid").read_text()), signal.SIGTERM)
    engine(bench, "tables", "simple", ceiling)
