"""Accounts and what the own account shows and takes: opening, reading, changing, keys, versions."""

import concurrent.futures
import uuid

import pytest

PASSWORD = "correct horse"


def problem(answer, status, code):
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["code"] == code, body
    assert body["status"] == status
    assert body["request_id"]
    return body


def fields_of(answer):
    return {(error["field"], error["code"]) for error in problem(answer, 400, "request.invalid")["errors"]}


def test_open(souk):
    email = souk.new_email()
    answer = souk.post("/v1/accounts", {"email": f"  {email.upper()} ", "password": PASSWORD, "name": "Ann 张"})
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["email"] == email
    assert body["name"] == "Ann 张"
    assert body["account_id"].isdigit()
    assert body["created_at"].endswith("Z") and len(body["created_at"]) == 24
    assert answer.headers["ETag"] == '"v1"'
    assert answer.headers["Location"].endswith("/v1/me")
    assert "password" not in answer.text and "argon2" not in answer.text


def test_password_is_kept_as_argon2id(souk):
    buyer = souk.new_buyer()
    row = souk.db_of(buyer.account_id).rows(f"SELECT * FROM account WHERE account_id = {buyer.account_id}")[0]
    assert row["password_hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert buyer.password not in str(row)


def test_account_is_made_in_the_slot_of_its_address(souk):
    buyer = souk.new_buyer()
    claim = souk.db_of(buyer.account_id).rows(f"SELECT * FROM login_claim WHERE email = '{buyer.email}'")[0]
    assert claim["account_id"] == buyer.account_id
    assert int(claim["slot"]) == int(buyer.account_id) & 255


@pytest.mark.parametrize("change, field, code", [
    ({"email": None}, "email", "type"),
    ({"email": 7}, "email", "type"),
    ({"email": "ann"}, "email", "format"),
    ({"email": "a@b@c"}, "email", "format"),
    ({"email": "a b@example.org"}, "email", "format"),
    ({"email": "a" * 250 + "@b.cd"}, "email", "format"),
    ({"password": "short77"}, "password", "length"),
    ({"password": "x" * 129}, "password", "length"),
    ({"password": 12345678}, "password", "type"),
    ({"name": "x" * 101}, "name", "length"),
    ({"name": ["Ann"]}, "name", "type"),
    ({"name": "A\u0007nn"}, "name", "format"),
    ({"role": "admin"}, "role", "unknown"),
    ({"account_id": "7"}, "account_id", "unknown"),
])
def test_bad_field(souk, change, field, code):
    body = {"email": souk.new_email(), "password": PASSWORD, "name": "Ann"} | change
    assert fields_of(souk.post("/v1/accounts", body)) == {(field, code)}
    if field != "email":
        problem(souk.post("/v1/sessions", {"email": body["email"], "password": PASSWORD}), 401, "session.refused")


def test_missing_fields_are_all_named(souk):
    assert fields_of(souk.post("/v1/accounts", {})) == {("email", "required"), ("password", "required")}


def test_longest_password_counts_whole(souk):
    email, password = souk.new_email(), "ü" * 128
    assert souk.post("/v1/accounts", {"email": email, "password": password}).status_code == 201
    souk.sign_in(email, password)
    problem(souk.post("/v1/sessions", {"email": email, "password": "ü" * 127}), 401, "session.refused")


def test_an_address_that_has_an_account_opens_another_one(souk):
    """Whoever opens an account, and signs in to it, must not learn whether the address has one."""
    buyer = souk.new_buyer()
    answer = souk.post("/v1/accounts", {"email": buyer.email.upper(), "password": "another one"})
    assert answer.status_code == 201 and answer.json()["email"] == buyer.email
    assert souk.sign_in(buyer.email, "another one").account_id == answer.json()["account_id"] != buyer.account_id
    assert souk.sign_in(buyer.email, buyer.password).account_id == buyer.account_id


def test_of_many_that_open_one_at_once_each_has_its_own(souk):
    email = souk.new_email()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: souk.post("/v1/accounts", {"email": email, "password": f"password {n}"}), range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert [souk.sign_in(email, f"password {n}").account_id for n in range(4)] == [answer.json()["account_id"] for answer in answers]


def test_behind_an_address_at_most_nine_stand(souk):
    email = souk.new_email()
    for n in range(10):
        assert souk.post("/v1/accounts", {"email": email, "password": f"password {n}"}).status_code == 201
    assert souk.sign_in(email, "password 8")
    problem(souk.post("/v1/sessions", {"email": email, "password": "password 9"}), 401, "session.refused")


def test_open_with_a_key_is_repeatable(souk):
    body, key = {"email": souk.new_email(), "password": PASSWORD}, str(uuid.uuid4())
    first = souk.post("/v1/accounts", body, key=key)
    again = souk.post("/v1/accounts", body, key=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    problem(souk.post("/v1/accounts", body | {"name": "Eve"}, key=key), 422, "idempotency.mismatch")


def test_same_key_of_strangers_does_not_meet(souk):
    key = str(uuid.uuid4())
    for _ in range(6):
        email = souk.new_email()
        answer = souk.post("/v1/accounts", {"email": email, "password": PASSWORD}, key=key)
        assert answer.status_code == 201
        assert answer.json()["email"] == email


def test_me(souk):
    buyer = souk.new_buyer(name="Ann")
    answer = buyer.get("/v1/me")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["account_id"], body["email"], body["name"], body["version"]) == (buyer.account_id, buyer.email, "Ann", 1)
    assert answer.headers["ETag"] == '"v1"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert buyer.get("/v1/me", headers={"If-None-Match": '"v1"'}).status_code == 304


def test_change_me(souk):
    buyer = souk.new_buyer(name="Ann")
    answer = buyer.patch("/v1/me", {"name": "Bea"}, headers={"If-Match": '"v1"'})
    assert answer.status_code == 200
    assert answer.json()["name"] == "Bea"
    assert answer.headers["ETag"] == '"v2"'
    problem(buyer.patch("/v1/me", {"name": "Cyd"}, headers={"If-Match": '"v1"'}), 412, "precondition.failed")
    assert buyer.get("/v1/me").json()["name"] == "Bea"
    assert buyer.patch("/v1/me", {"name": None}).json()["name"] == ""


def test_change_me_with_a_key_happens_once(souk):
    buyer, key = souk.new_buyer(), str(uuid.uuid4())
    first = buyer.patch("/v1/me", {"name": "Bea"}, key=key)
    again = buyer.patch("/v1/me", {"name": "Bea"}, key=key)
    assert again.content == first.content
    assert buyer.get("/v1/me").json()["version"] == 2
    problem(buyer.patch("/v1/me", {"name": "Cyd"}, key=key), 422, "idempotency.mismatch")


def test_of_changes_at_once_with_one_version_one_wins(souk):
    buyer = souk.new_buyer()
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda n: buyer.patch("/v1/me", {"name": f"N{n}"}, headers={"If-Match": '"v1"'}), range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 5


@pytest.mark.parametrize("body, field, code", [
    ({"name": "x" * 101}, "name", "length"),
    ({"name": 1}, "name", "type"),
    ({"email": "x@example.org"}, "password", "required"),
    ({"password_hash": "x"}, "password_hash", "unknown"),
])
def test_bad_change(souk, body, field, code):
    buyer = souk.new_buyer(name="Ann")
    assert fields_of(buyer.patch("/v1/me", body)) == {(field, code)}
    assert buyer.get("/v1/me").json()["version"] == 1


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_me_is_for_those_signed_in(souk, method):
    body = {"name": "Eve"} if method == "PATCH" else None
    problem(souk.request(method, "/v1/me", body), 401, "auth.required")
    problem(souk.new_guest().request(method, "/v1/me", body), 403, "auth.forbidden")
