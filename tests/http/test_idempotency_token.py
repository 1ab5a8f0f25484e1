"""Idempotency tokens: issued to an account, used as a key, refused when forged, another's or expired."""

import base64
import hashlib
import hmac
import time

from test_account import fields_of
from test_order import ADDRESS


def issue(person, biz_id="order-1"):
    return person.post("/v1/idempotency-tokens", {"biz_id": biz_id})


def change(person, key, name="Bea"):
    return person.patch("/v1/me", {"name": name}, key=key)


def test_a_token_is_a_key(souk):
    buyer = souk.new_buyer()
    answer = issue(buyer)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    biz_id, made, nonce, mac = body["token"].split(":")
    assert biz_id == body["biz_id"] == "order-1" and abs(int(made) / 1000 - time.time()) < 60 and len(nonce) == 32
    first, again = change(buyer, body["token"]), change(buyer, body["token"])
    assert first.status_code == 200 and again.content == first.content
    assert change(buyer, body["token"], "Cyd").status_code == 422
    assert issue(buyer).json()["token"] != body["token"]


def test_an_order_with_a_token(souk):
    buyer = souk.new_buyer()
    token = issue(buyer, "checkout.7").json()["token"]
    answer = buyer.post("/v1/orders", {"items": [], "address": ADDRESS}, key=token)
    assert answer.json().get("errors", [{}])[0].get("field") != "Idempotency-Key", answer.text
    forged = token[:-1] + ("A" if token[-1] != "A" else "E")
    answer = buyer.post("/v1/orders", {"items": [{"sku_id": "7", "qty": 1}], "address": ADDRESS}, key=forged)
    assert fields_of(answer) == {("Idempotency-Key", "format")}


def test_of_another_account_or_forged(souk):
    buyer, other = souk.new_buyer(), souk.new_buyer()
    token = issue(buyer).json()["token"]
    assert fields_of(change(other, token)) == {("Idempotency-Key", "format")}
    assert fields_of(change(buyer, "x" + token)) == {("Idempotency-Key", "format")}
    biz_id, made, nonce, mac = token.split(":")
    assert fields_of(change(buyer, f"{biz_id}:{int(made) + 1}:{nonce}:{mac}")) == {("Idempotency-Key", "format")}
    assert change(buyer, token).status_code == 200


def test_expired(souk):
    """A token as souk made it more than a day ago."""
    buyer = souk.new_buyer()
    secret = (souk.state / "secret").read_bytes()
    key = hmac.new(secret, b"souk idempotency token 1", hashlib.sha256).digest()
    def token(age_s):
        head = f"order-1:{int((time.time() - age_s) * 1000)}:{'0' * 32}"
        mac = hmac.new(key, f"{buyer.account_id}:{head}".encode(), hashlib.sha256).digest()
        return f"{head}:{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
    assert change(buyer, token(86000)).status_code == 200
    answer = change(buyer, token(86500))
    assert fields_of(answer) == {("Idempotency-Key", "format")} and "expired" in answer.text


def test_what_it_takes(souk):
    buyer = souk.new_buyer()
    assert fields_of(issue(buyer, "a:b")) == {("biz_id", "format")}
    assert fields_of(issue(buyer, "x" * 65)) == {("biz_id", "length")}
    assert issue(souk).status_code == 401
    assert issue(souk.new_guest()).status_code == 201
    # a key of one's own that merely has colons is a key
    assert change(buyer, "a:b:c:d").status_code == 200
