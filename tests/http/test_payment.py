"""Paying: the way to PAID through the sandbox provider, and everything a buyer or a stranger may do on it."""

import concurrent.futures
import json
import time

import pytest

from client import wait_for
from paying import (ADDRESS, Form, event_for, events, expire, ledger, new_order, open_payment, order, order_state, paid,  # noqa: F401
                    payment, press, send_callback, signed_headers, sku_id)
from transaction import Transaction, lock_waiters

# The way to PAID

def test_from_order_to_paid(souk, buyer, order, payment):
    assert payment["state"] == "SUBMITTED" and payment["order_id"] == order["order_id"]
    assert (payment["amount"], payment["currency"]) == (order["total"], order["currency"])

    answer = press(souk, payment["pay_url"], "pay")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{souk.base_url}/#/orders/{order['order_id']}"

    wait_for(paid(buyer, order["order_id"]))
    assert events(buyer, order["order_id"])[-2:] == ["payment.submitted", "order.paid"]
    amount = str(order["total"])
    assert ledger(souk, order["order_id"]) == [
        {"transfer_id": payment["payment_id"], "account": "channel:sandbox", "debit": amount, "credit": "0", "currency": order["currency"]},
        {"transfer_id": payment["payment_id"], "account": f"order:{order['order_id']}", "debit": "0", "credit": amount, "currency": order["currency"]}]
    now = buyer.get(f"/v1/payments/{payment['payment_id']}")
    assert now.json()["state"] == "CAPTURED" and now.json()["pay_url"] is None and not now.json()["refund_due"]
    assert now.headers["ETag"] == '"v2"'


def test_a_guest_pays_too(souk, guest, sku_id):
    body = {"items": [{"sku_id": sku_id, "qty": 1}], "address": ADDRESS, "email": "guest@example.com"}
    order = guest.post("/v1/orders", body, key=True).json()
    press(souk, open_payment(guest, order["order_id"])["pay_url"], "pay")
    wait_for(paid(guest, order["order_id"]))


def test_late_callback_button(souk, buyer, order, payment):
    assert press(souk, payment["pay_url"], "pay_late").status_code == 303
    waiting = souk.db("sandbox").rows(f"SELECT TIMESTAMPDIFF(MICROSECOND, created_at, due_at) AS delay_us, attempts FROM callback "
                                      f"WHERE body LIKE '%\"{payment['payment_id']}\"%'")
    assert [round(int(row["delay_us"]) / 1e6, 1) for row in waiting] == [10.0] and waiting[0]["attempts"] == "0"
    assert order_state(buyer, order["order_id"]) == "PENDING_PAYMENT"
    souk.db("sandbox").run(f"UPDATE callback SET due_at = UTC_TIMESTAMP(3) WHERE body LIKE '%\"{payment['payment_id']}\"%'")
    wait_for(paid(buyer, order["order_id"]))


def test_callback_sent_twice_button(souk, buyer, order, payment):
    assert press(souk, payment["pay_url"], "pay_twice").status_code == 303
    delivered = f"SELECT COUNT(*) FROM callback WHERE state = 'delivered' AND body LIKE '%\"{payment['payment_id']}\"%'"
    wait_for(lambda: souk.db("sandbox").value(delivered) == "2")
    assert order_state(buyer, order["order_id"]) == "PAID" and len(ledger(souk, order["order_id"])) == 2


def test_decline_leaves_the_order_to_be_paid_by_another_attempt(souk, buyer, order, payment):
    assert press(souk, payment["pay_url"], "decline").status_code == 303
    path = f"/v1/payments/{payment['payment_id']}"
    wait_for(lambda: buyer.get(path).json()["state"] == "FAILED")
    assert order_state(buyer, order["order_id"]) == "PENDING_PAYMENT" and ledger(souk, order["order_id"]) == []
    assert buyer.get(path).json()["reason"] == "declined"
    assert [one["reason"] for one in buyer.get(f"/v1/orders/{order['order_id']}").json()["payments"]] == ["declined"]
    assert "declined" in souk.session.get(payment["pay_url"], timeout=15).text
    press(souk, open_payment(buyer, order["order_id"])["pay_url"], "pay")
    wait_for(paid(buyer, order["order_id"]))


# Opening

def test_open_replays_under_its_key(souk, buyer, order):
    path = f"/v1/orders/{order['order_id']}/payments"
    first, again = (buyer.post(path, {"channel": "sandbox"}, key="one-key") for _ in range(2))
    assert first.status_code == again.status_code == 201 and first.content == again.content
    other = buyer.post(path, b'{"channel": "sandbox" }', key="one-key")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.mismatch")
    assert souk.db_of(order["order_id"]).value(f"SELECT COUNT(*) FROM payment WHERE order_id = {order['order_id']}") == "1"


def test_one_key_on_two_orders_is_refused(buyer, sku_id):
    orders = [new_order(buyer, sku_id) for _ in range(2)]
    open_payment(buyer, orders[0]["order_id"], key="the-same")
    answer = buyer.post(f"/v1/orders/{orders[1]['order_id']}/payments", {"channel": "sandbox"}, key="the-same")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency.mismatch")


@pytest.mark.parametrize("body, key, status, code", [
    ({"channel": "sandbox"}, None, 400, "idempotency.key_required"),
    ({"channel": "nobody"}, True, 400, "payment.channel_unknown"),
    ({"channel": ""}, True, 400, "request.invalid"),
    ({"channel": 7}, True, 400, "request.invalid"),
    ({}, True, 400, "request.invalid"),
    ({"channel": "sandbox", "amount": 1}, True, 400, "request.invalid"),
    (b"not json", True, 400, "request.malformed"),
])
def test_open_refuses(souk, buyer, order, body, key, status, code):
    answer = buyer.post(f"/v1/orders/{order['order_id']}/payments", body, key=key)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert souk.db_of(order["order_id"]).value(f"SELECT COUNT(*) FROM payment WHERE order_id = {order['order_id']}") == "0"


def test_other_peoples_orders_and_payments_do_not_exist(souk, buyer, order, payment):
    stranger = souk.new_buyer()
    assert stranger.post(f"/v1/orders/{order['order_id']}/payments", {"channel": "sandbox"}, key=True).status_code == 404
    assert stranger.get(f"/v1/payments/{payment['payment_id']}").status_code == 404
    assert souk.get(f"/v1/payments/{payment['payment_id']}").status_code == 401
    assert buyer.get("/v1/payments/123").status_code == 404
    assert buyer.get("/v1/payments/12x").status_code == 400


def test_open_only_while_the_order_waits_for_payment(souk, buyer, order, payment):
    press(souk, payment["pay_url"], "pay")
    wait_for(paid(buyer, order["order_id"]))
    answer = buyer.post(f"/v1/orders/{order['order_id']}/payments", {"channel": "sandbox"}, key=True)
    assert (answer.status_code, answer.json()["code"]) == (409, "order.state") and "PAID" in answer.json()["detail"]


def test_attempts_are_bounded(buyer, order):
    for _ in range(20):
        open_payment(buyer, order["order_id"])
    answer = buyer.post(f"/v1/orders/{order['order_id']}/payments", {"channel": "sandbox"}, key=True)
    assert (answer.status_code, answer.json()["code"]) == (409, "payment.state")


# Callbacks

def test_callback_ten_times_at_once(souk, buyer, order, payment):
    event = event_for(payment)
    with concurrent.futures.ThreadPoolExecutor(10) as crowd:
        answers = list(crowd.map(lambda _: send_callback(souk, event), range(10)))
    answers.append(send_callback(souk, event))
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
    assert order_state(buyer, order["order_id"]) == "PAID" and len(ledger(souk, order["order_id"])) == 2
    assert events(buyer, order["order_id"]).count("order.paid") == 1


def refused(souk, buyer, order, answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert order_state(buyer, order["order_id"]) == "PENDING_PAYMENT" and ledger(souk, order["order_id"]) == []
    assert souk.db_of(order["order_id"]).value(
        f"SELECT COUNT(*) FROM payment_callback c JOIN payment p USING (payment_id) WHERE p.order_id = {order['order_id']}") == "0"


@pytest.mark.parametrize("changed", [{"amount": 1}, {"currency": "XTS"}, {"merchant": "other"}, {"order_id": "12345"}])
@pytest.mark.parametrize("state", ["captured", "declined"])
def test_callback_that_does_not_match(souk, buyer, order, payment, state, changed):
    refused(souk, buyer, order, send_callback(souk, event_for(payment, state, **changed)), 422, "payment.mismatch")


def test_callback_with_a_byte_changed(souk, buyer, order, payment):
    body = json.dumps(event_for(payment)).encode()
    headers = signed_headers(souk, body)
    for at in range(0, len(body), 7):
        changed = body[:at] + bytes([body[at] ^ 1]) + body[at + 1:]
        answer = souk.post("/v1/payments/callbacks/sandbox", changed, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "payment.signature")
    refused(souk, buyer, order, souk.post("/v1/payments/callbacks/sandbox", body), 401, "payment.signature")
    headers["Sandbox-Signature"] = headers["Sandbox-Signature"].replace("a", "b").replace("0", "1")
    refused(souk, buyer, order, souk.post("/v1/payments/callbacks/sandbox", body, headers=headers), 401, "payment.signature")


@pytest.mark.parametrize("shift", [-320, 320, -10**6])
def test_callback_outside_the_window(souk, buyer, order, payment, shift):
    refused(souk, buyer, order, send_callback(souk, event_for(payment), int(time.time()) + shift), 401, "payment.signature")


@pytest.mark.parametrize("shift", [-280, 280])
def test_callback_within_the_window(souk, buyer, order, payment, shift):
    assert send_callback(souk, event_for(payment), int(time.time()) + shift).status_code == 200
    assert order_state(buyer, order["order_id"]) == "PAID"


def test_callback_replayed_with_another_timestamp(souk, buyer, order, payment):
    body = json.dumps(event_for(payment)).encode()
    headers = signed_headers(souk, body)
    headers["Sandbox-Timestamp"] = str(int(headers["Sandbox-Timestamp"]) + 1)
    refused(souk, buyer, order, souk.post("/v1/payments/callbacks/sandbox", body, headers=headers), 401, "payment.signature")


def test_callback_about_nothing_souk_knows(souk, buyer, order, payment):
    refused(souk, buyer, order, send_callback(souk, event_for(payment, payment_id="4242")), 404, "not_found")
    assert souk.post("/v1/payments/callbacks/nobody", b"{}").status_code == 404


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"state": "captured"}', b"\xff\xfe", b"[" * 40])
def test_callback_signed_but_not_an_event(souk, body):
    answer = souk.post("/v1/payments/callbacks/sandbox", body, headers=signed_headers(souk, body))
    assert (answer.status_code, answer.json()["code"]) == (400, "request.malformed")


@pytest.mark.parametrize("changed", [{"amount": "100"}, {"amount": 1.5}, {"amount": -5}, {"payment_id": 12}, {"order_id": "x"},
                                     {"state": "paid"}, {"event_id": ""}, {"event_id": "e" * 65}, {"provider_ref": None},
                                     {"currency": "DOLLAR"}])
def test_callback_with_a_wrong_field(souk, buyer, order, payment, changed):
    refused(souk, buyer, order, send_callback(souk, event_for(payment, **changed)), 400, "request.malformed")


def test_one_event_id_is_one_payment(souk, buyer, sku_id):
    first, second = (open_payment(buyer, new_order(buyer, sku_id)["order_id"]) for _ in range(2))
    event = event_for(first)
    assert send_callback(souk, event).status_code == 200
    answer = send_callback(souk, event_for(second, event_id=event["event_id"]))
    assert (answer.status_code, answer.json()["code"]) == (422, "payment.mismatch")
    assert order_state(buyer, second["order_id"]) == "PENDING_PAYMENT"


def test_events_in_the_wrong_order(souk, buyer, sku_id):
    """Captured, then declined: paid. Declined, then captured: paid, for the money is there."""
    for states in (["captured", "declined"], ["declined", "captured"]):
        order = new_order(buyer, sku_id)
        payment = open_payment(buyer, order["order_id"])
        for state in states:
            assert send_callback(souk, event_for(payment, state)).status_code == 200
        assert order_state(buyer, order["order_id"]) == "PAID"
        assert buyer.get(f"/v1/payments/{payment['payment_id']}").json()["state"] == "CAPTURED"


def test_two_attempts_both_captured(souk, buyer, order):
    payments = [open_payment(buyer, order["order_id"]) for _ in range(2)]
    with concurrent.futures.ThreadPoolExecutor(2) as both:
        assert {a.status_code for a in both.map(lambda p: send_callback(souk, event_for(p)), payments)} == {200}
    now = [buyer.get(f"/v1/payments/{payment['payment_id']}").json() for payment in payments]
    assert [p["state"] for p in now] == ["CAPTURED"] * 2 and sorted(p["refund_due"] for p in now) == [False, True]
    assert order_state(buyer, order["order_id"]) == "PAID" and len(ledger(souk, order["order_id"])) == 4
    told = [event for event in events(buyer, order["order_id"]) if event in ("order.paid", "payment.refund_due")]
    assert told == ["order.paid", "payment.refund_due"]


def test_ledger_balances(souk):
    for shard in range(souk.shards):
        assert souk.db(shard).rows("SELECT transfer_id FROM ledger_entry GROUP BY transfer_id, currency "
                                   "HAVING SUM(debit) <> SUM(credit) OR COUNT(*) < 2") == []


# Closing

def test_capture_of_a_closed_order_is_to_be_refunded(souk, buyer, order, payment):
    assert buyer.post(f"/v1/orders/{order['order_id']}/cancel", {}).status_code == 200
    souk.db_of(order["order_id"]).run(f"UPDATE payment SET lease_until = UTC_TIMESTAMP(3) WHERE order_id = {order['order_id']}")
    wait_for(lambda: order_state(buyer, order["order_id"]) == "CLOSED", seconds=20)
    assert buyer.get(f"/v1/payments/{payment['payment_id']}").json()["state"] == "VOIDED"
    assert "closed" in souk.session.get(payment["pay_url"], timeout=15).text

    assert send_callback(souk, event_for(payment)).status_code == 200
    now = buyer.get(f"/v1/payments/{payment['payment_id']}").json()
    assert (now["state"], now["refund_due"]) == ("CAPTURED", True)
    assert order_state(buyer, order["order_id"]) == "CLOSED" and len(ledger(souk, order["order_id"])) == 2


def test_closing_finds_a_capture_whose_callback_is_late(souk, buyer, order, payment):
    """Paid at the provider, the callback is still under way, the time is over: closing asks the provider, and it is PAID."""
    press(souk, payment["pay_url"], "pay_late")
    expire(souk, order["order_id"])
    wait_for(paid(buyer, order["order_id"]), seconds=9)
    assert events(buyer, order["order_id"])[-2:] == ["order.closing", "order.paid"]


def test_nobody_can_pay_after_the_order_has_closed(souk, buyer, order, payment):
    form = Form(souk.session.get(payment["pay_url"], timeout=15).text)
    expire(souk, order["order_id"])
    wait_for(lambda: order_state(buyer, order["order_id"]) == "CLOSED", seconds=20)
    answer = souk.session.post(souk.url(form.action), data=form.fields | {"decision": "pay"}, timeout=15, allow_redirects=False)
    assert answer.status_code == 410 and "closed" in answer.text


def test_a_capture_that_waits_for_its_order_holds_nothing_of_the_attempt(souk, buyer, order, payment):
    """Orders are locked before their attempts, as by all that change an attempt: the other way round is a deadlock."""
    db = souk.db_of(order["order_id"])
    attempt = f"SELECT payment_id FROM payment WHERE payment_id = {payment['payment_id']} FOR UPDATE SKIP LOCKED"
    with Transaction(db, f"BEGIN; SELECT order_id FROM orders WHERE order_id = {order['order_id']} FOR UPDATE") as holder, \
            concurrent.futures.ThreadPoolExecutor(1) as pool:
        answer = pool.submit(send_callback, souk, event_for(payment))
        wait_for(lambda: lock_waiters(db), 5)
        assert db.rows(attempt), "the attempt is locked"
        holder.end()
        assert answer.result().status_code == 200
    wait_for(lambda: order_state(buyer, order["order_id"]) == "PAID")


def test_capture_racing_with_closing(souk, buyer, sku_id):
    """The button is pressed while the closer is at work: PAID, or CLOSED with the money not taken or to be given back."""
    orders = [new_order(buyer, sku_id) for _ in range(16)]
    payments = [open_payment(buyer, order["order_id"]) for order in orders]
    forms = [Form(souk.session.get(payment["pay_url"], timeout=15).text) for payment in payments]

    def race(n):
        expire(souk, orders[n]["order_id"])
        time.sleep(0.04 * n)
        if n % 2:
            send_callback(souk, event_for(payments[n]))
        else:
            souk.session.post(souk.url(forms[n].action), data=forms[n].fields | {"decision": "pay"}, timeout=15,
                              allow_redirects=False)

    with concurrent.futures.ThreadPoolExecutor(8) as crowd:
        list(crowd.map(race, range(len(orders))))
    for order, payment in zip(orders, payments):
        wait_for(lambda: order_state(buyer, order["order_id"]) in ("PAID", "CLOSED"), seconds=20)
        state = order_state(buyer, order["order_id"])
        now = buyer.get(f"/v1/payments/{payment['payment_id']}").json()
        assert (state, now["state"], now["refund_due"]) in (
            ("PAID", "CAPTURED", False), ("CLOSED", "CAPTURED", True), ("CLOSED", "VOIDED", False))
        assert len(ledger(souk, order["order_id"])) == (2 if now["state"] == "CAPTURED" else 0)
