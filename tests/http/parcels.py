"""A SKU of its own with stock, paid orders of it, parcels: what tests of shipping and of returns begin with."""

import json
import uuid

from client import wait_for

ADDRESS = {"name": "Ada Bell", "country": "DE", "city": "Berlin", "line1": "Unter den Linden 1", "postal_code": "10117"}


def assert_problem(answer, status, code):
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.json()["code"] == code, answer.text
    return answer.json()


class Shop:
    """Sells SKUs that no other test touches; staff of each role."""

    def __init__(self, souk):
        self.souk = souk
        self.merchant, self.support = souk.new_staff("merchant"), souk.new_staff("support")
        self.sku_id = self.new_sku(1999, 200)
        self.other_id = self.new_sku(500, 200)

    def new_sku(self, price, units):
        answer = self.souk.admin.post("/v1/admin/products", {"title": f"Parcel {uuid.uuid4().hex[:8]}", "options": ["Size"]}, key=True)
        assert answer.status_code == 201, answer.text
        product_id = answer.json()["product_id"]
        answer = self.souk.admin.post(f"/v1/admin/products/{product_id}/skus",
                                      {"options": ["M"], "price": price, "weight_grams": 100}, key=True)
        assert answer.status_code == 201, answer.text
        sku_id = answer.json()["sku_id"]
        assert self.souk.admin.post(f"/v1/admin/products/{product_id}/publish", key=True).status_code == 200
        self.receive(sku_id, units)
        return sku_id

    def receive(self, sku_id, units):
        answer = self.souk.admin.post("/v1/admin/stock/receipts",
                                      {"sku_id": sku_id, "qty": units, "reference": uuid.uuid4().hex})
        assert answer.status_code == 201, answer.text

    def place(self, buyer, *lines, **more):
        lines = lines or ((self.sku_id, 2),)
        body = {"items": [{"sku_id": sku_id, "qty": qty} for sku_id, qty in lines], "address": ADDRESS} | more
        answer = buyer.post("/v1/orders", body, key=True)
        assert answer.status_code == 201, answer.text
        return answer.json()["order_id"]

    def pay(self, buyer, order_id):
        """What a callback of the provider leads to."""
        answer = buyer.post(f"/v1/orders/{order_id}/payments", {"channel": "sandbox"}, key=True)
        assert answer.status_code == 201, answer.text
        payment = answer.json()
        event = {"n": 0, "payment_id": payment["payment_id"], "channel": "sandbox", "order_id": order_id,
                 "amount": payment["amount"], "currency": payment["currency"], "event_id": f"parcels-{uuid.uuid4().hex}",
                 "provider_ref": "ref", "refund_id": "1"}
        self.souk.db_of(order_id).run(f"CALL payment_capture('{json.dumps([event])}')")
        return payment["payment_id"]

    def paid(self, buyer, *lines, **more):
        order_id = self.place(buyer, *lines, **more)
        self.pay(buyer, order_id)
        assert buyer.get(f"/v1/orders/{order_id}").json()["state"] == "PAID"
        return order_id

    def ship(self, order_id, **more):
        answer = self.merchant.post(f"/v1/admin/orders/{order_id}/shipments", {"shipped": True} | more, key=True)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def delivered(self, buyer, *lines, **more):
        """An order that the carrier says has arrived."""
        order_id = self.paid(buyer, *lines, **more)
        parcel = self.ship(order_id)
        answer = self.merchant.patch(f"/v1/admin/shipments/{parcel['shipment_id']}", {"state": "DELIVERED"}, key=True)
        assert answer.status_code == 200, answer.text
        return order_id

    def stock(self, sku_id):
        return self.souk.admin.get(f"/v1/admin/stock/{sku_id}").json()

    def assert_laws(self):
        """No unit is lost, on any shard."""
        for shard in range(self.souk.shards):
            assert json.loads(self.souk.db(shard).rows("CALL stock_law()")[0]["body"])["violations"] == []
        for sku_id in (self.sku_id, self.other_id):
            books = wait_for(lambda: (lambda b: b if b["exact"] else None)(self.stock(sku_id)))
            assert books["received"] + books["corrected"] == books["on_hand"] + books["in_flight"] + books["shipped"]
        for law in ("stock", "reserved", "orders", "shipping"):
            done = self.souk.admin_command("audit", "--settle-ms=50", f"--law={law}", check=False)
            assert done.returncode == 0, done.stdout + done.stderr
