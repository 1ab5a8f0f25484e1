"""Goods come in, or are counted, while a shard has no time for its part of them; the worker, who is to bring it, may be killed over it."""

import os
import signal
import uuid

import pytest

from client import wait_for
from test_escrow import receive, start_worker, take_all_away
from transaction import Transaction, lock_waiters

SHARD = 0


@pytest.fixture
def sku_id(souk):
    """A SKU that every shard has a row of, and no units."""
    found = souk.skus_on_sale()[0]["sku_id"]
    receive(souk, found, 40)
    take_all_away(souk, found)
    return found


@pytest.mark.parametrize("place", ["before the shard has them", "as the shard takes them", "before it is written down"])
def test_the_worker_killed_while_it_takes_goods_in(souk, sku_id, place):
    """The units come once."""
    db, books = souk.db(SHARD), souk.db("global")
    known = int(souk.admin.get(f"/v1/admin/stock/{sku_id}").json()["received"])
    with Transaction(db, f"START TRANSACTION; SELECT on_hand FROM stock WHERE sku_id = {sku_id} FOR UPDATE") as row:
        with souk.worker_held():
            body = {"sku_id": sku_id, "qty": 80, "reference": uuid.uuid4().hex}
            answer = souk.admin.post("/v1/admin/stock/receipts", body)
            assert answer.status_code == 202 and answer.json()["in_flight"] >= 40, answer.text
            wait_for(lambda: not lock_waiters(db), 10)
        part = next(one["transfer_id"] for one in answer.json()["transfers"] if one["shard"] == SHARD)
        taken = lambda: int(db.value(f"SELECT COUNT(*) FROM stock_movement WHERE sku_id = {sku_id} AND pool = 'main' "
                                     f"AND reference = {part} AND reason = 'receive'"))
        if place == "before it is written down":
            held = Transaction(books, f"START TRANSACTION; SELECT state FROM goods_transfer WHERE transfer_id = {part} FOR UPDATE")
            row.end()
            wait_for(lambda: taken() and lock_waiters(books), 20)
        else:
            held = row
            wait_for(lambda: lock_waiters(db), 20)
        try:
            os.kill(souk.pid("worker"), signal.SIGKILL)
            if place == "before the shard has them":
                wait_for(lambda: not lock_waiters(db), 10)  # what the worker had begun has given up
        finally:
            held.end()
            start_worker(souk)
    parts = ", ".join(one["transfer_id"] for one in answer.json()["transfers"])
    wait_for(lambda: books.value(f"SELECT MAX(state = 'in_flight') FROM goods_transfer WHERE transfer_id IN ({parts})") == "0", 20)
    stock = souk.admin.get(f"/v1/admin/stock/{sku_id}").json()
    assert (stock["exact"], stock["available"], stock["in_flight"], stock["received"] - known) == (True, 80, 0, 80)
    assert taken() == 1
    again = souk.admin.post("/v1/admin/stock/receipts", body)
    assert (again.status_code, again.json()["receipt_id"]) == (201, answer.json()["receipt_id"])
    assert souk.admin.get(f"/v1/admin/stock/{sku_id}").json()["available"] == 80


def test_corrections_behind_those_of_a_shard_that_hangs(souk, sku_id):
    """Each that is tried there takes as long as it may."""
    books, rows = souk.db("global"), []
    still = lambda shard: int(books.value(f"SELECT COUNT(*) FROM goods_correction WHERE state = 'open' AND shard = {shard}"))
    first = int(books.value("SELECT COALESCE(MAX(correction_id), 0) + 1 FROM goods_correction"))
    for n, (shard, age_s) in enumerate([(1, 3600)] * 12 + [(0, 10)]):
        rows.append(f"({first + n}, 1, '{uuid.uuid4()}', '', {sku_id}, 'main', {shard}, 1, 'found', 'open', "
                    f"UTC_TIMESTAMP(3) - INTERVAL {age_s} SECOND)")
    with Transaction(souk.db(1), "LOCK TABLES stock WRITE"):
        books.run("INSERT INTO goods_correction (correction_id, account_id, idempotency_key, body_hash, sku_id, pool, shard, qty, reason, "
                  "state, created_at) VALUES " + ", ".join(rows))
        wait_for(lambda: still(0) == 0, 12)
        assert still(1) == 12
    wait_for(lambda: still(1) == 0, 30)
