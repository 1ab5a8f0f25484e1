"""Corrections of stock: what was counted stands, once for each key, and never below what orders hold."""

import concurrent.futures
import uuid

import pytest

from client import wait_for
from transaction import Transaction, lock_waiters

ADDRESS = {"name": "Ada", "country": "DE", "city": "Berlin", "line1": "Weg 1"}
PATH = "/v1/admin/stock/corrections"


@pytest.fixture(scope="module")
def sku_id(souk):
    """Ten units on each shard, of something nobody else buys."""
    product = souk.admin.post("/v1/admin/products", {"title": f"Counted {uuid.uuid4().hex[:8]}", "options": ["Size"]}, key=True).json()
    path = f"/v1/admin/products/{product['product_id']}"
    sku = souk.admin.post(path + "/skus", {"options": ["M"], "price": 1000}, key=True).json()
    assert souk.admin.post(path + "/publish", key=True).status_code == 200
    receipt = {"sku_id": sku["sku_id"], "qty": 10 * souk.shards, "reference": uuid.uuid4().hex}
    assert souk.admin.post("/v1/admin/stock/receipts", receipt).status_code == 201
    return sku["sku_id"]


def correct(person, sku_id, qty, key=True, **more):
    return person.post(PATH, {"sku_id": sku_id, "qty": qty, "reason": "counted"} | more, key=key)


def available(souk, sku_id):
    stock = souk.admin.get(f"/v1/admin/stock/{sku_id}").json()
    assert stock["exact"] and stock["on_hand"] == stock["received"] + stock["corrected"]
    return stock["available"]


def test_units_found_and_units_missing(souk, sku_id):
    before = available(souk, sku_id)
    found = correct(souk.admin, sku_id, 7, reference="shelf 3")
    assert found.status_code == 201, found.text
    assert (found.json()["qty"], found.json()["reason"], found.json()["reference"]) == (7, "counted", "shelf 3")
    assert available(souk, sku_id) == before + 7
    # more than any one shard has: units of the others are brought home first
    assert correct(souk.admin, sku_id, -(before + 5)).status_code == 201
    assert available(souk, sku_id) == 2
    assert correct(souk.admin, sku_id, before - 2).status_code == 201
    movements = souk.admin.get(f"/v1/admin/stock/{sku_id}/movements?limit=100").json()["items"]
    assert sum(item["on_hand"] for item in movements if item["reason"] == "correct") == 0


def test_a_key_corrects_once(souk, sku_id):
    key, before = uuid.uuid4().hex, available(souk, sku_id)
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: correct(souk.admin, sku_id, 3, key), range(6)))
    done = [answer for answer in answers if answer.status_code == 201]
    assert done and {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["correction_id"] for answer in done}) == 1
    assert correct(souk.admin, sku_id, 3, key).json() == done[0].json()
    assert available(souk, sku_id) == before + 3
    assert correct(souk.admin, sku_id, 4, key).status_code == 422


def test_never_below_what_orders_hold(souk, sku_id, buyer):
    body = {"items": [{"sku_id": sku_id, "qty": 4}], "address": ADDRESS}
    order = buyer.post("/v1/orders", body, key=True)
    assert order.status_code == 201, order.text
    free, key = available(souk, sku_id), uuid.uuid4().hex
    refused = correct(souk.admin, sku_id, -(free + 1), key)
    assert (refused.status_code, refused.json()["code"]) == (409, "stock.reserved")
    assert available(souk, sku_id) == free
    assert correct(souk.admin, sku_id, 1).status_code == 201
    # a refusal is not kept: the same request may be made again
    assert correct(souk.admin, sku_id, -(free + 1), key).status_code == 201
    assert available(souk, sku_id) == 0
    assert correct(souk.admin, sku_id, free).status_code == 201


def test_a_refusal_that_another_one_of_the_key_has_got_past(souk, sku_id):
    """Two requests of one key are refused under one id, and the first begins again before the second writes its refusal down."""
    home, books = souk.db_of(sku_id), souk.db("global")
    too_many = -(available(souk, sku_id) + 1)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        with Transaction(home, f"START TRANSACTION; SELECT on_hand FROM stock WHERE sku_id = {sku_id} FOR UPDATE"):
            refused = pool.submit(correct, souk.admin, sku_id, too_many)
            wait_for(lambda: lock_waiters(home), 5)
            # what the first one leaves when it was refused under a new id as well
            books.run(f"UPDATE goods_correction SET correction_id = correction_id + 256, state = 'refused' "
                      f"WHERE sku_id = {sku_id} AND state = 'open'")
        answer = refused.result()
    assert (answer.status_code, answer.json()["code"]) == (409, "stock.reserved")


@pytest.mark.parametrize("change, field", [({"qty": 0}, "qty"), ({"qty": 1.5}, "qty"), ({"qty": None}, "qty"), ({"reason": ""}, "reason"),
                                           ({"sku_id": 5}, "sku_id"), ({"pool": "main"}, "pool")])
def test_bad_corrections_name_the_field(souk, sku_id, change, field):
    answer = souk.admin.post(PATH, {"sku_id": sku_id, "qty": 1, "reason": "counted"} | change, key=True)
    assert answer.status_code == 400
    assert field in [error["field"] for error in answer.json()["errors"]]


def test_who_may_and_what_is_there(souk, sku_id, buyer):
    assert correct(souk, sku_id, 1).status_code == 401
    assert correct(buyer, sku_id, 1).status_code == 403
    assert correct(souk.admin, sku_id, 1, key=None).json()["code"] == "idempotency.key_required"
    assert correct(souk.admin, "257", 1).status_code == 404
