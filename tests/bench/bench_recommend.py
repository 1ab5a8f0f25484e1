"""Recommendations on real baskets: hit rate@10 of an item held back, against popularity alone; and how fast it is learnt."""
import os
import time
from pathlib import Path

import baskets
from stack import ROOT

NAME = "recommend"


def run(bench, ceiling):
    path = Path(os.environ.get("SOUK_TEST_DATA", ROOT.parent / "shared" / "data")) / "groceries-baskets.csv"
    if not path.exists():
        bench.say("recommendations", "skipped", f"no {path} (SOUK_TEST_DATA names another folder)")
        return
    items, found = baskets.read(path)
    sql = lambda text: bench.stack.sql_input("souk_global", text)
    start = time.monotonic()
    for statement in baskets.load_sql(items, found):
        sql(statement)
    while sql("SELECT (SELECT COUNT(*) FROM behaviour_batch WHERE learnt = 0) + (SELECT COUNT(*) FROM similar_due)").strip() != "0":
        time.sleep(0.2)
    taken = time.monotonic() - start
    bench.say("baskets learnt by souk worker", f"{len(found) / taken:.0f}/s", f"{len(found)} paid orders of {len(items)} products in {taken:.1f} s")
    start = time.monotonic()
    rows = [line.split() for line in sql("".join(baskets.ask_sql(items, found))).splitlines() if line.count("\t") == 1]
    each_ms = (time.monotonic() - start) / len(rows) / 2 * 1000
    rate = lambda column: sum(row[column] == "1" for row in rows) / len(rows)
    bench.say("hit rate@10, recommended", f"{rate(0):.4f}", f"{len(rows)} baskets, one item held back of each, seed 7")
    bench.say("hit rate@10, popularity alone", f"{rate(1):.4f}", f"same baskets; recommended is {rate(0) / rate(1) - 1:+.1%}")
    bench.say("recommend_rank", f"{each_ms:.2f} ms", "mean, one after another, by the mariadb client")
    sql(baskets.clean_sql())
