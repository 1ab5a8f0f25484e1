"""Returns through nginx: asked for by buyers, decided by staff, on the shelf only when received, paid back to the last cent,
replaced by units that may come from another shard."""

import concurrent.futures

import pytest

from client import wait_for
from flash_sales import Sale
from parcels import Shop, assert_problem


@pytest.fixture(scope="module")
def shop(souk):
    shop = Shop(souk)
    yield shop
    shop.assert_laws()


def ask(buyer, order_id, *lines, **more):
    body = {"items": [{"line": line, "qty": qty} for line, qty in lines]} | more
    answer = buyer.post(f"/v1/orders/{order_id}/returns", body, key=True)
    assert answer.status_code == 201, answer.text
    return answer.json()


def step(person, return_id, name, body=None, **options):
    return person.post(f"/v1/admin/returns/{return_id}/{name}", body or {}, key=True, **options)


def received(shop, buyer, order_id, *lines, sellable=None):
    """A return whose units are here; all of them can be sold again, or as many as said."""
    asked = ask(buyer, order_id, *lines)
    assert step(shop.support, asked["return_id"], "approve", {"note": "send it to us"}).status_code == 200
    items = [{"line": line, "received": qty, "sellable": qty if sellable is None else sellable} for line, qty in lines]
    answer = step(shop.merchant, asked["return_id"], "receive", {"items": items})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_return_is_received_and_paid_back(souk, shop, buyer):
    order_id = shop.delivered(buyer, (shop.sku_id, 3))
    before = shop.stock(shop.sku_id)
    asked = ask(buyer, order_id, (1, 2), reason="too small")
    assert (asked["state"], asked["resolution"], asked["amount"]) == ("REQUESTED", "refund", 2 * 1999)
    assert buyer.get(f"/v1/orders/{order_id}/returns").json() == {"items": [asked], "next_cursor": None}
    assert buyer.get(f"/v1/orders/{order_id}").json()["returns"] == [asked]
    assert asked in shop.support.get("/v1/admin/returns?state=REQUESTED&limit=100").json()["items"]
    return_id = asked["return_id"]
    assert_problem(buyer.post(f"/v1/orders/{order_id}/returns", {"items": [{"line": 1, "qty": 2}]}), 409, "return.quantity")
    assert_problem(step(shop.support, return_id, "refund"), 409, "return.state")
    assert step(shop.support, return_id, "approve").status_code == 200
    assert shop.stock(shop.sku_id)["on_hand"] == before["on_hand"]
    answer = step(shop.merchant, return_id, "receive", {"items": [{"line": 1, "received": 2, "sellable": 1}]})
    assert answer.status_code == 200 and answer.json()["state"] == "RECEIVED", answer.text
    after = shop.stock(shop.sku_id)
    assert (after["on_hand"], after["shipped"]) == (before["on_hand"] + 1, before["shipped"] - 1)
    refused = assert_problem(step(shop.support, return_id, "refund", {"amount": 3999}), 400, "request.invalid")
    assert "3998" in str(refused)
    answer = step(shop.support, return_id, "refund")
    assert answer.status_code == 200, answer.text
    done = answer.json()
    assert (done["state"], done["amount"]) == ("REFUNDED", 3998) and done["refund_id"]
    assert_problem(step(shop.support, return_id, "refund"), 409, "return.state")
    assert_problem(shop.support.post(f"/v1/admin/returns/{return_id}/refund", {}), 400, "idempotency.key_required")
    told = [event["type"] for event in buyer.get(f"/v1/orders/{order_id}/events").json()["items"]]
    assert [name for name in told if name.startswith("return.")] == [
        "return.requested", "return.approved", "return.received", "return.refunded"]


def test_returns_of_a_line_add_up_to_what_was_paid(souk, shop, buyer):
    """A discount of 10 % on three units leaves odd cents; three returns of one unit get exactly all of it."""
    answer = souk.admin.post("/v1/admin/promotions", {
        "name": "Odd", "kind": "percent", "value": 1000, "currency": souk.conf["souk"]["currency"], "code": "ODD" + shop.sku_id,
        "targets": [{"kind": "sku", "id": shop.sku_id}]}, key=True)
    if answer.status_code != 201:
        pytest.fail(answer.text)
    order_id = shop.delivered(buyer, (shop.sku_id, 3), coupons=["ODD" + shop.sku_id])
    order = buyer.get(f"/v1/orders/{order_id}").json()
    line = order["items"][0]
    assert line["discount"] > 0
    paid_back = []
    for _ in range(3):
        back = received(shop, buyer, order_id, (1, 1), sellable=0)
        paid_back.append(step(shop.support, back["return_id"], "refund").json()["amount"])
    assert sum(paid_back) == line["total"] - line["discount"] + line["tax"]
    assert max(paid_back) - min(paid_back) <= 1


def test_a_return_is_replaced(souk, shop, buyer):
    """The new units may lie on another shard: they are borrowed, as for an order; when there are none it is said."""
    sku_id = shop.new_sku(700, 3)
    order_id = shop.delivered(buyer, (sku_id, 2))
    back = received(shop, buyer, order_id, (1, 1), sellable=0)
    answer = step(shop.support, back["return_id"], "replace", headers={"If-Match": f'"v{back["version"]}"'})
    assert answer.status_code == 200 and answer.json()["state"] == "REPLACED", answer.text
    parcels = buyer.get(f"/v1/orders/{order_id}/shipments").json()["items"]
    assert [(parcel["state"], parcel["return_id"]) for parcel in parcels] == [("DELIVERED", None), ("READY", back["return_id"])]
    assert shop.stock(sku_id)["reserved"] == 1
    again = received(shop, buyer, order_id, (1, 1), sellable=0)
    assert_problem(step(shop.support, again["return_id"], "replace"), 409, "order.out_of_stock")
    path = f"/v1/admin/shipments/{parcels[1]['shipment_id']}"
    assert shop.merchant.patch(path, {"state": "SHIPPED", "carrier": "DHL"}, key=True).status_code == 200
    assert shop.stock(sku_id)["reserved"] == 0
    shop.receive(sku_id, 1)
    assert step(shop.support, again["return_id"], "replace").status_code == 200
    assert buyer.get(f"/v1/orders/{order_id}").json()["state"] == "DELIVERED"


def pools(souk, sku_id):
    """Units of each pool of a SKU on all shards: (on hand, reserved)."""
    found = {}
    for shard in range(souk.shards):
        for row in souk.db(shard).rows(f"SELECT pool, on_hand, reserved FROM stock WHERE sku_id = {sku_id}"):
            before = found.get(row["pool"], (0, 0))
            found[row["pool"]] = (before[0] + int(row["on_hand"]), before[1] + int(row["reserved"]))
    return found


def test_what_a_flash_sale_sold_is_replaced_from_stock(souk, shop, buyer):
    """While the sale is open, for its pool is promised to others; and when it is over, for nothing is left in its pool."""
    sku_id = shop.new_sku(700, 6)
    sale = Sale(souk, sku_id, units=3).wait_open(3)
    pool = sale.made["pool"]
    order_id = sale.order(buyer)
    shop.pay(buyer, order_id)
    parcel = shop.ship(order_id)
    assert shop.merchant.patch(f"/v1/admin/shipments/{parcel['shipment_id']}", {"state": "DELIVERED"}, key=True).status_code == 200
    back = received(shop, buyer, order_id, (1, 1), sellable=0)
    assert step(shop.support, back["return_id"], "replace").json()["state"] == "REPLACED"
    assert pools(souk, sku_id) == {pool: (2, 0), "main": (3, 1)}
    new = buyer.get(f"/v1/orders/{order_id}/shipments").json()["items"][-1]
    assert shop.merchant.patch(f"/v1/admin/shipments/{new['shipment_id']}", {"state": "SHIPPED", "carrier": "DHL"}, key=True).status_code == 200
    again = received(shop, buyer, order_id, (1, 1), sellable=1)
    sale.cancel()
    wait_for(lambda: pools(souk, sku_id) == {pool: (0, 0), "main": (5, 0)}, 20, explain=lambda: pools(souk, sku_id))
    answer = step(shop.support, again["return_id"], "replace")
    assert answer.status_code == 200 and answer.json()["state"] == "REPLACED", answer.text
    assert pools(souk, sku_id) == {pool: (0, 0), "main": (5, 1)}
    assert souk.admin_command("audit", "--json", "--settle-ms=300", "--law=flash", check=False).returncode == 0


def test_a_return_is_rejected(souk, shop, buyer):
    order_id = shop.delivered(buyer, (shop.other_id, 1))
    return_id = ask(buyer, order_id, (1, 1))["return_id"]
    assert_problem(step(shop.support, return_id, "reject"), 400, "request.invalid")
    answer = step(shop.support, return_id, "reject", {"note": "worn"})
    assert (answer.json()["state"], answer.json()["note"]) == ("REJECTED", "worn")
    assert "REJECTED" in assert_problem(step(shop.support, return_id, "approve"), 409, "return.state")["detail"]


def test_a_buyer_keeps_it_after_all(souk, shop, buyer):
    order_id = shop.delivered(buyer, (shop.sku_id, 1))
    back = ask(buyer, order_id, (1, 1))
    path = f"/v1/orders/{order_id}/returns/{back['return_id']}/withdraw"
    assert_problem(souk.new_buyer().post(path, key=True), 404, "not_found")
    other = shop.delivered(buyer, (shop.sku_id, 1))
    assert_problem(buyer.post(f"/v1/orders/{other}/returns/{back['return_id']}/withdraw", key=True), 404, "not_found")
    assert_problem(buyer.post(path, key=True, headers={"If-Match": '"v9"'}), 412, "precondition.failed")
    answer = buyer.post(path, key="kept")
    assert (answer.status_code, answer.json()["state"], answer.headers["ETag"]) == (200, "WITHDRAWN", '"v2"'), answer.text
    assert buyer.post(path, key="kept").content == answer.content
    assert_problem(buyer.post(path, key=True), 409, "return.state")
    assert_problem(step(shop.support, back["return_id"], "approve"), 409, "return.state")
    assert buyer.get(f"/v1/orders/{order_id}/events").json()["items"][-1]["type"] == "return.withdrawn"
    # its units may be asked for again, approved, kept after all again, and not once they are here
    again = ask(buyer, order_id, (1, 1))
    assert step(shop.support, again["return_id"], "approve").status_code == 200
    assert buyer.post(f"/v1/orders/{order_id}/returns/{again['return_id']}/withdraw", key=True).json()["state"] == "WITHDRAWN"
    last = received(shop, buyer, order_id, (1, 1))["return_id"]
    assert_problem(buyer.post(f"/v1/orders/{order_id}/returns/{last}/withdraw", key=True), 409, "return.state")
    listed = shop.support.get("/v1/admin/returns?state=WITHDRAWN&limit=100").json()["items"]
    assert {back["return_id"], again["return_id"]} <= {one["return_id"] for one in listed}


def test_two_staff_at_once(souk, shop, buyer):
    """One decides, the others are told; money goes back once."""
    order_id = shop.delivered(buyer, (shop.other_id, 1))
    back = received(shop, buyer, order_id, (1, 1))
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        calls = [pool.submit(step, shop.support, back["return_id"], name) for name in ("refund", "replace") * 3]
    assert sorted(call.result().status_code for call in calls) == [200, 409, 409, 409, 409, 409]
    refunds = souk.db_of(order_id).value(f"SELECT COUNT(*) FROM refund WHERE order_id = {order_id}")
    done = shop.support.get(f"/v1/admin/returns/{back['return_id']}").json()
    assert refunds == ("1" if done["state"] == "REFUNDED" else "0")


def test_who_may(souk, shop, buyer):
    order_id = shop.delivered(buyer, (shop.other_id, 1))
    return_id = ask(buyer, order_id, (1, 1))["return_id"]
    other = souk.new_buyer()
    assert_problem(other.get(f"/v1/orders/{order_id}/returns"), 404, "not_found")
    assert_problem(other.post(f"/v1/orders/{order_id}/returns", {"items": [{"line": 1, "qty": 1}]}), 404, "not_found")
    items = {"items": [{"line": 1, "received": 1, "sellable": 1}]}
    for name, body, refused in [("approve", {}, shop.merchant), ("reject", {"note": "no"}, shop.merchant),
                                ("receive", items, shop.support), ("refund", {}, shop.merchant), ("replace", {}, shop.merchant)]:
        assert_problem(step(refused, return_id, name, body), 403, "auth.forbidden")
        assert_problem(step(buyer, return_id, name, body), 403, "auth.forbidden")
    assert_problem(buyer.get("/v1/admin/returns"), 403, "auth.forbidden")
    assert_problem(shop.support.get("/v1/admin/returns/256"), 404, "not_found")


@pytest.mark.parametrize("body, field", [
    ({}, "items"), ({"items": []}, "items"), ({"items": [{"line": 1}]}, "items[0].qty"),
    ({"items": [{"line": 1, "qty": 1}], "resolution": "money"}, "resolution"),
    ({"items": [{"line": 1, "qty": 1}], "reason": "x" * 501}, "reason"),
])
def test_bad_returns_are_refused(buyer, body, field):
    answer = buyer.post("/v1/orders/256/returns", body)
    assert answer.status_code == 400 and field in [error["field"] for error in answer.json()["errors"]], answer.text
