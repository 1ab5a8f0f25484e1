"""Buyers are told of their orders by mail."""

from mailbox import mails_to, wait_for_mail
from test_payment import ADDRESS, new_order, open_payment, plenty, press


def test_placed_and_paid(souk):
    buyer = souk.new_buyer()
    order = new_order(buyer, plenty(souk), qty=2)
    order_id, total = order["order_id"], f"{order['total'] // 100}.{order['total'] % 100:02} {order['currency']}"
    placed = wait_for_mail(souk, buyer.email, f"Your order {order_id}")
    title = buyer.get(f"/v1/orders/{order_id}").json()["items"][0]["title"]
    assert f"2 × {title}" in placed.text and f"Total: {total}" in placed.text
    assert f"{souk.base_url}/#/orders/{order_id}" in placed.text
    press(souk, open_payment(buyer, order_id)["pay_url"], "pay")
    paid = wait_for_mail(souk, buyer.email, "is paid", seconds=30)
    assert order_id in paid.subject and total in paid.text
    assert len({mail.id for mail in mails_to(souk, buyer.email)}) == len(mails_to(souk, buyer.email))


def test_a_guest_is_told_where_the_order_says(souk):
    guest, address = souk.new_guest(), souk.new_email()
    answer = guest.post("/v1/orders", {"items": [{"sku_id": plenty(souk), "qty": 1}], "address": ADDRESS, "email": address}, key=True)
    order_id = answer.json()["order_id"]
    wait_for_mail(souk, address, f"Your order {order_id}")
    assert guest.post(f"/v1/orders/{order_id}/cancel").json()["state"] == "CLOSED"
    wait_for_mail(souk, address, "was closed")


def test_an_event_that_comes_again_is_told_once(souk):
    buyer = souk.new_buyer()
    order_id = new_order(buyer, plenty(souk))["order_id"]
    first = wait_for_mail(souk, buyer.email, f"Your order {order_id}")
    db = souk.db_of(order_id)
    notice = (f'[{{"mail_id": "{int(order_id) + 256}", "order_id": "{order_id}", "kind": "order.placed", '
              f'"event_id": "order-{order_id}-1", "data": "{{}}"}}]')
    assert db.rows(f"CALL mail_notices('{notice}')")[0]["body"] == '{"mails": 0}'
    assert [mail.id for mail in mails_to(souk, buyer.email) if order_id in mail.subject] == [first.id]
