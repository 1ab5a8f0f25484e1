"""The channel alipay against a simulator that signs as Alipay documents (tests/providers/alipay.py)."""

import time

import pytest

from client import wait_for
from providers import keys
from providers.alipay import Alipay, clock
from providers.shop import Attempt, product_in

DAY_S = 86400


@pytest.fixture(scope="module")
def alipay(souk):
    provider = Alipay(souk)
    yield provider
    provider.close()


@pytest.fixture(scope="module")
def sku_id(souk):
    return product_in(souk, "CNY")


@pytest.fixture
def attempt(souk, buyer, sku_id):
    return Attempt(souk, buyer, sku_id, "alipay")


def visit(attempt):
    """The buyer opens the page and signs in there; gives our number of the trade."""
    page = attempt.souk.session.get(attempt.payment()["pay_url"], timeout=15)
    assert page.status_code == 200 and b"sign in" in page.content, page.text
    return attempt.payment_id


def accepted(answer):
    return (answer.status_code, answer.headers["Content-Type"].partition(";")[0], answer.text) == (200, "text/plain", "success")


def test_from_order_to_paid(souk, attempt, alipay):
    assert attempt.opened.json()["state"] == "SUBMITTED" and attempt.opened.json()["code_url"] is None
    number = visit(attempt)
    assert alipay.trades[number]["total_amount"] == "45.99" and alipay.trades[number]["passback_params"] == attempt.order_id
    alipay.pay(number)
    for _ in range(3):
        assert accepted(alipay.notify(number))
    assert attempt.state() == "PAID" and attempt.captures() == 2
    paid = attempt.payment()
    assert (paid["state"], paid["pay_url"]) == ("CAPTURED", None)
    # Tells of a partial refund and of the end of the refund period; both say that it was paid.
    assert accepted(alipay.notify(number, gmt_refund=clock(), refund_fee="1.00"))
    assert accepted(alipay.notify(number, trade_status="TRADE_FINISHED"))
    assert attempt.captures() == 2


def test_notifications_that_are_not_believed(souk, attempt, alipay):
    number = visit(attempt)
    waiting = alipay.notify(number, trade_status="WAIT_BUYER_PAY")
    assert accepted(waiting) and attempt.state() == "PENDING_PAYMENT"
    alipay.pay(number)
    stranger = keys.private_key(souk.state / "providers" / "alipay_app.pem")
    for status, code, how in [
            (401, "payment.signature", {"key": stranger}),
            (401, "payment.signature", {"mangle": lambda form: form.replace("45.99", "45.98", 1)}),
            (401, "payment.signature", {"mangle": lambda form: form + "&more=1"}),
            (401, "payment.signature", {"mangle": lambda form: form.replace("RSA2", "RSA")}),
            (401, "payment.signature", {"mangle": lambda form: form[:form.index("&sign=")]}),
            (401, "payment.signature", {"notify_time": clock(time.time() - 400)}),
            (401, "payment.signature", {"notify_time": clock(time.time() + 400)}),
            (422, "payment.mismatch", {"app_id": "2021000000000000"}),
            (422, "payment.mismatch", {"seller_id": "2088000000000000"}),
            (422, "payment.mismatch", {"passback_params": "12345"}),
            (400, "request.malformed", {"out_trade_no": "x"}),
            (404, "not_found", {"out_trade_no": str(int(number) + 256)})]:
        answer = alipay.notify(number, **how)
        assert (answer.status_code, answer.json()["code"]) == (status, code), how
    assert attempt.state() == "PENDING_PAYMENT" and attempt.captures() == 0
    assert accepted(alipay.notify(number)) and attempt.state() == "PAID"


def test_a_wrong_amount_never_pays(attempt, alipay):
    number = visit(attempt)
    alipay.pay(number)
    alipay.notify(number, total_amount="0.01")
    assert attempt.state() == "PENDING_PAYMENT"


def test_a_lost_notification_is_asked_for(attempt, alipay):
    number = visit(attempt)
    alipay.pay(number)
    alipay.forge = True
    asked = alipay.count(number)
    attempt.ask_now()
    wait_for(lambda: alipay.count(number) > asked, 15)
    assert attempt.state() == "PENDING_PAYMENT"  # an answer that somebody else signed says nothing
    alipay.forge = False
    wait_for(lambda: attempt.ask_now() or attempt.state() == "PAID", 15, every=0.3)


def test_closing(souk, buyer, sku_id, alipay):
    unpaid, paid = (Attempt(souk, buyer, sku_id, "alipay") for _ in range(2))
    for each in (unpaid, paid):
        visit(each)
    alipay.pay(paid.payment_id)  # and the notification is lost
    for each in (unpaid, paid):
        each.expire()
    unpaid.wait("CLOSED")
    paid.wait("PAID")
    assert alipay.trades[unpaid.payment_id]["trade_status"] == "TRADE_CLOSED"
    # Money that comes all the same goes back by itself.
    alipay.trades[unpaid.payment_id] |= {"trade_status": "TRADE_SUCCESS", "paid": time.time()}
    assert accepted(alipay.notify(unpaid.payment_id))
    wait_for(lambda: any(number == unpaid.payment_id for number, _ in alipay.refunds), 15)
    assert unpaid.state() == "CLOSED"


def test_nobody_is_called_for_an_order_taken_back_early(souk, attempt, alipay):
    """Its buyer never signed in at Alipay: what does not exist there cannot be closed before its address is over."""
    assert attempt.buyer.post(f"/v1/orders/{attempt.order_id}/cancel", key=True).json()["state"] == "CLOSING"
    attempt.db.run(f"UPDATE payment SET tries = 12, lease_until = UTC_TIMESTAMP(3), due_at = UTC_TIMESTAMP(3) WHERE payment_id = {attempt.payment_id}")
    tries = f"SELECT tries FROM payment WHERE payment_id = {attempt.payment_id}"
    wait_for(lambda: int(attempt.db.value(tries)) > 12, 10)
    time.sleep(1)
    assert attempt.state() == "CLOSING"
    assert attempt.db.value(f"SELECT COUNT(*) FROM payment_case WHERE order_id = {attempt.order_id}") == "0"


def test_refunds(souk, attempt, alipay):
    number = visit(attempt)
    alipay.pay(number)
    alipay.notify(number)
    attempt.wait("PAID")
    alipay.fault("alipay.trade.refund", "lost")  # it was made, and nobody heard of it
    first = attempt.refund(1000)
    wait_for(lambda: attempt.ask_refund_now(first) or attempt.refund_state(first) == "SUCCEEDED", 20, every=0.3)
    assert alipay.refunds[(number, first)] == "10.00" and len([key for key in alipay.refunds if key[0] == number]) == 1
    alipay.balance = False
    rest = attempt.refund()
    asked = alipay.count(rest)
    wait_for(lambda: alipay.count(rest) > asked, 15)
    assert attempt.refund_state(rest) != "FAILED"  # tomorrow there may be enough
    alipay.balance = True
    wait_for(lambda: attempt.ask_refund_now(rest) or attempt.refund_state(rest) == "SUCCEEDED", 20, every=0.3)
    assert alipay.refunds[(number, rest)] == "35.99"


def test_statement(souk, attempt, alipay):
    number = visit(attempt)
    yesterday = time.time() - DAY_S
    alipay.pay(number, at=yesterday)
    alipay.refunds[(number, "777")] = "1.50"
    day = clock(yesterday)[:10]
    printed = souk.admin_command("statement", "alipay", day)
    lines = [line.split() for line in printed.stdout.splitlines() if f" {number} " in line]
    trade_no = alipay.trades[number]["trade_no"]
    assert sorted(line[1:] for line in lines) == [
        ["capture", "4599", "CNY", "fee", "6", "payment", number, "refund", "0", trade_no],
        ["refund", "150", "CNY", "fee", "0", "payment", number, "refund", "777", "777"]]
    today = souk.admin_command("statement", "alipay", clock()[:10], check=False)
    assert today.returncode == 1 and "has no statement" in today.stderr


def test_souk_does_not_start_without_a_key_it_can_use(souk, tmp_path):
    text = (souk.state / "souk.conf").read_text()
    key = souk.conf["channel.alipay"]["private_key_file"]
    conf = tmp_path / "souk.conf"
    for wrong, said in [(tmp_path / "none.pem", "No such file"), (souk.state / "tls" / "cert.pem", "no private RSA key")]:
        conf.write_text(text.replace(f"private_key_file = {key}", f"private_key_file = {wrong}"))
        conf.chmod(0o600)
        for role, code in [("api", 1), ("worker", 1), ("sandbox", 0)]:
            done = souk.command(role, "--config", conf, "--test", check=False)
            assert done.returncode == code, done.stderr
            assert code == 0 or (str(wrong) in done.stderr and said in done.stderr)


def test_only_yuan(souk, buyer):
    sku_id = product_in(souk, "EUR")
    with pytest.raises(AssertionError, match="payment.currency"):
        Attempt(souk, buyer, sku_id, "alipay")
