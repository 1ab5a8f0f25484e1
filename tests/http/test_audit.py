"""souk admin audit: each law, broken by hand, is named with its rows; put right, all hold."""

import configparser
import contextlib
import json
import threading
import uuid

import pytest

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
        self.goods = receipt.json()["transfers"][0]
        self.buyer = souk.new_buyer()
        self.made = []
        code = new_code()
        self.promotion_id = self.make("promotions", kind="percent", value=1000, currency="USD", account_limit=3, code=code)
        self.order_id, self.paid_id = self.order(), self.order()
        self.promoted_id = self.order(coupons=[code])
        self.db, self.number = souk.db_of(self.order_id), souk.shard_of(self.order_id)
        self.other = (self.number + 1) % souk.shards
        self.globe = souk.db("global")
        self.payment_id = self.pay(self.paid_id)
        self.shipped_id = self.order()
        self.pay(self.shipped_id)
        parcel = souk.admin.post(f"/v1/admin/orders/{self.shipped_id}/shipments", {"shipped": True}, key=True)
        assert parcel.status_code == 201, parcel.text
        self.shipment_id = parcel.json()["shipment_id"]
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

    def pay(self, order_id):
        """What a callback of the provider leads to."""
        answer = self.buyer.post(f"/v1/orders/{order_id}/payments", {"channel": "sandbox"}, key=True)
        assert answer.status_code == 201, answer.text
        payment = answer.json()
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


BREAKS = {
    "a unit from nowhere": ("stock", "on_hand", "UPDATE stock SET on_hand = on_hand + 1 WHERE sku_id = {sku_id}",
                            "UPDATE stock SET on_hand = on_hand - 1 WHERE sku_id = {sku_id}"),
    "more reserved than there is": ("stock", "bounds", "UPDATE stock SET reserved = reserved + 100000 WHERE sku_id = {sku_id}",
                                    "UPDATE stock SET reserved = reserved - 100000 WHERE sku_id = {sku_id}"),
    "a movement that is gone": (
        "stock", "reserved",
        "UPDATE stock_movement SET reserved_change = 1 WHERE sku_id = {sku_id} AND reference = {order_id}",
        "UPDATE stock_movement SET reserved_change = 2 WHERE sku_id = {sku_id} AND reference = {order_id}"),
    "a line with more than is held": ("reserved", "order", "UPDATE order_item SET qty = 3 WHERE order_id = {order_id}",
                                      "UPDATE order_item SET qty = 2 WHERE order_id = {order_id}"),
    "units held for nobody": (
        "reserved", "no_line",
        "INSERT INTO stock_movement VALUES ({sku_id}, 'main', 7, 'reserve', 0, 1, UTC_TIMESTAMP(3))",
        "DELETE FROM stock_movement WHERE sku_id = {sku_id} AND reference = 7"),
    "a transfer without its movement": (
        "conservation", "movement",
        "INSERT INTO stock_transfer (transfer_id, direction, peer, sku_id, pool, qty, state, created_at) "
        "VALUES (7, 'in', 1, {sku_id}, 'main', 5, 'received', UTC_TIMESTAMP(3))",
        "DELETE FROM stock_transfer WHERE transfer_id = 7"),
    "units that hang": (
        "conservation", "stuck",
        "INSERT INTO stock_transfer (transfer_id, direction, peer, sku_id, pool, qty, state, created_at) "
        "VALUES (7, 'out', {number}, {sku_id}, 'main', 0, 'in_flight', UTC_TIMESTAMP(3) - INTERVAL 2 MINUTE)",
        "DELETE FROM stock_transfer WHERE transfer_id = 7"),
    "units that nobody lent": (
        "conservation", "pair",
        "INSERT INTO stock_transfer (transfer_id, direction, peer, sku_id, pool, qty, state, created_at) "
        "VALUES (7, 'in', {other}, {sku_id}, 'main', 5, 'received', UTC_TIMESTAMP(3));"
        "INSERT INTO stock_movement VALUES ({sku_id}, 'main', 7, 'receive', 5, 0, UTC_TIMESTAMP(3))",
        "DELETE FROM stock_transfer WHERE transfer_id = 7;"
        "DELETE FROM stock_movement WHERE sku_id = {sku_id} AND reference = 7"),
    "units that came from no delivery": (
        "conservation", "outside",
        "INSERT INTO stock_transfer (transfer_id, direction, peer, sku_id, pool, qty, state, created_at) "
        "VALUES (7, 'in', -1, {sku_id}, 'main', 5, 'received', UTC_TIMESTAMP(3));"
        "INSERT INTO stock_movement VALUES ({sku_id}, 'main', 7, 'receive', 5, 0, UTC_TIMESTAMP(3))",
        "DELETE FROM stock_transfer WHERE transfer_id = 7;"
        "DELETE FROM stock_movement WHERE sku_id = {sku_id} AND reference = 7"),
    "a row that its events do not tell": (
        "orders", "fold", "UPDATE orders SET held_at = created_at WHERE order_id = {order_id}",
        "UPDATE orders SET held_at = NULL WHERE order_id = {order_id}"),
    "amounts that were not agreed": (
        "orders", "terms", "UPDATE orders SET tax_total = tax_total + 1, shipping_total = shipping_total - 1 WHERE order_id = {order_id}",
        "UPDATE orders SET tax_total = tax_total - 1, shipping_total = shipping_total + 1 WHERE order_id = {order_id}"),
    "a first event that says nothing": (
        "orders", "terms", "UPDATE order_event SET data = JSON_OBJECT('was', data) WHERE order_id = {paid_id} AND seq = 1",
        "UPDATE order_event SET data = JSON_UNQUOTE(JSON_EXTRACT(data, '$.was')) WHERE order_id = {paid_id} AND seq = 1"),
    "an event that is missing": ("orders", "fold", "UPDATE order_event SET seq = 9 WHERE order_id = {order_id} AND seq = 1",
                                 "UPDATE order_event SET seq = 1 WHERE order_id = {order_id} AND seq = 9"),
    "lines that do not add up": ("orders", "total", "UPDATE order_item SET total = total + 1 WHERE order_id = {order_id}",
                                 "UPDATE order_item SET total = total - 1 WHERE order_id = {order_id}"),
    "a line that is gone": ("orders", "total", "UPDATE order_item SET order_id = order_id + 256 WHERE order_id = {order_id}",
                            "UPDATE order_item SET order_id = order_id - 256 WHERE order_id = {order_id} + 256"),
    "a discount that the order does not have": (
        "orders", "total", "UPDATE order_item SET discount = discount + 1 WHERE order_id = {promoted_id}",
        "UPDATE order_item SET discount = discount - 1 WHERE order_id = {promoted_id}"),
    "a discount of no promotion": (
        "orders", "discount", "UPDATE order_promotion SET order_id = order_id + 256 WHERE order_id = {promoted_id}",
        "UPDATE order_promotion SET order_id = order_id - 256 WHERE order_id = {promoted_id} + 256"),
    "a tax that the order does not have": (
        "orders", "tax", "UPDATE order_item SET tax = tax + 1 WHERE order_id = {order_id}",
        "UPDATE order_item SET tax = tax - 1 WHERE order_id = {order_id}"),
    "a line that contains less tax than the order": (
        "orders", "tax", "UPDATE order_item SET tax_included = tax_included - 1 WHERE order_id = {order_id}",
        "UPDATE order_item SET tax_included = tax_included + 1 WHERE order_id = {order_id}"),
    "a tax that no rate adds": (
        "orders", "line", "UPDATE order_item SET tax = tax - 1 WHERE order_id = {taxed_id} AND line = 1",
        "UPDATE order_item SET tax = tax + 1 WHERE order_id = {taxed_id} AND line = 1"),
    "a tax that a price contains at no rate": (
        "orders", "line", "UPDATE order_item SET tax_included = tax_included + 1 WHERE order_id = {containing_id} AND line = 1",
        "UPDATE order_item SET tax_included = tax_included - 1 WHERE order_id = {containing_id} AND line = 1"),
    "a tax above that of the highest rate": (
        "orders", "line", "UPDATE order_item SET tax_included = tax_included + 800 WHERE order_id = {containing_id} AND line = 2",
        "UPDATE order_item SET tax_included = tax_included - 800 WHERE order_id = {containing_id} AND line = 2"),
    "a line with another title than its order": (
        "orders", "line", "UPDATE order_item SET title = UPPER(title) WHERE order_id = {order_id}",
        "UPDATE order_item SET title = (SELECT title FROM orders WHERE order_id = {order_id}) WHERE order_id = {order_id}"),
    "a line that is not its price times its units": (
        "orders", "line", "UPDATE order_item SET unit_price = unit_price + 1 WHERE order_id = {order_id}",
        "UPDATE order_item SET unit_price = unit_price - 1 WHERE order_id = {order_id}"),
    "a line with more units than it costs": (
        "orders", "line", "UPDATE order_item SET qty = qty + 1 WHERE order_id = {order_id}",
        "UPDATE order_item SET qty = qty - 1 WHERE order_id = {order_id}"),
    "a line in another currency": (
        "orders", "line", "UPDATE order_item SET currency = LOWER(currency) WHERE order_id = {order_id}",
        "UPDATE order_item SET currency = UPPER(currency) WHERE order_id = {order_id}"),
    "an order ahead of its parcels": (
        "shipping", "state", "UPDATE orders SET state = 'PARTIALLY_SHIPPED' WHERE order_id = {shipped_id}",
        "UPDATE orders SET state = 'SHIPPED' WHERE order_id = {shipped_id}"),
    "a parcel with more than was bought": ("shipping", "line", "UPDATE shipment_item SET qty = 3 WHERE shipment_id = {shipment_id}",
                                           "UPDATE shipment_item SET qty = 2 WHERE shipment_id = {shipment_id}"),
    "a parcel that left with units that did not": (
        "shipping", "left", "UPDATE stock_movement SET on_hand_change = -1 WHERE sku_id = {sku_id} AND reference = {shipment_id}",
        "UPDATE stock_movement SET on_hand_change = -2 WHERE sku_id = {sku_id} AND reference = {shipment_id}"),
    "units with buyers that never left": ("stock", "shipped", "UPDATE stock SET shipped = shipped + 1 WHERE sku_id = {sku_id}",
                                          "UPDATE stock SET shipped = shipped - 1 WHERE sku_id = {sku_id}"),
    "a return whose money nobody gave": (
        "shipping", "refund", "INSERT INTO order_return (return_id, order_id, state, resolution, refund_amount, created_at) "
        "VALUES (7, {shipped_id}, 'REFUNDED', 'refund', 5, UTC_TIMESTAMP(3))", "DELETE FROM order_return WHERE return_id = 7"),
    "units that came back and are nowhere": (
        "shipping", "restock", "INSERT INTO order_return (return_id, order_id, state, resolution, created_at) "
        "VALUES (7, {shipped_id}, 'RECEIVED', 'refund', UTC_TIMESTAMP(3));"
        "INSERT INTO return_item (return_id, line, order_id, sku_id, pool, qty, received, sellable) "
        "VALUES (7, 1, {shipped_id}, {sku_id}, 'main', 2, 2, 1)",
        "DELETE FROM return_item WHERE return_id = 7; DELETE FROM order_return WHERE return_id = 7"),
    "more units that come back than left": (
        "shipping", "more", "INSERT INTO order_return (return_id, order_id, state, resolution, created_at) "
        "VALUES (7, {shipped_id}, 'REQUESTED', 'refund', UTC_TIMESTAMP(3));"
        "INSERT INTO return_item (return_id, line, order_id, sku_id, pool, qty) VALUES (7, 1, {shipped_id}, {sku_id}, 'main', 3)",
        "DELETE FROM return_item WHERE return_id = 7; DELETE FROM order_return WHERE return_id = 7"),
    "a replacement without a parcel": (
        "shipping", "replacement", "INSERT INTO order_return (return_id, order_id, state, resolution, created_at) "
        "VALUES (7, {shipped_id}, 'REPLACED', 'replacement', UTC_TIMESTAMP(3))", "DELETE FROM order_return WHERE return_id = 7"),
    "a replacement that holds no units": (
        "shipping", "held", "INSERT INTO order_return (return_id, order_id, state, resolution, shipment_id, created_at) "
        "VALUES (7, {shipped_id}, 'REPLACED', 'replacement', 7, UTC_TIMESTAMP(3));"
        "INSERT INTO shipment (shipment_id, order_id, return_id, state, created_at) VALUES (7, {shipped_id}, 7, 'READY', UTC_TIMESTAMP(3));"
        "INSERT INTO shipment_item (shipment_id, line, order_id, sku_id, pool, qty) VALUES (7, 1, {shipped_id}, {sku_id}, 'main', 1)",
        "DELETE FROM shipment_item WHERE shipment_id = 7; DELETE FROM shipment WHERE shipment_id = 7;"
        "DELETE FROM order_return WHERE return_id = 7"),
    "paid without a capture": ("money", "paid", "UPDATE payment SET refund_due = 1 WHERE payment_id = {payment_id}",
                               "UPDATE payment SET refund_due = 0 WHERE payment_id = {payment_id}"),
    "asked for more than the order costs": (
        "money", "amount", "UPDATE payment SET amount = amount + 1 WHERE payment_id = {payment_id}",
        "UPDATE payment SET amount = amount - 1 WHERE payment_id = {payment_id}"),
    "captured, not paid": ("money", "unpaid", "UPDATE orders SET state = 'CLOSED' WHERE order_id = {paid_id}",
                           "UPDATE orders SET state = 'PAID' WHERE order_id = {paid_id}"),
    "a refund that is not in the books": (
        "money", "refund",
        "INSERT INTO refund (refund_id, payment_id, order_id, account_id, channel, state, amount, currency, cause, created_at, ended_at) "
        "SELECT payment_id + 256, payment_id, order_id, account_id, channel, 'SUCCEEDED', 1, currency, 'staff', UTC_TIMESTAMP(3), "
        "UTC_TIMESTAMP(3) FROM payment WHERE payment_id = {payment_id}",
        "DELETE FROM refund WHERE refund_id = {payment_id} + 256"),
    "more goes back than came": (
        "money", "exceeds",
        "INSERT INTO refund (refund_id, payment_id, order_id, account_id, channel, state, amount, currency, cause, created_at) "
        "SELECT payment_id + 512, payment_id, order_id, account_id, channel, 'SUBMITTED', captured + 1, currency, 'staff', "
        "UTC_TIMESTAMP(3) FROM payment WHERE payment_id = {payment_id}",
        "DELETE FROM refund WHERE refund_id = {payment_id} + 512"),
    "money kept of a cancelled order": ("money", "kept", "UPDATE orders SET state = 'CANCELLED' WHERE order_id = {paid_id}",
                                        "UPDATE orders SET state = 'PAID' WHERE order_id = {paid_id}"),
    "a cancelled order whose refund nobody gives": (
        "money", "stuck", "UPDATE orders SET state = 'CANCELLING' WHERE order_id = {paid_id}",
        "UPDATE orders SET state = 'PAID' WHERE order_id = {paid_id}"),
    "money beyond what an order costs": (
        "money", "excess", "UPDATE orders o JOIN payment p ON p.order_id = o.order_id SET o.total = o.total - 1, p.amount = p.amount - 1 "
        "WHERE o.order_id = {paid_id}", "UPDATE orders o JOIN payment p ON p.order_id = o.order_id SET o.total = o.total + 1, "
        "p.amount = p.amount + 1 WHERE o.order_id = {paid_id}"),
    "entries for a payment that is not there": (
        "money", "payment", "UPDATE payment SET payment_id = payment_id + 256, state = 'VOIDED' WHERE payment_id = {payment_id};"
        "UPDATE orders SET state = 'CLOSED' WHERE order_id = {paid_id}",
        "UPDATE payment SET payment_id = payment_id - 256, state = 'CAPTURED' WHERE payment_id = {payment_id} + 256;"
        "UPDATE orders SET state = 'PAID' WHERE order_id = {paid_id}"),
    "a payment that is not in the books": ("money", "ledger", "UPDATE payment SET state = 'VOIDED' WHERE payment_id = {payment_id}",
                                           "UPDATE payment SET state = 'CAPTURED' WHERE payment_id = {payment_id}"),
    "debits without credits": ("money", "balance",
                               "INSERT INTO ledger_entry (transfer_id, line, kind, account, debit, credit, currency, order_id, created_at) "
                               "SELECT transfer_id, 91, kind, 'nowhere', 1, 0, currency, order_id, created_at "
                               "FROM ledger_entry WHERE transfer_id = {payment_id} AND line = 1",
                               "INSERT INTO ledger_entry (transfer_id, line, kind, account, debit, credit, currency, order_id, created_at) "
                               "SELECT transfer_id, 92, kind, 'nowhere', 0, 1, currency, order_id, created_at "
                               "FROM ledger_entry WHERE transfer_id = {payment_id} AND line = 1"),
    "an answer for no order": (
        "idempotency", "order",
        "INSERT INTO idempotency (account_id, route, idempotency_key, body_hash, status, body, created_at) VALUES "
        "({account_id}, 'order_place', 'audit', 'x', 201, '{{\"order_id\": \"7\"}}', UTC_TIMESTAMP(3))",
        "DELETE FROM idempotency WHERE account_id = {account_id} AND idempotency_key = 'audit'"),
    "two answers for one order": (
        "idempotency", "twice",
        "INSERT INTO idempotency (account_id, route, idempotency_key, body_hash, status, body, created_at) VALUES "
        "({account_id}, 'order_place', 'audit', 'x', 201, '{{\"order_id\": \"{order_id}\"}}', UTC_TIMESTAMP(3))",
        "DELETE FROM idempotency WHERE account_id = {account_id} AND idempotency_key = 'audit'"),
    "an id of two things": (
        "ids", "twice", "INSERT INTO session_family (session_id, account_id, sequence, issued_at, expires_at, created_at) VALUES "
        "({order_id}, {account_id}, 1, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) + INTERVAL 1 DAY, UTC_TIMESTAMP(3))",
        "DELETE FROM session_family WHERE session_id = {order_id}"),
    "an id in another shard's slot": (
        "ids", "slot", "INSERT INTO session_family (session_id, account_id, sequence, issued_at, expires_at, created_at) VALUES "
        "({foreign_id}, {account_id}, 1, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) + INTERVAL 1 DAY, UTC_TIMESTAMP(3))",
        "DELETE FROM session_family WHERE session_id = {foreign_id}"),
    "a price of its own": ("broadcast", "content", "UPDATE sku SET price = price + 1 WHERE sku_id = {sku_id}",
                           "UPDATE sku SET price = price - 1 WHERE sku_id = {sku_id}"),
    "a version that never was": ("broadcast", "version", "UPDATE sku SET version = version + 1 WHERE sku_id = {sku_id}",
                                 "UPDATE sku SET version = version - 1 WHERE sku_id = {sku_id}"),
    "a discount of its own": ("broadcast", "content", "UPDATE promotion SET value = value + 1 WHERE code = 'WELCOME10'",
                              "UPDATE promotion SET value = value - 1 WHERE code = 'WELCOME10'"),
    "a way to ship that costs something else": (
        "broadcast", "content", "UPDATE shipping_method SET price = price + 1 WHERE position = 2",
        "UPDATE shipping_method SET price = price - 1 WHERE position = 2"),
    "a tax of another version": ("broadcast", "version", "UPDATE tax_rate SET version = version + 1",
                                 "UPDATE tax_rate SET version = version - 1"),
    "a weight of its own": ("broadcast", "content", "UPDATE sku SET weight_grams = weight_grams + 1 WHERE sku_id = {sku_id}",
                            "UPDATE sku SET weight_grams = weight_grams - 1 WHERE sku_id = {sku_id}"),
    "a tax class of its own": ("broadcast", "content", "UPDATE sku SET tax_class = CONCAT('x', tax_class) WHERE sku_id = {sku_id}",
                               "UPDATE sku SET tax_class = SUBSTRING(tax_class, 2) WHERE sku_id = {sku_id}"),
    "a title of its own": ("broadcast", "content", "UPDATE sku SET title = CONCAT('x', title) WHERE sku_id = {sku_id}",
                           "UPDATE sku SET title = SUBSTRING(title, 2) WHERE sku_id = {sku_id}"),
    "a category of its own": ("broadcast", "content", "INSERT INTO sku_category VALUES ({sku_id}, 7)",
                              "DELETE FROM sku_category WHERE sku_id = {sku_id} AND category_id = 7"),
    "a SKU that a shard lacks": ("broadcast", "missing", "UPDATE sku SET sku_id = 7 WHERE sku_id = {sku_id}",
                                 "UPDATE sku SET sku_id = {sku_id} WHERE sku_id = 7"),
    "a SKU of one shard": (
        "broadcast", "stranger", "INSERT INTO sku (sku_id, product_id, title, options_text, price, currency, state, weight_grams, version) "
        "SELECT 9223372036854775807, product_id, title, options_text, 1, currency, state, weight_grams, 1 FROM sku WHERE sku_id = {sku_id}",
        "DELETE FROM sku WHERE sku_id = 9223372036854775807"),
    "a promotion of one shard": (
        "broadcast", "stranger", "INSERT INTO promotion (promotion_id, name, kind, value, currency, min_spend, min_qty, exclusive, priority, "
        "starts_at, ends_at, state, version) SELECT 7, name, kind, value, currency, min_spend, min_qty, exclusive, priority, starts_at, "
        "ends_at, 'active', 1 FROM promotion WHERE promotion_id = {promotion_id}", "DELETE FROM promotion WHERE promotion_id = 7"),
    "a way to ship of one shard": (
        "broadcast", "stranger", "INSERT INTO shipping_method SELECT 7, name, currency, 0, 0, NULL, '', -1, tax_class, 'active', 1 "
        "FROM shipping_method WHERE position = 1", "DELETE FROM shipping_method WHERE shipping_method_id = 7"),
    "a tax of one shard": (
        "broadcast", "stranger", "INSERT INTO tax_rate VALUES (7, 'None', 'FR', '', 'standard', 0, 1, 'active', 1)",
        "DELETE FROM tax_rate WHERE tax_rate_id = 7"),
    "a promotion that is for nothing": (
        "broadcast", "target", "DELETE FROM promotion_target WHERE promotion_id = {promotion_id}",
        "INSERT INTO promotion_target SELECT promotion_id, 0, 0, 0, ends_at FROM promotion WHERE promotion_id = {promotion_id}"),
    "a promotion that is for more": (
        "broadcast", "target", "INSERT INTO promotion_target SELECT promotion_id, 3, {sku_id}, 0, ends_at FROM promotion "
        "WHERE promotion_id = {promotion_id}", "DELETE FROM promotion_target WHERE promotion_id = {promotion_id} AND kind = 3"),
    "a coupon that applies by itself": (
        "broadcast", "target", "UPDATE promotion_target SET automatic = 1 WHERE promotion_id = {promotion_id}",
        "UPDATE promotion_target SET automatic = 0 WHERE promotion_id = {promotion_id}"),
    "a target of no promotion": (
        "broadcast", "target", "INSERT INTO promotion_target VALUES (7, 0, 0, 1, '9999-12-31 00:00:00')",
        "DELETE FROM promotion_target WHERE promotion_id = 7"),
    "a category below that one shard has": (
        "broadcast", "targets", "INSERT INTO promotion_target SELECT promotion_id, 1, 7, 1, ends_at FROM promotion_target "
        "WHERE kind = 1 LIMIT 1", "DELETE FROM promotion_target WHERE kind = 1 AND target_id = 7"),
    "an address of nobody": ("logins", "nobody", "UPDATE login_claim SET account_id = account_id + 256 WHERE account_id = {account_id}",
                             "UPDATE login_claim SET account_id = account_id - 256 WHERE account_id = {account_id} + 256"),
    "an address that its account has left": (
        "logins", "nobody", "UPDATE account SET email = CONCAT('x', email) WHERE account_id = {account_id}",
        "UPDATE account SET email = SUBSTRING(email, 2) WHERE account_id = {account_id}"),
    "an account that stands behind itself": (
        "logins", "rival", "INSERT INTO login_rival (email, account_id, slot, created_at) SELECT email, account_id, slot, created_at "
        "FROM login_claim WHERE account_id = {account_id}", "DELETE FROM login_rival WHERE account_id = {account_id}"),
    "an account that nobody can sign in to": (
        "logins", "unclaimed", "INSERT INTO account (account_id, email, password_hash, created_at, changed_at) VALUES "
        "({order_id}, 'audit-{order_id}@example.org', 'x', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))",
        "DELETE FROM account WHERE account_id = {order_id}"),
    "an address that is proved and not kept": (
        "logins", "proved", "UPDATE account SET email_verified_at = UTC_TIMESTAMP(3) WHERE account_id = {account_id}",
        "UPDATE account SET email_verified_at = NULL WHERE account_id = {account_id}"),
    "a use that no order made": (
        "promotions", "used", "INSERT INTO promotion_use (account_id, promotion_id, used) VALUES ({account_id}, 7, 1)",
        "DELETE FROM promotion_use WHERE account_id = {account_id} AND promotion_id = 7"),
    "a use that is forgotten": (
        "promotions", "uncounted", "DELETE FROM promotion_use WHERE account_id = {account_id} AND promotion_id = {promotion_id}",
        "INSERT INTO promotion_use (account_id, promotion_id, used) VALUES ({account_id}, {promotion_id}, 1)"),
    "a coupon that took off more than its order was spared": (
        "promotions", "amount", "UPDATE order_promotion SET amount = amount + 1 WHERE order_id = {promoted_id}",
        "UPDATE order_promotion SET amount = amount - 1 WHERE order_id = {promoted_id}"),
    "a coupon that took off less": (
        "promotions", "amount", "UPDATE order_promotion SET amount = amount - 1 WHERE order_id = {promoted_id}",
        "UPDATE order_promotion SET amount = amount + 1 WHERE order_id = {promoted_id}"),
    "a coupon beside free shipping that took off more": (
        "promotions", "amount", "UPDATE order_promotion SET amount = amount + 1 WHERE order_id = {spared_id} AND promotion_id = {tenth_id}",
        "UPDATE order_promotion SET amount = amount - 1 WHERE order_id = {spared_id} AND promotion_id = {tenth_id}"),
    "free shipping that took off more than shipping costs": (
        "promotions", "amount", "UPDATE order_promotion SET amount = amount + 1 WHERE order_id = {spared_id} AND promotion_id = {free_id}",
        "UPDATE order_promotion SET amount = amount - 1 WHERE order_id = {spared_id} AND promotion_id = {free_id}"),
    "a coupon that took off what free shipping did": (
        "promotions", "amount", "UPDATE order_promotion SET amount = 690 - amount WHERE order_id = {spared_id}",
        "UPDATE order_promotion SET amount = 690 - amount WHERE order_id = {spared_id}"),
}


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
