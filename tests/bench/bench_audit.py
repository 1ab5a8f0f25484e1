"""souk admin audit on BENCH_STORED (1,000,000) orders, of which every law holds: they were placed by order_place itself, in
batches. Once on a shop at rest and once while orders are being placed.

Runs when it is named: filling takes a minute or more.
"""
import concurrent.futures
import json
import os
import subprocess
import time

from bench_cart import guests
from stack import post

NAME, OPT_IN = "audit", True
STORED = int(os.environ.get("BENCH_STORED", 1000000))
BATCH, UNITS, SKUS = 64, 10**8, 64
ADDRESS = {"name": "Ada Bench", "country": "DE", "city": "Berlin", "line1": "Weg 1", "postal_code": "10115"}

# A batch of orders of one line, each of an account of its own in the shard's slot.
PLACE = """DROP PROCEDURE IF EXISTS bench_place;
DELIMITER ;;
CREATE PROCEDURE bench_place(in_first BIGINT, in_batches INT)
BEGIN
    DECLARE v_batch INT DEFAULT 0;
    DECLARE v_requests LONGTEXT;
    WHILE v_batch < in_batches DO
        WITH RECURSIVE d (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM d WHERE i < {last})
        SELECT CONCAT('[', GROUP_CONCAT('{{"n":', i, ',"order_id":"', (in_first + v_batch * {batch} + i) * 256 + {slot}, '","account_id":"',
                      (500000000 + in_first + v_batch * {batch} + i) * 256 + {slot}, '","roles":2,"idempotency_key":"fill","body_hash":"', SHA2(i, 256),
                      '","payment_window_s":604800,"items":[{{"sku_id":"', ELT(1 + (i + v_batch) % {skus_n}, {skus}), '","qty":1}}],"address":{address}}}'
                      ORDER BY i), ']') INTO v_requests FROM d;
        CALL order_place(v_requests);
        SET v_batch = v_batch + 1;
    END WHILE;
END;;
DELIMITER ;
SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;
SET SESSION group_concat_max_len = 4194304, time_zone = '+00:00';
CALL bench_place({first}, {batches});
DROP PROCEDURE bench_place;
"""


def fill_shard(stack, shard, orders, skus):
    slot = int(stack.sql(f"SELECT MIN(slot) FROM souk_global.slot_map WHERE shard = {shard}"))
    script = PLACE.format(last=BATCH - 1, batch=BATCH, slot=slot, skus=", ".join(f"'{sku}'" for sku in skus), skus_n=len(skus),
                          first=1000000, address=json.dumps(ADDRESS), batches=-(-orders // BATCH))
    subprocess.run(["mariadb", f"--defaults-file={stack.state}/root.cnf", f"--socket={stack.state}/run/db0.sock", f"souk_shard_{shard}"],
                   input=script, text=True, check=True, stdout=subprocess.DEVNULL)


def audit(bench, name):
    stack = bench.stack
    began = time.monotonic()
    done = subprocess.run([stack.build / "souk", "admin", "--config", stack.conf, "audit", "--json", "--seconds=550"],
                          capture_output=True, text=True)
    took = time.monotonic() - began
    report = json.loads(done.stdout)
    laws = ", ".join(f"{law['law']} {law['examined']} {law['ms'] / 1000:.1f} s" for law in report["laws"])
    bench.say(name, f"{took:.1f} s", f"{stack.orders_n()} orders, exit code {done.returncode}: {laws}")
    if done.returncode:
        raise SystemExit(done.stderr)


def run(bench, ceiling):
    stack = bench.stack
    skus = stack.sku_ids()[:SKUS]
    stack.fill_stock(skus, UNITS)
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(2) as two:
        list(two.map(lambda shard: fill_shard(stack, shard, STORED // 2, skus), range(2)))
    bench.say("orders placed by CALL order_place, 64 in a batch", f"{STORED / (time.monotonic() - began):.0f}/s", "one connection a shard")
    audit(bench, "souk admin audit, at rest")
    people = guests(stack, 64)
    requests = [post("/v1/orders", one["access_token"], {"items": [{"sku_id": skus[n % len(skus)], "qty": 1}], "address": ADDRESS,
                                                         "email": "ada@example.com"}) for n, one in enumerate(people)]
    rate = bench.load(requests, 64, seconds=3)["rate"] / 2
    with concurrent.futures.ThreadPoolExecutor(1) as one:
        load = one.submit(bench.load, requests, 64, rate, 30)
        audit(bench, f"souk admin audit, while {rate:.0f} orders/s are placed")
        bench.row("POST /v1/orders meanwhile, open", load.result(), note=f"offered {rate:.0f}/s")
