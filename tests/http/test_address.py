"""The address book: its own only, fifty at most, exactly one default as long as there is any."""

import concurrent.futures
import random
import uuid

import pytest

ADDRESS = {"name": "Ada Bell", "phone": "+49 30 1234567", "country": "DE", "region": "BE", "city": "Berlin",
           "line1": "Unter den Linden 1", "line2": "", "postal_code": "10117"}
LEAST = {"name": "Ada Bell", "country": "DE", "city": "Berlin", "line1": "Unter den Linden 1"}


def problem(answer, status, code):
    assert answer.status_code == status, answer.text
    assert answer.json()["code"] == code, answer.text
    return answer.json()


def add(caller, **change):
    answer = caller.post("/v1/me/addresses", ADDRESS | change)
    assert answer.status_code == 201, answer.text
    return answer.json()


def addresses_of(caller):
    items, path = [], "/v1/me/addresses?limit=100"
    page = caller.get(path).json()
    items += page["items"]
    assert page["next_cursor"] is None
    return items


def default_of(caller):
    defaults = [item["address_id"] for item in addresses_of(caller) if item["is_default"]]
    assert len(defaults) == 1
    return defaults[0]


def test_add_and_get(souk):
    buyer = souk.new_buyer()
    answer = buyer.post("/v1/me/addresses", ADDRESS | {"country": "de", "name": "张三"})
    assert answer.status_code == 201
    body = answer.json()
    assert {name: body[name] for name in ADDRESS} == ADDRESS | {"name": "张三"}
    assert body["is_default"] is True
    assert answer.headers["Location"].endswith(f"/v1/me/addresses/{body['address_id']}")
    got = buyer.get(f"/v1/me/addresses/{body['address_id']}")
    assert got.json() == body
    assert got.headers["ETag"] == answer.headers["ETag"] == '"v1"'
    assert int(body["address_id"]) & 255 == int(buyer.account_id) & 255


def test_the_least_that_is_needed(souk):
    answer = souk.new_buyer().post("/v1/me/addresses", LEAST)
    assert answer.status_code == 201
    body = answer.json()
    assert [body[name] for name in ("phone", "region", "line2", "postal_code")] == [""] * 4


@pytest.mark.parametrize("change, field, code", [
    ({"name": ""}, "name", "length"),
    ({"name": "x" * 101}, "name", "length"),
    ({"name": 5}, "name", "type"),
    ({"phone": "1" * 41}, "phone", "length"),
    ({"country": "DEU"}, "country", "format"),
    ({"country": "D"}, "country", "format"),
    ({"region": "x" * 101}, "region", "length"),
    ({"city": ""}, "city", "length"),
    ({"city": "x" * 101}, "city", "length"),
    ({"line1": "x" * 201}, "line1", "length"),
    ({"line2": "x" * 201}, "line2", "length"),
    ({"line2": {"x": 1}}, "line2", "type"),
    ({"postal_code": "x" * 21}, "postal_code", "length"),
    ({"is_default": "yes"}, "is_default", "type"),
    ({"is_default": 1}, "is_default", "type"),
    ({"street": "x"}, "street", "unknown"),
])
def test_bad_field(souk, change, field, code):
    buyer = souk.new_buyer()
    address = add(buyer)
    for answer in (buyer.post("/v1/me/addresses", ADDRESS | change),
                   buyer.patch(f"/v1/me/addresses/{address['address_id']}", change)):
        errors = problem(answer, 400, "request.invalid")["errors"]
        assert [(error["field"], error["code"]) for error in errors] == [(field, code)]
    assert addresses_of(buyer) == [address]


def test_missing_fields_are_all_named(souk):
    errors = problem(souk.new_buyer().post("/v1/me/addresses", {}), 400, "request.invalid")["errors"]
    assert {error["field"] for error in errors} == set(LEAST)


@pytest.mark.parametrize("country", ["12", "D1", "--", "ÄÖ"])
def test_country_is_two_letters(souk, country):
    buyer = souk.new_buyer()
    address = add(buyer)
    for answer in (buyer.post("/v1/me/addresses", ADDRESS | {"country": country}),
                   buyer.patch(f"/v1/me/addresses/{address['address_id']}", {"country": country})):
        assert [error["field"] for error in problem(answer, 400, "request.invalid")["errors"]] == ["country"]


def test_change(souk):
    buyer = souk.new_buyer()
    address = add(buyer)
    path = f"/v1/me/addresses/{address['address_id']}"
    answer = buyer.patch(path, {"city": "Köln", "phone": None}, headers={"If-Match": '"v1"'})
    assert answer.status_code == 200
    assert answer.json() == address | {"city": "Köln", "phone": "", "version": 2}
    assert answer.headers["ETag"] == '"v2"'
    problem(buyer.patch(path, {"city": "Bonn"}, headers={"If-Match": '"v1"'}), 412, "precondition.failed")
    problem(buyer.delete(path, headers={"If-Match": '"v1"'}), 412, "precondition.failed")
    assert buyer.get(path).json()["city"] == "Köln"
    assert buyer.get(path, headers={"If-None-Match": '"v2"'}).status_code == 304


def test_the_default_passes_on(souk):
    buyer = souk.new_buyer()
    first, second, third = add(buyer), add(buyer), add(buyer, is_default=True)
    assert default_of(buyer) == third["address_id"]
    assert buyer.get(f"/v1/me/addresses/{first['address_id']}").headers["ETag"] == '"v2"'  # not the default any more
    answer = buyer.patch(f"/v1/me/addresses/{second['address_id']}", {"is_default": True})
    assert answer.json()["is_default"] is True
    assert default_of(buyer) == second["address_id"]
    assert buyer.delete(f"/v1/me/addresses/{second['address_id']}").status_code == 204
    assert default_of(buyer) == third["address_id"]
    assert buyer.delete(f"/v1/me/addresses/{first['address_id']}").status_code == 204
    assert default_of(buyer) == third["address_id"]
    assert buyer.delete(f"/v1/me/addresses/{third['address_id']}").status_code == 204
    assert addresses_of(buyer) == []
    assert add(buyer)["is_default"] is True


def test_the_default_is_not_given_up(souk):
    buyer = souk.new_buyer()
    address = add(buyer)
    answer = buyer.patch(f"/v1/me/addresses/{address['address_id']}", {"is_default": False})
    assert "is_default" in problem(answer, 400, "request.invalid")["detail"]
    other = add(buyer, is_default=False)
    assert buyer.patch(f"/v1/me/addresses/{other['address_id']}", {"is_default": False}).status_code == 200
    assert default_of(buyer) == address["address_id"]


def test_one_default_whatever_happens_at_once(souk):
    buyer = souk.new_buyer()
    ids = [add(buyer)["address_id"] for _ in range(6)]

    def meddle(n):
        path = f"/v1/me/addresses/{random.choice(ids)}"
        if n % 3 == 0:
            return buyer.post("/v1/me/addresses", ADDRESS | {"is_default": True})
        if n % 3 == 1:
            return buyer.patch(path, {"is_default": True})
        return buyer.delete(path)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(meddle, range(48)))
    assert {answer.status_code for answer in answers} <= {200, 201, 204, 404, 409}
    default_of(buyer)
    shard = souk.db_of(buyer.account_id)
    assert shard.value(f"SELECT COUNT(*) FROM account JOIN address ON address_id = default_address_id "
                       f"WHERE account.account_id = {buyer.account_id}") == "1"


def test_fifty_are_enough(souk):
    buyer = souk.new_buyer()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: buyer.post("/v1/me/addresses", LEAST), range(54)))
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(201), statuses.count(409)) == (50, 4)
    problem(buyer.post("/v1/me/addresses", LEAST), 409, "address.limit")
    assert len(addresses_of(buyer)) == 50


def test_pages(souk):
    buyer = souk.new_buyer()
    ids = [add(buyer)["address_id"] for _ in range(5)]
    seen, path = [], "/v1/me/addresses?limit=2"
    for _ in range(3):
        answer = buyer.get(path)
        seen += [item["address_id"] for item in answer.json()["items"]]
        cursor = answer.json()["next_cursor"]
        assert ('rel="next"' in answer.headers.get("Link", "")) == (cursor is not None)
        path = f"/v1/me/addresses?limit=2&cursor={cursor}"
    assert cursor is None
    assert seen == ids[::-1]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=zz", "cursor=7a7a", "cursor=2d31", "colour=red"])
def test_bad_page(souk, query):
    answer = souk.new_buyer().get(f"/v1/me/addresses?{query}")
    body = problem(answer, 400, "request.invalid")
    assert query.split("=")[0] in answer.text, body


def test_keys(souk):
    buyer, key = souk.new_buyer(), str(uuid.uuid4())
    first = buyer.post("/v1/me/addresses", ADDRESS, key=key)
    again = buyer.post("/v1/me/addresses", ADDRESS, key=key)
    assert (again.status_code, again.content, again.headers["ETag"]) == (201, first.content, first.headers["ETag"])
    assert again.headers["Location"] == first.headers["Location"]
    assert len(addresses_of(buyer)) == 1
    problem(buyer.post("/v1/me/addresses", LEAST, key=key), 422, "idempotency.mismatch")
    path = f"/v1/me/addresses/{first.json()['address_id']}"
    assert buyer.patch(path, {"city": "Bonn"}, key=key).content == buyer.patch(path, {"city": "Bonn"}, key=key).content
    assert buyer.get(path).json()["version"] == 2
    assert [buyer.delete(path, key=key).status_code for _ in range(2)] == [204, 204]
    assert addresses_of(buyer) == []


def test_one_key_at_two_addresses(souk):
    buyer, key = souk.new_buyer(), str(uuid.uuid4())
    first, second = add(buyer), add(buyer)
    assert buyer.delete(f"/v1/me/addresses/{first['address_id']}", key=key).status_code == 204
    problem(buyer.delete(f"/v1/me/addresses/{second['address_id']}", key=key), 422, "idempotency.mismatch")
    assert len(addresses_of(buyer)) == 1


def test_of_one_key_at_once_one_is_made(souk):
    buyer, key = souk.new_buyer(), str(uuid.uuid4())
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda n: buyer.post("/v1/me/addresses", ADDRESS, key=key), range(6)))
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len(addresses_of(buyer)) == 1


def test_other_peoples_are_not_there(souk):
    owner, stranger = souk.new_buyer(), souk.new_buyer()
    path = f"/v1/me/addresses/{add(owner)['address_id']}"
    add(stranger)
    for answer in (stranger.get(path), stranger.patch(path, {"city": "Rome"}), stranger.delete(path),
                   stranger.patch(path, {"is_default": True})):
        problem(answer, 404, "not_found")
    assert addresses_of(owner)[0]["city"] == "Berlin"


@pytest.mark.parametrize("address_id", ["1", "9223372036854775807"])
def test_unknown_address(souk, address_id):
    buyer, path = souk.new_buyer(), f"/v1/me/addresses/{address_id}"
    for answer in (buyer.get(path), buyer.patch(path, {"city": "Rome"}), buyer.delete(path)):
        problem(answer, 404, "not_found")


@pytest.mark.parametrize("address_id", ["0", "-1", "x", "1.5", "01", "99999999999999999999", "%00", "1%27"])
def test_bad_address_id(souk, address_id):
    answer = souk.new_buyer().get(f"/v1/me/addresses/{address_id}")
    assert answer.status_code in (400, 404), answer.text


ROUTES = [("GET", "/v1/me/addresses", None), ("POST", "/v1/me/addresses", ADDRESS), ("GET", "/v1/me/addresses/7", None),
          ("PATCH", "/v1/me/addresses/7", {"city": "Rome"}), ("DELETE", "/v1/me/addresses/7", None)]


@pytest.mark.parametrize("method, path, body", ROUTES)
def test_for_those_signed_in(souk, method, path, body):
    problem(souk.request(method, path, body), 401, "auth.required")
    problem(souk.new_guest().request(method, path, body), 403, "auth.forbidden")
