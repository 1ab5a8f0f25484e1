"""Paying through the sandbox provider: what it and a shop sign, what a person presses, orders to pay.

The protocol's signatures (docs/sandbox.md) are made here on their own, by Python's hmac.
"""

import hashlib
import hmac
import html.parser
import json
import time
import urllib.parse
import uuid

import pytest

ADDRESS = {"name": "Ada Bell", "phone": "+49 30 1234567", "country": "DE", "region": "BE", "city": "Berlin",
           "line1": "Unter den Linden 1", "line2": "", "postal_code": "10117"}
PAGE_NAMES = ["merchant", "payment_id", "order_id", "amount", "currency", "description", "notify_url", "return_url", "expires"]


# What a provider and a shop sign

def hmac_hex(souk, data):
    return hmac.new(souk.conf["payment"]["sandbox_secret"].encode(), data, hashlib.sha256).hexdigest()


def sign_page(souk, page):
    return hmac_hex(souk, ("pay\n" + "".join(f"{name}={page[name]}\n" for name in PAGE_NAMES)).encode())


def page_url(souk, page, sig=None):
    return f"{souk.base_url}/sandbox/pay?" + urllib.parse.urlencode(page | {"sig": sig or sign_page(souk, page)})


def page_of(souk, **changed):
    return {"merchant": "souk", "payment_id": str(uuid.uuid4().int >> 66), "order_id": "77", "amount": "123456", "currency": "USD",
            "description": "A <b>bold</b> & \"quoted\" order", "notify_url": f"{souk.base_url}/v1/payments/callbacks/sandbox",
            "return_url": f"{souk.base_url}/#/orders/77", "expires": str(int(time.time()) + 600)} | changed


def signed_headers(souk, body, line=None, stamp=None):
    stamp = int(time.time()) if stamp is None else stamp
    signed = f"{stamp}.".encode() + (f"{line}.".encode() if line else b"") + body
    return {"Sandbox-Timestamp": str(stamp), "Sandbox-Signature": hmac_hex(souk, signed)}


def send_callback(souk, event, stamp=None):
    body = json.dumps(event).encode()
    return souk.post("/v1/payments/callbacks/sandbox", body, headers=signed_headers(souk, body, stamp=stamp))


def event_for(payment, state="captured", **changed):
    return {"event_id": f"evt_{uuid.uuid4().hex[:24]}", "state": state, "merchant": "souk",
            "payment_id": payment["payment_id"], "order_id": payment["order_id"], "amount": payment["amount"],
            "currency": payment["currency"], "provider_ref": f"sbx_{uuid.uuid4().hex[:24]}",
            "occurred_at": "2026-11-21T08:00:00.000Z"} | changed


def ask_provider(souk, method, payment_id, suffix=""):
    path = f"/sandbox/v1/payments/{payment_id}{suffix}"
    body = b"{}" if method == "POST" else b""
    return souk.request(method, path, body if body else None, headers=signed_headers(souk, body, f"{method} {path}"))


# What a person sees

class Form(html.parser.HTMLParser):
    """The one form of a page: where it goes, its hidden fields, its buttons."""

    def __init__(self, text):
        super().__init__()
        self.action, self.fields, self.buttons = None, {}, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.action = attrs["action"]
        elif tag == "input":
            self.fields[attrs["name"]] = attrs["value"]
        elif tag == "button":
            self.buttons.append(attrs["value"])


def press(souk, pay_url, decision):
    """Opens the pay page as a browser does and presses a button."""
    page = souk.session.get(pay_url, timeout=15)
    assert page.status_code == 200, page.text
    form = Form(page.text)
    assert decision in form.buttons
    return souk.session.post(souk.url(form.action), data=form.fields | {"decision": decision}, timeout=15,
                             allow_redirects=False)


# Orders to pay

@pytest.fixture(scope="module")
def sku_id(souk):
    """Something cheap of which there is plenty."""
    return plenty(souk)


def plenty(souk):
    sku_id = souk.skus_on_sale()[0]["sku_id"]
    stocked = souk.admin.post("/v1/admin/stock/receipts",
                              {"sku_id": sku_id, "qty": 5000, "reference": f"payments-{uuid.uuid4().hex}"}, key=True)
    assert stocked.status_code in (200, 201), stocked.text
    return sku_id


def new_order(person, sku_id, qty=1):
    answer = person.post("/v1/orders", {"items": [{"sku_id": sku_id, "qty": qty}], "address": ADDRESS}, key=True)
    assert answer.status_code == 201, answer.text
    return answer.json()


def open_payment(person, order_id, key=True):
    answer = person.post(f"/v1/orders/{order_id}/payments", {"channel": "sandbox"}, key=key)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
def order(buyer, sku_id):
    return new_order(buyer, sku_id)


@pytest.fixture
def payment(buyer, order):
    return open_payment(buyer, order["order_id"])


def order_state(person, order_id):
    return person.get(f"/v1/orders/{order_id}").json()["state"]


def paid(person, order_id):
    return lambda: order_state(person, order_id) == "PAID"


def events(person, order_id):
    return [event["type"] for event in person.get(f"/v1/orders/{order_id}/events").json()["items"]]


def ledger(souk, order_id):
    """What was booked as captured for an order."""
    return souk.db_of(order_id).rows(f"SELECT transfer_id, account, debit, credit, currency FROM ledger_entry "
                                     f"WHERE order_id = {order_id} AND kind = 'capture' ORDER BY transfer_id, line")


def expire(souk, order_id):
    """The order's time is over; no attempt is being opened."""
    souk.db_of(order_id).run(
        f"UPDATE orders SET expires_at = UTC_TIMESTAMP(3), due_at = UTC_TIMESTAMP(3) WHERE order_id = {order_id};"
        f"UPDATE payment SET lease_until = UTC_TIMESTAMP(3) WHERE order_id = {order_id}")
