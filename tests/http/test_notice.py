"""Buyers are told of their orders by mail."""

import concurrent.futures
import json
import uuid

import pytest

from client import wait_for
from mailbox import mails_to, wait_for_mail
from parcels import Shop
from paying import ADDRESS, new_order, open_payment, plenty, press
from transaction import Transaction, lock_waiters


@pytest.fixture(scope="module")
def shop(souk):
    return Shop(souk)


def test_placed_and_paid(souk):
    buyer = souk.new_buyer()
    order = new_order(buyer, plenty(souk), qty=2)
    order_id, total = order["order_id"], f"{order['total'] // 100}.{order['total'] % 100:02} {order['currency']}"
    placed = wait_for_mail(souk, buyer.email, f"Your order {order_id}")
    title = buyer.get(f"/v1/orders/{order_id}").json()["items"][0]["title"]
    assert f"2 × {title}" in placed.text and f"Total: {total}" in placed.text
    assert f"{souk.base_url}/#/orders/{order_id}" in placed.text
    press(souk, open_payment(buyer, order_id)["pay_url"], "pay")
    paid = wait_for_mail(souk, buyer.email, "is paid")
    assert order_id in paid.subject and total in paid.text
    assert len({mail.id for mail in mails_to(souk, buyer.email)}) == len(mails_to(souk, buyer.email))


def test_a_guest_is_told_where_the_order_says(souk):
    guest, address = souk.new_guest(), souk.new_email()
    answer = guest.post("/v1/orders", {"items": [{"sku_id": plenty(souk), "qty": 1}], "address": ADDRESS, "email": address}, key=True)
    order_id = answer.json()["order_id"]
    wait_for_mail(souk, address, f"Your order {order_id}")
    assert guest.post(f"/v1/orders/{order_id}/cancel").json()["state"] == "CLOSED"
    wait_for_mail(souk, address, "was closed")


def test_parcels_and_money_back(souk, shop):
    buyer = souk.new_buyer()
    order_id = shop.paid(buyer, (shop.sku_id, 2))
    parcel = shop.ship(order_id, carrier="DHL", tracking="JD014600003")
    shipped = wait_for_mail(souk, buyer.email, f"A parcel of your order {order_id}")
    assert "DHL JD014600003" in shipped.text
    answer = shop.merchant.patch(f"/v1/admin/shipments/{parcel['shipment_id']}", {"state": "DELIVERED"}, key=True)
    assert answer.status_code == 200, answer.text
    wait_for_mail(souk, buyer.email, f"Your order {order_id} has arrived")


def test_a_paid_order_that_is_taken_back(souk, shop):
    buyer = souk.new_buyer()
    order = new_order(buyer, shop.sku_id, qty=2)
    press(souk, open_payment(buyer, order["order_id"])["pay_url"], "pay")
    wait_for_mail(souk, buyer.email, "is paid")
    assert buyer.post(f"/v1/orders/{order['order_id']}/cancel", {}).status_code == 200
    back = wait_for_mail(souk, buyer.email, f"Money back for order {order['order_id']}")
    assert f"{order['total'] // 100}.{order['total'] % 100:02} {order['currency']}" in back.text
    wait_for_mail(souk, buyer.email, f"Your order {order['order_id']} was cancelled")


def test_returns_are_answered(souk, shop):
    buyer = souk.new_buyer()
    order_id = shop.delivered(buyer, (shop.sku_id, 2), note="ring twice")
    for name, note, subject in (("reject", "It was used for a year", "Your return of order"), ("approve", None, "You may send it back"),
                                ("approve", "Harbour Lane 1", "You may send it back")):
        asked = buyer.post(f"/v1/orders/{order_id}/returns", {"items": [{"line": 1, "qty": 1}]}, key=True)
        assert asked.status_code == 201, asked.text
        answer = shop.support.post(f"/v1/admin/returns/{asked.json()['return_id']}/{name}", {"note": note} if note else {}, key=True)
        assert answer.status_code == 200, answer.text
        mail = wait_for(lambda: next((one for one in mails_to(souk, buyer.email)
                                      if subject in one.subject and order_id in one.subject and (not note or note in one.text)), None), seconds=60)
        assert "ring twice" not in mail.text and f"#/orders/{order_id}" in mail.text


def test_an_event_that_comes_again_is_told_once(souk):
    buyer = souk.new_buyer()
    order_id = new_order(buyer, plenty(souk))["order_id"]
    first = wait_for_mail(souk, buyer.email, f"Your order {order_id}")
    db = souk.db_of(order_id)
    notice = (f'[{{"mail_id": "{int(order_id) + 256}", "order_id": "{order_id}", "kind": "order.placed", '
              f'"event_id": "order-{order_id}-1", "data": "{{}}"}}]')
    assert db.rows(f"CALL mail_notices('{notice}')")[0]["body"] == '{"mails": 0}'
    assert [mail.id for mail in mails_to(souk, buyer.email) if order_id in mail.subject] == [first.id]


def notices(order_id, event_id, n):
    """The same event so often, each time under an id of its own."""
    return json.dumps([{"mail_id": str(int(order_id) + 256 * (i + 1)), "order_id": order_id, "kind": "order.paid", "event_id": event_id,
                        "data": "{}"} for i in range(n)])


def test_an_event_that_stands_twice_in_a_batch_is_told_once(souk):
    buyer = souk.new_buyer()
    order_id = new_order(buyer, plenty(souk))["order_id"]
    notice = notices(order_id, f"twice-{uuid.uuid4().hex}", 2)
    db = souk.db_of(order_id)
    assert db.rows(f"CALL mail_notices('{notice}')")[0]["body"] == '{"mails": 1}'
    assert db.rows(f"CALL mail_notices('{notice}')")[0]["body"] == '{"mails": 0}'
    wait_for_mail(souk, buyer.email, "is paid")
    assert len([mail for mail in mails_to(souk, buyer.email) if "is paid" in mail.subject]) == 1


def test_of_two_that_take_an_event_at_once_one_tells(souk):
    order_id = new_order(souk.new_buyer(), plenty(souk))["order_id"]
    db, event_id = souk.db_of(order_id), f"at-once-{uuid.uuid4().hex}"
    call = f"CALL mail_notices('{notices(order_id, event_id, 1)}')"
    with concurrent.futures.ThreadPoolExecutor(1) as other:
        with Transaction(db, f"START TRANSACTION; INSERT INTO inbox VALUES ('mail', '{event_id}', UTC_TIMESTAMP(3))"):
            late = other.submit(db.rows, call)
            wait_for(lambda: lock_waiters(db), 15)
        with pytest.raises(RuntimeError, match="30014"):
            late.result(timeout=20)
    assert db.rows(call)[0]["body"] == '{"mails": 0}'
