"""The channel wechat against a simulator that signs and seals as WeChat Pay documents (tests/providers/wechat.py)."""

import time

import pytest

from client import wait_for
from providers import keys
from providers.alipay import clock
from providers.shop import Attempt, product_in
from providers.stripe import Stripe
from providers.wechat import Wechat

DAY_S = 86400


@pytest.fixture(scope="module")
def wechat(souk):
    provider = Wechat(souk)
    yield provider
    provider.close()


@pytest.fixture(scope="module")
def sku_id(souk):
    return product_in(souk, "CNY")


@pytest.fixture
def attempt(souk, buyer, sku_id, wechat):
    return Attempt(souk, buyer, sku_id, "wechat")


def code_of(attempt):
    """What the buyer scans, once the worker has fetched it; gives our number of the transaction."""
    now = wait_for(lambda: (now := attempt.payment())["code_url"] and now, 15)
    assert now["state"] == "SUBMITTED" and now["code_url"].startswith("weixin://wxpay/") and now["pay_url"] is None
    return attempt.payment_id


def test_from_order_to_paid(attempt, wechat):
    assert attempt.opened.json()["state"] == "CREATED" and attempt.opened.json()["code_url"] is None
    number = code_of(attempt)
    body = wechat.transactions[number]["body"]
    assert body["amount"] == {"total": 4599, "currency": "CNY"} and body["attach"] == attempt.order_id
    wechat.pay(number)
    for _ in range(3):
        assert wechat.notify(number).status_code == 200
    assert attempt.state() == "PAID" and attempt.captures() == 2
    assert attempt.payment()["state"] == "CAPTURED"


def test_the_answer_to_opening_is_lost(souk, buyer, sku_id, wechat):
    wechat.fault("/v3/pay/transactions/native", "lost")
    attempt = Attempt(souk, buyer, sku_id, "wechat")
    number = code_of(attempt)
    assert wechat.count(f'"out_trade_no":"{number}"') >= 2 and len(attempt.db.rows(
        f"SELECT payment_id FROM payment WHERE order_id = {attempt.order_id}")) == 1


def tries_of(attempt):
    return int(attempt.db.value(f"SELECT tries FROM payment WHERE payment_id = {attempt.payment_id}"))


def test_another_provider_that_does_not_answer(souk, buyer, sku_id, wechat):
    """Its attempts wait for it, those of others do not; and what has not been tried is not put off as if it had failed."""
    silent, eur = Stripe(souk), product_in(souk, "EUR")
    try:
        silent.fault("client_reference_id=", "slow", times=1000, seconds=11)
        waiting = [Attempt(souk, buyer, eur, "stripe") for _ in range(14)]
        wait_for(lambda: sum(map(tries_of, waiting)) >= 8, 5)
        attempt, began = Attempt(souk, buyer, sku_id, "wechat"), time.monotonic()
        code_of(attempt)
        assert time.monotonic() - began < 3
        assert set(map(tries_of, waiting)) == {0, 1}
        untried = next(attempt for attempt in waiting if tries_of(attempt) == 0)
        silent.faults.clear()
        wait_for(lambda: untried.payment()["pay_url"], 15)
    finally:
        silent.close()


def test_orders_close_beside_a_provider_that_does_not_answer(souk, buyer, sku_id, wechat):
    """Attempts that cannot be closed keep their own orders, and no others; nor does an error in between end the work."""
    silent, eur = Stripe(souk), product_in(souk, "EUR")
    try:
        held = [Attempt(souk, buyer, eur, "stripe") for _ in range(20)]
        other, never = Attempt(souk, buyer, sku_id, "wechat"), Attempt(souk, buyer, sku_id, "wechat")
        for attempt in (other, never):
            code_of(attempt)
        never.db.run(f"UPDATE payment SET state = 'FAILED', due_at = NULL, ended_at = UTC_TIMESTAMP(3) WHERE payment_id = {never.payment_id}")
        for attempt in held:
            wait_for(lambda: attempt.payment()["pay_url"], 15)
        silent.fault("/expire", "slow", times=1000, seconds=11)
        for attempt in held:
            attempt.expire()
        wait_for(lambda: len([call for call in silent.calls if call.path.endswith("/expire")]) >= 8, 15, every=0.01)
        souk.db_of(buyer.account_id).run("RENAME TABLE payment TO payment_away; DO SLEEP(1); RENAME TABLE payment_away TO payment")
        for attempt in (other, never):
            attempt.expire()
        other.wait("CLOSED", 7)  # the silent one's calls take ten seconds
        never.wait("CLOSED", 1)
        assert other.payment()["state"] == "VOIDED"
        assert {attempt.state() for attempt in held} == {"CLOSING"}
        silent.faults.clear()
        for attempt in held:
            attempt.ask_now()
        for attempt in held:
            attempt.wait("CLOSED", 30)
    finally:
        silent.close()


def test_callbacks_that_are_not_believed(souk, attempt, wechat):
    number = code_of(attempt)
    wechat.pay(number)
    stranger = keys.private_key(souk.state / "providers" / "wechat_merchant.pem")
    for status, code, how in [
            (401, "payment.signature", {"key": stranger}),
            (401, "payment.signature", {"mangle": lambda body: body.replace(b"TRANSACTION", b"TRANSACTIOM")}),
            (401, "payment.signature", {"mangle": lambda body: body + b" "}),
            (401, "payment.signature", {"stamp": int(time.time()) - 320}),
            (401, "payment.signature", {"stamp": int(time.time()) + 320}),
            (422, "payment.mismatch", {"changed": {"mchid": "1900000001"}}),
            (422, "payment.mismatch", {"changed": {"appid": "wx0000000000000000"}}),
            (422, "payment.mismatch", {"changed": {"attach": "12345"}}),
            (400, "request.malformed", {"changed": {"transaction_id": 7}}),
            (404, "not_found", {"changed": {"out_trade_no": str(int(number) + 256)}})]:
        answer = wechat.notify(number, **how)
        assert (answer.status_code, answer.json()["code"]) == (status, code), how
    wechat.notify(number, changed={"amount": {"total": 1, "currency": "CNY"}})
    assert attempt.state() == "PENDING_PAYMENT"
    # Something else that WeChat Pay tells its merchants.
    assert wechat.send(number, "PAYSCORE.USER_OPEN_SERVICE", {"mchid": "x"}).status_code == 200
    assert wechat.notify(number).status_code == 200 and attempt.state() == "PAID"


def test_certificates_rotate(souk, buyer, sku_id, wechat):
    """A callback that is signed with a certificate nobody knows is taken once it was fetched; then so is one with the next,
    and one with the old still is."""
    souk.db("global").run("DELETE FROM channel_certificate WHERE channel = 'wechat'; DELETE FROM channel_trust WHERE channel = 'wechat'")
    wait_for(lambda: souk.db("global").value("SELECT COUNT(*) FROM channel_trust WHERE channel = 'wechat'") == "1", 15)
    old, new, newest = wechat.new_platform(3)
    for serial in (old, new):
        attempt = Attempt(souk, buyer, sku_id, "wechat")
        number = code_of(attempt)
        wechat.pay(number)
        answer = wechat.notify(number, serial=serial)
        assert (answer.status_code, answer.json()["code"]) == (401, "payment.signature")
        wechat.certificates.append(serial)
        souk.db("global").run("UPDATE channel_trust SET asked_at = asked_at - INTERVAL 1 MINUTE, wanted_at = UTC_TIMESTAMP(3) WHERE channel = 'wechat'")
        wait_for(lambda: wechat.notify(number, serial=serial).status_code == 200, 30, every=0.3)
        assert attempt.state() == "PAID"
    assert wechat.notify(number, serial=old).status_code == 200
    # Answers too: the worker looks a certificate up by itself, at most once a minute.
    attempt = Attempt(souk, buyer, sku_id, "wechat")
    number = code_of(attempt)
    wechat.pay(number)
    wechat.certificates.append(newest)
    wechat.answer_serial = newest
    try:
        wait_for(lambda: attempt.ask_now() or attempt.state() == "PAID", 75, every=0.3)
    finally:
        wechat.answer_serial = next(iter(wechat.signers))


def test_closing(souk, buyer, sku_id, wechat):
    unpaid, paid = (Attempt(souk, buyer, sku_id, "wechat") for _ in range(2))
    for each in (unpaid, paid):
        code_of(each)
    wechat.pay(paid.payment_id)  # and the callback is lost
    for each in (unpaid, paid):
        each.expire()
    unpaid.wait("CLOSED")
    paid.wait("PAID")
    assert wechat.transactions[unpaid.payment_id]["trade_state"] == "CLOSED"


def test_refunds(attempt, wechat):
    number = code_of(attempt)
    wechat.pay(number)
    wechat.notify(number)
    attempt.wait("PAID")
    wechat.fault("/v3/refund/domestic/refunds", "lost")
    wechat.refund_status = "PROCESSING"
    first = attempt.refund(1000)
    wait_for(lambda: attempt.ask_refund_now(first) or wechat.count(f"refunds/{first}") or wechat.count(f'"out_refund_no":"{first}"') > 1, 15, every=0.3)
    assert attempt.refund_state(first) == "SUBMITTED"
    for _ in range(2):
        assert wechat.notify_refund(first).status_code == 200
    assert attempt.refund_state(first) == "SUCCEEDED"
    wechat.refund_status = "SUCCESS"
    rest = attempt.refund()
    attempt.wait_refund(rest, "SUCCEEDED")
    assert [one["body"]["amount"]["refund"] for key, one in wechat.refunds.items() if key in (first, rest)] == [1000, 3599]


def test_statement(souk, attempt, wechat):
    number = code_of(attempt)
    yesterday = time.time() - DAY_S
    wechat.pay(number, at=yesterday)
    wechat.refunds["777"] = {"body": {"out_trade_no": number, "amount": {"refund": 150, "total": 4599, "currency": "CNY"}},
                             "refund_id": "50300000000000000000000000777", "status": "SUCCESS", "at": time.time()}
    day = clock(yesterday)[:10]
    printed = souk.admin_command("statement", "wechat", day)
    lines = [line.split() for line in printed.stdout.splitlines() if f" {number} " in line]
    assert sorted(line[1:] for line in lines) == [
        ["capture", "4599", "CNY", "fee", "6", "payment", number, "refund", "0", wechat.transactions[number]["transaction_id"]],
        ["refund", "150", "CNY", "fee", "0", "payment", number, "refund", "777", "50300000000000000000000000777"]]
    wechat.tampered_bill = True
    assert souk.admin_command("statement", "wechat", day, check=False).returncode == 1
    wechat.tampered_bill = False
    today = souk.admin_command("statement", "wechat", clock()[:10], check=False)
    assert today.returncode == 1 and "has no statement" in today.stderr
