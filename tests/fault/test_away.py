"""The server of one shard is away: a price that changes is accepted, and the worker finishes it. What waits for that server on one of
the worker's lists, be it more than is looked at in one go, hides nothing that needs others only.
"""

import contextlib
import hashlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "http"))
from client import Souk, make, wait_for  # noqa: E402
from ports import free_ports  # noqa: E402

MANY = {"moves": 190, "merges": 480, "corrections": 900}  # some ten pages of the list


@pytest.fixture(scope="module")
def two_servers():
    """A souk whose second shard lies on a server of its own."""
    state = tempfile.mkdtemp(prefix="two-", dir=os.environ.get("SOUK_TEST_FOLDER"))
    http, https = free_ports(2)
    build = {"BUILD": os.environ["BUILD"]} if "BUILD" in os.environ else {}
    try:
        make("run", STATE=state, HTTP_PORT=http, HTTPS_PORT=https, LIMITS="off", SHARDS=2, DB_SERVERS=2, **build)
        yield Souk(state)
    finally:
        make("stop", check=False, STATE=state)
        shutil.rmtree(state, ignore_errors=True)


@pytest.fixture(scope="module")
def sku(two_servers):
    admin = two_servers.admin
    product = admin.post("/v1/admin/products", {"title": "Far away"}).json()
    sku = admin.post(f"/v1/admin/products/{product['product_id']}/skus", {"price": 1000}).json()
    assert admin.post("/v1/admin/stock/receipts", {"sku_id": sku["sku_id"], "qty": 100, "reference": uuid.uuid4().hex}).status_code == 201
    assert admin.post(f"/v1/admin/products/{product['product_id']}/publish").status_code == 200
    return sku


def price_on(souk, shard, sku):
    return souk.db(shard).value(f"SELECT price FROM sku WHERE sku_id = {sku['sku_id']}")


def pending(souk):
    return souk.db("global").value("SELECT COUNT(*) FROM broadcast")


def has_ended(pid):
    """One that a test started stays behind as a zombie."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] == "Z"
    except FileNotFoundError:
        return True


def answers(db):
    try:
        return db.value("SELECT 1") == "1"
    except RuntimeError:
        return False


@contextlib.contextmanager
def second_server_stopped(souk):
    pid = souk.pid("db1")
    command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
    os.kill(pid, signal.SIGTERM)
    wait_for(lambda: has_ended(pid), 20)
    try:
        yield
    finally:
        with open(souk.state / "log" / "db1.log", "ab") as log:
            started = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        (souk.state / "run" / "db1.pid").write_text(f"{started.pid}\n")
        wait_for(lambda: answers(souk.db(1)), 60)


def test_stopped_server(two_servers, sku):
    souk, admin = two_servers, two_servers.admin
    path, key = f"/v1/admin/skus/{sku['sku_id']}", str(uuid.uuid4())
    with second_server_stopped(souk):
        answer = admin.patch(path, {"price": 1300}, key=key)
        assert answer.status_code == 202 and answer.json()["propagating"] is True and answer.json()["price"] == 1300
        assert price_on(souk, 0, sku) == "1300" and pending(souk) == "1"
        again = admin.patch(path, {"price": 1300}, key=key)
        assert again.status_code == 202 and again.json()["version"] == answer.json()["version"]
        # a newer change takes the place of the one that waits
        newer = admin.patch(path, {"price": 1400}, key=True)
        assert newer.status_code == 202 and pending(souk) == "1"
        time.sleep(1.5)
        assert pending(souk) == "1"
    wait_for(lambda: pending(souk) == "0", 30)
    assert price_on(souk, 1, sku) == "1400" == price_on(souk, 0, sku)
    done = admin.patch(path, {"price": 1400}, key=True)
    assert done.status_code == 200 and "propagating" not in done.json()


def test_server_that_does_not_answer(two_servers, sku):
    """SIGSTOP: nothing fails, nothing comes back either. The merchant has an answer in time, and other shards the price."""
    souk, admin = two_servers, two_servers.admin
    pid = souk.pid("db1")
    admin.get("/v1/me")
    os.kill(pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        answer = admin.patch(f"/v1/admin/skus/{sku['sku_id']}", {"price": 1500}, key=True)
        assert answer.status_code == 202 and time.monotonic() - began < 3
        assert price_on(souk, 0, sku) == "1500"
        level = souk.get(f"/v1/skus/{sku['sku_id']}/availability")
        assert level.status_code == 200 and level.json()["approximate"] is True
    finally:
        os.kill(pid, signal.SIGCONT)
    wait_for(lambda: pending(souk) == "0" and price_on(souk, 1, sku) == "1500", 30)


def test_what_waits_for_a_stopped_server_hides_nothing(two_servers, sku):
    """More changes than are looked at in one go wait for it; one behind them has not reached the other server either."""
    souk = two_servers
    wait_for(lambda: pending(souk) == "0", 30)
    with second_server_stopped(souk):
        souk.db("global").run("INSERT INTO broadcast (routine, aggregate_id, version, rows_json, created_at) VALUES " + ", ".join(
            f"('sku_apply', {n}, 1, '[]', UTC_TIMESTAMP(3) - INTERVAL 1 HOUR)" for n in range(1, 46)))
        answer = souk.admin.patch(f"/v1/admin/skus/{sku['sku_id']}", {"price": 1600}, key=True)
        assert answer.status_code == 202 and price_on(souk, 0, sku) == "1600"
        souk.db(0).run(f"UPDATE sku SET price = 1500, version = version - 1 WHERE sku_id = {sku['sku_id']}")
        wait_for(lambda: price_on(souk, 0, sku) == "1600", 8)
        assert pending(souk) == "46"
    wait_for(lambda: pending(souk) == "0" and price_on(souk, 1, sku) == "1600", 30)


def email_on(souk, shard):
    """An address whose claim, and so its account, lies there."""
    while souk.shard_of(hashlib.sha256((email := souk.new_email()).encode()).digest()[-1]) != shard:
        pass
    return email


def id_on(souk, shard, n):
    """The n-th of ids that nobody has."""
    return n << 8 | next(slot for slot in range(256) if souk.shard_of(slot) == shard)


def test_moves_of_addresses_that_wait_hide_no_other(two_servers):
    """They have their new address; the old one is to be dropped over there."""
    souk, home = two_servers, two_servers.db(0)
    waiting = lambda: int(home.value("SELECT COUNT(*) FROM claim_move"))
    buyer, gone, email = souk.new_buyer(email=email_on(souk, 0)), email_on(souk, 1), email_on(souk, 0)
    assert buyer.patch("/v1/me", {"email": email, "password": buyer.password}).status_code == 200
    with second_server_stopped(souk):
        home.run("INSERT INTO claim_move (account_id, state, old_email, changed_at) VALUES " + ", ".join(
            f"({id_on(souk, 0, n)}, 'applied', '{gone}', UTC_TIMESTAMP(3) - INTERVAL 1 HOUR)" for n in range(1, MANY["moves"] + 1)))
        home.run("UPDATE claim_move SET state = 'confirmed', changed_at = UTC_TIMESTAMP(3) - INTERVAL 10 SECOND "
                 f"WHERE account_id = {buyer.account_id}")
        wait_for(lambda: waiting() == MANY["moves"], 20)
        assert souk.sign_in(email, buyer.password).account_id == buyer.account_id
    wait_for(lambda: waiting() == 0, 30)


def test_merges_of_carts_that_wait_hide_no_other(two_servers, sku):
    """Carts of guests over here, for accounts over there."""
    souk, home = two_servers, two_servers.db(0)
    waiting = lambda: int(home.value("SELECT COUNT(*) FROM cart WHERE merge_id IS NOT NULL"))
    buyer, away = (souk.new_buyer(email=email_on(souk, shard)) for shard in (0, 1))
    guest = next(one for one in iter(souk.new_guest, None) if souk.shard_of(one.account_id) == 0)
    assert guest.put(f"/v1/cart/items/{sku['sku_id']}", {"qty": 3}).status_code == 200
    with second_server_stopped(souk):
        home.run("INSERT INTO cart (account_id, version, merge_id, merge_into, changed_at) VALUES " + ", ".join(
            f"({id_on(souk, 0, n)}, 1, {n}, {away.account_id}, UTC_TIMESTAMP(3))" for n in range(1, MANY["merges"] + 1)))
        home.run(f"CALL cart_freeze({guest.account_id}, {buyer.account_id}, {guest.account_id} + 256, 0)")
        wait_for(lambda: waiting() == MANY["merges"], 20)
        cart = buyer.get("/v1/cart").json()
        assert [(line["sku_id"], line["qty"]) for line in cart["items"]] == [(sku["sku_id"], 3)]
    wait_for(lambda: waiting() == 0, 30)


def test_corrections_that_wait_hide_no_other(two_servers, sku):
    """Units that were found over there, one in each."""
    souk, books = two_servers, two_servers.db("global")
    waiting = lambda: int(books.value("SELECT COUNT(*) FROM goods_correction WHERE state = 'open'"))
    found = lambda shard: int(souk.db(shard).value(
        f"SELECT COALESCE(SUM(on_hand_change), 0) FROM stock_movement WHERE sku_id = {sku['sku_id']} AND reason = 'correct'"))
    with second_server_stopped(souk):
        books.run("INSERT INTO goods_correction (correction_id, account_id, idempotency_key, body_hash, sku_id, pool, shard, qty, reason, "
                  "state, created_at) VALUES " + ", ".join(
                      f"({n}, 1, '{n}', '', {sku['sku_id']}, 'main', {shard}, {qty}, 'found', 'open', UTC_TIMESTAMP(3) - INTERVAL {age} SECOND)"
                      for n, shard, qty, age in [(n, 1, 1, 3600) for n in range(1, MANY["corrections"] + 1)] + [(1000, 0, 7, 10)]))
        wait_for(lambda: waiting() == MANY["corrections"], 20)
        assert found(0) == 7
    wait_for(lambda: waiting() == 0, 30)
    assert found(1) == MANY["corrections"]
