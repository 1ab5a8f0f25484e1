"""Another address for an account, and its end."""

import concurrent.futures
import re
import uuid

import pytest

from client import wait_for
from mailbox import mails_to, wait_for_mail
from test_account import fields_of, problem
from test_account_mail import ask_reset, same, verify
from transaction import Transaction, lock_waiters

ADDRESS = {"name": "Ada Bell", "phone": "030 1", "country": "DE", "city": "Berlin", "line1": "Unter den Linden 1",
           "postal_code": "10117"}


def change_email(buyer, email, password=None, **options):
    return buyer.patch("/v1/me", {"email": email, "password": password or buyer.password}, **options)


def delete(buyer, password=None):
    return buyer.request("DELETE", "/v1/me", {"password": password or buyer.password})


def email_elsewhere(souk, account_id):
    """An address whose slot lies on another shard than the account, told by a reset asked for and never answered."""
    import hashlib
    while True:
        email = souk.new_email()
        if souk.shard_of(hashlib.sha256(email.encode()).digest()[-1]) != souk.shard_of(account_id):
            return email


def claims_of(souk, account_id):
    return sorted(row["email"] for shard in range(souk.shards)
                  for row in souk.db(shard).rows(f"SELECT email FROM login_claim WHERE account_id = {account_id}"))


def test_another_address_counts_when_its_mail_was_answered(souk):
    buyer = souk.new_buyer(name="Ann")
    email = email_elsewhere(souk, buyer.account_id)
    answer = change_email(buyer, email.upper())
    assert answer.status_code == 200, answer.text
    assert (answer.json()["email"], answer.json()["pending_email"]) == (buyer.email, email)
    problem(souk.post("/v1/sessions", {"email": email, "password": buyer.password}), 401, "session.refused")
    token = wait_for_mail(souk, email, "new address").token
    assert verify(souk, token).json() == {"email": email, "email_verified": True}
    me = souk.sign_in(email, buyer.password).get("/v1/me").json()
    assert (me["account_id"], me["email"], me["pending_email"], me["email_verified"]) == (buyer.account_id, email, None, True)
    problem(souk.post("/v1/sessions", {"email": buyer.email, "password": buyer.password}), 401, "session.refused")
    assert claims_of(souk, buyer.account_id) == [email]
    for address in (buyer.email, email):
        mail = wait_for_mail(souk, address, "was changed")
        assert buyer.email in mail.text and email in mail.text
    problem(verify(souk, token), 400, "account.token_invalid")
    assert souk.new_buyer(email=buyer.email).account_id != buyer.account_id
    # and the password can be replaced there
    ask_reset(souk, email)
    token = wait_for_mail(souk, email, "new password").token
    assert souk.post("/v1/password-resets/confirm", {"token": token, "password": "a new password"}).status_code == 200
    assert souk.sign_in(email, "a new password").account_id == buyer.account_id


def test_a_change_wants_the_password_and_a_key_repeats_it(souk):
    buyer, email = souk.new_buyer(), souk.new_email()
    problem(change_email(buyer, email, "wrong horse"), 403, "account.password_wrong")
    assert fields_of(buyer.patch("/v1/me", {"email": email})) == {("password", "required")}
    assert fields_of(change_email(buyer, "no")) == {("email", "format")}
    key = str(uuid.uuid4())
    first = change_email(buyer, email, key=key)
    assert change_email(buyer, email, key=key).content == first.content
    wait_for_mail(souk, email)
    assert change_email(buyer, buyer.email).json()["pending_email"] is None
    problem(verify(souk, wait_for_mail(souk, email).token), 400, "account.token_invalid")


def test_the_last_wish_counts(souk):
    buyer, first, second = souk.new_buyer(), souk.new_email(), souk.new_email()
    change_email(buyer, first)
    token = wait_for_mail(souk, first).token
    change_email(buyer, second)
    problem(verify(souk, token), 400, "account.token_invalid")
    assert verify(souk, wait_for_mail(souk, second).token).status_code == 200
    assert claims_of(souk, buyer.account_id) == [second]


def test_an_address_that_is_somebody_elses_for_good_stays_that(souk):
    owner, buyer = souk.new_buyer(), souk.new_buyer()
    verify(souk, wait_for_mail(souk, owner.email).token)
    assert change_email(buyer, owner.email).status_code == 200
    problem(verify(souk, wait_for_mail(souk, owner.email, "new address").token), 409, "account.email_taken")
    assert buyer.get("/v1/me").json()["pending_email"] is None
    assert souk.sign_in(owner.email, owner.password).account_id == owner.account_id
    assert souk.sign_in(buyer.email, buyer.password).account_id == buyer.account_id


def test_a_change_tells_nothing(souk):
    taken, buyers = souk.new_buyer(), [souk.new_buyer(), souk.new_buyer()]
    verify(souk, wait_for_mail(souk, taken.email).token)
    def normal(body):
        return re.sub(rb'"(account_id|email|pending_email|created_at|version)": *("[^"]*"|\d+)', rb'"\1":""', body)
    same([lambda: change_email(buyers[0], taken.email), lambda: change_email(buyers[1], souk.new_email())], normal)


def test_what_a_crash_cut_in_half_is_finished(souk):
    """As if the request died right after the token was taken, and once more after the claim was made."""
    for stage in ("confirmed", "claimed"):
        buyer = souk.new_buyer()
        email = email_elsewhere(souk, buyer.account_id)
        change_email(buyer, email)
        home = souk.db_of(buyer.account_id)
        if stage == "claimed":
            import hashlib
            slot = hashlib.sha256(email.encode()).digest()[-1]
            souk.db(souk.shard_of(slot)).run(f"CALL login_claim_take('{email}', {buyer.account_id}, {slot})")
        home.run("UPDATE claim_move SET state = 'confirmed', changed_at = UTC_TIMESTAMP(3) - INTERVAL 10 SECOND "
                 f"WHERE account_id = {buyer.account_id}")
        wait_for(lambda: claims_of(souk, buyer.account_id) == [email], 15)
        wait_for(lambda: home.value(f"SELECT COUNT(*) FROM claim_move WHERE account_id = {buyer.account_id}") == "0", 15)
        assert souk.sign_in(email, buyer.password).account_id == buyer.account_id


def test_deleting_wants_the_password(souk):
    buyer = souk.new_buyer()
    problem(delete(buyer, "wrong horse"), 403, "account.password_wrong")
    assert fields_of(buyer.request("DELETE", "/v1/me", {})) == {("password", "required")}
    problem(souk.request("DELETE", "/v1/me", {"password": "x"}), 401, "auth.required")
    assert buyer.get("/v1/me").status_code == 200


@pytest.fixture
def sku(souk):
    product = next(item for item in souk.get("/v1/products?limit=50").json()["items"] if item["currency"] == "USD")
    for sku in souk.get(f"/v1/products/{product['product_id']}").json()["skus"]:
        souk.admin.post("/v1/admin/stock/receipts", {"sku_id": sku["sku_id"], "qty": 20, "reference": str(uuid.uuid4())})
        return sku["sku_id"]


def test_a_deleted_account_leaves_orders_and_nothing_personal(souk, sku):
    buyer = souk.new_buyer(name="Ada Personal")
    buyer.post("/v1/me/addresses", ADDRESS)
    buyer.put(f"/v1/cart/items/{sku}", {"qty": 2})
    orders = []
    for _ in range(2):
        answer = buyer.post("/v1/orders", {"items": [{"sku_id": sku, "qty": 1}], "address": ADDRESS, "note": "ring at Bell",
                                           "email": "ada.other@example.com"}, key=True)
        assert answer.status_code == 201, answer.text
        orders.append(answer.json()["order_id"])
    ended, under_way = orders
    assert buyer.post(f"/v1/orders/{ended}/cancel").json()["state"] == "CLOSED"

    answer = delete(buyer)
    assert (answer.status_code, answer.content) == (204, b"")
    problem(souk.post("/v1/sessions", {"email": buyer.email, "password": buyer.password}), 401, "session.refused")
    problem(souk.post("/v1/sessions/refresh", {"refresh_token": buyer.refresh_token}), 401, "session.expired")
    problem(buyer.get("/v1/me"), 404, "not_found")
    problem(buyer.post("/v1/me/addresses", ADDRESS), 404, "not_found")
    assert wait_for_mail(souk, buyer.email, "deleted")

    db = souk.db_of(buyer.account_id)
    wait_for(lambda: "pending" not in {row["state"] for row in db.rows(f"SELECT state FROM mail WHERE account_id = {buyer.account_id}")})
    personal = re.compile("Ada|Linden|030 1|10117|Bell|" + re.escape(buyer.email))
    for table in ("account", "address", "cart_item", "mail", "account_erasure"):
        assert not personal.search(str(db.rows(f"SELECT * FROM {table} WHERE account_id = {buyer.account_id}"))), table
    assert not personal.search(str(db.rows(f"SELECT body FROM idempotency WHERE account_id = {buyer.account_id}")))
    for table, column in (("orders", "address, note, email"), ("order_event", "data")):
        assert not personal.search(str(db.rows(f"SELECT {column} FROM {table} WHERE order_id = {ended}"))), table
        assert personal.search(str(db.rows(f"SELECT {column} FROM {table} WHERE order_id = {under_way}"))), table
    assert db.value(f"SELECT JSON_EXTRACT(address, '$.country') FROM orders WHERE order_id = {ended}") == '"DE"'
    wait_for(lambda: claims_of(souk, buyer.account_id) == [])

    # the other order ends, and is looked at again
    db.run(f"UPDATE orders SET expires_at = UTC_TIMESTAMP(3), due_at = UTC_TIMESTAMP(3) WHERE order_id = {under_way}")
    wait_for(lambda: db.value(f"SELECT state FROM orders WHERE order_id = {under_way}") == "CLOSED", 20)
    db.run(f"UPDATE account_erasure SET due_at = UTC_TIMESTAMP(3) WHERE account_id = {buyer.account_id}; CALL account_erase(100)")
    assert not personal.search(str(db.rows(f"SELECT address, note, email FROM orders WHERE order_id = {under_way}")))
    assert db.value(f"SELECT COUNT(*) FROM account_erasure WHERE account_id = {buyer.account_id}") == "0"
    souk.admin_command("audit", "--law", "orders")

    again = souk.new_buyer(email=buyer.email)
    assert again.account_id != buyer.account_id
    assert again.get("/v1/orders").json()["items"] == []


def test_an_order_that_ends_while_its_account_is_looked_at_is_erased(souk, sku):
    """The look waits for events of another account, and has seen this order under way, when it ends."""
    first, second = souk.new_buyer(), souk.new_buyer()
    while souk.shard_of(second.account_id) != souk.shard_of(first.account_id):
        second = souk.new_buyer()
    body = {"items": [{"sku_id": sku, "qty": 1}], "address": ADDRESS | {"name": "Ada Personal"}}
    ends, waits = (buyer.post("/v1/orders", body, key=True).json()["order_id"] for buyer in (first, second))
    assert second.post(f"/v1/orders/{waits}/cancel").json()["state"] == "CLOSED"
    for buyer in (first, second):
        assert delete(buyer).status_code == 204
    db, accounts = souk.db_of(first.account_id), f"{first.account_id}, {second.account_id}"
    due = f"UPDATE account_erasure SET due_at = UTC_TIMESTAMP(3) - INTERVAL (account_id = {first.account_id}) HOUR WHERE account_id IN ({accounts})"
    as_souk = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"  # so a row that was looked at and left alone is free
    with concurrent.futures.ThreadPoolExecutor(2) as others:
        with Transaction(db, f"START TRANSACTION; SELECT seq FROM order_event WHERE order_id = {waits} FOR UPDATE"):
            look = others.submit(db.run, f"{as_souk}; {due}; CALL account_erase(100)")
            wait_for(lambda: lock_waiters(db), 15)
            end = others.submit(db.run, f"{as_souk}; CALL order_cancel({first.account_id}, {ends}, NULL, NULL, NULL, NULL)")
            wait_for(lambda: end.done() or len(lock_waiters(db)) > 1, 15)
        look.result(timeout=20)
        end.result(timeout=20)
    db.run(f"{due}; CALL account_erase(100)")
    assert db.value(f"SELECT state FROM orders WHERE order_id = {ends}") == "CLOSED"
    for table, column in (("orders", "address"), ("order_event", "data")):
        assert "Ada Personal" not in str(db.rows(f"SELECT {column} FROM {table} WHERE order_id = {ends}")), table
    assert db.value(f"SELECT COUNT(*) FROM account_erasure WHERE account_id IN ({accounts})") == "0"


def test_who_stood_behind_has_the_address_then(souk):
    first = souk.new_buyer()
    souk.post("/v1/accounts", {"email": first.email, "password": "the second one"})
    second = souk.sign_in(first.email, "the second one")
    assert delete(first).status_code == 204
    wait_for(lambda: claims_of(souk, second.account_id) == [first.email])
    assert souk.sign_in(first.email, "the second one").account_id == second.account_id
