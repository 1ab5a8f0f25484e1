"""Stock: goods received once, where every unit is, and the worker that finishes what was cut in half."""

import concurrent.futures
import json
import os
import re
import signal
import subprocess
import time
import uuid

import pytest

from client import wait_for
from own_worker import OwnWorker


@pytest.fixture(scope="module")
def sku_id(souk):
    product = souk.get("/v1/products?limit=1").json()["items"][0]
    return souk.get(f"/v1/products/{product['product_id']}").json()["skus"][0]["sku_id"]


@pytest.fixture(scope="module")
def merchant(souk):
    return souk.new_staff("merchant")


def reference():
    return f"test-{uuid.uuid4().hex}"


def receive(person, sku_id, qty, name=None):
    return person.post("/v1/admin/stock/receipts", {"sku_id": sku_id, "qty": qty, "reference": name or reference()})


def show(souk, sku_id):
    answer = souk.admin.get(f"/v1/admin/stock/{sku_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def assert_adds_up(souk, sku_id):
    """What came from outside, and what was counted since, is on hand, in flight or with buyers, by the databases' own books."""
    books = souk.db("global")
    received = int(books.value(f"SELECT COALESCE(SUM(qty), 0) FROM goods_receipt WHERE sku_id = {sku_id}"))
    received += int(books.value(f"SELECT COALESCE(SUM(qty), 0) FROM goods_correction WHERE sku_id = {sku_id} AND state = 'done'"))
    on_hand, in_flight, arrived = 0, {}, set()
    for row in books.rows(f"SELECT transfer_id, qty FROM goods_transfer WHERE sku_id = {sku_id} AND state = 'in_flight'"):
        in_flight[row["transfer_id"]] = int(row["qty"])
    for shard in range(souk.shards):
        db = souk.db(shard)
        on_hand += int(db.value(f"SELECT COALESCE(SUM(on_hand + shipped), 0) FROM stock WHERE sku_id = {sku_id}"))
        for row in db.rows(f"SELECT transfer_id, direction, qty, state FROM stock_transfer WHERE sku_id = {sku_id}"):
            if row["direction"] == "out" and row["state"] == "in_flight":
                in_flight[row["transfer_id"]] = int(row["qty"])
            elif row["direction"] == "in":
                arrived.add(row["transfer_id"])
        assert json.loads(db.rows("CALL stock_law()")[0]["body"])["violations"] == []
    assert received == on_hand + sum(qty for transfer, qty in in_flight.items() if transfer not in arrived)


def test_goods_are_received_and_dealt_out(souk, merchant, sku_id):
    before = show(souk, sku_id)
    answer = receive(merchant, sku_id, 101)
    assert answer.status_code == 201, answer.text
    receipt = answer.json()
    assert (receipt["sku_id"], receipt["qty"], receipt["in_flight"]) == (sku_id, 101, 0)
    parts = {part["shard"]: part["qty"] for part in receipt["transfers"]}
    home, each = souk.shard_of(sku_id), 101 // souk.shards
    assert parts == {shard: each + (101 - each * souk.shards if shard == home else 0) for shard in range(souk.shards)}
    after = show(souk, sku_id)
    assert after["on_hand"] == before["on_hand"] + 101 and after["received"] == before["received"] + 101
    assert after["available"] == after["on_hand"] - after["reserved"]
    assert [shard["shard"] for shard in after["shards"]] == list(range(souk.shards))
    assert sum(pool["on_hand"] for shard in after["shards"] for pool in shard["pools"]) == after["on_hand"]
    assert_adds_up(souk, sku_id)


def test_few_units_go_to_the_home_shard(souk, merchant, sku_id):
    qty = 4 * souk.shards - 1
    transfers = receive(merchant, sku_id, qty).json()["transfers"]
    assert [(part["shard"], part["qty"]) for part in transfers] == [(souk.shard_of(sku_id), qty)]


def test_a_reference_is_received_once(souk, merchant, sku_id):
    name, before = reference(), show(souk, sku_id)["on_hand"]
    first, second = receive(merchant, sku_id, 50, name), receive(merchant, sku_id, 50, name)
    assert first.status_code == second.status_code == 201 and first.json() == second.json()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        again = list(pool.map(lambda _: receive(merchant, sku_id, 50, name), range(8)))
    assert {answer.json()["receipt_id"] for answer in again} == {first.json()["receipt_id"]}
    assert show(souk, sku_id)["on_hand"] == before + 50
    other = receive(merchant, sku_id, 51, name)
    assert other.status_code == 409 and other.json()["code"] == "stock.reference_used"
    assert_adds_up(souk, sku_id)


def test_only_staff_receive_and_look(souk, buyer, sku_id):
    body = {"sku_id": sku_id, "qty": 1, "reference": reference()}
    for person, status in ((souk, 401), (buyer, 403)):
        assert person.post("/v1/admin/stock/receipts", body).status_code == status
        assert person.get(f"/v1/admin/stock/{sku_id}").status_code == status


@pytest.mark.parametrize("change, field", [
    ({"qty": 0}, "qty"), ({"qty": -1}, "qty"), ({"qty": 1.5}, "qty"), ({"qty": 1000000001}, "qty"), ({"qty": None}, "qty"),
    ({"sku_id": 5}, "sku_id"), ({"sku_id": "-5"}, "sku_id"), ({"reference": ""}, "reference"),
    ({"reference": "x" * 191}, "reference"), ({"pool": "main"}, "pool"),
])
def test_bad_receipts_are_refused(merchant, sku_id, change, field):
    answer = merchant.post("/v1/admin/stock/receipts", {"sku_id": sku_id, "qty": 1, "reference": reference()} | change)
    assert answer.status_code == 400, answer.text
    assert field in [error["field"] for error in answer.json()["errors"]]


def test_a_sku_that_is_not_there(souk, merchant):
    assert receive(merchant, "257", 1).status_code == 404
    assert souk.admin.get("/v1/admin/stock/257").status_code == 404


# The worker

def test_goods_cut_off_on_their_way_arrive(souk, merchant, sku_id):
    receipt = receive(merchant, sku_id, 100).json()
    part = receipt["transfers"][-1]
    db, shard = souk.db("global"), souk.db(part["shard"])
    before = show(souk, sku_id)["on_hand"]
    db.run(f"UPDATE goods_transfer SET state = 'in_flight' WHERE transfer_id = {part['transfer_id']}")
    shard.run(f"START TRANSACTION; UPDATE stock SET on_hand = on_hand - {part['qty']} WHERE sku_id = {sku_id} AND pool = 'main';"
              f"DELETE FROM stock_movement WHERE reference = {part['transfer_id']} AND sku_id = {sku_id};"
              f"DELETE FROM stock_transfer WHERE transfer_id = {part['transfer_id']}; COMMIT;")
    wait_for(lambda: db.value(f"SELECT state FROM goods_transfer WHERE transfer_id = {part['transfer_id']}") == "settled", 15)
    assert show(souk, sku_id)["on_hand"] == before
    assert_adds_up(souk, sku_id)


@pytest.fixture
def two_shards(souk):
    if souk.shards < 2:
        pytest.skip("one shard lends to nobody")


@pytest.mark.parametrize("received", [False, True])
def test_a_loan_cut_off_on_its_way_arrives(souk, merchant, sku_id, two_shards, received):
    receive(merchant, sku_id, 100)
    transfer = int(receive(merchant, sku_id, 1).json()["receipt_id"]) + (1 << 22)
    donor, borrower = souk.db(0), souk.db(1)
    before = show(souk, sku_id)["on_hand"]
    donor.run(f"CALL stock_lend({transfer}, 1, {sku_id}, 'main', 5, 0, 0)")
    if received:
        borrower.run(f"CALL stock_receive({transfer}, 0, {sku_id}, 'main', 5, NULL)")
    assert_adds_up(souk, sku_id)
    wait_for(lambda: donor.value(f"SELECT state FROM stock_transfer WHERE transfer_id = {transfer}") == "settled", 15)
    assert borrower.value(f"SELECT state FROM stock_transfer WHERE transfer_id = {transfer}") == "received"
    assert show(souk, sku_id)["on_hand"] == before
    assert_adds_up(souk, sku_id)


def test_a_loan_that_was_refused_comes_back(souk, merchant, sku_id, two_shards):
    receive(merchant, sku_id, 100)
    transfer = int(receive(merchant, sku_id, 1).json()["receipt_id"]) + (1 << 22)
    donor, borrower = souk.db(0), souk.db(1)
    before = show(souk, sku_id)["on_hand"]
    borrower.run(f"CALL stock_refuse({transfer}, 0, {sku_id}, 'main')")
    donor.run(f"CALL stock_lend({transfer}, 1, {sku_id}, 'main', 5, 0, 0)")
    wait_for(lambda: donor.value(f"SELECT state FROM stock_transfer WHERE transfer_id = {transfer}") == "returned", 15)
    assert show(souk, sku_id)["on_hand"] == before
    assert_adds_up(souk, sku_id)


def order_of(sku_id, qty):
    return {"items": [{"sku_id": sku_id, "qty": qty}], "address": {"name": "Ada", "country": "DE", "city": "Berlin", "line1": "Weg 1"},
            "email": "stock@example.com"}


def take_all_away(souk, sku_id):
    if (free := show(souk, sku_id)["available"]):
        taken = souk.admin.post("/v1/admin/stock/corrections", {"sku_id": sku_id, "qty": -free, "reason": "for a test"}, key=True)
        assert taken.status_code == 201, taken.text


def guests_on_each(souk, shards):
    people = {}
    while not set(shards) <= set(people):
        guest = souk.new_guest()
        people[souk.shard_of(guest.account_id)] = guest
    return people


def test_an_order_for_more_than_there_is_moves_nothing(souk, merchant, sku_id):
    """However often somebody asks for more than all shards have, each keeps its units, and nothing is written down."""
    take_all_away(souk, sku_id)
    assert receive(merchant, sku_id, 100 * souk.shards).status_code == 201
    people = guests_on_each(souk, range(souk.shards))
    rows = lambda table: [souk.db(shard).value(f"SELECT COUNT(*) FROM {table} WHERE sku_id = {sku_id}") for shard in range(souk.shards)]
    books = lambda: (rows("stock_transfer"), rows("stock_movement"), show(souk, sku_id)["shards"])
    with souk.worker_held():
        before = books()
        for person in people.values():
            assert person.post("/v1/orders", order_of(sku_id, 9999), key=True).json()["code"] == "order.out_of_stock"
        assert books() == before


def test_units_that_come_back_end_sold_out(souk, merchant, sku_id):
    """The home shard's order holds all there is, and "sold out" is remembered for longer than anybody waits: the release ends it."""
    home = souk.shard_of(sku_id)
    people = guests_on_each(souk, {home, (home + 1) % souk.shards})
    holder, other = people[home], people[(home + 1) % souk.shards]
    body = lambda qty: order_of(sku_id, qty)
    take_all_away(souk, sku_id)
    assert receive(merchant, sku_id, 3).status_code == 201
    held = holder.post("/v1/orders", body(3), key=True)
    assert held.status_code == 201, held.text
    done = subprocess.run(["redis-cli", "-s", souk.conf["redis"]["socket"], "SET", f"souk:soldout:{sku_id}:main", "1", "PX", "600000"],
                          capture_output=True, text=True, timeout=10)
    assert done.stdout.strip() == "OK", done
    assert other.post("/v1/orders", body(1), key=True).json()["code"] == "order.out_of_stock"
    assert holder.post(f"/v1/orders/{held.json()['order_id']}/cancel", {}, key=True).json()["state"] == "CLOSED"
    wait_for(lambda: other.post("/v1/orders", body(1), key=True).status_code == 201, 20)


def test_old_answers_are_forgotten(souk, buyer):
    db = souk.db_of(buyer.account_id)
    db.run("INSERT INTO idempotency (account_id, route, idempotency_key, body_hash, created_at) "
           f"VALUES ({buyer.account_id}, 'test', 'old', 'x', UTC_TIMESTAMP(3) - INTERVAL 25 HOUR)")
    restart_worker(souk)  # it purges when it starts, and then once a minute
    wait_for(lambda: db.value(f"SELECT COUNT(*) FROM idempotency WHERE account_id = {buyer.account_id} AND route = 'test'") == "0", 15)


def run_again(souk):
    """Starts what is not running, on the settings there are."""
    souk.make("run", LIMITS=souk.settings["LIMITS"], PLAIN_PORT=souk.settings["PLAIN_PORT"])


def restart_worker(souk):
    os.kill(souk.pid("worker"), signal.SIGTERM)
    wait_for(lambda: not (souk.state / "run" / "worker.pid").exists(), 15)
    run_again(souk)


@pytest.fixture
def workers(souk, tmp_path):
    started = []

    def start():
        started.append(OwnWorker(souk, tmp_path))
        return started[-1]

    yield start
    for worker in started:
        worker.end()


def closes(souk, buyer, sku_id, within_s):
    answer = buyer.post("/v1/orders", {"items": [{"sku_id": sku_id, "qty": 1}], "address": {
        "name": "A", "country": "DE", "city": "B", "line1": "C"}}, key=True)
    assert answer.status_code == 201, answer.text
    order_id = answer.json()["order_id"]
    souk.db_of(order_id).run(f"UPDATE orders SET due_at = UTC_TIMESTAMP(3) WHERE order_id = {order_id}")
    wait_for(lambda: buyer.get(f"/v1/orders/{order_id}").json()["state"] == "CLOSED", within_s)


def test_a_killed_worker_s_work_is_taken_over(souk, buyer, merchant, sku_id, workers):
    receive(merchant, sku_id, 100)
    second = workers()
    wait_for(lambda: second.says("started"))
    time.sleep(1)
    assert not second.leads("closer on database"), "two workers lead at once"
    os.kill(souk.pid("worker"), signal.SIGKILL)
    try:
        closes(souk, buyer, sku_id, 10)
        wait_for(lambda: second.leads(f"closer on database {souk.shard_of(buyer.account_id)}"))
    finally:
        run_again(souk)
    second.process.terminate()
    assert second.process.wait(10) == 0
    closes(souk, buyer, sku_id, 10)
    assert_adds_up(souk, sku_id)


def test_a_worker_whose_session_is_killed_leads_no_more(souk, workers):
    """Leadership is the connection's: without it another worker may lead, and this one asks again."""
    db = souk.db(0)
    holds = lambda: db.value("SELECT IS_USED_LOCK(CONCAT(DATABASE(), '.closer'))")
    holder = wait_for(holds, 15)
    db.run(f"KILL {holder}")
    wait_for(lambda: db.value("SELECT IS_USED_LOCK(CONCAT(DATABASE(), '.closer'))") not in (None, holder), 15)


def test_a_worker_starts_and_stops_without_databases(souk, tmp_path):
    text = (souk.state / "souk.conf").read_text()
    text = re.sub(r"(?m)^socket *= *(.*db\d+\.sock)$", f"socket = {tmp_path}/nothing.sock", text)
    text = re.sub(r"(?m)(^\[worker\]\n(?:[^\[]*\n)?pid_file *=).*$", rf"\1 {tmp_path}/alone.pid", text, count=1)
    (tmp_path / "alone.conf").write_text(text)
    (tmp_path / "alone.conf").chmod(0o600)
    log = (tmp_path / "alone.log").open("w+")
    process = subprocess.Popen([str(souk.binary), "worker", "--config", str(tmp_path / "alone.conf")], stderr=log)
    try:
        wait_for(lambda: "trying again" in (tmp_path / "alone.log").read_text(), 5)
        process.terminate()
        assert process.wait(5) == 0
    finally:
        process.kill()
    said = [json.loads(line)["message"] for line in (tmp_path / "alone.log").read_text().splitlines()]
    again = [message for message in said if "trying again" in message]
    assert len(again) == len(set(again)), "the same complaint twice"
