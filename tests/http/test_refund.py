"""Money that goes back, by itself or by staff, through the sandbox provider; money that needs a person; what the provider
does wrong and souk has to see through."""

import concurrent.futures
import json
import subprocess
import time
import uuid

import pytest

from client import wait_for
from paying import (ask_provider, event_for, events, expire, new_order, open_payment, order, order_state, paid,  # noqa: F401
                    payment, press, send_callback, signed_headers, sku_id)
from transaction import Transaction


def set_faults(souk, payment, **faults):
    body = json.dumps({"payment_id": payment["payment_id"]} | faults).encode()
    answer = souk.request("PUT", "/sandbox/v1/faults", body, headers=signed_headers(souk, body, "PUT /sandbox/v1/faults"))
    assert answer.status_code == 200, answer.text


def pay(souk, person, order, **faults):
    """An order that is paid, and its payment."""
    payment = open_payment(person, order["order_id"])
    if faults:
        set_faults(souk, payment, **faults)
    press(souk, payment["pay_url"], "pay")
    wait_for(paid(person, order["order_id"]))
    return payment


def hurry(souk, order_id):
    """What the worker is to ask the provider about this order is due now."""
    souk.db_of(order_id).run(f"UPDATE payment SET due_at = UTC_TIMESTAMP(3) WHERE order_id = {order_id} AND due_at IS NOT NULL;"
                             f"UPDATE refund SET due_at = UTC_TIMESTAMP(3) WHERE order_id = {order_id} AND due_at IS NOT NULL")


def give_back(souk, order, key=True, **body):
    return souk.admin.post(f"/v1/admin/orders/{order['order_id']}/refunds", {"reason": "Scratched"} | body, key=key)


def refunds(person, order):
    return person.get(f"/v1/orders/{order['order_id']}/refunds").json()["items"]


def all_back(person, order, n=1):
    def check():
        items = refunds(person, order)
        return items if len(items) >= n and all(refund["state"] == "SUCCEEDED" for refund in items) else None
    return check


def money(person, order):
    return person.get(f"/v1/orders/{order['order_id']}").json()["payment"]


def gone_at_provider(souk, payment):
    return int(souk.db("sandbox").value(f"SELECT COALESCE(SUM(amount), 0) FROM refund WHERE state = 'refunded' AND "
                                        f"payment_id = {payment['payment_id']}"))


def cases(souk, order, **query):
    found = souk.admin.get("/v1/admin/payment-cases?limit=100" + "".join(f"&{name}={value}" for name, value in query.items()))
    assert found.status_code == 200, found.text
    return [case for case in found.json()["items"] if case["order_id"] == order["order_id"]]


# By staff

def test_all_of_it(souk, buyer, order):
    payment = pay(souk, buyer, order)
    total = order["total"]
    assert money(buyer, order) == {"paid": total, "refunding": 0, "refunded": 0, "due": 0}
    answer = give_back(souk, order)
    assert answer.status_code == 201, answer.text
    refund = answer.json()
    assert (refund["state"], refund["amount"], refund["payment_id"]) == ("REQUESTED", total, payment["payment_id"])
    wait_for(all_back(buyer, order))
    assert money(buyer, order) == {"paid": total, "refunding": 0, "refunded": total, "due": 0}
    assert gone_at_provider(souk, payment) == total and order_state(buyer, order["order_id"]) == "PAID"
    assert events(buyer, order["order_id"])[-2:] == ["refund.requested", "refund.succeeded"]
    shown = buyer.get(f"/v1/orders/{order['order_id']}").json()["refunds"]
    assert shown == [{"refund_id": refund["refund_id"], "state": "SUCCEEDED", "amount": total, "reason": "Scratched"}]
    again = give_back(souk, order)
    assert (again.status_code, again.json()["code"]) == (409, "refund.nothing")


def test_parts_asked_for_at_once_never_exceed_what_was_paid(souk, buyer, sku_id):
    order = new_order(buyer, sku_id)
    payment = pay(souk, buyer, order)
    part = order["total"] // 3
    with concurrent.futures.ThreadPoolExecutor(6) as crowd:
        answers = list(crowd.map(lambda _: give_back(souk, order, amount=part), range(6)))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 3
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"refund.exceeds", "refund.nothing"}
    wait_for(all_back(buyer, order, 3))
    assert gone_at_provider(souk, payment) == 3 * part == money(buyer, order)["refunded"]


def test_one_key_is_one_refund(souk, buyer, order):
    pay(souk, buyer, order)
    key = uuid.uuid4().hex
    first, again = (give_back(souk, order, key=key, amount=1) for _ in range(2))
    assert first.status_code == 201 and first.content == again.content and len(refunds(buyer, order)) == 1
    assert give_back(souk, order, key=key, amount=2).status_code == 422


@pytest.mark.parametrize("body, key, status, code", [
    ({"reason": "x", "amount": 1}, None, 400, "idempotency.key_required"),
    ({"amount": 1}, True, 400, "request.invalid"),
    ({"reason": "x", "amount": 0}, True, 400, "request.invalid"),
    ({"reason": "x", "amount": 1.5}, True, 400, "request.invalid"),
    ({"reason": "x", "amount": 10**12}, True, 409, "refund.nothing"),
])
def test_refused(souk, order, body, key, status, code):
    answer = souk.admin.post(f"/v1/admin/orders/{order['order_id']}/refunds", body, key=key)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_who_may(souk, buyer, order):
    path = f"/v1/admin/orders/{order['order_id']}/refunds"
    assert buyer.post(path, {"reason": "x"}, key=True).status_code == 403
    assert souk.new_staff("merchant").post(path, {"reason": "x"}, key=True).status_code == 403
    assert souk.new_staff("support").post(path, {"reason": "x"}, key=True).json()["code"] == "refund.nothing"
    stranger = souk.new_buyer()
    assert stranger.get(f"/v1/orders/{order['order_id']}/refunds").status_code == 404
    assert stranger.get("/v1/admin/payment-cases").status_code == 403


def test_a_refund_fails_and_support_tries_again(souk, buyer, order):
    payment = pay(souk, buyer, order, refund_fails=1)
    assert give_back(souk, order).status_code == 201
    failed = wait_for(lambda: [refund for refund in refunds(buyer, order) if refund["state"] == "FAILED"])
    assert failed[0]["failure"] == "the card has expired" and money(buyer, order)["refunding"] == 0
    case = cases(souk, order, state="open", kind="refund_failed")[0]
    metrics = souk.get("/metrics")
    if metrics.status_code == 200:  # from this machine: a case that the worker opened shows
        open_n = [float(line.split()[-1]) for line in metrics.text.splitlines() if line.startswith("souk_payment_cases_open{")]
        assert len(open_n) == souk.shards and sum(open_n) >= 1
    assert case["refund_id"] == failed[0]["refund_id"] and case["data"]["why"] == "the card has expired"
    assert give_back(souk, order).status_code == 201
    wait_for(lambda: money(buyer, order)["refunded"] == order["total"])
    assert gone_at_provider(souk, payment) == order["total"]
    closed = souk.admin.post(f"/v1/admin/payment-cases/{case['case_id']}/close", {"note": "Another card"}, key=True)
    assert (closed.status_code, closed.json()["state"], closed.json()["note"]) == (200, "closed", "Another card")
    assert cases(souk, order, state="open") == []


def test_what_the_provider_never_gives_back_a_person_does(souk, buyer, order):
    """The order that waited for it is over then, its units are free, and the books say where the money came from."""
    payment = pay(souk, buyer, order, refund_fails=1)
    assert buyer.post(f"/v1/orders/{order['order_id']}/cancel", key=True).json()["state"] == "CANCELLING"
    case = wait_for(lambda: cases(souk, order, state="open", kind="refund_failed"))[0]
    path, body = f"/v1/admin/payment-cases/{case['case_id']}/close", {"note": "By bank transfer", "action": "refunded"}
    closed = souk.admin.post(path, body, key=True)
    assert (closed.status_code, closed.json()["state"]) == (200, "closed"), closed.text
    now = buyer.get(f"/v1/orders/{order['order_id']}").json()
    assert now["state"] == "CANCELLED" and money(buyer, order) == {"paid": order["total"], "refunding": 0, "refunded": order["total"], "due": 0}
    assert [(refund["channel"], refund["state"]) for refund in refunds(buyer, order)] == [("sandbox", "FAILED"), ("manual", "SUCCEEDED")]
    assert gone_at_provider(souk, payment) == 0
    for law in "payments", "refunds", "reserved":
        report = json.loads(souk.db_of(order["order_id"]).rows(f"CALL audit_{law}({int(order['order_id']) - 1}, 1)")[0]["body"])
        assert (report["examined"], report["violations"]) == (1, []), (law, report)


def test_a_refund_that_takes_its_time(souk, buyer, order):
    pay(souk, buyer, order, refund_pending_ms=1500)
    assert give_back(souk, order).status_code == 201
    wait_for(lambda: refunds(buyer, order)[0]["state"] == "SUBMITTED")
    wait_for(all_back(buyer, order), seconds=20)


def test_a_refund_that_does_not_end_needs_a_person_and_goes_on(souk, buyer, order):
    """Whichever try it was that the worker did not live to count."""
    pay(souk, buyer, order, refund_pending_ms=6000)
    assert give_back(souk, order).status_code == 201
    wait_for(lambda: refunds(buyer, order)[0]["state"] == "SUBMITTED")
    souk.db_of(order["order_id"]).run(f"UPDATE refund SET tries = 12, due_at = UTC_TIMESTAMP(3) WHERE order_id = {order['order_id']}")
    case = wait_for(lambda: cases(souk, order, state="open", kind="refund_stuck"), seconds=20)[0]
    assert (case["refund_id"], case["data"]["why"], case["data"]["amount"]) == (refunds(buyer, order)[0]["refund_id"], "pending", order["total"])
    wait_for(lambda: hurry(souk, order["order_id"]) or all_back(buyer, order)(), seconds=20)
    assert [one["state"] for one in cases(souk, order)] == ["closed"]  # by itself


def test_a_payment_whose_provider_does_not_answer_needs_a_person_and_goes_on(souk, buyer, order):
    payment = open_payment(buyer, order["order_id"])
    set_faults(souk, payment, authorises=1, replies_lost=20)
    with souk.worker_held():
        press(souk, payment["pay_url"], "pay")
        wait_for(lambda: state_of(buyer, payment) == "AUTHORISED", seconds=20)
        set_faults(souk, payment, callback_lost=20)
        souk.db_of(order["order_id"]).run(f"UPDATE payment SET tries = 12, due_at = UTC_TIMESTAMP(3) WHERE payment_id = {payment['payment_id']}")
    case = wait_for(lambda: cases(souk, order, state="open", kind="payment_stuck"), seconds=20)[0]
    assert (case["payment_id"], case["data"]["action"]) == (payment["payment_id"], "capture")
    set_faults(souk, payment, replies_lost=0)
    wait_for(lambda: hurry(souk, order["order_id"]) or paid(buyer, order["order_id"])(), seconds=20)
    assert [one["state"] for one in cases(souk, order)] == ["closed"]


def test_a_refund_whose_answer_is_lost_is_made_once(souk, buyer, order):
    payment = pay(souk, buyer, order, replies_lost=2, callback_lost=0)
    set_faults(souk, payment, replies_lost=2, callback_lost=1)
    assert give_back(souk, order, amount=1).status_code == 201
    wait_for(all_back(buyer, order), seconds=20)
    assert gone_at_provider(souk, payment) == 1


# By themselves

def test_the_second_capture_goes_back(souk, buyer, order):
    payments = [open_payment(buyer, order["order_id"]) for _ in range(2)]
    for payment in payments:  # both are paid before souk hears of either and closes the other
        set_faults(souk, payment, callback_delay_ms=2000)
        assert press(souk, payment["pay_url"], "pay").status_code == 303
    wait_for(all_back(buyer, order), seconds=20)
    total = order["total"]
    assert money(buyer, order) == {"paid": 2 * total, "refunding": 0, "refunded": total, "due": 0}
    assert sorted(gone_at_provider(souk, payment) for payment in payments) == [0, total]
    assert order_state(buyer, order["order_id"]) == "PAID" and refunds(buyer, order)[0]["cause"] == "second"


def test_other_attempts_are_closed_once_the_order_is_paid(souk, buyer, order):
    idle = open_payment(buyer, order["order_id"])
    pay(souk, buyer, order)
    path = f"/v1/payments/{idle['payment_id']}"
    wait_for(lambda: buyer.get(path).json()["state"] == "VOIDED", seconds=20)
    assert "closed" in souk.session.get(idle["pay_url"], timeout=15).text


def test_a_capture_that_comes_late_goes_back(souk, buyer, order):
    payment = open_payment(buyer, order["order_id"])
    set_faults(souk, payment, callback_delay_ms=900000)
    assert press(souk, payment["pay_url"], "pay").status_code == 303
    # closed by hand, as by a provider that answered wrongly
    souk.db_of(order["order_id"]).run(
        f"UPDATE orders SET state = 'CLOSING', closing_at = UTC_TIMESTAMP(3), due_at = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR "
        f"WHERE order_id = {order['order_id']}; CALL order_event_append({order['order_id']}, 'order.closing', '{{}}');"
        f"CALL payment_closed({payment['payment_id']}, 'closed'); CALL order_close_each('[{{\"n\": 0, \"order_id\": \"{order['order_id']}\"}}]')")
    assert order_state(buyer, order["order_id"]) == "CLOSED"
    souk.db("sandbox").run(f"UPDATE callback SET due_at = UTC_TIMESTAMP(3) WHERE body LIKE '%\"{payment['payment_id']}\"%'")
    wait_for(all_back(buyer, order), seconds=20)
    assert order_state(buyer, order["order_id"]) == "CLOSED" and refunds(buyer, order)[0]["cause"] == "late"
    assert gone_at_provider(souk, payment) == order["total"]


def test_what_was_paid_above_the_price_goes_back(souk, buyer, order):
    payment = pay(souk, buyer, order, capture_amount_off=25)
    wait_for(all_back(buyer, order), seconds=20)
    assert refunds(buyer, order)[0]["cause"] == "excess" and gone_at_provider(souk, payment) == 25
    assert money(buyer, order) == {"paid": order["total"] + 25, "refunding": 0, "refunded": 25, "due": 0}


# The callback

def test_ten_copies_in_any_order(souk, buyer, order):
    payment = pay(souk, buyer, order, callback_copies=10, callback_spread_ms=700)
    delivered = f"SELECT COUNT(*) FROM callback WHERE state = 'delivered' AND body LIKE '%\"{payment['payment_id']}\"%'"
    wait_for(lambda: souk.db("sandbox").value(delivered) == "10", seconds=20)
    assert money(buyer, order)["paid"] == order["total"] and events(buyer, order["order_id"]).count("order.paid") == 1


def test_a_callback_that_never_comes_is_asked_for(souk, buyer, order):
    payment = open_payment(buyer, order["order_id"])
    set_faults(souk, payment, callback_lost=1)
    press(souk, payment["pay_url"], "pay")
    hurry(souk, order["order_id"])
    wait_for(paid(buyer, order["order_id"]), seconds=20)


def test_less_than_the_price_pays_nothing_and_needs_a_person(souk, buyer, order):
    payment = open_payment(buyer, order["order_id"])
    set_faults(souk, payment, capture_amount_off=-1)
    press(souk, payment["pay_url"], "pay")
    case = wait_for(lambda: cases(souk, order, state="open", kind="wrong_amount"), seconds=20)[0]
    assert (case["payment_id"], case["data"]["amount"], case["asked"]) == (payment["payment_id"], order["total"] - 1, order["total"])
    assert order_state(buyer, order["order_id"]) == "PENDING_PAYMENT" and money(buyer, order)["paid"] == 0
    path = f"/v1/admin/payment-cases/{case['case_id']}/close"
    assert buyer.post(path, {"note": "x"}, key=True).status_code == 403
    assert souk.admin.post(path, {}, key=True).json()["errors"][0]["field"] == "note"
    wait_for(lambda: cases(souk, order, kind="wrong_amount")[0]["taken"] == order["total"] - 1, seconds=20)  # they were asked
    assert souk.admin.post(path, {"note": "Sent back", "action": "refund"}, key=True).json()["state"] == "closed"
    wait_for(all_back(buyer, order), seconds=20)
    assert gone_at_provider(souk, payment) == order["total"] - 1
    pay(souk, buyer, order)


def test_staff_sends_back_what_the_provider_took_whatever_a_callback_says(souk, buyer, order):
    payment = open_payment(buyer, order["order_id"])
    set_faults(souk, payment, capture_amount_off=-2, callback_amount_off=-5)
    press(souk, payment["pay_url"], "pay")
    told = wait_for(lambda: cases(souk, order, state="open", kind="wrong_amount"), seconds=20)[0]["data"]["amount"]
    assert told == order["total"] - 7
    expire(souk, order["order_id"])  # CLOSING: the provider's answer to closing says what it took
    case = wait_for(lambda: [one for one in cases(souk, order, state="open") if one["taken"]], seconds=20)[0]
    assert case["taken"] == order["total"] - 2
    closed = souk.admin.post(f"/v1/admin/payment-cases/{case['case_id']}/close", {"note": "Back", "action": "refund"}, key=True)
    assert closed.status_code == 200, closed.text
    wait_for(all_back(buyer, order), seconds=20)
    assert gone_at_provider(souk, payment) == order["total"] - 2 and cases(souk, order, state="open") == []
    souk.db_of(order["order_id"]).run(f"UPDATE orders SET due_at = UTC_TIMESTAMP(3) WHERE order_id = {order['order_id']}")
    wait_for(lambda: order_state(buyer, order["order_id"]) == "CLOSED", seconds=20)


def test_what_nobody_took_cannot_be_sent_back(souk, buyer, order, payment):
    assert send_callback(souk, event_for(payment, amount=order["total"] - 1)).status_code == 422
    case = cases(souk, order, state="open", kind="wrong_amount")[0]
    path = f"/v1/admin/payment-cases/{case['case_id']}/close"
    answer = souk.admin.post(path, {"note": "Back", "action": "refund"}, key=True)
    assert (answer.status_code, answer.json()["code"]) == (409, "payment.state") and case["taken"] is None
    press(souk, payment["pay_url"], "decline")
    wait_for(lambda: buyer.get(f"/v1/payments/{payment['payment_id']}").json()["state"] == "FAILED", seconds=20)
    assert souk.admin.post(path, {"note": "Back", "action": "refund"}, key=True).status_code == 409
    assert souk.admin.post(path, {"note": "They took nothing"}, key=True).json()["state"] == "closed"
    assert refunds(buyer, order) == []


def test_a_callback_that_lies_is_put_right_by_asking(souk, buyer, order):
    payment = open_payment(buyer, order["order_id"])
    set_faults(souk, payment, callback_amount_off=-7)
    held = f"BEGIN; SELECT order_id FROM orders WHERE order_id = {order['order_id']} FOR UPDATE"
    with Transaction(souk.db_of(order["order_id"]), held):  # the worker, which asks at once, leaves it alone
        press(souk, payment["pay_url"], "pay")
        wait_for(lambda: cases(souk, order, state="open", kind="wrong_amount"), seconds=20)
        assert order_state(buyer, order["order_id"]) == "PENDING_PAYMENT"
    hurry(souk, order["order_id"])
    wait_for(paid(buyer, order["order_id"]), seconds=20)
    assert [case["state"] for case in cases(souk, order)] == ["closed"] and refunds(buyer, order) == []


def test_money_for_a_payment_nobody_knows_is_put_down(souk, buyer, order, payment):
    event = event_for(payment, payment_id=str(int(payment["payment_id"]) + (1 << 30)))
    assert send_callback(souk, event).status_code == 404
    listed = souk.admin.get("/v1/admin/payment-cases?state=open&kind=unknown_payment&limit=100").json()["items"]
    assert [case["data"]["amount"] for case in listed if case["reference"] == f"sandbox:{event['event_id']}"] == [payment["amount"]]


# Agreed to, and taken after that

def state_of(person, payment):
    return person.get(f"/v1/payments/{payment['payment_id']}").json()["state"]


def test_what_is_authorised_is_taken_and_then_pays(souk, buyer, order):
    payment = open_payment(buyer, order["order_id"])
    set_faults(souk, payment, authorises=1, replies_lost=1)
    answer = press(souk, payment["pay_url"], "pay")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{souk.base_url}/#/orders/{order['order_id']}")
    wait_for(paid(buyer, order["order_id"]), seconds=20)
    told = events(buyer, order["order_id"])
    assert told.index("payment.authorised") < told.index("order.paid") and state_of(buyer, payment) == "CAPTURED"
    assert money(buyer, order)["paid"] == order["total"]


def test_what_is_authorised_may_be_declined_after_all(souk, buyer, order):
    payment = open_payment(buyer, order["order_id"])
    set_faults(souk, payment, authorises=1, callback_lost=1)
    press(souk, payment["pay_url"], "pay")
    set_faults(souk, payment, declines=1)
    hurry(souk, order["order_id"])
    wait_for(lambda: state_of(buyer, payment) == "FAILED", seconds=20)
    assert order_state(buyer, order["order_id"]) == "PENDING_PAYMENT" and money(buyer, order)["paid"] == 0
    seen = souk.admin.get(f"/v1/admin/orders/{order['order_id']}").json()["payments"]
    assert [one["decline_code"] for one in seen] == ["insufficient_funds"]
    assert "decline_code" not in buyer.get(f"/v1/orders/{order['order_id']}").json()["payments"][0]


def test_what_is_authorised_is_given_up_with_its_order(souk, buyer, order):
    payment = open_payment(buyer, order["order_id"])
    set_faults(souk, payment, authorises=1, callback_lost=1)
    press(souk, payment["pay_url"], "pay")
    assert buyer.post(f"/v1/orders/{order['order_id']}/cancel", {}).json()["state"] == "CLOSING"
    expire(souk, order["order_id"])
    wait_for(lambda: order_state(buyer, order["order_id"]) == "CLOSED", seconds=20)
    assert state_of(buyer, payment) == "VOIDED"
    assert souk.db("sandbox").value(f"SELECT state FROM payment WHERE payment_id = {payment['payment_id']}") == "closed"


def test_a_provider_that_is_silent_is_not_answered_for(souk, payment):
    """Silence reaches who has asked: no gateway between the two makes an answer of it."""
    set_faults(souk, payment, silence_ms=4000)
    press(souk, payment["pay_url"], "pay")
    begun = time.monotonic()
    answer = ask_provider(souk, "GET", payment["payment_id"])
    assert answer.status_code == 200 and time.monotonic() - begun >= 4


# Taking a paid order back

def test_its_buyer_takes_a_paid_order_back(souk, buyer, sku_id):
    order = new_order(buyer, sku_id, qty=2)
    payment = pay(souk, buyer, order, refund_pending_ms=1200)
    answer = buyer.post(f"/v1/orders/{order['order_id']}/cancel", {})
    assert (answer.status_code, answer.json()["state"]) == (200, "CANCELLING")
    held = f"SELECT SUM(reserved_change) FROM stock_movement WHERE reference = {order['order_id']}"
    assert souk.db_of(order["order_id"]).value(held) == "2"
    wait_for(lambda: order_state(buyer, order["order_id"]) == "CANCELLED", seconds=20)
    assert souk.db_of(order["order_id"]).value(held) == "0" and gone_at_provider(souk, payment) == order["total"]
    assert events(buyer, order["order_id"])[-4:] == ["order.cancelling", "refund.requested", "refund.succeeded", "order.cancelled"]
    assert buyer.post(f"/v1/orders/{order['order_id']}/cancel", {}).json()["code"] == "order.state"


def test_support_takes_a_paid_order_back(souk, buyer, order):
    pay(souk, buyer, order)
    path = f"/v1/admin/orders/{order['order_id']}/cancel"
    assert buyer.post(path, {}).status_code == 403
    answer = souk.new_staff("support").post(path, {"reason": "Sold out"}, key=True)
    assert (answer.status_code, answer.json()["state"]) == (200, "CANCELLING")
    wait_for(lambda: order_state(buyer, order["order_id"]) == "CANCELLED", seconds=20)
    told = buyer.get(f"/v1/orders/{order['order_id']}/events").json()["items"]
    assert [event["data"]["reason"] for event in told if event["type"] == "order.cancelling"] == ["Sold out"]


# The books

@pytest.mark.parametrize("user, part", [("app", "shard.0"), ("migrate", "migrate")])
def test_no_user_of_souk_changes_the_ledger(souk, buyer, order, user, part):
    payment = pay(souk, buyer, order)
    shard = souk.conf[f"shard.{souk.shard_of(order['order_id'])}"]
    for sql in (f"UPDATE ledger_entry SET debit = debit + 1 WHERE transfer_id = {payment['payment_id']} AND line = 1",
                f"DELETE FROM ledger_entry WHERE transfer_id = {payment['payment_id']}"):
        done = subprocess.run(["mariadb", "--no-defaults", f"--socket={shard['socket']}", f"--user={souk.conf[part]['user']}",
                               f"--password={souk.conf[part]['password']}", shard["schema"], "-e", sql],
                              capture_output=True, text=True, timeout=30)
        assert done.returncode != 0 and ("denied" in done.stderr or "append-only" in done.stderr), done.stderr
    assert money(buyer, order)["paid"] == order["total"]


def test_amounts_of_two_currencies_are_never_added(souk, buyer, order):
    """Money in another currency under the same order changes nothing of what the order says."""
    payment = pay(souk, buyer, order)
    columns = "transfer_id, line, kind, account, debit, credit, currency, order_id, created_at"
    db = souk.db_of(order["order_id"])
    for line in (7, 8):
        db.run(f"INSERT INTO ledger_entry ({columns}) SELECT transfer_id, {line}, kind, account, debit, credit, 'XTS', order_id, "
               f"created_at FROM ledger_entry WHERE transfer_id = {payment['payment_id']} AND line = {line - 6}")
    assert money(buyer, order) == {"paid": order["total"], "refunding": 0, "refunded": 0, "due": 0}
