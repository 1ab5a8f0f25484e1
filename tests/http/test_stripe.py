"""The channel stripe against a simulator that signs as Stripe documents (tests/providers/stripe.py)."""

import os
import signal
import time

import pytest

from client import wait_for
from providers.prepare import STRIPE_WEBHOOK
from providers.shop import Attempt, product_in
from providers.stripe import Stripe

DAY_S = 86400


@pytest.fixture(scope="module")
def stripe(souk):
    provider = Stripe(souk)
    yield provider
    provider.close()


@pytest.fixture(scope="module")
def sku_id(souk):
    return product_in(souk, "EUR")


@pytest.fixture
def attempt(souk, buyer, sku_id, stripe):
    return Attempt(souk, buyer, sku_id, "stripe")


def session_of(stripe, attempt):
    """The Checkout Session, once the worker has made it; gives its number."""
    now = wait_for(lambda: (now := attempt.payment())["pay_url"] and now, 15)
    assert now["state"] == "SUBMITTED"
    found = [one for one in stripe.sessions.values() if one["client_reference_id"] == attempt.payment_id]
    assert len(found) == 1 and found[0]["url"] == now["pay_url"]
    return found[0]["id"]


def test_from_order_to_paid(attempt, stripe):
    assert attempt.opened.json()["state"] == "CREATED" and attempt.opened.json()["pay_url"] is None
    session = session_of(stripe, attempt)
    assert (stripe.sessions[session]["amount_total"], stripe.sessions[session]["currency"]) == (4599, "eur")
    stripe.pay(session)
    for _ in range(3):
        assert stripe.notify(session).status_code == 200
    assert attempt.state() == "PAID" and attempt.captures() == 2


def test_the_answer_to_creating_is_lost(souk, buyer, sku_id, stripe):
    stripe.fault("/v1/checkout/sessions", "lost")
    attempt = Attempt(souk, buyer, sku_id, "stripe")
    session_of(stripe, attempt)  # one session, though it was asked for twice
    assert stripe.count(f"client_reference_id={attempt.payment_id}") >= 2


def test_events_that_are_not_believed(attempt, stripe):
    session = session_of(stripe, attempt)
    stripe.pay(session)
    other = {"metadata": {"payment_id": attempt.payment_id, "order_id": "12345"}}
    for status, code, how in [
            (401, "payment.signature", {"secrets_": ["whsec_other"]}),
            (401, "payment.signature", {"secrets_": []}),
            (401, "payment.signature", {"mangle": lambda body: body.replace(b"4599", b"4598")}),
            (401, "payment.signature", {"mangle": lambda body: body + b"\n"}),
            (401, "payment.signature", {"stamp": int(time.time()) - 320}),
            (401, "payment.signature", {"stamp": int(time.time()) + 320}),
            (422, "payment.mismatch", {"livemode": True}),
            (422, "payment.mismatch", {"changed": other}),
            (400, "request.malformed", {"changed": {"amount_total": "4599"}}),
            (404, "not_found", {"changed": {"client_reference_id": str(int(attempt.payment_id) + 256)}})]:
        answer = stripe.notify(session, **how)
        assert (answer.status_code, answer.json()["code"]) == (status, code), how
    # What others do in the same account, and events souk has no use for.
    assert stripe.notify(session, changed={"client_reference_id": "cart-7", "metadata": {}}).status_code == 200
    assert stripe.notify(session, "customer.created").status_code == 200
    assert stripe.notify(session, changed={"payment_status": "unpaid"}).status_code == 200
    assert attempt.state() == "PENDING_PAYMENT"
    # While the secret is rolled there are signatures of both.
    assert stripe.notify(session, secrets_=["whsec_new", STRIPE_WEBHOOK]).status_code == 200
    assert attempt.state() == "PAID"


def test_a_wrong_amount_never_pays(attempt, stripe):
    session = session_of(stripe, attempt)
    stripe.sessions[session] |= {"status": "complete", "payment_status": "unpaid", "payment_intent": f"pi_{attempt.payment_id}"}
    assert stripe.notify(session, changed={"payment_status": "paid", "amount_total": 50}).status_code == 422
    assert attempt.state() == "PENDING_PAYMENT" and attempt.captures() == 0


def test_money_that_does_not_come(attempt, stripe):
    session = session_of(stripe, attempt)
    stripe.sessions[session] |= {"status": "complete", "payment_intent": f"pi_{attempt.payment_id}"}
    assert stripe.notify(session).status_code == 200
    assert attempt.payment()["state"] == "SUBMITTED"
    assert stripe.notify(session, "checkout.session.async_payment_failed").status_code == 200
    assert attempt.payment()["state"] == "FAILED" and attempt.state() == "PENDING_PAYMENT"


def test_why_money_did_not_come_is_kept_for_staff(souk, attempt, stripe):
    session = session_of(stripe, attempt)
    stripe.sessions[session] |= {"status": "complete", "payment_intent": f"pi_{attempt.payment_id}", "intent": {
        "status": "requires_payment_method", "last_payment_error": {"code": "card_declined", "decline_code": "insufficient_funds"}}}
    attempt.ask_now()
    wait_for(lambda: attempt.payment()["state"] == "FAILED", 15)
    seen = souk.admin.get(f"/v1/admin/orders/{attempt.order_id}").json()["payments"]
    assert [one["decline_code"] for one in seen] == ["insufficient_funds"]


def decline_code(souk, attempt):
    payments = souk.admin.get(f"/v1/admin/orders/{attempt.order_id}").json()["payments"]
    return [one["decline_code"] for one in payments if one["payment_id"] == attempt.payment_id][0]


def test_a_card_that_is_refused_leaves_the_attempt_open(souk, attempt, stripe):
    session, order = session_of(stripe, attempt), f"/v1/admin/orders/{attempt.order_id}"
    before = souk.admin.get(order).headers["ETag"]
    for _ in range(2):
        assert stripe.decline_try(session, {"code": "card_declined", "decline_code": "lost_card"}, event_id=f"evt_1_{session}"[:60]).status_code == 200
    assert attempt.payment()["state"] == "SUBMITTED" and decline_code(souk, attempt) == "lost_card"
    assert souk.admin.get(order).headers["ETag"] != before
    assert stripe.decline_try(session, {"code": "expired_card"}).status_code == 200
    assert decline_code(souk, attempt) == "expired_card"
    told = [one for one in attempt.buyer.get(f"/v1/orders/{attempt.order_id}/events").json()["items"] if one["type"] == "payment.try_declined"]
    assert len(told) == 2 and "internal" not in told[0]["data"]
    # The same page, another card.
    stripe.pay(session)
    assert stripe.notify(session).status_code == 200
    assert attempt.state() == "PAID" and attempt.captures() == 2 and decline_code(souk, attempt) is None
    assert stripe.decline_try(session, {"code": "card_declined"}).status_code == 200  # told late
    assert attempt.state() == "PAID" and decline_code(souk, attempt) is None


@pytest.mark.parametrize("first", ["why", "that"])
def test_that_money_does_not_come_and_why_are_told_in_any_order(souk, attempt, stripe, first):
    session = session_of(stripe, attempt)
    stripe.sessions[session] |= {"status": "complete", "payment_intent": f"pi_{attempt.payment_id}"}
    for what in ("why", "that") if first == "why" else ("that", "why"):
        if what == "why":
            assert stripe.decline_try(session, {"code": "charge_exceeds_source_limit"}).status_code == 200
        else:
            assert stripe.notify(session, "checkout.session.async_payment_failed").status_code == 200
    assert attempt.payment()["state"] == "FAILED" and decline_code(souk, attempt) == "charge_exceeds_source_limit"


def test_refused_tries_that_are_not_believed(souk, attempt, stripe):
    session = session_of(stripe, attempt)
    error = {"code": "card_declined"}
    assert stripe.decline_try(session, error, secrets_=["whsec_other"]).status_code == 401
    assert stripe.decline_try(session, error, livemode=True).status_code == 422
    assert stripe.decline_try(session, error, mangle=lambda body: body).status_code == 200
    intent = stripe.sessions[session]["intent_metadata"]
    stripe.sessions[session]["intent_metadata"] = intent | {"order_id": "12345"}
    assert stripe.decline_try(session, error).status_code == 422
    stripe.sessions[session]["intent_metadata"] = {}
    assert stripe.decline_try(session, {"code": "of_another_shop"}).status_code == 200
    assert decline_code(souk, attempt) == "card_declined"


def test_closing(souk, buyer, sku_id, stripe):
    unpaid, paid = (Attempt(souk, buyer, sku_id, "stripe") for _ in range(2))
    sessions = [session_of(stripe, each) for each in (unpaid, paid)]
    stripe.pay(sessions[1])  # and the event is lost
    for each in (unpaid, paid):
        each.expire()
    unpaid.wait("CLOSED")
    paid.wait("PAID")
    assert stripe.sessions[sessions[0]]["status"] == "expired"


def test_refunds(attempt, stripe):
    session = session_of(stripe, attempt)
    stripe.pay(session)
    stripe.notify(session)
    attempt.wait("PAID")
    stripe.refund_status = "pending"
    stripe.fault("metadata[refund_id]", "lost")
    first = attempt.refund(1000)
    wait_for(lambda: attempt.ask_refund_now(first) or attempt.refund_state(first) == "SUBMITTED" and
             [one for one in stripe.refunds.values() if one["metadata"]["refund_id"] == first], 15, every=0.3)
    refund = next(one for one in stripe.refunds.values() if one["metadata"]["refund_id"] == first)
    refund["status"] = "succeeded"
    assert stripe.send("refund.updated", refund).status_code == 200
    assert attempt.refund_state(first) == "SUCCEEDED"
    stripe.refund_status = "succeeded"
    rest = attempt.refund()
    attempt.wait_refund(rest, "SUCCEEDED")
    assert sorted(one["amount"] for one in stripe.refunds.values() if one["payment_intent"] == refund["payment_intent"]) == [1000, 3599]


def test_statement(souk, attempt, stripe):
    session = session_of(stripe, attempt)
    yesterday = int(time.time()) - DAY_S
    stripe.pay(session, at=yesterday)
    one = stripe.sessions[session]
    stripe.balance += [
        {"type": "refund", "amount": -150, "fee": 0, "currency": "eur", "created": yesterday, "source": {
            "id": "re_777", "amount": 150, "currency": "eur", "metadata": {"refund_id": "777", "payment_id": attempt.payment_id}}},
        # settled in another currency: the buyer saw yen
        {"type": "charge", "amount": 700, "fee": 31, "currency": "eur", "created": yesterday, "source": {
            "id": "ch_778", "amount": 1200, "currency": "jpy", "payment_intent": "pi_778", "metadata": {"payment_id": "778"}}},
        {"type": "stripe_fee", "amount": -200, "fee": 0, "currency": "eur", "created": yesterday, "source": None},
        {"type": "payout", "amount": -9999, "fee": 0, "currency": "eur", "created": yesterday, "source": "po_1"}]
    day = time.strftime("%Y-%m-%d", time.gmtime(yesterday))
    printed = souk.admin_command("statement", "stripe", day)
    lines = sorted(line.split()[1:] for line in printed.stdout.splitlines())
    assert [line for line in lines if line[6] in (attempt.payment_id, "778")] == [
        ["capture", "1200", "JPY", "fee", "0", "payment", "778", "refund", "0", "pi_778"],
        ["capture", "4599", "EUR", "fee", "59", "payment", attempt.payment_id, "refund", "0", one["payment_intent"]],
        ["refund", "150", "EUR", "fee", "0", "payment", attempt.payment_id, "refund", "777", "re_777"]]
    assert [line[:3] for line in lines if line[0] == "fee"] == [["fee", "200", "EUR"], ["fee", "31", "EUR"]]
    today = souk.admin_command("statement", "stripe", time.strftime("%Y-%m-%d", time.gmtime()), check=False)
    assert today.returncode == 1 and "has no statement" in today.stderr


@pytest.mark.parametrize("currency, price, units", [("JPY", 1200, 1200), ("KWD", 1230, 1230), ("ISK", 500, 50000)])
def test_amounts_as_stripe_counts_them(souk, buyer, stripe, currency, price, units):
    attempt = Attempt(souk, buyer, product_in(souk, currency, price), "stripe")
    session = session_of(stripe, attempt)
    assert (stripe.sessions[session]["amount_total"], stripe.sessions[session]["currency"]) == (units, currency.lower())
    stripe.pay(session)
    assert stripe.notify(session).status_code == 200
    assert attempt.state() == "PAID"


def test_what_stripe_cannot_charge(souk, buyer, stripe):
    attempt = Attempt(souk, buyer, product_in(souk, "KWD", 1235), "stripe")
    attempt.wait_payment("FAILED")
    assert stripe.count(f"client_reference_id={attempt.payment_id}") == 0 and attempt.state() == "PENDING_PAYMENT"


def test_a_worker_that_is_told_to_stop_does_not_read_a_statement_to_its_end(souk, stripe):
    yesterday, pages = int(time.time()) - DAY_S, "/v1/balance_transactions"
    stripe.balance = [{"type": "charge", "amount": 700, "fee": 0, "currency": "eur", "created": yesterday, "source": {
        "id": f"ch_{n}", "amount": 700, "currency": "eur", "payment_intent": f"pi_{n}", "metadata": {"payment_id": str(n)}}}
        for n in range(1000, 1090)]
    stripe.fault(pages, "slow", times=1000, seconds=1)
    before, pid = stripe.count(pages), souk.pid("worker")
    try:
        asked = souk.admin.post("/v1/admin/reconciliation", key=True, body={
            "channel": "stripe", "day": time.strftime("%Y-%m-%d", time.gmtime(yesterday))})
        assert asked.status_code < 300, asked.text
        wait_for(lambda: stripe.count(pages) > before + 1)
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not os.path.exists(f"/proc/{pid}"), 15)
        assert stripe.count(pages) < before + 25
    finally:
        stripe.faults.clear()
        stripe.balance.clear()
        wait_for(lambda: not os.path.exists(f"/proc/{pid}"), 60)
        souk.make("run")
        wait_for(lambda: souk.pid("worker"))
