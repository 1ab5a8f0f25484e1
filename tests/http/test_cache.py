"""What is kept, for how long, and that nothing old or personal comes out of it."""

import re
import threading
import time
import uuid

import pytest

from cache_tools import Cached, crowd
from client import wait_for

BEHIND_S = 1.0          # past nginx: what events have ended is gone by then
NGINX_S = 2.0 + 1.0     # its lifetime, and once more while a newer answer is fetched


@pytest.fixture(scope="module")
def cached(souk):
    cached = Cached(souk)
    cached.settle()
    return cached


def test_tiers(cached):
    cached.forget()
    product_id, _ = cached.some_sku()
    seen = [cached.get(f"/v1/products/{product_id}") for _ in range(40)]
    tiers = [answer.headers["X-Cache"] for answer in seen]
    assert tiers[0] == "loaded"
    assert tiers.count("loaded") == 1
    assert tiers.count("redis") <= cached.processes - 1
    assert "local" in tiers
    assert len({answer.body for answer in seen}) == 1
    assert len({answer.headers["ETag"] for answer in seen}) == 1


def test_events_end_answers_within_a_second(cached):
    product_id, sku_id = cached.some_sku()
    late = []
    for _ in range(5):
        for _ in range(8):
            cached.price(sku_id)
            cached.get(f"/v1/products/{product_id}")
            cached.get("/v1/products")
        price, committed = cached.change_price(product_id, sku_id)
        fresh = 0
        while fresh < 8: # both processes
            asked = time.monotonic()
            product = cached.get(f"/v1/products/{product_id}").json()
            shown = {cached.price(sku_id), *(sku["price"] for sku in product["skus"] if sku["sku_id"] == sku_id)}
            fresh = fresh + 1 if shown == {price} else 0
            assert fresh or asked - committed < BEHIND_S, f"{asked - committed:.2f} s later it is still {shown}, not {price}"
        late.append(time.monotonic() - committed)
    assert min(late) < BEHIND_S


def test_nginx_is_bounded_by_its_lifetime(cached, souk):
    product_id, sku_id = cached.some_sku()
    uri = f"/v1/skus/{sku_id}"
    souk.get(uri)
    price, committed = cached.change_price(product_id, sku_id)
    while (shown := souk.get(uri).json()["price"]) != price:
        assert time.monotonic() - committed < NGINX_S + BEHIND_S, f"still {shown}"
        time.sleep(0.05)
    # After a pause too: what is old is not served first and renewed behind.
    price, committed = cached.change_price(product_id, sku_id)
    time.sleep(NGINX_S + BEHIND_S)
    assert souk.get(uri).json()["price"] == price


def test_lifetimes_are_random_whole_seconds(cached):
    product_id, _ = cached.some_sku()
    # 1000 ms ± 20 %, rounded up or down at random: one answer in twenty says 2, so that 400 without one are never seen.
    seen = {cached.get(f"/v1/products/{product_id}").headers["X-Accel-Expires"] for _ in range(400)}
    assert seen == {"1", "2"}


def test_stored_lifetimes_are_random(cached):
    cached.forget()
    ids = cached.db.rows("SELECT product_id FROM product WHERE state = 'published' LIMIT 12")
    for row in ids:
        cached.get(f"/v1/products/{row['product_id']}")
    epoch = cached.redis("GET", "souk:epoch")
    left = [int(cached.redis("PTTL", f"souk:c:{epoch}:product_get:{row['product_id']}")) for row in ids]
    assert len(left) >= 8
    assert max(left) - min(left) > 5000                       # ± 20 % of 300 s
    assert all(230000 + 600000 < ms < 370000 + 600000 for ms in left) # and 600 s to stand in


def test_what_does_not_exist_is_no_work(cached):
    before = cached.counters()
    for n in range(200):
        assert cached.get(f"/v1/products/{(1 << 50) + n}").status == 404
    after = cached.counters()
    assert after["souk_cache_loads_total"] - before["souk_cache_loads_total"] <= 2
    assert after["souk_cache_filter_absent_total"] - before["souk_cache_filter_absent_total"] >= 198


def test_nulls_are_kept_and_ended(cached):
    """A SKU's id is one of the catalogue's and no product's."""
    cached.forget()
    product_id, sku_id = cached.some_sku()
    before = cached.counters()["souk_cache_loads_total"]
    answers = [cached.get(f"/v1/products/{sku_id}") for _ in range(20)]
    assert {answer.status for answer in answers} == {404}
    assert cached.counters()["souk_cache_loads_total"] - before <= cached.processes
    # A product that is taken off sale and put back.
    uri = f"/v1/products/{product_id}"
    state = "CALL event_publish('product.changed', {0}, '{{}}')".format(product_id)
    cached.db.run(f"UPDATE product SET state = 'draft' WHERE product_id = {product_id}; {state}")
    wait_for(lambda: {cached.get(uri).status for _ in range(8)} == {404}, BEHIND_S)
    cached.db.run(f"UPDATE product SET state = 'published' WHERE product_id = {product_id}; {state}")
    wait_for(lambda: {cached.get(uri).status for _ in range(8)} == {200}, BEHIND_S)


def test_new_ids_are_there_at_once_where_they_are_announced(cached):
    """The maker left souk:new:<id>; no event has come yet. Without it the filter would answer."""
    product_id, _ = cached.some_sku()
    new = int(product_id) + (1 << 21)
    uri = f"/v1/products/{new}"
    assert cached.get(uri).headers["X-Cache"] == "filter"
    columns = ", ".join(row["COLUMN_NAME"] for row in cached.db.rows(
        "SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'product'"
        " AND COLUMN_NAME NOT IN ('product_id', 'handle') AND EXTRA NOT LIKE '%GENERATED%'"))
    cached.redis("SET", f"souk:new:{new}", 1, "EX", 120)
    cached.db.run(f"INSERT INTO product (product_id, handle, {columns}) SELECT {new}, 'new-{uuid.uuid4().hex}', {columns}"
                  f" FROM product WHERE product_id = {product_id}")
    try:
        assert {cached.get(uri).status for _ in range(8)} == {200}
    finally:
        cached.db.run(f"DELETE FROM product WHERE product_id = {new};"
                      f" CALL event_publish('product.changed', {new}, '{{}}')")


def test_events_bring_new_ids_within_a_second(cached):
    stranger = 987654321012
    assert cached.get(f"/v1/products/{stranger}").headers["X-Cache"] == "filter"
    cached.db.run(f"CALL event_publish('product.changed', {stranger}, '{{}}')")
    wait_for(lambda: {cached.get(f"/v1/products/{stranger}").headers["X-Cache"] for _ in range(8)} & {"filter"} == set(), 1)


def test_a_slow_load_does_not_bring_back_what_has_ended(cached):
    """The load reads the old price, is held up, and ends after the event: it may answer, but nobody after it gets that."""
    cached.forget()
    product_id, sku_id = cached.some_sku()
    before = cached.counters()["souk_cache_outdated_total"]
    held = threading.Thread(target=cached.db.run, args=("LOCK TABLES sku WRITE, product WRITE; SELECT SLEEP(0.6); UNLOCK TABLES",))
    held.start()
    time.sleep(0.2)
    readers = [threading.Thread(target=cached.get, args=(f"/v1/skus/{sku_id}",)) for _ in range(6)]
    for reader in readers:
        reader.start()
    time.sleep(0.1)
    cached.db.run(f"CALL event_publish('sku.changed', {sku_id}, '{{}}')") # while they wait
    for thread in [*readers, held]:
        thread.join()
    assert cached.counters()["souk_cache_outdated_total"] > before
    price, committed = cached.change_price(product_id, sku_id)
    wait_for(lambda: {cached.price(sku_id) for _ in range(8)} == {price}, BEHIND_S)


def test_a_thousand_readers_of_a_cold_key_are_one_load_per_process(cached):
    cached.forget()
    _, sku_id = cached.some_sku()
    before = cached.counters()
    held = threading.Thread(target=cached.db.run, args=("LOCK TABLES sku WRITE, product WRITE; SELECT SLEEP(0.5); UNLOCK TABLES",))
    held.start()
    time.sleep(0.2)
    answers = crowd(cached.socket, f"/v1/skus/{sku_id}", 1000)
    held.join()
    after = cached.counters()
    assert all(b"Status: 200" in head for head, _, _ in answers)
    assert len({body for _, _, body in answers}) == 1
    loads = after["souk_cache_loads_total"] - before["souk_cache_loads_total"]
    print(f"1,000 readers, {loads:.0f} routine calls, {cached.processes} processes,"
          f" {after['souk_cache_flights_joined_total'] - before['souk_cache_flights_joined_total']:.0f} joined")
    assert 1 <= loads <= cached.processes


def test_nginx_asks_once_for_a_crowd(cached, souk):
    """Of those that come for an answer that is not there one goes on to souk, past the lock's end a few more."""
    uri = f"/v1/products?limit={2 + int(time.time() * 1000) % 90}"
    cached.forget()
    time.sleep(2.1) # nginx's own of an earlier test is over
    before, ready, seen = cached.counters(), threading.Barrier(24), []

    def come():
        souk.get("/livez")
        ready.wait(10)
        seen.append(souk.get(uri))

    people = [threading.Thread(target=come) for _ in range(24)]
    for thread in people:
        thread.start()
    for thread in people:
        thread.join()
    after = cached.counters()
    asked = sum(after[f"souk_cache_local_{what}_total"] - before[f"souk_cache_local_{what}_total"] for what in ("hits", "misses"))
    assert {answer.status_code for answer in seen} == {200}
    assert len({answer.content for answer in seen}) == 1
    assert 1 <= asked <= 8, asked


def test_nothing_personal_is_kept(cached, souk):
    one, other = souk.new_buyer(name="Erika Eins"), souk.new_buyer(name="Zoran Zwei")
    for _ in range(3):
        for who in (one, other):
            me = who.get("/v1/me")
            assert me.json()["account_id"] == who.account_id
            assert me.headers["Cache-Control"] == "no-store"
            assert "Cache-Status" not in me.headers and "X-Cache" not in me.headers
        assert souk.get("/v1/me").status_code == 401
    product_id, _ = cached.some_sku()
    uri = f"/v1/products/{product_id}"
    assert souk.get(uri).status_code == 200
    assert one.get(uri).headers["Cache-Status"] == "nginx; fwd=bypass"
    assert souk.get(uri, headers={"Cookie": "a=b"}).headers["Cache-Status"] == "nginx; fwd=bypass"
    # Nor did their requests leave anything behind for others.
    fresh = f"/v1/products?limit={7 + int(time.time()) % 50}"
    one.get(fresh)
    assert souk.get(fresh).headers["Cache-Status"] != "nginx; hit"
    kept = b"".join(path.read_bytes() for path in (souk.state / "nginx" / "tmp" / "cache").rglob("*") if path.is_file())
    for who in (one, other):
        for secret in (who.account_id, who.email, who.token, "Erika", "Zoran"):
            assert secret.encode() not in kept
    keys = cached.redis("--scan", "--pattern", "souk:c:*")
    assert one.account_id not in keys and other.account_id not in keys


def test_conditional_requests_in_every_tier(cached, souk):
    product_id, _ = cached.some_sku()
    uri = f"/v1/products/{product_id}"
    etag = souk.get(uri).headers["ETag"]
    for headers in ({}, {"Cookie": "a=b"}):
        answer = souk.get(uri, headers={"If-None-Match": etag, **headers})
        assert answer.status_code == 304 and answer.content == b"" and answer.headers["ETag"] == etag
    assert souk.request("HEAD", uri).content == b""
    assert souk.get(uri).json()["product_id"] == product_id


def test_request_ids_are_of_the_request(souk, cached):
    product_id, _ = cached.some_sku()
    ids = [souk.get(f"/v1/products/{product_id}").headers["X-Request-Id"] for _ in range(5)]
    assert len(set(ids)) == 5


def test_refusals_are_not_kept_by_nginx(souk):
    for _ in range(2):
        answer = souk.get("/v1/products/1")
        assert answer.status_code == 404 and answer.headers["Cache-Status"] == "nginx; fwd=uri-miss"
        assert answer.headers["Cache-Control"] == "no-store"


def test_counters(cached):
    counters = cached.counters()
    for name in ("local_hits", "local_misses", "redis_hits", "redis_misses", "nulls", "filter_absent", "stale", "flights_joined",
                 "evictions", "loads", "early", "outdated"):
        assert f"souk_cache_{name}_total" in counters
    assert counters["souk_cache_local_bytes"] > 0
    assert counters["souk_cache_filter_ids"] > 0
    text = cached.get("/metrics").body.decode()
    assert re.search(r'^souk_breaker_open\{name="redis"\} 0$', text, re.M) or "souk_breaker_open" in text
