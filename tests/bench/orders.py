"""Orders for benchmarks: many at once by SQL, requests that place them, and what a batch was like."""
import concurrent.futures
import re
import urllib.request

from stack import post

ADDRESS = {"name": "Ada Bench", "phone": "+49 30 901820", "country": "DE", "region": "Berlin", "city": "Berlin",
           "line1": "Unter den Linden 77", "postal_code": "10117"}
EACH, CHUNK = 50, 50000  # orders of one account, orders of one transaction

# Numbers 0 … rows−1 as i; the order's account is (first + i) DIV EACH, so that every table is filled in its key's order.
NUMBERS = """WITH RECURSIVE d (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM d WHERE i < 999),
  n AS (SELECT {first} + a.i * 1000 + b.i AS i, {slot} AS slot FROM d a JOIN d b ON a.i < {rows} DIV 1000),
  o AS (SELECT i, (1000000 + i) * 256 + slot AS order_id, (1000 + i DIV {each}) * 256 + slot AS account_id FROM n)"""
AT = "TIMESTAMP('2026-01-01 00:00:00') + INTERVAL i SECOND"
BODY = """CONCAT('{{"order_id": "', order_id, '", "state": "PENDING_PAYMENT", "total": 1000, "currency": "USD", "expires_at": "2026-01-01T00:30:00.000Z"}}')"""
DATA = """CONCAT('{{"order_id": "', order_id, '", "account_id": "', account_id, '", "state": "PENDING_PAYMENT", "address": {address}, "note": null, "email": null, "title": "Filled",
 "items_n": 1, "items_total": 1000, "discount_total": 0, "shipping_total": 0, "tax_total": 0, "tax_included": 0, "shipping_method": null, "total": 1000,
 "currency": "USD", "created_at": "2026-01-01T00:00:00.000Z", "expires_at": "2026-01-01T00:30:00.000Z", "closing_at": null, "closed_at": null,
 "paid_at": null, "version": 1}}')"""
TABLES = {
    "orders": ("order_id, account_id, state, version, currency, items_n, items_total, total, title, address, created_at",
               "order_id, account_id, ELT(1 + i % 3, 'PAID', 'PAID', 'CLOSED'), 1, 'USD', 1, 1000, 1000, 'Filled', '{address}', " + AT),
    "order_item": ("order_id, line, sku_id, pool, product_id, title, options_text, image_url, qty, unit_price, total, currency",
                   "order_id, 1, {sku}, 'main', {sku}, 'Filled', 'M / Blue', 'https://cdn.example.com/images/filled-{sku}-1024.jpg', 1, 1000, 1000, 'USD'"),
    "order_event": ("order_id, seq, type, at, data", "order_id, 1, 'order.placed', " + AT + ", " + DATA),
    "stock_movement": ("sku_id, pool, reference, reason, on_hand_change, reserved_change, created_at",
                       "{sku}, 'main', order_id, 'reserve', 0, 1, " + AT),
    "idempotency": ("account_id, route, idempotency_key, body_hash, status, body, etag, created_at",
                    "account_id, 'order_place', CONCAT('fill-', LPAD(HEX(i), 16, '0')), UNHEX(SHA2(i, 256)), 201, " + BODY + ", 'v1', UTC_TIMESTAMP(3)"),
}


def fill_shard(stack, shard, rows):
    """`rows` orders of one line, thousands, with all they leave behind, on the shard's lowest slot."""
    schema, sku, slot = f"souk_shard_{shard}", (1 << 40) + shard, shard
    address = str(ADDRESS).replace("'", '"')
    have = int(stack.sql(f"SELECT COUNT(*) FROM {schema}.orders WHERE order_id < 1 << 40"))
    for first in range(have, rows, CHUNK):
        part = {"first": first, "rows": min(CHUNK, rows - first), "slot": slot, "each": EACH, "sku": sku, "address": address}
        script = ["SET sql_log_bin = 0, unique_checks = 0, foreign_key_checks = 0; START TRANSACTION"]
        for table, (columns, values) in TABLES.items():
            script.append(f"INSERT INTO {table} ({columns}) {NUMBERS} SELECT {values} FROM o ORDER BY i".format(**part))
        stack.sql_input(schema, ";\n".join([*script, "COMMIT"]) + ";\n")


def fill(stack, orders, shards=2):
    """As many orders in the tables, over all shards; what is there from before counts."""
    with concurrent.futures.ThreadPoolExecutor(2) as two:
        list(two.map(lambda shard: fill_shard(stack, shard, -(-orders // shards // 1000) * 1000), range(shards)))


def requests(people, skus, lines=1):
    """POST /v1/orders of each of these guests, of `lines` SKUs each, spread over the SKUs."""
    made = []
    for n, one in enumerate(people * max(1, -(-len(skus) // len(people)))):
        items = [{"sku_id": skus[(n * lines + line) % len(skus)], "qty": 1} for line in range(lines)]
        made.append(post("/v1/orders", one["access_token"], {"items": items, "address": ADDRESS, "email": "ada@example.com"}))
    return made


def batches(stack):
    """(calls, requests) of combined calls so far, over all processes."""
    with urllib.request.urlopen(f"http://127.0.0.1:{stack.plain_port}/metrics") as got:
        text = got.read().decode()
    number = lambda name: float(re.search(rf"^souk_combine_batch_size_{name}\S* (\S+)", text, re.M).group(1))
    return number("count"), number("sum")
