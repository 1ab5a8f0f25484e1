"""Carts: lines that are never lost, ticks that Redis holds for a moment, two tabs, and guests who sign in."""

import concurrent.futures
import os
import signal
import time

import pytest

from carts import ADDRESS, TICKS_DURABLE_S, cart, copied, items_of, lines, put, receive, redis, stored, submit, tick, ticked
from client import wait_for
from transaction import Transaction, lock_waiters


@pytest.fixture(scope="module")
def skus(souk):
    return souk.skus_on_sale(20)


# Lines

def test_a_cart_from_its_first_line_to_its_last(buyer, skus):
    first, second = skus[:2]
    empty = cart(buyer)
    assert (empty["items"], empty["version"], empty["total"], empty["lines_n"]) == ([], 0, 0, 0)
    assert put(buyer, first, 2)["lines_n"] == 1
    answer = put(buyer, second, 3)
    shown = cart(buyer)
    assert shown["version"] == answer["version"]
    assert [line["sku_id"] for line in shown["items"]] == [first["sku_id"], second["sku_id"]]
    assert all(line["ticked"] for line in shown["items"])
    assert shown["total"] == shown["ticked_total"] == 2 * first["price"] + 3 * second["price"]
    assert (shown["units_n"], shown["currency"], shown["merging"]) == (5, first["currency"], False)
    assert shown["items"][0]["availability"] in ("available", "few_left", "uncertain")
    assert buyer.delete(f"/v1/cart/items/{first['sku_id']}").json()["lines_n"] == 1
    assert lines(buyer) == {second["sku_id"]: 3}
    assert buyer.delete("/v1/cart").json()["lines_n"] == 0
    assert lines(buyer) == {}


def test_repeating_a_change_changes_nothing(buyer, skus):
    version = put(buyer, skus[0], 4)["version"]
    assert put(buyer, skus[0], 4)["version"] == version
    version = buyer.delete(f"/v1/cart/items/{skus[0]['sku_id']}").json()["version"]
    assert buyer.delete(f"/v1/cart/items/{skus[0]['sku_id']}").json()["version"] == version


@pytest.mark.parametrize("body", [{"qty": 0}, {"qty": 1000}, {"qty": -1}, {"qty": 1.5}, {"qty": "1"}, {}, {"qty": 1, "x": 1}])
def test_a_quantity_has_bounds(buyer, skus, body):
    answer = buyer.put(f"/v1/cart/items/{skus[0]['sku_id']}", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "request.invalid")


@pytest.mark.parametrize("body", [{"ticked": True}, {"all": True}, {"all": True, "sku_ids": ["1"], "ticked": True},
                                  {"all": False, "ticked": True}, {"sku_ids": [], "ticked": True},
                                  {"sku_ids": ["x"], "ticked": True}, {"sku_ids": ["1"] * 201, "ticked": True}])
def test_a_selection_says_what_and_how(buyer, body):
    answer = buyer.post("/v1/cart/selection", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "request.invalid")


def test_what_is_not_for_sale_is_refused(buyer):
    answer = buyer.put("/v1/cart/items/1", {"qty": 1})
    assert (answer.status_code, answer.json()["code"]) == (409, "cart.sku_unavailable")


def test_a_line_that_is_not_there_cannot_be_ticked(buyer, skus):
    put(buyer, skus[0], 1)
    answer = buyer.post("/v1/cart/selection", {"sku_ids": [skus[0]["sku_id"], skus[1]["sku_id"]], "ticked": False})
    assert (answer.status_code, answer.json()["code"]) == (404, "cart.line_unknown")
    assert ticked(buyer) == {skus[0]["sku_id"]}


def test_200_lines_and_no_more(souk, buyer, skus):
    put(buyer, skus[0], 1)
    souk.db_of(buyer.account_id).run(
        "INSERT INTO cart_item (account_id, sku_id, qty, ticked, added_price, added_currency, added_at)"
        f" WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 199)"
        f" SELECT {buyer.account_id}, i, 1, 1, 1, 'EUR', UTC_TIMESTAMP(3) FROM n")
    answer = buyer.put(f"/v1/cart/items/{skus[1]['sku_id']}", {"qty": 1})
    assert (answer.status_code, answer.json()["code"]) == (409, "cart.limit")
    assert put(buyer, skus[0], 2)["lines_n"] == 200


def test_everybody_has_a_cart_of_their_own(souk, buyer, guest, skus):
    put(buyer, skus[0], 1)
    put(guest, skus[1], 2)
    assert (lines(buyer), lines(guest)) == ({skus[0]["sku_id"]: 1}, {skus[1]["sku_id"]: 2})
    assert souk.get("/v1/cart").status_code == 401
    assert "no-store" in buyer.get("/v1/cart").headers["Cache-Control"]


def test_a_price_that_changed_is_shown_against_what_it_was(souk, buyer, skus):
    sku, db = skus[2], souk.db_of(buyer.account_id)
    put(buyer, sku, 2)
    etag = buyer.get("/v1/cart").headers["ETag"]
    assert buyer.get("/v1/cart", headers={"If-None-Match": etag}).status_code == 304
    db.run(f"UPDATE sku SET price = price + 150 WHERE sku_id = {sku['sku_id']}")
    try:
        line = wait_for(lambda: next((l for l in cart(buyer)["items"] if l["price_change"] != 0), None), seconds=5)
        assert (line["price"], line["added_price"], line["price_change"]) == (sku["price"] + 150, sku["price"], 150)
        assert cart(buyer)["total"] == 2 * (sku["price"] + 150)
        assert buyer.get("/v1/cart", headers={"If-None-Match": etag}).status_code == 200
    finally:
        db.run(f"UPDATE sku SET price = price - 150 WHERE sku_id = {sku['sku_id']}")


# Ticks

def test_ticks_are_shown_at_once_and_durable_soon(souk, buyer, skus):
    for sku in skus[:10]:
        put(buyer, sku, 1)
    versions = [cart(buyer)["version"]]
    answer = tick(buyer, False, *skus[3:6])
    assert (answer["lines_n"], answer["ticked_n"]) == (10, 7)
    versions.append(answer["version"])
    left = {sku["sku_id"] for sku in skus[:3] + skus[6:10]}
    assert ticked(buyer) == left
    assert cart(buyer)["ticked_total"] == sum(sku["price"] for sku in skus[:3] + skus[6:10])
    versions += [tick(buyer, False)["version"], tick(buyer, True, skus[9])["version"]]
    assert versions == sorted(set(versions))
    assert tick(buyer, True, skus[9])["version"] == versions[-1]
    wait_for(lambda: {id for id, (_, on) in stored(souk, buyer).items() if on} == {skus[9]["sku_id"]}, TICKS_DURABLE_S)
    db = souk.db_of(buyer.account_id)
    assert db.value(f"SELECT version FROM cart WHERE account_id = {buyer.account_id}") == str(versions[-1])


def test_ticks_of_many_carts_wait_for_no_other_and_come_in_order(souk, skus):
    """As those who change carts lock them: by account, whatever the order of the list, and none that is not in it."""
    people = {}
    while len(people) < 3:
        person = souk.new_buyer()
        if souk.shard_of(person.account_id) == 0:
            put(person, skus[0], 1)
            people[int(person.account_id)] = cart(person)["version"]
    first, other, last = sorted(people)
    keep = lambda *accounts: "CALL cart_ticks_keep('[%s]')" % ", ".join(
        f'{{"account_id": "{account}", "base": {people[account]}, "version": {people[account] + 1}, "ticked": ","}}' for account in accounts)
    db = souk.db(0)
    held = lambda account: not db.rows(f"SELECT version FROM cart WHERE account_id = {account} FOR UPDATE SKIP LOCKED")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        with Transaction(db, f"BEGIN; SELECT version FROM cart WHERE account_id = {first} FOR UPDATE"):
            kept = pool.submit(db.rows, keep(last, first))
            wait_for(lambda: lock_waiters(db), 5)
            assert not held(last), "the last of the accounts is locked before the first"
        assert str(last) in kept.result()[0]["body"] and str(first) in kept.result()[0]["body"]
        with Transaction(db, f"BEGIN; SELECT version FROM cart WHERE account_id = {last} FOR UPDATE"):
            assert str(other) in pool.submit(db.rows, "SET innodb_lock_wait_timeout = 1; " + keep(other)).result()[0]["body"]


def test_ticks_stay_when_a_line_changes_right_after(souk, buyer, skus):
    for sku in skus[:3]:
        put(buyer, sku, 1)
    cart(buyer)
    tick(buyer, False, skus[1])
    put(buyer, skus[2], 5)
    assert stored(souk, buyer)[skus[1]["sku_id"]] == (1, False)
    tick(buyer, True, skus[1])
    tick(buyer, False, skus[0])
    buyer.delete(f"/v1/cart/items/{skus[2]['sku_id']}")
    assert ticked(buyer) == {skus[1]["sku_id"]}


def test_if_match_on_ticks_and_lines(buyer, skus):
    put(buyer, skus[0], 1)
    seen = buyer.get("/v1/cart").headers["ETag"]
    tick(buyer, False)
    late = {"headers": {"If-Match": seen}}
    assert buyer.post("/v1/cart/selection", {"all": True, "ticked": True}, **late).status_code == 412
    assert buyer.put(f"/v1/cart/items/{skus[0]['sku_id']}", {"qty": 2}, **late).status_code == 412
    assert buyer.delete("/v1/cart", **late).status_code == 412
    now = {"headers": {"If-Match": buyer.get("/v1/cart").headers["ETag"]}}
    assert buyer.post("/v1/cart/selection", {"all": True, "ticked": True}, **now).status_code == 200
    assert (lines(buyer), ticked(buyer)) == ({skus[0]["sku_id"]: 1}, {skus[0]["sku_id"]})


def test_if_match_of_the_empty_cart(buyer, souk, skus):
    seen = {"If-Match": buyer.get("/v1/cart").headers["ETag"]}
    put(buyer, skus[0], 1)
    copied(souk, buyer)
    assert buyer.post("/v1/cart/selection", {"all": True, "ticked": False}, headers=seen).status_code == 412
    assert ticked(buyer) == {skus[0]["sku_id"]}


@pytest.mark.parametrize("then", ["shown", "changed", "ordered", "kept"])
def test_ticks_after_a_worker_that_died_before_redis_knew_of_those_it_kept(souk, buyer, skus, then):
    """MySQL has the first tick, the copy does not know it: the next one counts, whoever looks then."""
    ids = [sku["sku_id"] for sku in skus[:3]]
    for sku in skus[:3]:
        receive(souk, sku, 5)
        put(buyer, sku, 1)
    copied(souk, buyer)
    with souk.worker_held():
        base, version = cart(buyer)["version"], tick(buyer, False, skus[0])["version"]
        souk.db_of(buyer.account_id).run(
            f"""CALL cart_ticks_keep('[{{"account_id": "{buyer.account_id}", "base": {base}, "version": {version},"""
            f""" "ticked": ",{ids[1]},{ids[2]},"}}]')""")
        last = tick(buyer, False, skus[1])["version"]
        if then == "shown":
            assert (cart(buyer)["version"], ticked(buyer)) == (last, {ids[2]})
        if then == "changed":
            put(buyer, skus[0], 2)
            assert stored(souk, buyer) == {ids[0]: (2, False), ids[1]: (1, False), ids[2]: (1, True)}
        if then == "ordered":
            answer = submit(buyer, last)
            assert answer.status_code == 201, answer.text
            assert items_of(buyer, answer.json()["order_id"]) == {ids[2]: 1}
    wait_for(lambda: not any(stored(souk, buyer)[id][1] for id in ids[:2]), TICKS_DURABLE_S)


# Two tabs, and more

def test_many_tabs_tick_each_a_line(souk, buyer, skus):
    chosen = skus[:16]
    for sku in chosen:
        put(buyer, sku, 1)
    tick(buyer, False)
    with concurrent.futures.ThreadPoolExecutor(8) as tabs:
        answers = list(tabs.map(lambda sku: tick(buyer, True, sku), chosen))
    assert len({answer["version"] for answer in answers}) == len(chosen), "two contents had one version"
    assert ticked(buyer) == {sku["sku_id"] for sku in chosen}
    wait_for(lambda: all(on for _, on in stored(souk, buyer).values()), TICKS_DURABLE_S)


def test_tabs_that_tick_while_another_changes_lines(souk, buyer, skus):
    """Ticks and line changes run into each other: each acknowledged change is there in the end."""
    mine, theirs = skus[:6], skus[6:12]
    for sku in mine:
        put(buyer, sku, 1)
    tick(buyer, False)
    with concurrent.futures.ThreadPoolExecutor(8) as tabs:
        ticking = [tabs.submit(tick, buyer, True, sku) for sku in mine]
        putting = [tabs.submit(put, buyer, sku, 7) for sku in theirs]
        for done in ticking + putting:
            done.result()
    shown = cart(buyer)
    assert {line["sku_id"]: line["qty"] for line in shown["items"]} == {
        **{sku["sku_id"]: 1 for sku in mine}, **{sku["sku_id"]: 7 for sku in theirs}}
    assert all(line["ticked"] for line in shown["items"])
    wait_for(lambda: all(on for _, on in stored(souk, buyer).values()), TICKS_DURABLE_S)


def test_of_tabs_that_saw_one_version_one_wins(buyer, skus):
    put(buyer, skus[0], 1)
    seen = {"If-Match": buyer.get("/v1/cart").headers["ETag"]}
    path = f"/v1/cart/items/{skus[0]['sku_id']}"
    with concurrent.futures.ThreadPoolExecutor(8) as tabs:
        codes = list(tabs.map(lambda qty: buyer.put(path, {"qty": qty}, headers=seen).status_code, range(2, 10)))
    assert sorted(codes) == [200] + [412] * 7


# Redis goes away

def test_a_cart_survives_an_emptied_redis(souk, buyer, skus):
    put(buyer, skus[0], 2)
    put(buyer, skus[1], 3)
    cart(buyer)
    tick(buyer, False, skus[0])
    wait_for(lambda: not stored(souk, buyer)[skus[0]["sku_id"]][1], TICKS_DURABLE_S)
    before = cart(buyer)
    redis(souk, "FLUSHALL")
    after = cart(buyer)
    assert (after["items"], after["version"]) == (before["items"], before["version"])
    tick(buyer, False, skus[1])
    assert ticked(buyer) == set()


def test_lines_are_never_lost_with_redis(souk, buyer, skus):
    """Emptied again and again while lines change: each acknowledged line is there, whatever became of ticks."""
    for n, sku in enumerate(skus[:12]):
        put(buyer, sku, n + 1)
        cart(buyer)
        tick(buyer, False, sku)
        redis(souk, "FLUSHALL")
        assert lines(buyer) == {sku["sku_id"]: i + 1 for i, sku in enumerate(skus[:n + 1])}
    assert {id: qty for id, (qty, _) in stored(souk, buyer).items()} == {
        sku["sku_id"]: n + 1 for n, sku in enumerate(skus[:12])}


def test_a_version_is_not_used_twice_when_ticks_are_lost(souk, buyer, skus):
    """A tick that Redis loses before it is durable leaves no version behind that could mean something else later."""
    put(buyer, skus[0], 1)
    put(buyer, skus[1], 1)
    cart(buyer)
    lost = tick(buyer, False, skus[0])["version"]
    redis(souk, "FLUSHALL")
    cart(buyer)
    assert tick(buyer, False, skus[1])["version"] > lost or ticked(buyer) == set()


def test_redis_that_does_not_answer(souk, buyer, skus):
    """Stopped in mid-use: every answer comes in time and is right; what it held is old when it goes on, and goes."""
    put(buyer, skus[0], 1)
    put(buyer, skus[1], 1)
    copied(souk, buyer)
    pid = souk.pid("redis")
    os.kill(pid, signal.SIGSTOP)
    try:
        start = time.monotonic()
        tick(buyer, False, skus[0])
        put(buyer, skus[2], 4)
        buyer.delete(f"/v1/cart/items/{skus[1]['sku_id']}")
        assert lines(buyer) == {skus[0]["sku_id"]: 1, skus[2]["sku_id"]: 4}
        assert ticked(buyer) == {skus[2]["sku_id"]}
        assert time.monotonic() - start < 5
    finally:
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.6)  # until every process asks it again
    db = souk.db_of(buyer.account_id)
    wait_for(lambda: db.value(f"SELECT COUNT(*) FROM cart_stale WHERE account_id = {buyer.account_id}") == "0")
    assert lines(buyer) == {skus[0]["sku_id"]: 1, skus[2]["sku_id"]: 4}
    assert ticked(buyer) == {skus[2]["sku_id"]}
    tick(buyer, True, skus[0])
    assert ticked(buyer) == {skus[0]["sku_id"], skus[2]["sku_id"]}
    wait_for(lambda: stored(souk, buyer)[skus[0]["sku_id"]] == (1, True), TICKS_DURABLE_S)


def test_a_copy_made_after_a_change_that_redis_was_not_told_of_stays(souk, buyer, skus):
    """The worker comes to tell it late; what was ticked on the new copy meanwhile counts."""
    put(buyer, skus[0], 1)
    copied(souk, buyer)
    db = souk.db_of(buyer.account_id)
    with souk.worker_held():
        db.run(f"INSERT INTO cart_stale (account_id, version) SELECT account_id, version FROM cart WHERE account_id = {buyer.account_id}")
        tick(buyer, False, skus[0])
    wait_for(lambda: db.value(f"SELECT COUNT(*) FROM cart_stale WHERE account_id = {buyer.account_id}") == "0")
    assert ticked(buyer) == set()
    wait_for(lambda: stored(souk, buyer) == {skus[0]["sku_id"]: (1, False)}, TICKS_DURABLE_S)


def test_an_order_while_redis_does_not_answer(souk, buyer, skus):
    """What it held has the ordered lines still, and goes as soon as it goes on; no tick is taken there meanwhile."""
    put(buyer, skus[0], 1)
    put(buyer, skus[1], 1)
    tick(buyer, False, skus[1])
    wait_for(lambda: stored(souk, buyer)[skus[1]["sku_id"]] == (1, False), TICKS_DURABLE_S)
    copied(souk, buyer)
    version = cart(buyer)["version"]
    pid = souk.pid("redis")
    os.kill(pid, signal.SIGSTOP)
    try:
        order = {"from_cart": True, "cart_version": version, "address": ADDRESS}
        assert buyer.post("/v1/orders", order, key=True).status_code == 201
        stale = f"SELECT COUNT(*) FROM cart_stale WHERE account_id = {buyer.account_id}"
        assert souk.db_of(buyer.account_id).value(stale) == "1"
    finally:
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.6)  # until every process asks it again
    wait_for(lambda: souk.db_of(buyer.account_id).value(stale) == "0")
    assert lines(buyer) == {skus[1]["sku_id"]: 1}
    tick(buyer, True, skus[1])
    wait_for(lambda: stored(souk, buyer)[skus[1]["sku_id"]] == (1, True), TICKS_DURABLE_S)


def test_ticks_on_an_old_copy_do_not_come_over_newer_ones(souk, buyer, skus):
    """MySQL went on without Redis; what is ticked there is refused, not written over what was acknowledged."""
    put(buyer, skus[0], 1)
    copied(souk, buyer)
    db = souk.db_of(buyer.account_id)
    db.run(f"UPDATE cart SET version = version + 1 WHERE account_id = {buyer.account_id}; "
           f"UPDATE cart_item SET qty = 9 WHERE account_id = {buyer.account_id}")
    tick(buyer, False)
    wait_for(lambda: redis(souk, "SISMEMBER", f"souk:carts:ticked:{souk.shard_of(buyer.account_id)}", buyer.account_id) == "0")
    assert stored(souk, buyer) == {skus[0]["sku_id"]: (9, True)}
    assert (lines(buyer), ticked(buyer)) == ({skus[0]["sku_id"]: 9}, {skus[0]["sku_id"]})


# Guests

def guest_with(souk, *wanted):
    guest = souk.new_guest()
    for sku, qty in wanted:
        put(guest, sku, qty)
    return guest


def sign_in(souk, person, guest):
    answer = souk.post("/v1/sessions", {"email": person.email, "password": person.password, "guest_token": guest.token})
    assert answer.status_code == 201, answer.text
    return answer.json()["guest_cart"]


def gone(souk, guest):
    wait_for(lambda: stored(souk, guest) == {}, seconds=15)


def test_a_guest_s_cart_comes_along(souk, buyer, skus):
    put(buyer, skus[0], 2)
    put(buyer, skus[1], 990)
    tick(buyer, False, skus[0])
    guest = guest_with(souk, (skus[0], 3), (skus[1], 20), (skus[2], 4))
    cart(guest)
    tick(guest, False, skus[2])
    assert sign_in(souk, buyer, guest) == "merged"
    assert lines(buyer) == {skus[0]["sku_id"]: 5, skus[1]["sku_id"]: 999, skus[2]["sku_id"]: 4}
    assert ticked(buyer) == {skus[0]["sku_id"], skus[1]["sku_id"]}
    gone(souk, guest)
    assert lines(guest) == {}
    assert sign_in(souk, buyer, guest) == "empty"
    assert lines(buyer)[skus[0]["sku_id"]] == 5


def test_a_new_account_takes_the_guest_s_cart(souk, skus):
    guest = guest_with(souk, (skus[0], 3))
    email, key = souk.new_email(), souk.new_email()
    body = {"email": email, "password": "correct horse", "guest_token": guest.token}
    assert souk.post("/v1/accounts", body, key=key).status_code == 201
    assert souk.post("/v1/accounts", body, key=key).status_code == 201
    buyer = souk.sign_in(email, "correct horse")
    assert lines(buyer) == {skus[0]["sku_id"]: 3}
    gone(souk, guest)
    assert lines(buyer) == {skus[0]["sku_id"]: 3}


def test_a_guest_may_shop_again_and_merge_again(souk, buyer, skus):
    guest = guest_with(souk, (skus[0], 1))
    assert sign_in(souk, buyer, guest) == "merged"
    gone(souk, guest)
    put(guest, skus[0], 4)
    assert buyer.post("/v1/cart/merge", {"guest_token": guest.token}).json() == {"guest_cart": "merged"}
    assert lines(buyer) == {skus[0]["sku_id"]: 5}


def test_a_token_that_is_no_guest_s_keeps_nobody_out(souk, buyer, skus):
    other = souk.new_buyer()
    put(other, skus[0], 1)
    assert sign_in(souk, buyer, other) == "kept"
    assert sign_in(souk, buyer, souk.as_token("nonsense")) == "kept"
    assert (lines(buyer), lines(other)) == ({}, {skus[0]["sku_id"]: 1})


def test_a_merge_that_stopped_after_its_first_step(souk, buyer, skus):
    """The process died between the steps: the worker does the rest."""
    guest = guest_with(souk, (skus[0], 3))
    put(buyer, skus[0], 1)
    souk.db_of(guest.account_id).run(f"CALL cart_freeze({guest.account_id}, {buyer.account_id}, {guest.account_id} + 256, 0)")
    wait_for(lambda: lines(buyer) == {skus[0]["sku_id"]: 4}, seconds=15)
    gone(souk, guest)
    assert lines(buyer) == {skus[0]["sku_id"]: 4}
    assert put(guest, skus[1], 1)["lines_n"] == 1


def test_a_merge_that_stopped_after_its_second_step(souk, buyer, skus):
    guest = guest_with(souk, (skus[0], 3))
    put(buyer, skus[0], 1)
    here, there = souk.db_of(guest.account_id), souk.db_of(buyer.account_id)
    merge_id = int(guest.account_id) + 512
    lines_json = here.value(f"SELECT cart_items_json({guest.account_id})")
    there.run(f"CALL cart_merge({merge_id}, {buyer.account_id}, '{lines_json}', 0)")
    here.run(f"CALL cart_freeze({guest.account_id}, {buyer.account_id}, {merge_id}, 0)")
    gone(souk, guest)
    assert lines(buyer) == {skus[0]["sku_id"]: 4}


def test_a_merge_tried_many_times_at_once(souk, buyer, skus):
    guest = guest_with(souk, (skus[0], 3), (skus[1], 2))
    put(buyer, skus[0], 1)
    with concurrent.futures.ThreadPoolExecutor(6) as tabs:
        said = set(tabs.map(lambda _: buyer.post("/v1/cart/merge", {"guest_token": guest.token}).json()["guest_cart"], range(12)))
    assert said <= {"merged", "merging", "empty", "kept"}
    gone(souk, guest)
    assert lines(buyer) == {skus[0]["sku_id"]: 4, skus[1]["sku_id"]: 2}
