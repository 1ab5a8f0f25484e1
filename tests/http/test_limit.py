"""Too many attempts to sign in: counted per account and per place, success free of charge.

The tests' souk runs without limits, so these have an api of their own on the same databases, asked without nginx: that
also lets them come from wherever they like.
"""

import concurrent.futures
import random
import time

import pytest

from own_api import OwnApi


@pytest.fixture(scope="module")
def limited_api(souk, tmp_path_factory):
    """It waits long for Redis: on a busy machine a command that timed out would let an attempt through uncounted."""
    api = OwnApi(souk, tmp_path_factory.mktemp("limited"), {"limit.enabled": "true", "redis.command_timeout_ms": 1000})
    yield api
    api.stop()


@pytest.fixture(scope="module")
def limited(limited_api):
    """Signs in at an api that limits: limited(email, password, address)."""
    return limited_api.sign_in


def somewhere():
    return f"198.51.{random.randrange(256)}.{random.randrange(1, 255)}"


def test_attempts_at_one_account(souk, limited):
    buyer, other = souk.new_buyer(), souk.new_buyer()
    for n in range(10):
        answer = limited(buyer.email, f"guess {n}", somewhere())
        assert (answer.status, answer.json()["code"]) == (401, "session.refused")
    answer = limited(buyer.email, "guess 10", somewhere())
    assert (answer.status, answer.json()["code"]) == (429, "rate_limited")
    wait = int(answer.headers["Retry-After"])
    assert 40 <= wait <= 50
    assert answer.headers["RateLimit"] == f'"login-account";r=0;t={wait}'
    assert answer.headers["RateLimit-Policy"] == '"login-account";q=10;w=500'
    # Not the right password either, or the limit would tell which one it is; nor another spelling of the address.
    assert limited(buyer.email.upper(), buyer.password, somewhere()).status == 429
    assert limited(other.email, other.password, somewhere()).status == 201


def test_attempts_at_an_account_that_is_not_there(souk, limited):
    email = souk.new_email()
    assert [limited(email, "guess", somewhere()).status for _ in range(11)] == [401] * 10 + [429]


def test_success_costs_nothing(souk, limited):
    buyer, address = souk.new_buyer(), somewhere()
    assert {limited(buyer.email, buyer.password, address).status for _ in range(15)} == {201}


def test_guessing_at_once_gets_no_more_attempts(souk, limited):
    buyer = souk.new_buyer()
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        statuses = [answer.status for answer in pool.map(lambda n: limited(buyer.email, f"guess {n}", somewhere()), range(24))]
    assert set(statuses) == {401, 429}
    assert statuses.count(401) == 10


@pytest.mark.parametrize("addresses, same_place", [
    (["10.{a}.{b}.{n}"], True),
    (["2001:db8:{x}:{y}::1", "2001:db8:{x}:{y}:ffff::{n}"], True),
    (["2001:db8:{x}:{y}::1", "2001:db8:{y}:{x}::1"], False),
])
def test_attempts_from_one_place(souk, limited, addresses, same_place):
    # Never the same place twice: what an earlier run took has not come back yet.
    numbers = {name: random.randrange(1, 255) for name in "abn"}
    numbers |= {"x": f"{random.randrange(1, 1 << 15):x}", "y": f"{random.randrange(1 << 15, 1 << 16):x}"}
    places = [address.format(**numbers) for address in addresses]
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: limited(souk.new_email(), "guess", places[n % len(places)]), range(80)))
    returned = (time.monotonic() - began) / 5 + 1  # one attempt comes back every 5 s
    refused = [answer for answer in answers if answer.status == 429]
    assert {answer.status for answer in answers} <= {401, 429}
    if same_place:
        assert 60 <= len(answers) - len(refused) <= 60 + returned
        assert all(answer.headers["RateLimit"].startswith('"login-address";r=0;t=') for answer in refused)
        assert refused[0].headers["RateLimit-Policy"] == '"login-address";q=60;w=300'
    else:
        assert not refused


def test_mail_to_an_address_is_limited_whether_or_not_it_has_an_account(souk, limited_api):
    for email in (souk.new_buyer().email, souk.new_email()):
        statuses = [limited_api.request("POST", "/v1/password-resets", {"email": email}, REMOTE_ADDR=somewhere()).status
                    for _ in range(11)]
        assert statuses == [202] * 10 + [429]
        answer = limited_api.request("POST", "/v1/accounts", {"email": email, "password": "correct horse"}, REMOTE_ADDR=somewhere())
        assert answer.status == 429 and answer.headers["RateLimit"].startswith('"account-mail";r=0;t=')


def test_tokens_are_tried_only_so_often_from_one_place(limited_api):
    address = somewhere()
    statuses = [limited_api.request("POST", "/v1/accounts/verify", {"token": "x"}, REMOTE_ADDR=address).status for _ in range(40)]
    assert statuses[:30] == [400] * 30 and 429 in statuses[30:]
