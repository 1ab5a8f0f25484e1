"""Ordering from the cart: what is ticked, once, as it was shown."""

import concurrent.futures
import uuid

import pytest

from carts import ADDRESS, cart, items_of, lines, put, receive, submit, tick


@pytest.fixture(scope="module")
def skus(souk):
    return souk.skus_on_sale(20)


def test_an_order_takes_the_ticked_lines(souk, buyer, skus):
    for sku in skus[:3]:
        receive(souk, sku, 10)
        put(buyer, sku, 2)
    cart(buyer)
    tick(buyer, False, skus[1])
    shown = cart(buyer)
    answer = submit(buyer, shown["version"], expected_total=shown["ticked_total"])
    assert answer.status_code == 201, answer.text
    assert answer.json()["total"] == 2 * (skus[0]["price"] + skus[2]["price"])
    assert items_of(buyer, answer.json()["order_id"]) == {skus[0]["sku_id"]: 2, skus[2]["sku_id"]: 2}
    assert lines(buyer) == {skus[1]["sku_id"]: 2}
    assert cart(buyer)["version"] > shown["version"]


@pytest.mark.parametrize("body, field", [({"from_cart": True}, "cart_version"), ({"cart_version": 1}, "items"),
                                         ({"from_cart": True, "cart_version": 1, "items": [{"sku_id": "1", "qty": 1}]}, "items"),
                                         ({"cart_version": 1, "items": [{"sku_id": "1", "qty": 1}]}, "cart_version"),
                                         ({"from_cart": False}, "items")])
def test_an_order_says_where_its_lines_come_from(buyer, body, field):
    answer = buyer.post("/v1/orders", {**body, "address": ADDRESS}, key=True)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_cart_that_changed_is_not_ordered(souk, buyer, skus):
    """Each kind of change: a line, a quantity, a tick (in Redis alone, just now)."""
    receive(souk, skus[0], 10)
    put(buyer, skus[0], 1)
    changes = [lambda: put(buyer, skus[1], 1), lambda: put(buyer, skus[0], 2), lambda: tick(buyer, False, skus[1]),
               lambda: buyer.delete(f"/v1/cart/items/{skus[1]['sku_id']}")]
    for change in changes:
        seen = cart(buyer)["version"]
        change()
        answer = submit(buyer, seen)
        assert (answer.status_code, answer.json()["code"]) == (409, "cart.changed")
    assert buyer.get("/v1/orders").json()["items"] == []
    assert submit(buyer, cart(buyer)["version"]).status_code == 201


def test_nothing_ticked_is_nothing_ordered(buyer, skus):
    put(buyer, skus[0], 1)
    cart(buyer)
    answer = submit(buyer, tick(buyer, False)["version"])
    assert (answer.status_code, answer.json()["code"]) == (400, "order.empty")


def test_a_tick_right_before_the_order_counts(souk, buyer, skus):
    receive(souk, skus[0], 30)
    receive(souk, skus[1], 30)
    for _ in range(8):
        put(buyer, skus[0], 1)
        put(buyer, skus[1], 1)
        cart(buyer)
        answer = submit(buyer, tick(buyer, False, skus[0])["version"])
        assert answer.status_code == 201, answer.text
        assert items_of(buyer, answer.json()["order_id"]) == {skus[1]["sku_id"]: 1}
        buyer.delete("/v1/cart")


def test_one_submission_is_one_order(souk, buyer, skus):
    """Sent many times at once: with one key all get the one order; with others they are told that the cart changed."""
    receive(souk, skus[0], 100)
    put(buyer, skus[0], 3)
    version, same = cart(buyer)["version"], uuid.uuid4().hex
    with concurrent.futures.ThreadPoolExecutor(8) as tabs:
        keys = [same, True] * 8
        answers = list(tabs.map(lambda key: submit(buyer, version, key), keys))
    done = {answer.json()["order_id"] for answer in answers if answer.status_code == 201}
    assert len(done) == 1 and len(buyer.get("/v1/orders").json()["items"]) == 1
    assert {answer.json()["code"] for answer in answers if answer.status_code != 201} <= {"cart.changed", "idempotency.in_progress"}
    assert lines(buyer) == {}
    put(buyer, skus[0], 1)
    assert submit(buyer, version, same).status_code in (201, 409)
    assert len(buyer.get("/v1/orders").json()["items"]) == 1, "a repetition ordered again"


def test_a_refused_order_leaves_the_cart_as_it_is(souk, buyer, skus):
    sku = skus[4]
    put(buyer, sku, 999)
    before = cart(buyer)
    stock = souk.admin.get(f"/v1/admin/stock/{sku['sku_id']}").json()["available"]
    answer = submit(buyer, before["version"])
    if stock < 999:
        assert (answer.status_code, answer.json()["code"]) == (409, "order.out_of_stock")
        assert (lines(buyer), cart(buyer)["version"]) == ({sku["sku_id"]: 999}, before["version"])
    put(buyer, sku, 1)
    wrong = submit(buyer, cart(buyer)["version"], expected_total=1)
    assert (wrong.status_code, wrong.json()["code"]) == (409, "order.price_changed")
    assert lines(buyer) == {sku["sku_id"]: 1}


def test_a_guest_orders_from_the_cart(souk, guest, skus):
    receive(souk, skus[0], 10)
    put(guest, skus[0], 1)
    version = cart(guest)["version"]
    assert submit(guest, version).json()["code"] == "order.email_required"
    assert submit(guest, version, email="guest@example.com").status_code == 201
    assert lines(guest) == {}


def test_a_quote_knows_what_was_ticked_just_now(buyer, skus):
    put(buyer, skus[0], 1)
    put(buyer, skus[1], 1)
    cart(buyer)
    tick(buyer, False, skus[0])
    answer = buyer.post("/v1/orders/quote", {"from_cart": True})
    assert answer.status_code == 200, answer.text
    assert answer.json()["items_total"] == skus[1]["price"]
