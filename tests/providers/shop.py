"""Orders in the currencies of the providers, and what becomes of them."""

import uuid

from client import wait_for

ADDRESS = {"name": "Ada Bell", "phone": "+49 30 1234567", "country": "DE", "region": "BE", "city": "Berlin",
           "line1": "Unter den Linden 1", "line2": "", "postal_code": "10117"}


def product_in(souk, currency, price=4599):
    """A SKU that costs this much and of which there is plenty."""
    admin = souk.admin
    product = admin.post("/v1/admin/products", {"title": f"Tray {uuid.uuid4().hex[:8]}", "options": ["Size"], "currency": currency},
                         key=True).json()
    sku = admin.post(f"/v1/admin/products/{product['product_id']}/skus", {"options": ["M"], "price": price}, key=True)
    assert sku.status_code == 201, sku.text
    stocked = admin.post("/v1/admin/stock/receipts", {"sku_id": sku.json()["sku_id"], "qty": 5000, "reference": uuid.uuid4().hex},
                         key=True)
    assert stocked.status_code in (200, 201), stocked.text
    answer = admin.post(f"/v1/admin/products/{product['product_id']}/publish", key=True)
    assert answer.status_code == 200, answer.text
    return sku.json()["sku_id"]


class Attempt:
    """An order of a buyer and an attempt to pay it through a channel."""

    def __init__(self, souk, buyer, sku_id, channel):
        self.souk, self.buyer, self.channel = souk, buyer, channel
        order = buyer.post("/v1/orders", {"items": [{"sku_id": sku_id, "qty": 1}], "address": ADDRESS}, key=True)
        assert order.status_code == 201, order.text
        self.order = order.json()
        self.order_id = self.order["order_id"]
        self.opened = buyer.post(f"/v1/orders/{self.order_id}/payments", {"channel": channel}, key=True)
        assert self.opened.status_code == 201, self.opened.text
        self.payment_id = self.opened.json()["payment_id"]

    @property
    def db(self):
        return self.souk.db_of(self.order_id)

    def payment(self):
        return self.buyer.get(f"/v1/payments/{self.payment_id}").json()

    def state(self):
        return self.buyer.get(f"/v1/orders/{self.order_id}").json()["state"]

    def wait(self, state, seconds=15):
        wait_for(lambda: self.state() == state, seconds)

    def wait_payment(self, state, seconds=15):
        return wait_for(lambda: (now := self.payment())["state"] == state and now, seconds)

    def ask_now(self):
        """The worker's next look at the attempt is due."""
        self.db.run(f"UPDATE payment SET due_at = UTC_TIMESTAMP(3) WHERE payment_id = {self.payment_id} AND due_at IS NOT NULL")

    def expire(self):
        """The order's time is over; no attempt is being opened."""
        self.db.run(f"UPDATE orders SET expires_at = UTC_TIMESTAMP(3), due_at = UTC_TIMESTAMP(3) WHERE order_id = {self.order_id};"
                    f"UPDATE payment SET lease_until = UTC_TIMESTAMP(3) WHERE order_id = {self.order_id}")

    def captures(self):
        return int(self.db.value(f"SELECT COUNT(*) FROM ledger_entry WHERE order_id = {self.order_id} AND kind = 'capture'"))

    def refund(self, amount=None):
        """Staff gives money back; the refund once the provider has said how it ended."""
        body = {"reason": "arrived broken"} | ({} if amount is None else {"amount": amount})
        answer = self.souk.admin.post(f"/v1/admin/orders/{self.order_id}/refunds", body, key=True)
        assert answer.status_code in (201, 202), answer.text
        return answer.json()["refund_id"]

    def refund_state(self, refund_id):
        return self.db.value(f"SELECT state FROM refund WHERE refund_id = {refund_id}")

    def wait_refund(self, refund_id, state, seconds=20):
        wait_for(lambda: self.refund_state(refund_id) == state, seconds)

    def ask_refund_now(self, refund_id):
        self.db.run(f"UPDATE refund SET due_at = UTC_TIMESTAMP(3) WHERE refund_id = {refund_id} AND due_at IS NOT NULL")
