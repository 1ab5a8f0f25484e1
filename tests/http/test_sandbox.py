"""The sandbox provider: its pay page, its merchant API, its callbacks, and when it is killed."""

import concurrent.futures
import json
import os
import signal
import time
import urllib.parse

import pytest

from client import wait_for
from paying import (PAGE_NAMES, Form, ask_provider, expire, order, order_state, page_of, page_url, paid, payment, press,  # noqa: F401
                    sign_page, signed_headers, sku_id)


def test_pay_url_is_signed_as_documented(souk, payment):
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(payment["pay_url"]).query))
    sig = query.pop("sig")
    assert list(query) == PAGE_NAMES and sig == sign_page(souk, query)
    assert (query["payment_id"], query["amount"], query["currency"]) == (
        payment["payment_id"], str(payment["amount"]), payment["currency"])


def test_pay_page_is_safe_html(souk):
    answer = souk.session.get(page_url(souk, page_of(souk)), timeout=15)
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "1,234.56 USD" in answer.text and "A &lt;b&gt;bold&lt;/b&gt; &amp; &quot;quoted&quot; order" in answer.text
    assert "<script" not in answer.text and "style=" not in answer.text and 'lang="en"' in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"] and answer.headers["Cache-Control"] == "no-store"
    style = souk.get("/sandbox/pay.css")
    assert style.status_code == 200 and style.headers["Content-Type"].startswith("text/css")


@pytest.mark.parametrize("name", PAGE_NAMES)
def test_pay_page_changed_on_the_way(souk, name):
    page = page_of(souk)
    sig = sign_page(souk, page)
    other = page | {name: str(int(page[name][0]) % 9 + 1) + page[name][1:] if page[name].isdigit() else page[name][:-1] + "~"}
    assert other != page
    answer = souk.session.get(page_url(souk, other, sig), timeout=15)
    assert answer.status_code == 403 and "not valid" in answer.text and Form(answer.text).action is None


@pytest.mark.parametrize("changed", [{"notify_url": "https://127.0.0.1:1/x"}, {"notify_url": "file:///etc/passwd"},
                                     {"return_url": "https://elsewhere.example/"}, {"merchant": "other"}])
def test_pay_page_leads_nowhere_else_even_when_signed(souk, changed):
    assert souk.session.get(page_url(souk, page_of(souk, **changed)), timeout=15).status_code == 403


def test_pay_page_host_must_match_whole(souk):
    for url in (souk.base_url + "0/x", souk.base_url.replace("://", "://x@"), souk.base_url + "@elsewhere.example/"):
        assert souk.session.get(page_url(souk, page_of(souk, notify_url=url)), timeout=15).status_code == 403


def test_pay_page_without_parameters_or_in_the_past(souk):
    assert souk.get("/sandbox/pay").status_code == 400 and "incomplete" in souk.get("/sandbox/pay").text
    page = page_of(souk, expires=str(int(time.time()) - 1))
    answer = souk.session.get(page_url(souk, page), timeout=15)
    assert answer.status_code == 410 and "over" in answer.text
    form = {name: page[name] for name in PAGE_NAMES if name != "payment_id"} | {"sig": sign_page(souk, page), "decision": "pay"}
    assert souk.session.post(souk.url(f"/sandbox/pay/{page['payment_id']}"), timeout=15, data=form).status_code == 410
    assert ask_provider(souk, "GET", page["payment_id"]).status_code == 404


def test_only_a_signed_form_decides(souk, payment):
    form = Form(souk.session.get(payment["pay_url"], timeout=15).text)
    for fields in (form.fields | {"sig": "0" * 64}, form.fields | {"amount": "1"}, {"decision": "pay"}):
        answer = souk.session.post(souk.url(form.action), data={"decision": "pay"} | fields, timeout=15, allow_redirects=False)
        assert answer.status_code in (400, 403)
    assert souk.session.post(souk.url(form.action), data=form.fields | {"decision": "steal"}, timeout=15).status_code == 400
    assert ask_provider(souk, "GET", payment["payment_id"]).status_code == 404


def test_the_first_decision_counts(souk, payment):
    form = Form(souk.session.get(payment["pay_url"], timeout=15).text)

    def decide(decision):
        return souk.session.post(souk.url(form.action), data=form.fields | {"decision": decision}, timeout=15,
                                 allow_redirects=False).status_code

    with concurrent.futures.ThreadPoolExecutor(6) as crowd:
        statuses = list(crowd.map(decide, ["pay", "decline"] * 3))
    assert sorted(set(statuses)) == [200, 303]
    assert souk.db("sandbox").value(
        f"SELECT COUNT(*) FROM callback WHERE body LIKE '%\"{payment['payment_id']}\"%'") == "1"


def test_merchant_api_asks_for_signatures(souk, payment):
    path = f"/sandbox/v1/payments/{payment['payment_id']}"
    good = signed_headers(souk, b"", f"GET {path}")
    assert souk.get(path, headers=good).status_code == 404
    for headers in ({}, signed_headers(souk, b""), signed_headers(souk, b"", f"GET {path}/close"),
                    signed_headers(souk, b"", f"GET {path}", stamp=int(time.time()) - 320)):
        answer = souk.get(path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "payment.signature")
    assert souk.post(path + "/close", b"{}", headers=good).status_code == 401


def test_close_leaves_a_tombstone(souk, buyer, order, payment):
    for _ in range(2):
        answer = ask_provider(souk, "POST", payment["payment_id"], "/close")
        assert answer.status_code == 200 and answer.json()["state"] == "closed"
    page = souk.session.get(payment["pay_url"], timeout=15)
    assert page.status_code == 410 and "closed" in page.text
    assert order_state(buyer, order["order_id"]) == "PENDING_PAYMENT"


def test_close_comes_too_late(souk, buyer, payment):
    press(souk, payment["pay_url"], "pay")
    answer = ask_provider(souk, "POST", payment["payment_id"], "/close").json()
    assert (answer["state"], answer["amount"], answer["order_id"]) == ("captured", payment["amount"], payment["order_id"])
    assert ask_provider(souk, "GET", payment["payment_id"]).json() == answer
    sent = json.loads(souk.db("sandbox").value(f"SELECT body FROM callback WHERE body LIKE '%\"{payment['payment_id']}\"%'"))
    assert sent["event_id"] == answer["event_id"]


def processes_of(souk, name):
    """The service's master and its children."""
    master = souk.pid(name)
    with open(f"/proc/{master}/task/{master}/children") as children:
        return [master, *map(int, children.read().split())]


def kill(souk, name):
    for pid in processes_of(souk, name):
        os.kill(pid, signal.SIGKILL)


def start_again(souk):
    """Starts what was killed, with the settings the shop is running with."""
    souk.make("run", LIMITS=souk.settings["LIMITS"], PLAIN_PORT=souk.settings["PLAIN_PORT"])


def test_an_order_stays_closing_until_its_provider_answers(souk, buyer, order, payment):
    """No word from the provider, no end: the attempt may have been paid."""
    kill(souk, "sandbox")
    expire(souk, order["order_id"])
    tries = f"SELECT tries FROM orders WHERE order_id = {order['order_id']}"
    wait_for(lambda: int(souk.db_of(order["order_id"]).value(tries)) >= 2, seconds=20)
    assert order_state(buyer, order["order_id"]) == "CLOSING"
    answer = buyer.post(f"/v1/orders/{order['order_id']}/payments", {"channel": "sandbox"}, key=True)
    assert (answer.status_code, answer.json()["code"]) == (409, "order.state")
    start_again(souk)
    wait_for(lambda: order_state(buyer, order["order_id"]) == "CLOSED", seconds=20)
    assert buyer.get(f"/v1/payments/{payment['payment_id']}").json()["state"] == "VOIDED"


def test_callback_survives_kill_of_the_provider(souk, buyer, order, payment):
    """Paid; the provider dies before the callback is due; started again it sends what it had stored."""
    assert press(souk, payment["pay_url"], "pay_late").status_code == 303
    kill(souk, "sandbox")
    assert order_state(buyer, order["order_id"]) == "PENDING_PAYMENT"
    souk.db("sandbox").run(f"UPDATE callback SET due_at = UTC_TIMESTAMP(3) WHERE body LIKE '%\"{payment['payment_id']}\"%'")
    start_again(souk)
    wait_for(paid(buyer, order["order_id"]))


def test_callback_is_sent_again_until_it_is_taken(souk, buyer, order):
    """A callback the shop refuses (its payment is not there yet) is due again, later each time, and taken at last."""
    page = page_of(souk)
    assert press(souk, page_url(souk, page), "pay").status_code == 303
    mine = f"FROM callback WHERE body LIKE '%\"{page['payment_id']}\"%'"
    wait_for(lambda: int(souk.db("sandbox").value(f"SELECT attempts {mine}")) >= 3, seconds=15)
    row = souk.db("sandbox").rows(f"SELECT state, last_status {mine}")[0]
    assert row == {"state": "pending", "last_status": "404"}
    souk.db("sandbox").run(f"UPDATE callback SET state = 'given_up' WHERE body LIKE '%\"{page['payment_id']}\"%'")
