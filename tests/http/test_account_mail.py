"""Accounts by mail: verifying an address, replacing a password; nothing tells whether an address has an account."""

import re
import statistics
import time
import uuid

import pytest

from client import wait_for
from mailbox import mails_to, wait_for_mail
from test_account import fields_of, problem

PASSWORD = "correct horse"


def verify(souk, token):
    return souk.post("/v1/accounts/verify", {"token": token})


def ask_reset(souk, email):
    return souk.post("/v1/password-resets", {"email": email})


def reset(souk, token, password="a new password"):
    return souk.post("/v1/password-resets/confirm", {"token": token, "password": password})


def test_an_address_is_verified_once_by_the_mail_that_went_there(souk):
    buyer = souk.new_buyer()
    assert buyer.get("/v1/me").json()["email_verified"] is False
    mail = wait_for_mail(souk, buyer.email)
    answer = verify(souk, mail.token)
    assert (answer.status_code, answer.json()) == (200, {"email": buyer.email, "email_verified": True})
    assert buyer.get("/v1/me").json()["email_verified"] is True
    problem(verify(souk, mail.token), 400, "account.token_invalid")


def test_a_mail_is_text_and_html_with_headers_that_mail_programs_want(souk):
    buyer = souk.new_buyer()
    mail = wait_for_mail(souk, buyer.email)
    assert mail.message["to"] == f"<{buyer.email}>" or mail.message["to"] == buyer.email
    assert "shop@localhost" in mail.message["from"]
    assert mail.message["date"] and re.fullmatch(r"<\d+@localhost>", mail.id)
    assert mail.token in mail.html and f"{souk.base_url}/#/verify/{mail.token}" in mail.text


def test_verification_is_sent_again_as_long_as_it_is_wanted(souk):
    buyer = souk.new_buyer()
    first = wait_for_mail(souk, buyer.email)
    answer = buyer.post("/v1/accounts/verification")
    assert (answer.status_code, answer.json()) == (202, {"email": buyer.email, "email_verified": False})
    second = wait_for_mail(souk, buyer.email, n=2)
    assert first.token != second.token
    assert verify(souk, first.token).status_code == 200
    problem(verify(souk, second.token), 400, "account.token_invalid")
    assert buyer.post("/v1/accounts/verification").json()["email_verified"] is True
    problem(souk.post("/v1/accounts/verification"), 401, "auth.required")


@pytest.mark.parametrize("token", ["x", "A" * 54, "A" * 200, "ü"])
def test_tokens_nobody_made(souk, token):
    problem(verify(souk, token), 400, "account.token_invalid")
    problem(reset(souk, token), 400, "account.token_invalid")


def test_a_token_is_for_one_thing(souk):
    buyer = souk.new_buyer()
    problem(reset(souk, wait_for_mail(souk, buyer.email).token), 400, "account.token_invalid")
    ask_reset(souk, buyer.email)
    problem(verify(souk, wait_for_mail(souk, buyer.email, "new password").token), 400, "account.token_invalid")


def test_fields_are_named(souk):
    assert fields_of(verify(souk, "")) == {("token", "length")}
    assert fields_of(souk.post("/v1/password-resets", {"email": "no"})) == {("email", "format")}
    assert fields_of(souk.post("/v1/password-resets/confirm", {"token": "x", "password": "short"})) == {("password", "length")}


def test_a_forgotten_password_is_replaced_and_ends_all_sessions(souk):
    buyer = souk.new_buyer()
    other = souk.sign_in(buyer.email, buyer.password)
    assert ask_reset(souk, buyer.email.upper()).status_code == 202
    mail = wait_for_mail(souk, buyer.email, "new password")
    assert reset(souk, mail.token).json() == {"email": buyer.email}
    for session in (buyer, other):
        problem(souk.post("/v1/sessions/refresh", {"refresh_token": session.refresh_token}), 401, "session.expired")
    problem(souk.post("/v1/sessions", {"email": buyer.email, "password": buyer.password}), 401, "session.refused")
    assert souk.sign_in(buyer.email, "a new password").account_id == buyer.account_id
    problem(reset(souk, mail.token, "yet another one"), 400, "account.token_invalid")
    assert wait_for_mail(souk, buyer.email, "was changed")
    assert souk.sign_in(buyer.email, "a new password").get("/v1/me").json()["email_verified"] is True


def test_an_expired_token(souk):
    buyer = souk.new_buyer()
    ask_reset(souk, buyer.email)
    token = wait_for_mail(souk, buyer.email, "new password").token
    souk.db_of(buyer.account_id).run(
        f"UPDATE account_token SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND WHERE account_id = {buyer.account_id}")
    problem(reset(souk, token), 400, "account.token_invalid")
    souk.sign_in(buyer.email, buyer.password)


def test_whoever_reads_the_mail_has_the_address(souk):
    """Somebody opens an account with another person's address; that person's own account is the one that counts."""
    squatter = souk.new_buyer()
    owner_id = souk.post("/v1/accounts", {"email": squatter.email, "password": "mine at last"}).json()["account_id"]
    tokens = [wait_for_mail(souk, squatter.email, n=n).token for n in (1, 2)]
    owner = souk.sign_in(squatter.email, "mine at last")
    assert owner.account_id == owner_id
    answers = {verify(souk, token).status_code for token in tokens}
    assert answers == {200, 409}


def test_who_has_the_address_for_good_is_told_when_it_is_used_again(souk):
    buyer = souk.new_buyer()
    verify(souk, wait_for_mail(souk, buyer.email).token)
    souk.post("/v1/accounts", {"email": buyer.email, "password": "somebody else"})
    mail = wait_for_mail(souk, buyer.email, "already")
    assert "/#/sign-in" in mail.text and "verify" not in mail.text


def test_tokens_are_kept_nowhere(souk):
    buyer = souk.new_buyer()
    mail = wait_for_mail(souk, buyer.email)
    verify(souk, mail.token)
    for log in (souk.state / "log").glob("*.log"):
        assert mail.token not in log.read_text(errors="replace"), log
    db = souk.db_of(buyer.account_id)
    for table in ("mail", "outbox", "session_family"):
        assert mail.token not in str(db.rows(f"SELECT * FROM {table} ORDER BY created_at DESC LIMIT 500"))
    row = db.rows(f"SELECT HEX(hash) AS hash FROM account_token WHERE account_id = {buyer.account_id}")[0]
    assert len(row["hash"]) == 64


# Whether an address has an account shows neither in status nor body nor time.

ROUND, ROUNDS = 15, 3


def answers_of(requests):
    """[(status, body, seconds)] of requests made in turn, so that what the machine does besides hits all alike."""
    taken = [[] for _ in requests]
    for _ in range(ROUND):
        for n, request in enumerate(requests):
            answer = request()
            taken[n].append((answer.status_code, answer.content, answer.elapsed.total_seconds()))
    return taken


def same(requests, normal=lambda body: body):
    """What takes longer because of the address does so in every round; what a busy machine does to one is gone in the next."""
    seen = []
    for _ in range(ROUNDS):
        taken = answers_of(requests)
        first, *others = taken
        for other in others:
            assert {(status, normal(body)) for status, body, _ in other} == {(status, normal(body)) for status, body, _ in first}
        medians = [statistics.median(seconds for _, _, seconds in one) for one in taken]
        if max(medians) < 2 * min(medians) + 0.005:
            return
        seen.append(medians)
    pytest.fail(f"times tell them apart: {seen}")


def test_a_reset_tells_nothing(souk):
    buyer = souk.new_buyer()
    same([lambda: ask_reset(souk, buyer.email), lambda: ask_reset(souk, souk.new_email())])


def test_a_sign_in_tells_nothing(souk):
    buyer = souk.new_buyer()
    def sign_in(email):
        return souk.post("/v1/sessions", {"email": email, "password": "wrong horse"})
    same([lambda: sign_in(buyer.email), lambda: sign_in(souk.new_email())],
         lambda body: re.sub(rb'"request_id":"[^"]*"', b"", body))


def test_opening_an_account_tells_nothing(souk):
    emails = [souk.new_buyer().email for _ in range(ROUND * ROUNDS)]
    def open_account(email):
        return souk.post("/v1/accounts", {"email": email, "password": PASSWORD + "!", "name": "Ann"})
    def normal(body):
        return re.sub(rb'"(account_id|email|created_at)": *"[^"]*"', rb'"\1":""', body)
    same([lambda: open_account(emails.pop()), lambda: open_account(souk.new_email())], normal)


def test_mail_that_was_given_up_is_listed_and_tried_again(souk):
    buyer = souk.new_buyer()
    wait_for_mail(souk, buyer.email)
    db = souk.db_of(buyer.account_id)
    mail_id = db.value(f"SELECT mail_id FROM mail WHERE account_id = {buyer.account_id}")
    # it is there before the worker has written down that it was sent
    wait_for(lambda: db.value(f"SELECT state FROM mail WHERE mail_id = {mail_id}") == "sent", 60)
    souk_list = lambda: souk.admin_command("mail", "list", "failed", "--json").stdout
    assert mail_id not in souk_list()
    db.run(f"UPDATE mail SET state = 'failed', last_error = 'no route' WHERE mail_id = {mail_id}")
    assert mail_id in souk_list() and "no route" in souk_list()
    souk.admin_command("mail", "retry", mail_id)
    first, second = mails_to(souk, buyer.email)[0], wait_for_mail(souk, buyer.email, n=2)
    assert first.id == second.id and first.token == second.token
