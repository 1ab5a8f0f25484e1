"""Orders whose money came past the providers: marked as paid by an admin, their refunds ended by a person."""

import concurrent.futures
import uuid

from client import wait_for
from parcels import assert_problem
from paying import events, ledger, new_order, open_payment, order, order_state, sku_id  # noqa: F401
from test_refund import all_back, cases, give_back, money, refunds
from transaction import Transaction


def mark(souk, order, key=True, headers=None, who=None, **body):
    return (who or souk.admin).post(f"/v1/admin/orders/{order['order_id']}/mark-paid", {"reference": f"Bank {uuid.uuid4().hex[:12]}"} | body,
                                    key=key, headers=headers)


def audited(souk, *laws):
    for law in laws:
        done = souk.admin_command("audit", "--json", "--settle-ms=20", "--law", law, check=False)
        assert done.returncode == 0, done.stdout


def test_money_that_came_by_transfer(souk, buyer, order):
    version = souk.admin.get(f"/v1/admin/orders/{order['order_id']}").headers["ETag"]
    key, reference = uuid.uuid4().hex, f"Überweisung {uuid.uuid4().hex[:12]}"
    answer = mark(souk, order, key=key, headers={"If-Match": version}, reference=reference, note="by telephone")
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["state"], shown["payment"]["paid"], shown["payment"]["due"]) == ("PAID", order["total"], 0)
    assert [(one["channel"], one["state"], one["amount"]) for one in shown["payments"]] == [("manual", "CAPTURED", order["total"])]
    again = mark(souk, order, key=key, headers={"If-Match": version}, reference=reference, note="by telephone")
    assert (again.status_code, again.content) == (200, answer.content)
    assert_problem(mark(souk, order, headers={"If-Match": version}), 412, "precondition.failed")
    assert_problem(mark(souk, order), 409, "order.state")
    amount, of = str(order["total"]), shown["payments"][0]["payment_id"]
    assert [list(line.values()) for line in ledger(souk, order["order_id"])] == [
        [of, "channel:manual", amount, "0", order["currency"]],
        [of, f"order:{order['order_id']}", "0", amount, order["currency"]]]
    told = souk.admin.get(f"/v1/admin/orders/{order['order_id']}/events").json()["items"]
    assert [event["type"] for event in told[-2:]] == ["payment.recorded", "order.paid"]
    assert told[-2]["data"]["internal"] == {"reason": "by telephone", "reference": reference, "staff": souk.admin.account_id}
    seen = buyer.get(f"/v1/orders/{order['order_id']}/events").text
    assert "payment.recorded" in seen and "telephone" not in seen and "berweisung" not in seen
    day = told[-1]["at"][:10]
    found = souk.admin.get(f"/v1/admin/ledger?channel=manual&day={day}&limit=100").json()["items"]
    assert [one["provider_ref"] for one in found if one["transfer_id"] == of] == [reference]
    audited(souk, "money", "orders")


def test_only_an_admin_may_and_only_once_with_a_key(souk, buyer, order):
    for role in ("support", "merchant", "ops"):
        assert_problem(mark(souk, order, who=souk.new_staff(role)), 403, "auth.forbidden")
    assert_problem(mark(souk, order, who=buyer), 403, "auth.forbidden")
    assert_problem(mark(souk, order, who=souk), 401, "auth.required")
    assert mark(souk, order, key=None).status_code == 400
    assert_problem(souk.admin.post(f"/v1/admin/orders/{order['order_id']}/mark-paid", {"note": "x"}, key=True), 400, "request.invalid")
    assert_problem(mark(souk, {"order_id": "256"}), 404, "not_found")
    own = buyer.post(f"/v1/orders/{order['order_id']}/payments", {"channel": "manual"}, key=True)
    assert_problem(own, 400, "payment.channel_unknown")
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        codes = sorted(answer.status_code for answer in pool.map(lambda _: mark(souk, order), range(6)))
    assert codes == [200, 409, 409, 409, 409, 409]
    assert money(buyer, order)["paid"] == order["total"]


def test_one_that_is_being_closed_waits_for_its_provider(souk, buyer, order):
    db = souk.db_of(order["order_id"])
    open_payment(buyer, order["order_id"])  # a lease keeps the closer away
    assert buyer.post(f"/v1/orders/{order['order_id']}/cancel", {}, key=True).json()["state"] == "CLOSING"
    refused = assert_problem(mark(souk, order), 409, "order.state")
    assert "CLOS" in refused["detail"]
    assert db.value(f"SELECT COUNT(*) FROM payment WHERE order_id = {order['order_id']} AND channel = 'manual'") == "0"


def test_an_attempt_that_is_open_is_closed_at_its_provider(souk, buyer, order):
    payment = open_payment(buyer, order["order_id"])
    assert mark(souk, order).json()["state"] == "PAID"
    wait_for(lambda: buyer.get(f"/v1/payments/{payment['payment_id']}").json()["state"] == "VOIDED")
    assert order_state(buyer, order["order_id"]) == "PAID"


def by_hand(souk, order):
    return wait_for(lambda: cases(souk, order, state="open", kind="refund_by_hand"))[0]


def close(souk, case, **body):
    return souk.admin.post(f"/v1/admin/payment-cases/{case['case_id']}/close", {"note": "Sent to his bank"} | body, key=True)


def test_a_refund_waits_for_a_person(souk, buyer, order):
    assert mark(souk, order).status_code == 200
    assert give_back(souk, order, amount=1).status_code == 201
    case = by_hand(souk, order)
    assert (case["channel"], case["data"]["amount"], case["state"]) == ("manual", 1, "open")
    assert_problem(close(souk, case), 409, "payment.state")
    assert_problem(close(souk, case, action="refund"), 409, "payment.state")
    assert refunds(buyer, order)[0]["state"] == "SUBMITTED" and money(buyer, order)["refunding"] == 1
    closed = close(souk, case, action="refunded")
    assert (closed.status_code, closed.json()["state"], closed.json()["note"]) == (200, "closed", "Sent to his bank"), closed.text
    assert all_back(buyer, order)()
    assert money(buyer, order) == {"paid": order["total"], "refunding": 0, "refunded": 1, "due": 0}
    audited(souk, "money", "orders")


def test_one_that_is_cancelled_ends_when_the_money_is_back(souk, buyer, order):
    assert mark(souk, order).status_code == 200
    assert buyer.post(f"/v1/orders/{order['order_id']}/cancel", {}, key=True).json()["state"] == "CANCELLING"
    assert close(souk, by_hand(souk, order), action="refunded").status_code == 200
    assert order_state(buyer, order["order_id"]) == "CANCELLED"
    assert events(buyer, order["order_id"])[-2:] == ["refund.succeeded", "order.cancelled"]


def test_a_reference_names_one_payment_unless_it_is_said_to_pay_several(souk, sku_id):  # noqa: F811
    """Whichever shards the orders are on; what was answered under a key stands."""
    reference, orders = f"Bank {uuid.uuid4().hex}", {}
    while len(orders) < souk.shards:
        buyer = souk.new_buyer()
        orders.setdefault(souk.shard_of(buyer.account_id), (buyer, new_order(buyer, sku_id, 1)))
    (first_buyer, first), (second_buyer, second), third = orders[0], orders[1], new_order(orders[0][0], sku_id, 1)
    key = uuid.uuid4().hex
    answer = mark(souk, first, key=key, reference=reference)
    assert answer.status_code == 200, answer.text
    for other in (second, third):
        refused = assert_problem(mark(souk, other, reference=reference), 409, "payment.reference_used")
        assert refused["detail"] == f"order {first['order_id']}"
        assert_problem(mark(souk, other, reference=reference, reference_again=False), 409, "payment.reference_used")
    assert order_state(second_buyer, second["order_id"]) == order_state(first_buyer, third["order_id"]) == "PENDING_PAYMENT"
    for other in (second, third):
        assert mark(souk, other, reference=reference, reference_again=True).json()["state"] == "PAID"
    again = mark(souk, first, key=key, reference=reference)
    assert (again.status_code, again.content) == (200, answer.content)
    audited(souk, "money", "orders")


def test_of_orders_marked_at_once_under_one_reference_at_most_one_is_paid(souk, sku_id):  # noqa: F811
    """Each may be refused for the others' sake; asked again alone, the first one is paid, and who was refused left no claim."""
    people = [souk.new_buyer() for _ in range(4)]
    for _ in range(5):
        reference = f"Bank {uuid.uuid4().hex}"
        orders = [(buyer, new_order(buyer, sku_id, 1)) for buyer in people]
        with concurrent.futures.ThreadPoolExecutor(len(orders)) as crowd:
            answers = list(crowd.map(lambda one: mark(souk, one[1], reference=reference), orders))
        for answer in answers:
            if answer.status_code != 200:
                assert_problem(answer, 409, "payment.reference_used")
        paid = [order_state(buyer, order["order_id"]) for buyer, order in orders].count("PAID")
        assert paid == [answer.status_code for answer in answers].count(200) and paid <= 1
        alone = [mark(souk, order, reference=reference).status_code for _, order in orders]
        assert [order_state(buyer, order["order_id"]) for buyer, order in orders].count("PAID") == 1, (answers, alone)
        assert mark(souk, new_order(people[0], sku_id, 1), reference=reference).status_code == 409
    audited(souk, "money", "orders")


def test_a_refused_order_leaves_no_claim(souk, buyer, sku_id):  # noqa: F811
    reference, order, other = f"Bank {uuid.uuid4().hex}", new_order(buyer, sku_id, 1), new_order(buyer, sku_id, 1)
    assert_problem(mark(souk, order, headers={"If-Match": '"v99"'}, reference=reference), 412, "precondition.failed")
    assert mark(souk, other, reference=reference).json()["state"] == "PAID"


def test_a_request_that_is_refused_leaves_the_claim_of_another_one(souk, buyer, sku_id):  # noqa: F811
    """One that has claimed the reference, and looked, is about to pay when another one for the same order is refused."""
    reference, order, other = f"Bank {uuid.uuid4().hex}", new_order(buyer, sku_id, 1), new_order(buyer, sku_id, 1)
    db, of = souk.db_of(order["order_id"]), f"'{reference}', {order['order_id']}, {int(order['order_id']) + 256}"
    db.run(f"CALL payment_claim_make({of})")
    assert_problem(mark(souk, order, headers={"If-Match": '"v99"'}, reference=reference), 412, "precondition.failed")
    refused = assert_problem(mark(souk, other, reference=reference), 409, "payment.reference_used")
    assert refused["detail"] == f"order {order['order_id']}"
    db.run(f"CALL payment_claim_drop({of})")
    assert mark(souk, other, reference=reference).json()["state"] == "PAID"


def test_a_shard_that_cannot_be_asked_keeps_the_order_unpaid_and_leaves_no_claim(souk, sku_id):  # noqa: F811
    reference = f"Bank {uuid.uuid4().hex}"
    buyer = next(one for one in (souk.new_buyer() for _ in range(50)) if souk.shard_of(one.account_id) == 0)
    order, other = new_order(buyer, sku_id, 1), new_order(buyer, sku_id, 1)
    with Transaction(souk.db(1), "LOCK TABLES payment_reference WRITE"):
        assert mark(souk, order, reference=reference).status_code in (503, 504)
    assert order_state(buyer, order["order_id"]) == "PENDING_PAYMENT"
    assert mark(souk, other, reference=reference).json()["state"] == "PAID"
