"""Orders through the whole engine: placing, reading, cancelling, racing for the last units, and what a repetition gets."""

import concurrent.futures
import json
import subprocess
import time
import uuid

import pytest

from client import wait_for
from transaction import Transaction, lock_waiters

ADDRESS = {"name": "Ada Bell", "country": "DE", "city": "Berlin", "line1": "Unter den Linden 1", "postal_code": "10117"}


@pytest.fixture(scope="module")
def skus(souk):
    return souk.skus_on_sale(3)


def receive(souk, sku_id, qty):
    answer = souk.admin.post("/v1/admin/stock/receipts",
                             {"sku_id": sku_id, "qty": qty, "reference": f"orders-{uuid.uuid4().hex}"})
    assert answer.status_code == 201, answer.text
    return answer.json()


def stock(souk, sku_id):
    answer = souk.admin.get(f"/v1/admin/stock/{sku_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def drain(souk, sku_id):
    """Takes what is free of a SKU off the market, through orders that hold it."""
    buyer = souk.new_buyer()
    while (free := stock(souk, sku_id)["available"]) > 0:
        answer = buyer.post("/v1/orders", order_of((sku_id, min(free, 9999))), key=True)
        assert answer.status_code in (201, 503), answer.text  # 503: units are on their way between shards
        time.sleep(0.1 if answer.status_code != 201 else 0)


def order_of(*lines, **more):
    return {"items": [{"sku_id": sku_id, "qty": qty} for sku_id, qty in lines], "address": ADDRESS} | more


def place(person, *lines, **more):
    answer = person.post("/v1/orders", order_of(*lines, **more), key=True)
    assert answer.status_code == 201, answer.text
    return answer.json()


def assert_problem(answer, status, code):
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.json()["code"] == code, answer.text
    return answer.json()


def law(souk, shard):
    return json.loads(souk.db(shard).rows("CALL stock_law()")[0]["body"])["violations"]


@pytest.fixture(autouse=True, scope="module")
def every_unit_is_accounted_for(souk):
    """Whatever the tests below do, the law of stock holds on every shard, before and after."""
    yield
    for shard in range(souk.shards):
        assert law(souk, shard) == []


# Placing

def test_an_order_is_placed_and_read(souk, buyer, skus):
    first, second = skus[0], skus[1]
    receive(souk, first["sku_id"], 20)
    receive(souk, second["sku_id"], 20)
    total = 2 * first["price"] + second["price"]
    body = order_of((first["sku_id"], 2), (second["sku_id"], 1), note="ring twice", expected_total=total)
    answer = buyer.post("/v1/orders", body, key=True)
    assert answer.status_code == 201, answer.text
    placed = answer.json()
    assert set(placed) == {"order_id", "state", "total", "currency", "expires_at"}
    assert (placed["state"], placed["total"], placed["currency"]) == ("PENDING_PAYMENT", total, first["currency"])
    assert answer.headers["Location"].endswith(f"/v1/orders/{placed['order_id']}")
    assert answer.headers["ETag"] == '"v1"'
    assert int(placed["order_id"]) & 255 == int(buyer.account_id) & 255

    answer = buyer.get(f"/v1/orders/{placed['order_id']}")
    order = answer.json()
    assert answer.headers["ETag"] == '"v1"' and answer.headers["Cache-Control"] == "no-store"
    assert [(item["line"], item["sku_id"], item["qty"], item["unit_price"]) for item in order["items"]] == [
        (1, first["sku_id"], 2, first["price"]), (2, second["sku_id"], 1, second["price"])]
    assert (order["items_total"], order["total"], order["note"], order["payments"]) == (total, total, "ring twice", [])
    assert order["address"]["city"] == "Berlin"
    assert buyer.get(f"/v1/orders/{placed['order_id']}", headers={"If-None-Match": '"v1"'}).status_code == 304
    events = buyer.get(f"/v1/orders/{placed['order_id']}/events").json()["items"]
    assert [(event["seq"], event["type"]) for event in events] == [(1, "order.placed")]


def test_orders_are_listed_in_pages(souk, buyer, skus):
    receive(souk, skus[0]["sku_id"], 20)
    placed = [place(buyer, (skus[0]["sku_id"], 1))["order_id"] for _ in range(5)]
    seen, path = [], "/v1/orders?limit=2"
    while path:
        answer = buyer.get(path)
        assert answer.status_code == 200, answer.text
        seen += [item["order_id"] for item in answer.json()["items"]]
        path = answer.links.get("next", {}).get("url")
        assert (path is None) == (answer.json()["next_cursor"] is None)
    assert seen == placed[::-1]
    assert buyer.get("/v1/orders?state=PAID").json() == {"items": [], "next_cursor": None}
    assert_problem(buyer.get("/v1/orders?state=LOST"), 400, "request.invalid")
    assert_problem(buyer.get("/v1/orders?cursor=zz"), 400, "request.invalid")
    assert_problem(buyer.get("/v1/orders?limit=101"), 400, "request.invalid")


def test_orders_are_their_buyers_own(souk, buyer, skus):
    receive(souk, skus[0]["sku_id"], 5)
    order_id = place(buyer, (skus[0]["sku_id"], 1))["order_id"]
    other = souk.new_buyer()
    for path in (f"/v1/orders/{order_id}", f"/v1/orders/{order_id}/events"):
        assert_problem(other.get(path), 404, "not_found")
        assert_problem(souk.get(path), 401, "auth.required")
    assert_problem(other.post(f"/v1/orders/{order_id}/cancel"), 404, "not_found")
    assert other.get("/v1/orders").json()["items"] == []


def test_a_guest_needs_an_address_to_write_to(souk, guest, skus):
    receive(souk, skus[0]["sku_id"], 5)
    assert_problem(guest.post("/v1/orders", order_of((skus[0]["sku_id"], 1)), key=True), 400, "order.email_required")
    placed = place(guest, (skus[0]["sku_id"], 1), email=" Guest@Example.com ")
    assert guest.get(f"/v1/orders/{placed['order_id']}").json()["email"] == "guest@example.com"


@pytest.mark.parametrize("change, field", [
    ({"items": []}, "items"),
    ({"items": None}, "items"),
    ({"items": [{"sku_id": "1"}]}, "items[0].qty"),
    ({"items": [{"sku_id": "1", "qty": 0}]}, "items[0].qty"),
    ({"items": [{"sku_id": "1", "qty": 1.5}]}, "items[0].qty"),
    ({"items": [{"sku_id": "1", "qty": "2"}]}, "items[0].qty"),
    ({"items": [{"sku_id": "x", "qty": 2}]}, "items[0].sku_id"),
    ({"items": [{"sku_id": "1", "qty": 1, "price": 1}]}, "items[0].price"),
    ({"address": {"name": "A"}}, "address.country"),
    ({"address": {"name": "A", "country": "中国", "city": "B", "line1": "C"}}, "address.country"),
    ({"address": {"name": "A", "country": "D1", "city": "B", "line1": "C"}}, "address.country"),
    ({"address": {"name": " ", "country": "DE", "city": "B", "line1": "C"}}, "address.name"),
    ({"address": "here"}, "address"),
    ({"expected_total": -1}, "expected_total"),
    ({"email": "nobody"}, "email"),
    ({"note": "x" * 501}, "note"),
    ({"total": 1}, "total"),
])
def test_bad_fields_are_named(buyer, change, field):
    problem = assert_problem(buyer.post("/v1/orders", order_of(("1", 1)) | change, key=True), 400, "request.invalid")
    assert field in [error["field"] for error in problem["errors"]]


def test_refusals_change_nothing(souk, buyer, skus):
    sku = skus[0]
    receive(souk, sku["sku_id"], 5)
    before = stock(souk, sku["sku_id"])
    assert_problem(buyer.post("/v1/orders", order_of((sku["sku_id"], 1))), 400, "idempotency.key_required")
    problem = assert_problem(buyer.post("/v1/orders", order_of((sku["sku_id"], 1), (sku["sku_id"], 1)), key=True), 400, "request.invalid")
    assert problem["errors"] == [{"field": "items[1].sku_id", "code": "rule", "detail": "this SKU is in the order already"}]
    assert_problem(buyer.post("/v1/orders", order_of((sku["sku_id"], 1), ("1", 1)), key=True), 409, "order.sku_unavailable")
    problem = assert_problem(buyer.post("/v1/orders", order_of((sku["sku_id"], 1), expected_total=sku["price"] + 1), key=True),
                             409, "order.price_changed")
    assert str(sku["price"]) in problem["detail"]
    assert buyer.get("/v1/orders").json()["items"] == []
    assert stock(souk, sku["sku_id"]) == before
    assert souk.db_of(buyer.account_id).value(
        f"SELECT COUNT(*) FROM idempotency WHERE account_id = {buyer.account_id} AND route = 'order_place'") == "0"


# Keys

def test_the_same_key_gets_the_same_bytes(souk, buyer, skus):
    receive(souk, skus[0]["sku_id"], 5)
    key, body = str(uuid.uuid4()), order_of((skus[0]["sku_id"], 1))
    first, second = (buyer.post("/v1/orders", body, key=key) for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.content == second.content and first.headers["Location"] == second.headers["Location"]
    assert first.headers["ETag"] == second.headers["ETag"]
    assert len(buyer.get("/v1/orders").json()["items"]) == 1
    assert_problem(buyer.post("/v1/orders", body | {"note": "other"}, key=key), 422, "idempotency.mismatch")
    other = souk.new_buyer()
    assert other.post("/v1/orders", body, key=key).json()["order_id"] != first.json()["order_id"]


def test_a_key_used_at_once_by_many_makes_one_order(souk, buyer, skus):
    receive(souk, skus[0]["sku_id"], 20)
    key, body = str(uuid.uuid4()), order_of((skus[0]["sku_id"], 1))
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: buyer.post("/v1/orders", body, key=key), range(16)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert len(buyer.get("/v1/orders").json()["items"]) == 1


def test_a_refused_request_may_use_its_key_again(souk, buyer, skus):
    receive(souk, skus[0]["sku_id"], 5)
    key, price = str(uuid.uuid4()), skus[0]["price"]
    assert_problem(buyer.post("/v1/orders", order_of((skus[0]["sku_id"], 1), expected_total=price + 1), key=key), 409, "order.price_changed")
    assert buyer.post("/v1/orders", order_of((skus[0]["sku_id"], 1), expected_total=price), key=key).status_code == 201


def test_a_killed_client_s_key_replays(souk, buyer, skus):
    """A client that dies in mid-CALL is no rollback: the order is made, and the same CALL again answers it."""
    db, sku_id = souk.db_of(buyer.account_id), skus[0]["sku_id"]
    receive(souk, sku_id, 20)
    order_id = (int(time.time() * 1000) - 1717200000000) << 22 | 31 << 17 | int(buyer.account_id) & 255
    request = {"n": 0, "order_id": "%d", "account_id": buyer.account_id, "roles": 2, "idempotency_key": "killed",
               "body_hash": "68617368", "payment_window_s": 600, "items": [{"sku_id": sku_id, "qty": 1}], "address": {}}
    call = f"CALL order_place('{json.dumps([request])}');"
    with Transaction(db, f"BEGIN; SELECT on_hand FROM stock WHERE sku_id = {sku_id} FOR UPDATE"):
        shopping = subprocess.Popen(db.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        shopping.stdin.write("SET innodb_lock_wait_timeout = 20; " + call % order_id + "\n")
        shopping.stdin.flush()
        try:
            wait_for(lambda: lock_waiters(db), 15)
        finally:
            shopping.kill()
            shopping.wait()
    replayed = db.rows("SET innodb_lock_wait_timeout = 20; " + call % (order_id + 256))
    assert replayed[0]["status"] == "201"
    assert db.value(f"SELECT COUNT(*) FROM orders WHERE account_id = {buyer.account_id}") == "1"
    assert json.loads(replayed[0]["body"])["order_id"] in (str(order_id), str(order_id + 256))


# Racing

@pytest.mark.parametrize("units, qty, buyers_n", [(7, 1, 24), (20, 3, 16)])
def test_many_buyers_never_get_more_than_there_is(souk, skus, units, qty, buyers_n):
    sku_id = skus[2]["sku_id"]
    drain(souk, sku_id)
    receive(souk, sku_id, units)
    buyers = [souk.new_buyer() for _ in range(buyers_n)]

    def buy(person):
        key = str(uuid.uuid4())
        for _ in range(20):
            answer = person.post("/v1/orders", order_of((sku_id, qty)), key=key)
            if answer.status_code == 201 or answer.json()["code"] == "order.out_of_stock":
                return answer.status_code
            assert answer.status_code in (409, 503, 504), answer.text
            time.sleep(0.1)
        return 0

    before = stock(souk, sku_id)["reserved"]
    with concurrent.futures.ThreadPoolExecutor(buyers_n) as pool:
        results = list(pool.map(buy, buyers))
    assert 0 not in results, "a buyer got no final answer"
    assert results.count(201) == units // qty
    after = stock(souk, sku_id)
    assert after["reserved"] - before == units // qty * qty
    for shard in range(souk.shards):
        assert law(souk, shard) == []


def test_orders_that_cross_each_other_do_not_stop_each_other(souk, skus):
    """Lines in opposite order: locks are taken by sku_id, whatever the buyer sent first."""
    a, b = skus[0]["sku_id"], skus[1]["sku_id"]
    receive(souk, a, 200)
    receive(souk, b, 200)
    buyers = [souk.new_buyer() for _ in range(8)]

    def buy(n):
        lines = ((a, 1), (b, 1)) if n % 2 else ((b, 1), (a, 1))
        return buyers[n % 8].post("/v1/orders", order_of(*lines), key=True).status_code

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert set(pool.map(buy, range(48))) == {201}


def test_a_price_change_under_way_is_waited_for(souk, buyer, skus):
    """Once a change of price has been acknowledged no order uses the old one."""
    db, sku = souk.db_of(buyer.account_id), skus[1]
    receive(souk, sku["sku_id"], 5)
    changer = subprocess.Popen(db.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        changer.stdin.write(f"BEGIN; UPDATE sku SET price = price + 1 WHERE sku_id = {sku['sku_id']};\n")
        changer.stdin.flush()
        time.sleep(0.3)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            answer = pool.submit(buyer.post, "/v1/orders", order_of((sku["sku_id"], 1)), key=True)
            time.sleep(0.3)
            changer.stdin.write("COMMIT;\n")
            changer.stdin.flush()
            assert answer.result().json()["total"] == sku["price"] + 1
    finally:
        changer.stdin.close()
        changer.wait()
        db.run(f"UPDATE sku SET price = {sku['price']} WHERE sku_id = {sku['sku_id']}")


# Ending

def test_an_order_is_cancelled(souk, buyer, skus):
    sku_id = skus[0]["sku_id"]
    receive(souk, sku_id, 5)
    reserved = stock(souk, sku_id)["reserved"]
    order_id = place(buyer, (sku_id, 3))["order_id"]
    assert stock(souk, sku_id)["reserved"] == reserved + 3
    assert_problem(buyer.post(f"/v1/orders/{order_id}/cancel", headers={"If-Match": '"v7"'}), 412, "precondition.failed")
    key = str(uuid.uuid4())
    first = buyer.post(f"/v1/orders/{order_id}/cancel", key=key, headers={"If-Match": '"v1"'})
    assert first.status_code == 200 and first.json()["state"] == "CLOSED", first.text
    assert buyer.post(f"/v1/orders/{order_id}/cancel", key=key, headers={"If-Match": '"v1"'}).content == first.content
    problem = assert_problem(buyer.post(f"/v1/orders/{order_id}/cancel"), 409, "order.state")
    assert "CLOSED" in problem["detail"]
    assert stock(souk, sku_id)["reserved"] == reserved
    types = [event["type"] for event in buyer.get(f"/v1/orders/{order_id}/events").json()["items"]]
    assert types == ["order.placed", "order.closing", "order.closed"]


def test_cancelling_at_once_by_many_happens_once(souk, buyer, skus):
    receive(souk, skus[0]["sku_id"], 5)
    order_id = place(buyer, (skus[0]["sku_id"], 2))["order_id"]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: buyer.post(f"/v1/orders/{order_id}/cancel"), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7


def expire(souk, order_id):
    souk.db_of(order_id).run(f"UPDATE orders SET due_at = UTC_TIMESTAMP(3) WHERE order_id = {order_id}")


def test_an_unpaid_order_is_closed_and_its_units_come_back(souk, buyer, skus):
    sku_id = skus[0]["sku_id"]
    receive(souk, sku_id, 5)
    reserved = stock(souk, sku_id)["reserved"]
    order_id = place(buyer, (sku_id, 2))["order_id"]
    expire(souk, order_id)
    wait_for(lambda: buyer.get(f"/v1/orders/{order_id}").json()["state"] == "CLOSED", 15)
    assert stock(souk, sku_id)["reserved"] == reserved
    events = buyer.get(f"/v1/orders/{order_id}/events").json()["items"]
    assert [event["data"]["state"] for event in events] == ["PENDING_PAYMENT", "CLOSING", "CLOSED"]


def test_events_fold_into_the_order(souk, buyer, skus):
    receive(souk, skus[0]["sku_id"], 5)
    order_id = place(buyer, (skus[0]["sku_id"], 1), note="fold me")["order_id"]
    buyer.post(f"/v1/orders/{order_id}/cancel")
    folded = {}
    for event in buyer.get(f"/v1/orders/{order_id}/events").json()["items"]:
        folded |= event["data"]
    order = buyer.get(f"/v1/orders/{order_id}").json()
    for beside in ("payments", "payment", "refunds", "shipments", "returns"): # rows of their own
        del order[beside]
    assert {name: folded.get(name) for name in order} == order


def test_an_order_ends_whatever_else_is_ending(souk, skus):
    """Locks are taken of the order that ends, not of all that are CLOSING: else those that end at once stop each other."""
    sku_id = skus[0]["sku_id"]
    receive(souk, sku_id, 50)
    first, second = [souk.new_buyer() for _ in range(2)]
    while souk.shard_of(second.account_id) != souk.shard_of(first.account_id):
        second = souk.new_buyer()
    closing, ends = place(first, (sku_id, 1))["order_id"], place(second, (sku_id, 1))["order_id"]
    db = souk.db_of(closing)
    # committed as CLOSING, due later than anybody looks, and held
    db.run(f"UPDATE orders SET state = 'CLOSING', due_at = '2999-01-01' WHERE order_id = {closing}")
    try:
        with Transaction(db, f"BEGIN; SELECT order_id FROM orders WHERE order_id = {closing} FOR UPDATE"):
            answer = second.post(f"/v1/orders/{ends}/cancel", key=True)
            assert (answer.status_code, answer.json().get("state")) == (200, "CLOSED"), answer.text
    finally:
        db.run(f"UPDATE orders SET state = 'PENDING_PAYMENT', due_at = expires_at WHERE order_id = {closing}")


def test_an_order_that_cannot_be_closed_calls_a_person(souk, buyer, skus):
    """Its attempt is at a provider that nobody can ask: it stays CLOSING and keeps its units."""
    sku_id = skus[0]["sku_id"]
    receive(souk, sku_id, 5)
    order_id = place(buyer, (sku_id, 1))["order_id"]
    payment_id = int(order_id) + (1 << 22)
    db = souk.db_of(order_id)
    db.run("INSERT INTO payment (payment_id, order_id, account_id, channel, state, amount, currency, lease_until, "
           f"expires_at, created_at) SELECT {payment_id}, order_id, account_id, 'nowhere', 'SUBMITTED', total, currency, "
           f"UTC_TIMESTAMP(3), expires_at, created_at FROM orders WHERE order_id = {order_id}")
    assert buyer.post(f"/v1/orders/{order_id}/cancel").json()["state"] == "CLOSING"
    wait_for(lambda: db.value(f"SELECT tries FROM orders WHERE order_id = {order_id}") == "2", 15)
    log = souk.state / "log" / "worker.log"
    assert f"order_stuck {order_id}" not in log.read_text()
    db.run(f"UPDATE orders SET closing_at = closing_at - INTERVAL 10 DAY, due_at = UTC_TIMESTAMP(3) WHERE order_id = {order_id}")
    wait_for(lambda: any(f"order_stuck {order_id}" in line and "needs a person" in line and '"level":"error"' in line
                         for line in log.read_text().splitlines()), 15)
    assert buyer.get(f"/v1/orders/{order_id}").json()["state"] == "CLOSING"
    db.run(f"CALL payment_closed({payment_id}, 'by hand'); UPDATE orders SET due_at = UTC_TIMESTAMP(3) WHERE order_id = {order_id}")
    wait_for(lambda: buyer.get(f"/v1/orders/{order_id}").json()["state"] == "CLOSED", 15)
