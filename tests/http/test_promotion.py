"""Promotions, shipping and taxes through the whole engine: made by the staff, quoted and used by buyers, limits under a crowd."""

import concurrent.futures
import json
import uuid

import pytest

from client import wait_for
from transaction import Transaction, lock_waiters

ADDRESS = {"name": "Ada Bell", "country": "DE", "city": "Berlin", "line1": "Unter den Linden 1", "postal_code": "10117"}
REDEEMERS, QUOTA = 200, 50


@pytest.fixture(scope="module")
def sku(souk):
    """A SKU of the demo shop with units enough."""
    products = souk.get("/v1/products?limit=50").json()["items"]
    found = next(sku for product in products for sku in souk.get(f"/v1/products/{product['product_id']}").json()["skus"]
                 if sku["state"] == "active" and sku["price"] > 0)
    answer = souk.admin.post("/v1/admin/stock/receipts",
                             {"sku_id": found["sku_id"], "qty": 2000, "reference": f"promotions-{uuid.uuid4().hex}"})
    assert answer.status_code == 201, answer.text
    return found


def new_code():
    return "T" + uuid.uuid4().hex[:12].upper()


@pytest.fixture
def promotion(souk, sku):
    """Makes promotions; they are switched off afterwards."""
    made = []

    def make(**more):
        body = {"name": "Test", "kind": "percent", "value": 1000, "currency": sku["currency"]} | more
        answer = souk.admin.post("/v1/admin/promotions", body, key=True)
        assert answer.status_code == 201, answer.text
        made.append(answer.json()["promotion_id"])
        return answer.json()

    yield make
    for promotion_id in made:
        assert souk.admin.post(f"/v1/admin/promotions/{promotion_id}/deactivate").status_code == 200


def quote(person, sku, qty=1, **more):
    answer = person.post("/v1/orders/quote", {"items": [{"sku_id": sku["sku_id"], "qty": qty}], "address": ADDRESS} | more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def order(person, sku, qty=1, **more):
    return person.post("/v1/orders", {"items": [{"sku_id": sku["sku_id"], "qty": qty}], "address": ADDRESS} | more, key=True)


def assert_problem(answer, status, code):
    assert answer.status_code == status, answer.text
    assert answer.json()["code"] == code, answer.text
    return answer.json()


def coupons(souk, promotion_id):
    """(on hand, reserved) of a promotion's coupons, all shards together."""
    rows = [souk.db(shard).rows(f"SELECT on_hand, reserved FROM stock WHERE sku_id = {promotion_id} AND pool = 'coupon'")
            for shard in range(souk.shards)]
    return (sum(int(row["on_hand"]) for found in rows for row in found),
            sum(int(row["reserved"]) for found in rows for row in found))


def test_a_quote_is_what_the_order_costs(souk, sku, promotion):
    code = new_code()
    made = promotion(code=code)
    buyer = souk.new_buyer()
    quoted = quote(buyer, sku, 3, coupons=[code.lower()])
    assert quoted["discount_total"] == (3 * sku["price"] * 1000 + 5000) // 10000
    assert quoted["total"] == quoted["items_total"] - quoted["discount_total"] + quoted["shipping_total"] + quoted["tax_total"]
    assert sum(line["discount"] for line in quoted["lines"]) == quoted["discount_total"]
    rule = next(rule for rule in quoted["explanation"] if rule["code"] == code)
    assert (rule["rule"], rule["applied"], rule["amount"], rule["reason"]) == (
        made["promotion_id"], True, quoted["discount_total"], None)
    assert_problem(order(buyer, sku, 3, coupons=[code], expected_total=quoted["total"] + 1), 409, "order.price_changed")
    placed = order(buyer, sku, 3, coupons=[code], expected_total=quoted["total"])
    assert placed.status_code == 201, placed.text
    shown = buyer.get(f"/v1/orders/{placed.json()['order_id']}").json()
    assert {name: shown[name] for name in ("discount_total", "shipping_total", "tax_total", "total")} == {
        name: quoted[name] for name in ("discount_total", "shipping_total", "tax_total", "total")}


def test_an_acknowledged_change_prices_the_next_order(souk, sku, promotion):
    code = new_code()
    made = promotion(code=code)
    buyers = [buyer for buyer in (souk.new_buyer() for _ in range(3))]
    for percent in range(11, 16):
        answer = souk.admin.patch(f"/v1/admin/promotions/{made['promotion_id']}", {"value": percent * 100})
        assert answer.status_code == 200, answer.text
        for buyer in buyers:
            assert quote(buyer, sku, coupons=[code])["discount_total"] == (sku["price"] * percent * 100 + 5000) // 10000


@pytest.mark.parametrize("wrong, field", [
    ({"targets": [{"kind": "all"}, {"kind": "category", "id": "1"}]}, "targets[1].id"),
    ({"targets": [{"kind": "sku", "id": "1"}]}, "targets[0].id"),
    ({"targets": [{"kind": "product", "id": "1"}]}, "targets[0].id"),
    ({"currency": "中国元"}, "currency"),
    ({"currency": "US1"}, "currency"),
    ({"total_limit": 5}, "total_limit"),
    ({"code": "two words"}, "code"),
    ({"name": "  "}, "name"),
    ({"value": 10001}, "value"),
    ({"kind": "free_shipping", "value": 0, "max_discount": 300}, "max_discount"),
])
def test_a_promotion_that_makes_no_sense_is_refused_by_field(souk, wrong, field):
    answer = souk.admin.post("/v1/admin/promotions", {"name": "Test", "kind": "percent", "value": 1000} | wrong, key=True)
    assert [error["field"] for error in assert_problem(answer, 400, "request.invalid")["errors"]] == [field], answer.text


def test_what_a_promotion_was_for_may_be_gone(souk, promotion):
    category = souk.admin.post("/v1/admin/categories", {"name": f"Gone {uuid.uuid4().hex[:6]}"}, key=True).json()["category_id"]
    made = promotion(targets=[{"kind": "category", "id": category}], code=new_code())
    assert souk.admin.delete(f"/v1/admin/categories/{category}").status_code in (200, 204)
    answer = souk.admin.patch(f"/v1/admin/promotions/{made['promotion_id']}", {"name": "Still there"})
    assert answer.status_code == 200, answer.text


def test_a_coupon_in_any_letters(souk, sku, promotion):
    made = promotion(code=f"双十一{uuid.uuid4().hex[:6]}", starts_at="2020-01-01T00:00:00Z", ends_at="2020-02-01T00:00:00Z")
    assert made["code"] in assert_problem(order(souk.new_buyer(), sku, coupons=[made["code"]]), 409, "promotion.expired")["detail"]
    assert_problem(order(souk.new_buyer(), sku, coupons=["ß"]), 409, "promotion.unknown")
    for long in ("A" + "双" * 63, "😀" * 64):
        answer = order(souk.new_buyer(), sku, coupons=[long])
        assert assert_problem(answer, 409, "promotion.unknown")["detail"] == long and answer.content.decode()


@pytest.mark.parametrize("more, code", [
    ({"starts_at": "2999-01-01T00:00:00Z"}, "promotion.not_yet"),
    ({"starts_at": "2020-01-01T00:00:00Z", "ends_at": "2020-02-01T00:00:00Z"}, "promotion.expired"),
    ({"min_spend": 9007199254740991}, "promotion.not_applicable"),
    ({"targets": "another SKU"}, "promotion.not_applicable"),
    ({"state": "inactive"}, "promotion.unknown"),
])
def test_a_coupon_that_does_not_apply_is_refused_by_name(souk, sku, promotion, more, code):
    coupon = new_code()
    if "targets" in more:
        other = next(one for one in souk.skus_on_sale() if one["sku_id"] != sku["sku_id"])
        more = {"targets": [{"kind": "sku", "id": other["sku_id"]}]}
    promotion(code=coupon, **more)
    buyer = souk.new_buyer()
    assert coupon in assert_problem(order(buyer, sku, coupons=[coupon]), 409, code)["detail"]
    rule = next(rule for rule in quote(buyer, sku, coupons=[coupon])["explanation"] if rule["code"] == coupon)
    assert not rule["applied"] and rule["reason"]


def test_what_costs_nothing_is_paid_as_it_is_ordered(souk, sku, promotion):
    coupon = promotion(code=new_code(), value=10000, total_limit=3)
    buyer = souk.new_buyer()
    answer = order(buyer, sku, coupons=[coupon["code"]], expected_total=0)
    assert answer.status_code == 201, answer.text
    placed = answer.json()
    assert (placed["state"], placed["total"], placed["expires_at"]) == ("PAID", 0, None)
    now = buyer.get(f"/v1/orders/{placed['order_id']}")
    assert now.headers["ETag"] == answer.headers["ETag"] and now.json()["paid_at"] and now.json()["payments"] == []
    assert now.json()["payment"] == {"paid": 0, "refunding": 0, "refunded": 0, "due": 0}
    told = [event["type"] for event in buyer.get(f"/v1/orders/{placed['order_id']}/events").json()["items"]]
    assert told == ["order.placed", "order.paid"]
    refused = buyer.post(f"/v1/orders/{placed['order_id']}/payments", {"channel": "sandbox"}, key=True)
    assert_problem(refused, 409, "order.state")
    assert coupons(souk, coupon["promotion_id"]) == (3, 1)
    seen = souk.admin.get(f"/v1/admin/stock/{coupon['promotion_id']}").json()
    assert (seen["on_hand"], seen["reserved"], seen["available"], seen["exact"]) == (3, 1, 2, True), seen
    assert (seen["received"], seen["corrected"], seen["in_flight"]) == (3, 0, 0), seen
    taken_back = buyer.post(f"/v1/orders/{placed['order_id']}/cancel", key=True)
    assert (taken_back.status_code, taken_back.json()["state"]) == (200, "CANCELLED"), taken_back.text
    assert coupons(souk, coupon["promotion_id"]) == (3, 0)
    ended = order(buyer, sku, coupons=[coupon["code"]]).json()["order_id"]
    assert souk.admin.post(f"/v1/admin/orders/{ended}/shipments", {"shipped": True}, key=True).status_code == 201
    for order_id in (placed["order_id"], ended):
        for law in ("payments", "refunds", "orders", "reserved"):
            report = json.loads(souk.db_of(order_id).rows(f"CALL audit_{law}({int(order_id) - 1}, 1)")[0]["body"])
            assert (report["examined"], report["violations"]) == (1, []), (law, report)


def test_a_quote_knows_of_coupons_that_are_used_up(souk, sku, promotion):
    """Wherever the last one is: it applies for buyers of all shards while one is left, and for none when none is."""
    few = promotion(code=new_code(), value=2000, total_limit=1, priority=1)
    other = promotion(code=new_code(), value=1000, total_limit=1, exclusive=True)
    codes = [few["code"], other["code"]]
    buyers = {}
    while len(buyers) < souk.shards:
        buyer = souk.new_buyer()
        buyers[souk.shard_of(buyer.account_id)] = buyer

    def quoted(buyer):
        now = quote(buyer, sku, coupons=codes)
        assert now["discount_total"] == sum(rule["amount"] for rule in now["explanation"])
        assert now["total"] == now["items_total"] - now["discount_total"] + now["shipping_total"] + now["tax_total"]
        rules = {rule["code"]: rule["reason"] or rule["amount"] for rule in now["explanation"]}
        return [rules[code] for code in codes]

    part = [(sku["price"] * percent + 50) // 100 for percent in (20, 10)]
    for buyer in buyers.values():
        assert quoted(buyer) == [part[0], "not_combinable"]
    used = order(buyers[0], sku, coupons=codes[:1]).json()["order_id"]
    for buyer in buyers.values():
        assert quoted(buyer) == ["exhausted", part[1]]
    last = order(buyers[1], sku, coupons=codes[1:]).json()["order_id"]
    for buyer in buyers.values():
        assert quoted(buyer) == ["exhausted", "exhausted"]
        assert_problem(order(buyer, sku, coupons=codes[:1]), 409, "promotion.exhausted")
    assert buyers[0].post(f"/v1/orders/{used}/cancel").status_code == 200
    for buyer in buyers.values():
        wait_for(lambda: quoted(buyer) == [part[0], "not_combinable"], 5)
    assert buyers[1].post(f"/v1/orders/{last}/cancel").status_code == 200


def test_200_redeemers_of_50_coupons(souk, sku, promotion):
    code = new_code()
    made = promotion(code=code, total_limit=QUOTA, account_limit=1)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        buyers = list(pool.map(lambda _: souk.new_guest(), range(REDEEMERS)))

    def redeem(buyer):
        for _ in range(20):
            answer = order(buyer, sku, coupons=[code], email="a@example.com")
            if answer.status_code != 503:
                break
        return answer

    with concurrent.futures.ThreadPoolExecutor(REDEEMERS) as pool:
        answers = list(pool.map(redeem, buyers))
    placed = [(buyer, answer) for buyer, answer in zip(buyers, answers) if answer.status_code == 201]
    assert len(placed) == QUOTA, {answer.text for answer in answers if answer.status_code != 201}
    for answer in answers:
        if answer.status_code != 201:
            assert assert_problem(answer, 409, "promotion.exhausted")["detail"] == code
    wait_for(lambda: coupons(souk, made["promotion_id"]) == (QUOTA, QUOTA), 10)
    used = sum(int(souk.db(shard).value(f"SELECT COALESCE(SUM(used), 0) FROM promotion_use WHERE promotion_id = {made['promotion_id']}"))
               for shard in range(souk.shards))
    assert used == QUOTA

    # whoever has one gets no second; whoever takes an order back may use it again
    winner, answer = placed[0]
    assert_problem(order(winner, sku, coupons=[code], email="a@example.com"), 409, "promotion.account_limit")
    assert winner.post(f"/v1/orders/{answer.json()['order_id']}/cancel").status_code == 200
    assert coupons(souk, made["promotion_id"]) == (QUOTA, QUOTA - 1)
    wait_for(lambda: order(winner, sku, coupons=[code], email="a@example.com").status_code == 201, 10)
    for shard in range(souk.shards):
        assert json.loads(souk.db(shard).rows("CALL stock_law()")[0]["body"])["violations"] == []


def test_one_account_redeems_no_more_than_its_limit(souk, sku, promotion):
    """Its orders come at once through all processes, so that they meet in several batches."""
    code, limit = new_code(), 3
    made = promotion(code=code, account_limit=limit)
    buyer = souk.new_buyer()
    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda _: order(buyer, sku, coupons=[code]), range(48)))
    assert {answer.status_code for answer in answers} == {201, 409}
    assert sum(answer.status_code == 201 for answer in answers) == limit
    used = f"SELECT used FROM promotion_use WHERE account_id = {buyer.account_id} AND promotion_id = {made['promotion_id']}"
    assert int(souk.db_of(buyer.account_id).value(used)) == limit


def test_orders_of_one_account_that_meet_all_succeed(souk, sku, promotion):
    """A rule once for each account gives way to one that wants to be alone: nobody's order depends on another's."""
    target = [{"kind": "sku", "id": sku["sku_id"]}]
    promotion(targets=target, exclusive=True, priority=10)
    promotion(targets=target, account_limit=1, priority=1)
    buyer = souk.new_buyer()
    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda _: order(buyer, sku), range(48)))
    assert {answer.status_code for answer in answers} == {201}, {answer.text for answer in answers}


def test_an_order_that_waits_for_its_goods_holds_its_coupon(souk, sku, promotion):
    """Coupons are locked before goods, as where orders end: the other way round is a deadlock."""
    code = new_code()
    made = promotion(code=code, total_limit=8)
    home = souk.shard_of(made["promotion_id"])  # its coupons are there
    buyer = next(buyer for buyer in iter(souk.new_buyer, None) if souk.shard_of(buyer.account_id) == home)
    db = souk.db(home)
    assert int(made["promotion_id"]) > int(sku["sku_id"])  # by id the goods would be first
    coupon = f"SELECT sku_id FROM stock WHERE sku_id = {made['promotion_id']} AND pool = 'coupon' FOR UPDATE SKIP LOCKED"
    assert db.rows(coupon)
    with Transaction(db, f"BEGIN; SELECT sku_id FROM stock WHERE sku_id = {sku['sku_id']} AND pool = 'main' FOR UPDATE") as holder, \
            concurrent.futures.ThreadPoolExecutor(1) as pool:
        answer = pool.submit(order, buyer, sku, coupons=[code])
        wait_for(lambda: lock_waiters(db), 5)
        assert not db.rows(coupon), "the coupon is free"
        holder.end()
        assert answer.result().status_code == 201


def test_a_change_under_way_is_waited_for(souk, sku, promotion):
    """Once the end of a promotion has been acknowledged no order uses it; nor does the end go past an order under way."""
    made = promotion(targets=[{"kind": "sku", "id": sku["sku_id"]}], value=10000)
    buyer = souk.new_buyer()
    db = souk.db_of(buyer.account_id)
    assert order(buyer, sku).json()["total"] < sku["price"]
    half = f"BEGIN; SELECT one FROM price_lock FOR UPDATE; DELETE FROM promotion_target WHERE promotion_id = {made['promotion_id']}"
    with Transaction(db, half) as change, concurrent.futures.ThreadPoolExecutor(1) as pool:
        answer = pool.submit(order, buyer, sku)
        wait_for(lambda: lock_waiters(db), 5)
        change.end()
        assert answer.result().json()["total"] >= sku["price"]
    with Transaction(db, "BEGIN; SELECT one FROM price_lock LOCK IN SHARE MODE"):
        for what in ("promotion", "shipping_method", "tax_rate"):
            with pytest.raises(RuntimeError, match="1205"):
                db.run(f"SET innodb_lock_wait_timeout = 1; CALL {what}_apply('[]')")


def test_the_staff_keeps_promotions(souk, sku, promotion):
    code = new_code()
    made = promotion(code=code, total_limit=5)
    path = f"/v1/admin/promotions/{made['promotion_id']}"
    assert_problem(souk.admin.post("/v1/admin/promotions", {"name": "x", "kind": "fixed", "value": 1, "code": code.lower()}),
                   409, "promotion.code_taken")
    assert_problem(souk.admin.patch(path, {"total_limit": 4}), 409, "promotion.limit")
    assert_problem(souk.admin.patch(path, {"name": "y"}, headers={"If-Match": '"v9"'}), 412, "precondition.failed")
    changed = souk.admin.patch(path, {"name": "y", "total_limit": 7}, headers={"If-Match": '"v1"'})
    assert (changed.status_code, changed.json()["name"], changed.headers["ETag"]) == (200, "y", '"v2"')
    assert coupons(souk, made["promotion_id"]) == (7, 0)
    assert souk.admin.get(path).json() == changed.json()
    assert made["promotion_id"] in [item["promotion_id"] for item in souk.admin.get("/v1/admin/promotions").json()["items"]]
    assert souk.new_buyer().get(path).status_code == 403
    for body in ({"kind": "percent", "value": 10001}, {"kind": "fixed"}, {"kind": "percent", "value": 1, "total_limit": 1},
                 {"kind": "percent", "value": 1, "starts_at": "2027-02-29T00:00:00Z"},
                 {"kind": "percent", "value": 1, "ends_at": "2027-04-31T00:00:00Z"}):
        assert_problem(souk.admin.post("/v1/admin/promotions", {"name": "x"} | body), 400, "request.invalid")


def test_no_more_than_20_rules_are_for_the_same_thing(souk, promotion):
    category = souk.admin.post("/v1/admin/categories", {"name": f"Full {uuid.uuid4().hex[:6]}"}, key=True).json()["category_id"]
    target = [{"kind": "category", "id": category}]
    for _ in range(20):
        promotion(targets=target)
    assert_problem(souk.admin.post("/v1/admin/promotions", {"name": "x", "kind": "fixed", "value": 1, "targets": target}),
                   409, "promotion.target_full")


def test_shipping_and_taxes(souk, sku):
    method = souk.admin.post("/v1/admin/shipping-methods", {
        "name": "Express", "price": 1500, "countries": ["NZ"], "position": 9, "currency": sku["currency"]}, key=True).json()
    rate = souk.admin.post("/v1/admin/tax-rates", {"name": "GST", "country": "NZ", "rate": 1500, "included": False,
                                                   "tax_class": "standard"}, key=True).json()
    try:
        buyer = souk.new_buyer()
        there = quote(buyer, sku, address=ADDRESS | {"country": "NZ"}, shipping_method=method["shipping_method_id"])
        tax = (sku["price"] * 1500 + 5000) // 10000 + 225
        assert (there["shipping_total"], there["tax_total"]) == (1500, tax)
        small = quote(buyer, sku, address=ADDRESS | {"country": "nz"}, shipping_method=method["shipping_method_id"])
        assert small == there
        placed = order(buyer, sku, address=ADDRESS | {"country": "nz"}, shipping_method=method["shipping_method_id"]).json()
        shown = buyer.get(f"/v1/orders/{placed['order_id']}").json()
        assert (shown["tax_total"], shown["address"]["country"]) == (tax, "NZ")
        assert {"id": method["shipping_method_id"], "name": "Express", "price": 1500} in there["shipping_methods"]
        assert_problem(buyer.post("/v1/orders/quote", {"items": [{"sku_id": sku["sku_id"], "qty": 1}], "address": ADDRESS,
                                                       "shipping_method": method["shipping_method_id"]}),
                       409, "shipping.unavailable")
    finally:
        for path in (f"shipping-methods/{method['shipping_method_id']}", f"tax-rates/{rate['tax_rate_id']}"):
            assert souk.admin.patch(f"/v1/admin/{path}", {"state": "inactive"} | ({"country": "XX", "region": rate["tax_rate_id"]}
                                                                                if "tax" in path else {})).status_code == 200
