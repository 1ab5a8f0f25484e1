"""A paid order on its way, through nginx: held, packed, shipped in parts, delivered, received; who may; two staff at once; time."""

import concurrent.futures
import uuid

import pytest

from client import wait_for
from own_api import OwnApi
from parcels import ADDRESS, Shop, assert_problem
from paying import press


@pytest.fixture(scope="module")
def shop(souk):
    shop = Shop(souk)
    yield shop
    shop.assert_laws()


def state(person, order_id):
    return person.get(f"/v1/orders/{order_id}").json()["state"]


def test_an_order_is_shipped_in_parts_and_received(souk, shop, buyer):
    order_id = shop.paid(buyer, (shop.sku_id, 3), (shop.other_id, 2))
    before = shop.stock(shop.sku_id)
    path = f"/v1/admin/orders/{order_id}"
    answer = shop.merchant.post(f"{path}/shipments", {"items": [{"line": 1, "qty": 2}], "carrier": "DHL"}, key=True)
    parcel = answer.json()
    assert answer.status_code == 201 and answer.headers["ETag"] == '"v1"'
    assert answer.headers["Location"].endswith(f"/v1/admin/shipments/{parcel['shipment_id']}")
    assert (parcel["state"], parcel["carrier"], parcel["tracking"]) == ("READY", "DHL", None)
    assert [(item["line"], item["sku_id"], item["qty"]) for item in parcel["items"]] == [(1, shop.sku_id, 2)]
    assert state(buyer, order_id) == "PAID" and shop.stock(shop.sku_id)["on_hand"] == before["on_hand"]

    change = f"/v1/admin/shipments/{parcel['shipment_id']}"
    answer = shop.merchant.patch(change, {"state": "SHIPPED", "tracking": "JD01"}, key=True, headers={"If-Match": '"v1"'})
    assert answer.status_code == 200 and answer.json()["tracking"] == "JD01", answer.text
    assert state(buyer, order_id) == "PARTIALLY_SHIPPED"
    after = shop.stock(shop.sku_id)
    assert (after["on_hand"], after["reserved"], after["shipped"]) == (
        before["on_hand"] - 2, before["reserved"] - 2, before["shipped"] + 2)
    last = shop.ship(order_id)  # all that is left
    assert [(item["line"], item["qty"]) for item in last["items"]] == [(1, 1), (2, 2)]
    assert state(buyer, order_id) == "SHIPPED"
    assert_problem(shop.merchant.post(f"{path}/shipments", {}, key=True), 409, "order.state")

    seen = buyer.get(f"/v1/orders/{order_id}/shipments").json()
    assert seen["next_cursor"] is None
    assert [item["shipment_id"] for item in seen["items"]] == [parcel["shipment_id"], last["shipment_id"]]
    assert buyer.get(f"/v1/orders/{order_id}").json()["shipments"] == seen["items"]
    for shipment in (parcel, last):
        answer = shop.merchant.patch(f"/v1/admin/shipments/{shipment['shipment_id']}", {"state": "DELIVERED"})
        assert answer.status_code == 200, answer.text
    assert state(buyer, order_id) == "DELIVERED"
    answer = buyer.post(f"/v1/orders/{order_id}/confirm-receipt", key="got it")
    assert answer.status_code == 200 and answer.json()["state"] == "COMPLETED", answer.text
    assert buyer.post(f"/v1/orders/{order_id}/confirm-receipt", key="got it").content == answer.content
    refused = assert_problem(buyer.post(f"/v1/orders/{order_id}/confirm-receipt"), 409, "order.state")
    assert "COMPLETED" in refused["detail"]
    told = [event["type"] for event in buyer.get(f"/v1/orders/{order_id}/events").json()["items"]]
    assert told[3:] == ["shipment.created", "shipment.shipped", "order.partially_shipped", "shipment.created",
                        "shipment.shipped", "order.shipped", "shipment.delivered", "shipment.delivered", "order.delivered",
                        "order.completed"]
    assert buyer.get("/v1/orders?state=COMPLETED").json()["items"][0]["order_id"] == order_id


def paid_at_the_provider(souk, shop, buyer, *lines, **more):
    """Paid on the provider's page, so that money can go back."""
    order_id = shop.place(buyer, *lines, **more)
    payment = buyer.post(f"/v1/orders/{order_id}/payments", {"channel": "sandbox"}, key=True).json()
    assert press(souk, payment["pay_url"], "pay").status_code == 303
    wait_for(lambda: state(buyer, order_id) == "PAID")
    return order_id


def refunded(buyer, order_id):
    """The refunds of an order once all have ended."""
    def ended():
        found = buyer.get(f"/v1/orders/{order_id}").json()["refunds"]
        return found if all(refund["state"] == "SUCCEEDED" for refund in found) else None
    return wait_for(ended, seconds=20)


def goods(order):
    """What the lines of an order came to, one by one."""
    return [line["total"] - line["discount"] + line["tax"] for line in order["items"]]


def test_what_can_never_be_shipped_is_given_up(souk, shop, buyer):
    sku_id, other_id = shop.new_sku(1999, 10), shop.new_sku(500, 3)
    order_id = paid_at_the_provider(souk, shop, buyer, (sku_id, 3), (other_id, 3))
    path = f"/v1/admin/orders/{order_id}"
    assert_problem(shop.support.post(f"{path}/cancel-rest", {}, key=True), 409, "order.state")
    sent = shop.ship(order_id, items=[{"line": 1, "qty": 1}])
    packed = shop.merchant.post(f"{path}/shipments", {"items": [{"line": 2, "qty": 2}]}, key=True).json()
    assert shop.stock(other_id)["available"] == 0
    for person in (buyer, shop.merchant):
        assert_problem(person.post(f"{path}/cancel-rest", {}, key=True), 403, "auth.forbidden")
    key = uuid.uuid4().hex
    answer = shop.support.post(f"{path}/cancel-rest", {"reason": "The roof leaked"}, key=key)
    assert (answer.status_code, answer.json()["state"]) == (200, "SHIPPED"), answer.text
    assert [(line["qty"], line["cancelled"]) for line in answer.json()["items"]] == [(3, 2), (3, 3)]
    assert shop.support.post(f"{path}/cancel-rest", {"reason": "The roof leaked"}, key=key).content == answer.content
    assert_problem(shop.support.post(f"{path}/cancel-rest", {}, key=True), 409, "order.state")
    assert shop.merchant.get(f"/v1/admin/shipments/{packed['shipment_id']}").json()["state"] == "CANCELLED"
    seen = buyer.get(f"/v1/orders/{order_id}").json()
    rest = sum(goods(seen)) - goods(seen)[0] // 3
    assert [(refund["amount"], refund["reason"]) for refund in refunded(buyer, order_id)] == [(rest, "The roof leaked")]
    books = shop.stock(sku_id), shop.stock(other_id)
    assert [(one["reserved"], one["available"], one["shipped"]) for one in books] == [(0, 9, 1), (0, 3, 0)]
    told = [event["type"] for event in buyer.get(f"/v1/orders/{order_id}/events").json()["items"]]
    assert told[-4:] == ["order.rest_cancelled", "refund.requested", "order.shipped", "refund.succeeded"]
    assert_problem(shop.merchant.post(f"{path}/shipments", {}, key=True), 409, "order.state")
    # what was sent may come back, and is worth the rest
    back = buyer.post(f"/v1/orders/{order_id}/returns", {"items": [{"line": 1, "qty": 1}]}, key=True).json()
    assert back["amount"] + rest == sum(goods(seen))
    assert shop.merchant.patch(f"/v1/admin/shipments/{sent['shipment_id']}", {"state": "DELIVERED"}).status_code == 200
    assert state(buyer, order_id) == "DELIVERED"


def test_shipping_goes_back_with_an_order_of_which_nothing_is_sent_and_stays_with_one_of_which_a_part_is(souk, shop, buyer):
    currency = souk.get(f"/v1/skus/{shop.sku_id}").json()["currency"]
    method = souk.admin.post("/v1/admin/shipping-methods", {"name": "Mail boat", "price": 790, "countries": ["FO"], "position": 9,
                                                            "currency": currency}, key=True).json()["shipping_method_id"]
    try:
        ordered = {"address": ADDRESS | {"country": "FO"}, "shipping_method": method}
        nothing, a_part = (paid_at_the_provider(souk, shop, buyer, (shop.sku_id, 2), **ordered) for _ in range(2))
        shop.ship(a_part, items=[{"line": 1, "qty": 1}])
        assert shop.support.post(f"/v1/admin/orders/{a_part}/cancel-rest", {}, key=True).status_code == 200
        assert shop.support.post(f"/v1/admin/orders/{nothing}/cancel", {}, key=True).status_code == 200
        seen = [buyer.get(f"/v1/orders/{order_id}").json() for order_id in (nothing, a_part)]
        assert [order["shipping_total"] for order in seen] == [790, 790]
        assert [refund["amount"] for refund in refunded(buyer, nothing)] == [seen[0]["total"]]
        assert [refund["amount"] for refund in refunded(buyer, a_part)] == [goods(seen[1])[0] - goods(seen[1])[0] // 2]
    finally:
        assert souk.admin.patch(f"/v1/admin/shipping-methods/{method}", {"state": "inactive"}).status_code == 200


def test_giving_up_the_rest_of_what_has_arrived(souk, shop, buyer):
    """The parcel is there already, staff gave some of the money back before, and two of them press the button."""
    order_id = paid_at_the_provider(souk, shop, buyer, (shop.sku_id, 2))
    sent = shop.ship(order_id, items=[{"line": 1, "qty": 1}])
    assert shop.merchant.patch(f"/v1/admin/shipments/{sent['shipment_id']}", {"state": "DELIVERED"}).status_code == 200
    order = buyer.get(f"/v1/orders/{order_id}").json()
    assert order["state"] == "PARTIALLY_SHIPPED"
    given = shop.support.post(f"/v1/admin/orders/{order_id}/refunds", {"amount": order["total"] - 100, "reason": "Sorry"}, key=True)
    assert given.status_code == 201, given.text
    with concurrent.futures.ThreadPoolExecutor(2) as crowd:
        answers = list(crowd.map(lambda _: shop.support.post(f"/v1/admin/orders/{order_id}/cancel-rest", {}, key=True), range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert state(buyer, order_id) == "DELIVERED"
    assert [refund["amount"] for refund in refunded(buyer, order_id)] == [order["total"] - 100, 100]


def test_an_order_is_held_and_released(souk, shop, buyer):
    order_id = shop.paid(buyer)
    path = f"/v1/admin/orders/{order_id}"
    version = shop.support.get(path).headers["ETag"]
    answer = shop.support.post(f"{path}/hold", {"reason": "address looks wrong"}, key=True, headers={"If-Match": version})
    assert answer.status_code == 200 and answer.json()["state"] == "ON_HOLD", answer.text
    assert answer.json()["contact_email"] == buyer.email
    assert_problem(shop.support.post(f"{path}/hold", {}, headers={"If-Match": version}), 412, "precondition.failed")
    assert "ON_HOLD" in assert_problem(shop.support.post(f"{path}/hold", {}), 409, "order.state")["detail"]
    assert_problem(shop.merchant.post(f"{path}/shipments", {}), 409, "order.state")
    assert buyer.get(f"/v1/orders/{order_id}").json()["held_at"] is not None
    told = shop.support.get(f"{path}/events").json()["items"][-1]["data"]["internal"]
    assert told == {"reason": "address looks wrong", "staff": shop.support.account_id}
    assert "looks wrong" not in buyer.get(f"/v1/orders/{order_id}/events").text
    assert shop.support.post(f"{path}/release", {}).json()["state"] == "PAID"
    assert shop.ship(order_id)["state"] == "SHIPPED"


def test_two_staff_at_once(souk, shop, buyer):
    """One parcel leaves once, and one order is held once, whoever presses together."""
    order_id = shop.paid(buyer, (shop.sku_id, 2))
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: shop.merchant.post(f"/v1/admin/orders/{order_id}/shipments", {}, key=True), range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
    parcel = next(answer.json() for answer in answers if answer.status_code == 201)
    path = f"/v1/admin/shipments/{parcel['shipment_id']}"
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        calls = [pool.submit(shop.merchant.patch, path, {"state": new}, key=True, headers={"If-Match": '"v1"'})
                 for new in ("SHIPPED", "CANCELLED") * 3]
    codes = sorted(call.result().status_code for call in calls)
    assert codes == [200, 412, 412, 412, 412, 412]
    assert state(buyer, order_id) == ("SHIPPED" if souk.admin.get(path).json()["state"] == "SHIPPED" else "PAID")


def test_who_may(souk, shop, buyer):
    order_id = shop.paid(buyer)
    path, parcel = f"/v1/admin/orders/{order_id}", shop.merchant.post(
        f"/v1/admin/orders/{order_id}/shipments", {}).json()["shipment_id"]
    staff = [("get", "/v1/admin/orders"), ("get", path), ("get", f"{path}/events"), ("post", f"{path}/hold"),
             ("post", f"{path}/release"), ("post", f"{path}/shipments"), ("patch", f"/v1/admin/shipments/{parcel}"),
             ("get", f"/v1/admin/shipments/{parcel}")]
    for method, url in staff:
        body = None if method == "get" else {"state": "SHIPPED"} if method == "patch" else {}
        assert_problem(buyer.request(method.upper(), url, body), 403, "auth.forbidden")
        assert_problem(souk.request(method.upper(), url, body), 401, "auth.required")
    for method, url, who in [("post", f"{path}/hold", shop.merchant), ("post", f"{path}/release", shop.merchant),
                             ("post", f"{path}/shipments", shop.support), ("patch", f"/v1/admin/shipments/{parcel}", shop.support)]:
        assert_problem(who.request(method.upper(), url, {"state": "SHIPPED"} if method == "patch" else {}), 403, "auth.forbidden")
    other = souk.new_buyer()
    assert_problem(other.get(f"/v1/orders/{order_id}/shipments"), 404, "not_found")
    assert_problem(other.post(f"/v1/orders/{order_id}/confirm-receipt"), 404, "not_found")
    for url in ("/v1/admin/orders/256", "/v1/admin/orders/256/events", "/v1/admin/shipments/256"):
        assert_problem(souk.admin.get(url), 404, "not_found")


@pytest.mark.parametrize("body, field", [
    ({"items": []}, "items"), ({"items": [{"line": 1}]}, "items[0].qty"), ({"items": [{"line": 0, "qty": 1}]}, "items[0].line"),
    ({"items": [{"line": 1, "qty": 0}]}, "items[0].qty"), ({"carrier": "x" * 65}, "carrier"), ({"tracking": ""}, "tracking"),
    ({"shipped": "yes"}, "shipped"), ({"state": "SHIPPED"}, "state"),
])
def test_bad_parcels_are_refused(souk, shop, body, field):
    answer = shop.merchant.post("/v1/admin/orders/256/shipments", body)
    assert answer.status_code == 400 and field in [error["field"] for error in answer.json()["errors"]], answer.text
    assert_problem(shop.merchant.patch("/v1/admin/shipments/256", {"state": "READY"}), 400, "request.invalid")
    assert_problem(shop.merchant.patch("/v1/admin/shipments/256", {}), 400, "request.invalid")


# Lists for staff

@pytest.fixture(scope="module")
def many(souk, shop):
    """Orders of buyers on every shard, newest first."""
    buyers = []
    while {souk.shard_of(one.account_id) for one in buyers} != set(range(souk.shards)) or len(buyers) < 4:
        buyers.append(souk.new_buyer())
    return [(person, shop.paid(person, (shop.other_id, 1))) for person in buyers + buyers][::-1]


def walk(person, path):
    while path:
        answer = person.get(path)
        assert answer.status_code == 200, answer.text
        assert answer.json()["away"] == []
        yield from answer.json()["items"]
        path = answer.links.get("next", {}).get("url")


def test_orders_of_all_shards_are_listed_in_pages(souk, shop, many):
    ids = [order_id for _, order_id in many]
    first = shop.support.get(f"/v1/admin/orders?limit={len(ids)}").json()["items"]
    assert [item["order_id"] for item in first] == sorted(ids, key=int, reverse=True)
    assert {souk.shard_of(item["order_id"]) for item in first} == set(range(souk.shards))
    small = []
    for item in walk(shop.support, "/v1/admin/orders?limit=3&state=PAID"):
        small.append(item["order_id"])
        if len(small) == len(ids):
            break
    assert small == [item["order_id"] for item in first]
    assert first[0] | {"state": "PAID", "name": "Ada Bell", "country": "DE", "items_n": 1, "total": 500} == first[0]


def test_orders_are_found_by_address_and_time(souk, shop, many, guest):
    person = many[0][0]
    mine = [order_id for one, order_id in many if one is person]
    found = list(walk(souk.admin, f"/v1/admin/orders?email={person.email.upper()}&limit=1"))
    assert [item["order_id"] for item in found] == mine and {item["contact_email"] for item in found} == {person.email}
    assert [item["order_id"] for item in walk(souk.admin, f"/v1/admin/orders?email={person.email}&state=ON_HOLD")] == []
    email = souk.new_email()
    order_id = shop.place(guest, (shop.other_id, 1), email=email)
    assert [item["order_id"] for item in walk(souk.admin, f"/v1/admin/orders?email={email}")] == [order_id]
    at = souk.admin.get(f"/v1/admin/orders/{order_id}").json()["created_at"]
    assert [item["order_id"] for item in walk(souk.admin, f"/v1/admin/orders?email={email}&from={at}")] == [order_id]
    assert list(walk(souk.admin, f"/v1/admin/orders?email={email}&to={at}")) == []
    assert_problem(souk.admin.get("/v1/admin/orders?from=yesterday!"), 400, "request.invalid")
    assert_problem(souk.admin.get("/v1/admin/orders?state=LOST"), 400, "request.invalid")
    assert_problem(souk.admin.get("/v1/admin/orders?cursor=7a7a"), 400, "request.invalid")


class HalfBlind(OwnApi):
    """An api that cannot reach a shard: never ready, alive all the same."""

    def ready(self):
        try:
            return self.request("GET", "/livez").status == 200
        except OSError:
            return False


def test_a_shard_that_is_away_is_said(souk, shop, many, tmp_path):
    if souk.shards < 2:
        pytest.skip("with one shard there is no other")
    api = HalfBlind(souk, tmp_path, {"shard.1.socket": tmp_path / "nothing.sock", "api.processes": 1})
    try:
        answer = api.request("GET", "/v1/admin/orders?limit=100", HTTP_AUTHORIZATION=f"Bearer {shop.support.token}")
    finally:
        api.stop()
    assert answer.status == 200 and answer.json()["away"] == [1], answer.body
    seen = {item["order_id"] for item in answer.json()["items"]}
    assert {souk.shard_of(order_id) for order_id in seen} == set(range(souk.shards)) - {1}
    assert {order_id for _, order_id in many if souk.shard_of(order_id) != 1} <= seen


# Time

def test_time_delivers_and_completes(souk, shop, buyer):
    """The shop's own worker, by orders that have waited for as long as its settings say."""
    order_id = shop.paid(buyer)
    shop.ship(order_id)
    db, order = souk.db_of(order_id), souk.conf["order"]
    assert state(buyer, order_id) == "SHIPPED"
    db.run(f"UPDATE orders SET due_at = due_at - INTERVAL {order['delivered_after_s']} SECOND WHERE order_id = {order_id}")
    wait_for(lambda: state(buyer, order_id) == "DELIVERED", 15)
    assert buyer.get(f"/v1/orders/{order_id}/shipments").json()["items"][0]["state"] == "DELIVERED"
    db.run(f"UPDATE orders SET due_at = due_at - INTERVAL {order['completed_after_s']} SECOND WHERE order_id = {order_id}")
    wait_for(lambda: state(buyer, order_id) == "COMPLETED", 15)
    by = [event["data"].get("by") for event in buyer.get(f"/v1/orders/{order_id}/events").json()["items"]]
    assert by[-2:] == ["timer", "timer"]
