"""Orders above a total are held by themselves when they are paid."""

import uuid

import pytest

from client import wait_for
from parcels import assert_problem
from paying import new_order, open_payment, order, order_state, press, sku_id  # noqa: F401


@pytest.fixture
def rule(souk, order):  # noqa: F811
    """Sets the rule of the currency of `order`; it is off again afterwards."""
    path = f"/v1/admin/hold-rules/{order['currency']}"
    yield lambda above, **more: souk.admin.put(path, {"above": above}, **more)
    assert souk.admin.put(path, {"above": None}).status_code == 200


def pay(souk, person, order, wanted):
    press(souk, open_payment(person, order["order_id"])["pay_url"], "pay")
    wait_for(lambda: order_state(person, order["order_id"]) == wanted)


def test_an_order_above_the_total_is_held(souk, buyer, sku_id, order, rule):  # noqa: F811
    second, third = new_order(buyer, sku_id, 2), new_order(buyer, sku_id, 2)
    answer = rule(order["total"])
    assert answer.status_code == 200, answer.text
    assert (answer.json()["above"], answer.json()["changed_by"]) == (order["total"], souk.admin.account_id)
    pay(souk, buyer, order, "PAID")
    pay(souk, buyer, second, "ON_HOLD")
    told = souk.admin.get(f"/v1/admin/orders/{second['order_id']}/events").json()["items"]
    assert [event["type"] for event in told[-2:]] == ["order.paid", "order.held"]
    assert (told[-1]["data"]["internal"]["rule"], told[-1]["data"]["internal"]["above"]) == ("total", order["total"])
    assert "internal" not in buyer.get(f"/v1/orders/{second['order_id']}/events").text
    assert_problem(souk.admin.post(f"/v1/admin/orders/{second['order_id']}/shipments", {"shipped": True}, key=True), 409, "order.state")
    support = souk.new_staff("support")
    assert support.post(f"/v1/admin/orders/{second['order_id']}/release", {}, key=True).json()["state"] == "PAID"
    marked = souk.admin.post(f"/v1/admin/orders/{third['order_id']}/mark-paid", {"reference": f"Bank {uuid.uuid4().hex}"}, key=True)
    assert marked.json()["state"] == "ON_HOLD", marked.text
    assert rule(None).json()["above"] is None
    fourth = new_order(buyer, sku_id, 2)
    pay(souk, buyer, fourth, "PAID")
    for law in ("money", "orders"):
        done = souk.admin_command("audit", "--json", "--settle-ms=20", "--law", law, check=False)
        assert done.returncode == 0, done.stdout


def test_what_a_rule_may_be_and_who_may_make_it(souk, buyer, order, rule):  # noqa: F811
    version = rule(5).headers["ETag"]
    assert rule(6, headers={"If-Match": version}).status_code == 200
    assert_problem(rule(7, headers={"If-Match": version}), 412, "precondition.failed")
    listed = souk.new_staff("support").get("/v1/admin/hold-rules").json()["items"]
    assert [one["above"] for one in listed if one["currency"] == order["currency"]] == [6]
    path = f"/v1/admin/hold-rules/{order['currency']}"
    assert_problem(souk.new_staff("support").put(path, {"above": 1}), 403, "auth.forbidden")
    assert_problem(buyer.get("/v1/admin/hold-rules"), 403, "auth.forbidden")
    for body in ({}, {"above": -1}, {"above": 1.5}, {"above": "1"}):
        assert_problem(souk.admin.put(path, body), 400, "request.invalid")
    for currency in ("EURO", "E1R"):
        assert_problem(souk.admin.put(f"/v1/admin/hold-rules/{currency}", {"above": 1}), 400, "request.invalid")
