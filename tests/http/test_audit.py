"""souk admin audit: each law, broken by hand, is named with its rows; put right, all hold."""

import configparser
import contextlib
import json
import threading
import uuid

import pytest

from broken_laws import BREAKS
from client import wait_for
from flash_sales import Sale, new_sku

ADDRESS = {"name": "Ada", "country": "DE", "city": "Berlin", "line1": "Weg 1"}


def audit(souk, law=None):
    """The finished command and its report."""
    done = souk.admin_command("audit", "--json", "--settle-ms=20", *(["--law", law] if law else []), check=False)
    return done, json.loads(done.stdout)


def new_code():
    return f"A{uuid.uuid4().hex[:12]}"


class Shop:
    """An order that is open and one that is paid for, of a SKU with stock; their shard."""

    def __init__(self, souk):
        self.souk = souk
        self.sku_id = new_sku(souk, 10)
        receipt = souk.admin.post("/v1/admin/stock/receipts",
                                  {"sku_id": self.sku_id, "qty": 100, "reference": uuid.uuid4().hex})
        assert receipt.status_code == 201
        self.receipt_id, self.goods = receipt.json()["receipt_id"], receipt.json()["transfers"][0]
        self.buyer = souk.new_buyer()
        self.made = []
        code = new_code()
        self.promotion_id = self.make("promotions", kind="percent", value=1000, currency="USD", account_limit=3, total_limit=3, code=code)
        self.order_id, self.paid_id = self.order(), self.order()
        self.promoted_id = self.order(coupons=[code])
        self.db, self.number = souk.db_of(self.order_id), souk.shard_of(self.order_id)
        self.other = (self.number + 1) % souk.shards
        self.globe = souk.db("global")
        self.payment_id = self.pay(self.paid_id)
        self.open_id = self.attempt(self.order_id)["payment_id"]
        self.shipped_id = self.order()
        self.pay(self.shipped_id)
        parcel = souk.admin.post(f"/v1/admin/orders/{self.shipped_id}/shipments", {"shipped": True}, key=True)
        assert parcel.status_code == 201, parcel.text
        self.shipment_id = parcel.json()["shipment_id"]
        self.marked_id = self.order()
        marked = souk.admin.post(f"/v1/admin/orders/{self.marked_id}/mark-paid", {"reference": f"Bank {uuid.uuid4().hex}"}, key=True)
        assert marked.status_code == 200, marked.text
        back = souk.admin.post(f"/v1/admin/orders/{self.marked_id}/refunds", {"reason": "Audited", "amount": 1}, key=True)
        assert back.status_code == 201, back.text
        self.taxes_and_shipping()

    def taxes_and_shipping(self):
        """Orders that pay for shipping, one with taxes that are added and one with taxes that are contained, and one that ships
        for nothing by a coupon and has another one too. Nothing else is sent to where they go."""
        boat = self.make("shipping-methods", price=490, currency="USD", countries=["BV"], position=99)
        dear = [{"sku_id": new_sku(self.souk, 10, price=1000000), "qty": 1}, {"sku_id": self.sku_id, "qty": 1}]
        taxed = []
        for included in (False, True):
            region = uuid.uuid4().hex
            self.make("tax-rates", country="BV", region=region, rate=1900, included=included)
            taxed.append(self.order(items=dear, address=ADDRESS | {"country": "BV", "region": region}, shipping_method=boat))
        self.taxed_id, self.containing_id = taxed
        codes = [new_code(), new_code()]
        self.tenth_id = self.make("promotions", kind="percent", value=1000, currency="USD", code=codes[0])
        self.free_id = self.make("promotions", kind="free_shipping", currency="USD", code=codes[1])
        self.spared_id = self.order(address=ADDRESS | {"country": "BV"}, shipping_method=boat, coupons=codes)

    def make(self, what, **fields):
        answer = self.souk.admin.post(f"/v1/admin/{what}", {"name": "Audited"} | fields, key=True)
        assert answer.status_code == 201, answer.text
        number = answer.json()[what[:-1].replace("-", "_") + "_id"]
        self.made.append(f"/v1/admin/{what}/{number}")
        return number

    def close(self):
        """What was made for it is for nobody else."""
        for path in self.made:
            done = (self.souk.admin.post(f"{path}/deactivate") if "/promotions/" in path
                    else self.souk.admin.patch(path, {"state": "inactive"}))
            assert done.status_code == 200, done.text

    def order(self, **more):
        body = {"items": [{"sku_id": self.sku_id, "qty": 2}], "address": ADDRESS, "note": "Ring twice"} | more
        answer = self.buyer.post("/v1/orders", body, key=True)
        assert answer.status_code == 201, answer.text
        return answer.json()["order_id"]

    def attempt(self, order_id):
        answer = self.buyer.post(f"/v1/orders/{order_id}/payments", {"channel": "sandbox"}, key=True)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def pay(self, order_id):
        """What a callback of the provider leads to."""
        payment = self.attempt(order_id)
        event = {"n": 0, "payment_id": payment["payment_id"], "channel": "sandbox", "order_id": order_id,
                 "amount": payment["amount"], "currency": payment["currency"], "event_id": f"audit-{uuid.uuid4().hex}",
                 "provider_ref": "ref", "refund_id": "1"}
        self.db.run(f"CALL payment_capture('{json.dumps([event])}')")
        assert self.buyer.get(f"/v1/orders/{order_id}").json()["state"] == "PAID"
        return payment["payment_id"]


@pytest.fixture(scope="module")
def shop(souk):
    shop = Shop(souk)
    yield shop
    shop.close()


@contextlib.contextmanager
def broken(db, wrong, right):
    """Checks of single rows are off: the administrator may write what souk cannot."""
    try:
        db.run_unchecked(wrong)
    except RuntimeError as refused:
        if "ERROR 3819" in str(refused):
            pytest.skip("MySQL cannot be told to let a row pass its checks")
        raise
    try:
        yield
    finally:
        db.run_unchecked(right)


def test_all_laws_hold(souk, shop):
    done, report = audit(souk)
    assert done.returncode == 0, done.stderr + done.stdout
    assert report["holds"] and [law["law"] for law in report["laws"]] == [
        "stock", "reserved", "conservation", "orders", "shipping", "money", "idempotency", "outbox", "ids", "broadcast", "logins",
        "promotions", "flash"]
    examined = {law["law"]: law["examined"] for law in report["laws"]}
    assert all(examined[law] > 0 for law in examined if law not in ("outbox", "flash")), examined


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_law_is_named(souk, shop, name):
    law, rule, wrong, right = BREAKS[name]
    names = {**vars(shop), "account_id": shop.buyer.account_id, "foreign_id": int(shop.order_id) + 1}
    with broken(shop.db, wrong.format(**names), right.format(**names)):
        done, report = audit(souk, law)
        assert done.returncode == 1, done.stdout
        assert f"law {law} is broken on " in done.stderr
        assert rule in {violation["rule"] for violation in report["laws"][0]["violations"]}, report
    done, report = audit(souk, law)
    assert done.returncode == 0 and report["holds"], done.stderr


# What is agreed when an order is placed, and something else for each of it.
TERMS = {
    "account_id": "account_id + 256", "currency": "'XTS'", "items_n": "items_n + 1", "items_total": "items_total + 1",
    "discount_total": "discount_total + 1", "shipping_total": "shipping_total + 1", "tax_total": "tax_total + 1",
    "tax_included": "tax_included + 1", "shipping_method": "COALESCE(shipping_method, 0) + 1", "total": "total + 1",
    "title": "LOWER(title)", "note": "CONCAT(note, '!')", "email": "'eve@example.org'",
    "address": "JSON_SET(address, '$.city', 'Bonn')", "created_at": "created_at + INTERVAL 1 SECOND"}


@pytest.mark.parametrize("column", TERMS)
def test_another_column_of_an_order_is_named(souk, shop, column):
    kept = shop.db.value(f"SELECT HEX(CAST({column} AS CHAR)) FROM orders WHERE order_id = {shop.order_id}")
    before = f"CONVERT(UNHEX('{kept}') USING utf8mb4)" if kept is not None else "NULL"
    with broken(shop.db, f"UPDATE orders SET {column} = {TERMS[column]} WHERE order_id = {shop.order_id}",
                f"UPDATE orders SET {column} = {before} WHERE order_id = {shop.order_id}"):
        done, report = audit(souk, "orders")
        assert done.returncode == 1 and shop.order_id in done.stderr, done.stdout
        found = next(one for one in report["laws"][0]["violations"] if one["rule"] == "terms")
        assert found["differs"] == column and "eve@" not in str(found) and "Bonn" not in str(found)
    assert audit(souk, "orders")[0].returncode == 0


def test_an_address_with_its_members_in_another_order_is_the_same(souk, shop):
    """MySQL puts them in an order of its own anyway."""
    kept = shop.db.value(f"SELECT address FROM orders WHERE order_id = {shop.order_id}")
    turned = json.dumps(dict(reversed(json.loads(kept).items())))
    with broken(shop.db, f"UPDATE orders SET address = '{turned}' WHERE order_id = {shop.order_id}",
                f"UPDATE orders SET address = '{kept}' WHERE order_id = {shop.order_id}"):
        assert audit(souk, "orders")[0].returncode == 0


def test_an_erased_order_is_what_its_events_say(souk, shop):
    """As it loses what is personal its row and its events do."""
    buyer = souk.new_buyer()
    answer = buyer.post("/v1/orders", {"items": [{"sku_id": shop.sku_id, "qty": 1}], "address": ADDRESS, "note": "Ring \"twice\"\n",
                                       "email": "ada@example.org"}, key=True)
    order_id = answer.json()["order_id"]
    assert buyer.post(f"/v1/orders/{order_id}/cancel").json()["state"] == "CLOSED"
    assert audit(souk, "orders")[0].returncode == 0
    assert buyer.request("DELETE", "/v1/me", {"password": buyer.password}).status_code == 204
    assert souk.db_of(order_id).value(f"SELECT note FROM orders WHERE order_id = {order_id}") is None
    assert audit(souk, "orders")[0].returncode == 0


def test_an_event_that_nobody_publishes_is_named(souk, shop):
    event = f"audit-{uuid.uuid4().hex}"
    with broken(shop.globe,
                "INSERT INTO outbox (event_id, topic, aggregate_id, payload, status, waiting_for, created_at) VALUES "
                f"('{event}', 'audit.test', 7, '{{}}', 'published', 'nobody', UTC_TIMESTAMP(3) - INTERVAL 1 HOUR)",
                f"DELETE FROM outbox WHERE event_id = '{event}'"):
        done, report = audit(souk, "outbox")
        assert done.returncode == 1 and "law outbox is broken on global" in done.stderr
        assert event in {violation["key"] for violation in report["laws"][0]["violations"]}
    assert audit(souk, "outbox")[0].returncode == 0


def test_goods_that_no_shard_has_are_named(souk, shop):
    transfer = shop.goods["transfer_id"]
    with broken(shop.globe, f"UPDATE goods_transfer SET qty = qty + 1 WHERE transfer_id = {transfer}",
                f"UPDATE goods_transfer SET qty = qty - 1 WHERE transfer_id = {transfer}"):
        done, report = audit(souk, "conservation")
        assert done.returncode == 1 and transfer in done.stderr
    assert audit(souk, "conservation")[0].returncode == 0


GLOBAL_BREAKS = {
    "more units came than were sent on": ("conservation", "receipt", "goods_receipt", "receipt_id = {receipt_id}"),
    "more coupons than orders may use": ("promotions", "quota", "promotion_quota", "promotion_id = {promotion_id}"),
}


@pytest.mark.parametrize("name", GLOBAL_BREAKS)
def test_numbers_of_global_that_do_not_agree_are_named(souk, shop, name):
    law, rule, table, where = GLOBAL_BREAKS[name]
    where = where.format(receipt_id=shop.receipt_id, promotion_id=shop.promotion_id)
    with broken(shop.globe, f"UPDATE {table} SET qty = qty + 1 WHERE {where}", f"UPDATE {table} SET qty = qty - 1 WHERE {where}"):
        done, report = audit(souk, law)
        assert done.returncode == 1 and f"law {law} is broken on global" in done.stderr, done.stderr
        assert rule in {one["rule"] for one in report["laws"][0]["violations"]}, report
    assert audit(souk, law)[0].returncode == 0


def test_a_slot_that_two_shards_serve_is_named(souk, shop):
    foreign = next(slot for slot in range(256) if souk.shard_of(slot) != shop.number)
    with broken(shop.db, f"INSERT INTO slot_owner (slot) VALUES ({foreign})", f"DELETE FROM slot_owner WHERE slot = {foreign}"):
        done, report = audit(souk, "ids")
        assert done.returncode == 1 and f"slot {foreign}" in done.stderr
    assert audit(souk, "ids")[0].returncode == 0


def test_a_slot_that_nobody_serves_is_named(souk, shop):
    kept = shop.globe.rows("SELECT shard, version FROM slot_map WHERE slot = 255")[0]
    with broken(shop.globe, "DELETE FROM slot_map WHERE slot = 255",
                f"INSERT INTO slot_map (slot, shard, version) VALUES (255, {kept['shard']}, {kept['version']})"):
        done, report = audit(souk, "ids")
        assert done.returncode == 1 and "map" in {one["rule"] for one in report["laws"][0]["violations"]}, done.stderr
    assert audit(souk, "ids")[0].returncode == 0


@pytest.fixture(scope="module")
def sale(souk):
    """A flash sale that is open, and an order of it."""
    sale = Sale(souk, new_sku(souk, 20)).wait_open(10)
    sale.buyer = souk.new_buyer()
    sale.order_id = sale.order(sale.buyer)
    yield sale
    sale.cancel()


FLASH_BREAKS = {
    "allot": ("sale_id", "UPDATE stock_movement SET on_hand_change = on_hand_change {plus} 1 "
              "WHERE sku_id = {sku_id} AND pool = 'main' AND reason = 'allot' LIMIT 1"),
    "allotted": ("sale_id", "UPDATE flash_sale SET allotted = allotted {plus} 1 WHERE sale_id = {sale_id}"),
    "more": ("sale_id", "UPDATE flash_sale SET units = units {minus} 1 WHERE sale_id = {sale_id}"),
    "order": ("order_id", "UPDATE flash_order SET qty = qty {plus} 1 WHERE order_id = {order_id}"),
    "used": ("order_id", "UPDATE flash_use SET used = used {plus} 1 WHERE account_id = {account_id} AND sale_id = {sale_id}"),
    "limit": ("order_id", "UPDATE flash_use SET used = used {plus} 1000 WHERE account_id = {account_id} AND sale_id = {sale_id}"),
}


@pytest.mark.parametrize("rule", FLASH_BREAKS)
def test_a_sale_that_is_wrong_is_named(souk, sale, rule):
    where, change = FLASH_BREAKS[rule]
    db = souk.db_of(getattr(sale, where))
    names = {"sale_id": sale.sale_id, "sku_id": sale.sku_id, "order_id": sale.order_id, "account_id": sale.buyer.account_id}
    with broken(db, change.format(plus="+", minus="-", **names), change.format(plus="-", minus="+", **names)):
        done, report = audit(souk, "flash")
        assert done.returncode == 1 and "law flash is broken on shard" in done.stderr, done.stdout
        assert rule in {one["rule"] for one in report["laws"][0]["violations"]}, report
    done, report = audit(souk, "flash")
    assert done.returncode == 0 and report["laws"][0]["examined"] > 0, done.stderr


def test_a_sale_at_another_price_is_named(souk, sale):
    with broken(souk.db(0), f"UPDATE flash_sale SET price = price - 1 WHERE sale_id = {sale.sale_id}",
                f"UPDATE flash_sale SET price = price + 1 WHERE sale_id = {sale.sale_id}"):
        done, report = audit(souk, "broadcast")
        assert done.returncode == 1 and f"flash_sale {sale.sale_id}" in done.stderr, done.stderr
    assert audit(souk, "broadcast")[0].returncode == 0


def test_time_that_is_over_proves_nothing(souk, shop):
    """What looks wrong has to be looked at again before it is said; there is no time for that."""
    with broken(shop.db, f"UPDATE stock SET on_hand = on_hand + 1 WHERE sku_id = {shop.sku_id}",
                f"UPDATE stock SET on_hand = on_hand - 1 WHERE sku_id = {shop.sku_id}"):
        done = souk.admin_command("audit", "--json", "--law=stock", "--seconds=1", "--settle-ms=1500", check=False)
    assert done.returncode == 3, done.stdout + done.stderr
    assert f"law stock could not be checked on shard {shop.number}: not done in time" in done.stderr
    report = json.loads(done.stdout)
    assert report["holds"] is False and report["laws"][0]["result"] == "unknown" and report["laws"][0]["violations"] == []


def test_a_database_that_is_away_leaves_laws_unknown(souk, shop, tmp_path):
    """What can be checked is, and what is broken there comes first."""
    conf = configparser.ConfigParser(interpolation=None)
    conf.read(souk.state / "souk.conf")
    conf[f"shard.{shop.other}"]["socket"] = str(tmp_path / "nobody.sock")
    with open(tmp_path / "souk.conf", "w") as file:
        conf.write(file)
    run = lambda *more: souk.command("admin", "--config", tmp_path / "souk.conf", "audit", "--settle-ms=20", *more, check=False)
    done = run("--json", "--law=stock")
    assert done.returncode == 3 and f"law stock could not be checked on shard {shop.other}: unavailable" in done.stderr, done.stderr
    law = json.loads(done.stdout)["laws"][0]
    assert (law["result"], law["database"]) == ("unknown", f"shard {shop.other}")
    done = run("--law=stock")
    assert done.returncode == 3 and "UNKNOWN" in done.stdout


def test_text_names_the_law_and_its_rows(souk, shop):
    with broken(shop.db, f"UPDATE stock SET on_hand = on_hand + 1 WHERE sku_id = {shop.sku_id}",
                f"UPDATE stock SET on_hand = on_hand - 1 WHERE sku_id = {shop.sku_id}"):
        done = souk.admin_command("audit", "--settle-ms=20", "--law=stock", check=False)
    assert done.returncode == 1
    assert "BROKEN" in done.stdout and shop.sku_id in done.stdout and shop.sku_id in done.stderr


def test_wrong_words_are_refused(souk):
    for words in (["--law", "gravity"], ["--seconds=0"], ["x"]):
        assert souk.admin_command("audit", *words, check=False).returncode == 2


def test_what_settles_is_no_violation(souk, shop):
    """A price that reaches the shard a moment later."""
    wait_for(lambda: audit(souk, "broadcast")[0].returncode == 0, 10)
    shop.db.run(f"UPDATE sku SET version = version - 1 WHERE sku_id = {shop.sku_id}")
    timer = threading.Timer(0.6, lambda: shop.db.run(f"UPDATE sku SET version = version + 1 WHERE sku_id = {shop.sku_id}"))
    timer.start()
    try:
        done = souk.admin_command("audit", "--law=broadcast", check=False)
    finally:
        timer.join()
    assert done.returncode == 0, done.stderr
