"""Statements of the sandbox provider against the books: each kind of difference, settled or listed."""

import datetime
import json
import time
import uuid

import pytest

from client import wait_for
from paying import (new_order, open_payment, order, order_state, page_of, page_url, paid, payment,  # noqa: F401
                    press, sku_id)
from test_refund import all_back, cases, give_back, hurry, money, pay, refunds, set_faults


def today():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")


def reconcile(souk, day=None):
    done = souk.admin_command("reconcile", "sandbox", day or today(), "--json", check=False)
    assert done.returncode in (0, 3), done.stderr
    return json.loads(done.stdout)


def differences(souk, payment, day=None):
    """What the report lists of one payment: (class, state)."""
    found, cursor = [], ""
    while cursor is not None:
        answer = souk.admin.get(f"/v1/admin/reconciliation?channel=sandbox&day={day or today()}&limit=100{cursor}")
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += [item for item in page["items"] if item["payment_id"] == payment["payment_id"]]
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    return [(item["class"], item["state"]) for item in found]


def without_callback(souk, person, order, **faults):
    """Paid at the provider, and nobody has told the shop; its worker will not ask."""
    payment = open_payment(person, order["order_id"])
    set_faults(souk, payment, callback_lost=1, **faults)
    press(souk, payment["pay_url"], "pay")
    souk.db_of(order["order_id"]).run(f"UPDATE payment SET due_at = NULL WHERE payment_id = {payment['payment_id']}")
    return payment


def test_what_is_in_order_matches_and_its_fee_is_booked(souk, buyer, order):
    payment = pay(souk, buyer, order)
    report = reconcile(souk)
    assert report["state"] == "done" and report["matched"] >= 1 and differences(souk, payment) == []
    db = souk.db_of(order["order_id"])
    fee = [(row["account"], int(row["debit"]), int(row["credit"])) for row in db.rows(
        f"SELECT account, debit, credit FROM ledger_entry WHERE transfer_id = {payment['payment_id']} AND kind = 'fee' ORDER BY line")]
    due = int(souk.db("sandbox").value(f"SELECT fee FROM payment WHERE payment_id = {payment['payment_id']}"))
    assert fee == ([("fees:sandbox", due, 0), ("channel:sandbox", 0, due)] if due else [])
    assert reconcile(souk)["runs"] == report["runs"] + 1
    assert len(db.rows(f"SELECT 1 FROM ledger_entry WHERE transfer_id = {payment['payment_id']} AND kind = 'fee'")) == len(fee)


def test_a_callback_that_never_came_is_made_up_for(souk, buyer, order):
    payment = without_callback(souk, buyer, order)
    reconcile(souk)
    assert order_state(buyer, order["order_id"]) == "PAID" and money(buyer, order)["paid"] == order["total"]
    assert differences(souk, payment) == [("missing_callback", "closed")]
    reconcile(souk)
    assert differences(souk, payment) == [("missing_callback", "closed")] and money(buyer, order)["paid"] == order["total"]


def test_a_capture_of_a_closed_order_goes_back(souk, buyer, order):
    payment = without_callback(souk, buyer, order)
    souk.db_of(order["order_id"]).run(
        f"UPDATE orders SET state = 'CLOSING', closing_at = UTC_TIMESTAMP(3), due_at = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR "
        f"WHERE order_id = {order['order_id']}; CALL order_event_append({order['order_id']}, 'order.closing', '{{}}');"
        f"CALL payment_closed({payment['payment_id']}, 'closed'); CALL order_close_each('[{{\"n\": 0, \"order_id\": \"{order['order_id']}\"}}]')")
    reconcile(souk)
    assert differences(souk, payment) == [("late_capture", "closed")]
    wait_for(all_back(buyer, order), seconds=20)
    assert order_state(buyer, order["order_id"]) == "CLOSED"


def test_a_payment_nobody_knows_is_listed(souk):
    page = page_of(souk)
    assert press(souk, page_url(souk, page), "pay").status_code == 303
    assert reconcile(souk)["differences"]
    assert differences(souk, page) == [("missing_order", "open")]
    souk.db("sandbox").run(f"UPDATE callback SET state = 'given_up' WHERE body LIKE '%\"{page['payment_id']}\"%';"
                           f"UPDATE payment SET state = 'closed' WHERE payment_id = {page['payment_id']}")
    reconcile(souk)
    assert differences(souk, page) == [("missing_order", "closed")]


def test_another_amount_is_listed(souk, buyer, order):
    payment = pay(souk, buyer, order, statement_amount_off=3)
    reconcile(souk)
    assert differences(souk, payment) == [("wrong_amount", "open")]
    set_faults(souk, payment, statement_amount_off=0)
    reconcile(souk)
    assert differences(souk, payment) == [("wrong_amount", "closed")]


def test_less_than_was_asked_that_only_the_statement_tells_of_goes_back(souk, buyer, order):
    payment = without_callback(souk, buyer, order, capture_amount_off=-4)
    reconcile(souk)
    assert differences(souk, payment) == [("wrong_amount", "open")]
    case = cases(souk, order, state="open", kind="wrong_amount")[0]
    assert (case["payment_id"], case["data"]["amount"], case["asked"]) == (payment["payment_id"], order["total"] - 4, order["total"])
    wait_for(lambda: cases(souk, order, kind="wrong_amount")[0]["taken"] == order["total"] - 4, seconds=20)  # they were asked
    path = f"/v1/admin/payment-cases/{case['case_id']}/close"
    assert souk.admin.post(path, {"note": "Sent back", "action": "refund"}, key=True).json()["state"] == "closed"
    wait_for(all_back(buyer, order), seconds=20)
    reconcile(souk)
    assert differences(souk, payment) == [("wrong_amount", "closed")] and cases(souk, order, state="open") == []
    assert order_state(buyer, order["order_id"]) == "PENDING_PAYMENT"


def listed(souk, payment):
    found = souk.admin.get(f"/v1/admin/reconciliation?channel=sandbox&day={today()}&limit=100").json()["items"]
    return next(item for item in found if item["payment_id"] == payment["payment_id"])


def gauge(souk, name):
    answer = souk.get("/metrics")
    if answer.status_code != 200:
        pytest.skip(f"/metrics answers {answer.status_code} from here")
    return sum(float(line.split()[-1]) for line in answer.text.splitlines() if line.split("{")[0].split(" ")[0] == name)


def test_a_person_settles_a_difference(souk, buyer, order):
    payment = pay(souk, buyer, order, statement_amount_off=5)
    reconcile(souk)
    difference, waiting = listed(souk, payment), gauge(souk, "souk_reconciliation_open")
    assert (difference["class"], difference["state"], difference["note"]) == ("wrong_amount", "open", None) and waiting >= 1
    assert gauge(souk, "souk_reconciliation_open_seconds") >= 0
    books = souk.db_of(order["order_id"]).rows(f"SELECT * FROM ledger_entry WHERE order_id = {order['order_id']}")
    body = {"channel": "sandbox", "day": today(), "class": "wrong_amount", "reference": difference["reference"], "note": "Their mistake"}
    path = "/v1/admin/reconciliation/close"
    support, key = souk.new_staff("support"), uuid.uuid4().hex
    closed = [support.post(path, body, headers={"Idempotency-Key": key}) for _ in range(2)]
    assert [answer.status_code for answer in closed] == [200, 200] and closed[0].text == closed[1].text, closed[0].text
    now = closed[0].json()
    assert (now["state"], now["note"]) == ("closed", "Their mistake") and now["closed_by"] and now["closed_at"]
    assert listed(souk, payment) == now and gauge(souk, "souk_reconciliation_open") == waiting - 1
    again = souk.admin.post(path, body | {"note": "No, ours"}, key=True)
    assert again.json() == now
    reconcile(souk)
    assert listed(souk, payment) == now
    assert souk.db_of(order["order_id"]).rows(f"SELECT * FROM ledger_entry WHERE order_id = {order['order_id']}") == books
    for person, more, status in ((support, {"reference": "capture nothing"}, 404), (support, {"class": "fee"}, 404), (support, {"day": "2026-99-99"}, 400),
                                 (support, {"note": ""}, 400), (souk.new_staff("ops"), {}, 403), (buyer, {}, 403)):
        assert person.post(path, body | more, key=True).status_code == status, more


def test_staff_has_a_day_compared(souk, buyer, order):
    payment = without_callback(souk, buyer, order)
    path, body, support = "/v1/admin/reconciliation", {"channel": "sandbox", "day": today()}, souk.new_staff("support")
    key = uuid.uuid4().hex
    asked = [support.post(path, body, key=key) for _ in range(2)]
    assert [answer.status_code for answer in asked] == [202, 202] and asked[0].content == asked[1].content, asked[0].text
    before = asked[0].json()
    assert (before["channel"], before["day"]) == ("sandbox", today()) and before["asked_at"]

    def compared():
        now = support.get(f"{path}?channel=sandbox&day={today()}&limit=1").json()
        return now if now["runs"] > before["runs"] and now["state"] == "done" else None
    assert wait_for(compared, 60)["asked_at"] is None
    assert differences(souk, payment) == [("missing_callback", "closed")] and order_state(buyer, order["order_id"]) == "PAID"
    for person, more, status, code in ((support, {"channel": "nobody"}, 400, "payment.channel_unknown"), (support, {"day": "2026-02-30"}, 400, "request.invalid"),
                                       (buyer, {}, 403, "auth.forbidden"), (souk.new_staff("merchant"), {}, 403, "auth.forbidden")):
        answer = person.post(path, body | more, key=True)
        assert (answer.status_code, answer.json()["code"]) == (status, code), more


def test_the_money_of_a_day(souk, buyer, order):
    payment = pay(souk, buyer, order)
    assert give_back(souk, order, amount=1).status_code == 201
    wait_for(lambda: refunds(buyer, order)[0]["state"] == "SUCCEEDED")
    reconcile(souk)
    seen, cursor = [], ""
    while cursor is not None:
        page = souk.admin.get(f"/v1/admin/ledger?channel=sandbox&day={today()}&limit=100{cursor}")
        assert page.status_code == 200 and page.json()["away"] == [], page.text
        seen += page.json()["items"]
        cursor = page.json()["next_cursor"] and f"&cursor={page.json()['next_cursor']}"
    ids = [int(item["transfer_id"]) for item in seen]
    assert ids == sorted(set(ids), reverse=True)
    mine = [item for item in seen if item["order_id"] == order["order_id"]]
    assert [(item["kind"], item["amount"], item["state"], item["cause"], item["statement_day"]) for item in mine] == [
        ("refund", 1, "SUCCEEDED", "staff", today()), ("capture", order["total"], "CAPTURED", None, today())]
    assert mine[1]["transfer_id"] == payment["payment_id"] and mine[1]["currency"] == order["currency"]
    assert souk.admin.get("/v1/admin/ledger?channel=sandbox&day=2020-01-01").json()["items"] == []
    assert souk.admin.get("/v1/admin/ledger?channel=sandbox&day=yesterday1").status_code == 400
    assert buyer.get(f"/v1/admin/ledger?channel=sandbox&day={today()}").status_code == 403


def test_what_the_statement_lacks_is_listed(souk, buyer, order):
    payment = pay(souk, buyer, order, statement_lost=1)
    then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=16)
    day = (then + datetime.timedelta(minutes=15)).strftime("%Y-%m-%d")
    souk.db_of(order["order_id"]).run(f"UPDATE payment SET captured_at = UTC_TIMESTAMP(3) - INTERVAL 16 MINUTE "
                                      f"WHERE payment_id = {payment['payment_id']}")
    reconcile(souk, day)
    assert differences(souk, payment, day) == [("missing_at_provider", "open")]


def test_a_refund_whose_callback_never_came(souk, buyer, order):
    payment = pay(souk, buyer, order)
    set_faults(souk, payment, callback_lost=1, refund_pending_ms=300)
    assert give_back(souk, order, amount=1).status_code == 201
    wait_for(lambda: refunds(buyer, order)[0]["state"] != "REQUESTED")
    souk.db_of(order["order_id"]).run(f"UPDATE refund SET due_at = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR WHERE order_id = {order['order_id']} "
                                      "AND due_at IS NOT NULL")
    time.sleep(0.5)
    reconcile(souk)
    assert refunds(buyer, order)[0]["state"] == "SUCCEEDED" and money(buyer, order)["refunded"] == 1


def test_who_may_and_what_does_not_exist(souk, buyer):
    assert buyer.get(f"/v1/admin/reconciliation?channel=sandbox&day={today()}").status_code == 403
    assert souk.admin.get("/v1/admin/reconciliation?channel=sandbox&day=2020-01-01").status_code == 404
    assert souk.admin.get("/v1/admin/reconciliation?channel=sandbox").status_code == 400
    for path in ("reconciliation", "ledger"):
        for day in ("2026-99-99", "2026-02-30", "2026-11-2x"):
            assert souk.admin.get(f"/v1/admin/{path}?channel=sandbox&day={day}").status_code == 400, (path, day)
    assert souk.admin_command("reconcile", "nobody", today(), check=False).returncode == 1
    assert souk.admin_command("reconcile", "sandbox", "2999-01-01", check=False).returncode == 1
    assert souk.admin_command("reconcile", "sandbox", check=False).returncode == 2
