"""The last units of a SKU under a crowd, while those who lend are killed: all are sold, none twice, none lost on the way."""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import threading
import time
import uuid

import pytest
import requests

from client import wait_for
from transaction import Transaction, lock_waiters

UNITS = 1000
BUYERS = 200
SECONDS_MAX = 45
STRIKE_EVERY_S = 0.7
ADDRESS = {"name": "Ada", "country": "DE", "city": "Berlin", "line1": "Weg 1"}


@pytest.fixture
def shop(four_shards):
    return four_shards


def children(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def kill_api_child(shop):
    victims = children(shop.pid("api"))
    if victims:
        os.kill(random.choice(victims), signal.SIGKILL)


def kill_connections(shop):
    """Sessions of the application that are in the middle of a transfer, or else any of them."""
    db = shop.db("global")
    rows = db.rows("SELECT id, info FROM information_schema.processlist WHERE user = 'souk_app'")
    lending = [row["id"] for row in rows if re.search("stock_(lend|receive|settle|send_home)", row["info"] or "")]
    for victim in lending or [row["id"] for row in random.sample(rows, min(3, len(rows)))]:
        try:
            db.run(f"KILL {victim}")
        except RuntimeError:
            pass  # gone by itself


def start_worker(shop):
    """Comes back when it has written down its pid: who reads it next must not get that of one that was killed."""
    pid_file = shop.state / "run" / "worker.pid"
    pid_file.unlink(missing_ok=True)
    with open(shop.state / "log" / "worker.log", "a") as log:
        # nobody's child: one that has ended is gone
        subprocess.run(["setsid", "--fork", str(shop.binary), "worker", "--config", str(shop.state / "souk.conf")],
                       stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True)
    wait_for(lambda: pid_file.exists() and pid_file.read_text().endswith("\n"))


def kill_worker(shop):
    try:
        os.kill(shop.pid("worker"), signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError):
        return  # it has not come up again yet
    start_worker(shop)


class Crowd:
    """Buyers who order one unit after the other until they are told that there is none."""

    def __init__(self, shop, sku_id, people):
        self.shop, self.sku_id, self.people = shop, sku_id, people
        self.orders, self.answers, self.gone = [], {}, 0
        self.lock = threading.Lock()

    def note(self, status):
        with self.lock:
            self.answers[status] = self.answers.get(status, 0) + 1

    def order(self, buyer, until):
        """One order, asked for until the answer is final: its id, or None when there are no more units."""
        key = uuid.uuid4().hex
        body = {"items": [{"sku_id": self.sku_id, "qty": 1}], "address": ADDRESS, "email": "crowd@example.com"}
        while time.monotonic() < until:
            try:
                answer = buyer.post("/v1/orders", body, key=key)
            except requests.RequestException:
                self.note("lost")
                continue
            self.note(answer.status_code)
            if answer.status_code == 201:
                return answer.json()["order_id"]
            if answer.status_code == 409 and answer.json()["code"] == "order.out_of_stock":
                return None
            assert answer.status_code in (502, 503, 504) or answer.json()["code"] in ("conflict", "idempotency.in_progress"), \
                answer.text
            time.sleep(random.uniform(0.02, 0.2))
        raise AssertionError(f"no final answer within {SECONDS_MAX} s: {self.answers}")

    def buy(self, buyer, until):
        while order_id := self.order(buyer, until):
            with self.lock:
                self.orders.append(order_id)
        with self.lock:
            self.gone += 1

    def run(self, trouble):
        until = time.monotonic() + SECONDS_MAX
        with concurrent.futures.ThreadPoolExecutor(len(self.people)) as pool:
            buying = [pool.submit(self.buy, buyer, until) for buyer in self.people]
            for strike in trouble:
                concurrent.futures.wait(buying, timeout=STRIKE_EVERY_S)
                strike(self.shop)
            for each in buying:
                each.result()


def sum_of(shop, sql):
    return sum(int(shop.db(shard).value(sql) or 0) for shard in range(shop.shards))


def in_flight(shop):
    return sum_of(shop, "SELECT COUNT(*) FROM stock_transfer WHERE state = 'in_flight'")


def warm_up(shop, people):
    """Connections are open and statements prepared before the crowd comes: a shop is not started in the rush."""
    sku_id = new_sku(shop, 5)
    receive(shop, sku_id, 200)
    Crowd(shop, sku_id, people[:24]).run([])


def new_sku(shop, n):
    skus = [row["sku_id"] for row in shop.db("global").rows("SELECT sku_id FROM sku WHERE state = 'active' ORDER BY sku_id")]
    return skus[n]


def take_all_away(shop, sku_id):
    free = shop.admin.get(f"/v1/admin/stock/{sku_id}").json()["available"]
    if free:
        body = {"sku_id": sku_id, "qty": -free, "reason": "for a test"}
        assert shop.admin.post("/v1/admin/stock/corrections", body, key=True).status_code == 201


def receive(shop, sku_id, qty):
    body = {"sku_id": sku_id, "qty": qty, "reference": uuid.uuid4().hex}
    answer = shop.admin.post("/v1/admin/stock/receipts", body)
    assert answer.status_code == 201, answer.text


def order_of(sku_id, qty):
    return {"items": [{"sku_id": sku_id, "qty": qty}], "address": ADDRESS, "email": "units@example.com"}


def guest_on(shop, shards):
    """A guest of one of these shards."""
    while shop.shard_of((guest := shop.new_guest()).account_id) not in shards:
        pass
    return guest


def lend(shop, donor, to, sku_id, qty):
    """Moves units by hand."""
    transfer = int(uuid.uuid4().int % 2**40) + 2**40
    said = shop.db(donor).rows(f"CALL stock_lend({transfer}, {to}, {sku_id}, 'main', {qty}, 0, 0)")[0]["body"]
    assert json.loads(said)["lent"] == qty
    shop.db(to).run(f"CALL stock_receive({transfer}, {donor}, {sku_id}, 'main', {qty}, NULL)")
    shop.db(donor).run(f"CALL stock_settle({transfer})")


@contextlib.contextmanager
def stock_away(db):
    """Nobody can ask this shard for units until this ends."""
    db.run("RENAME TABLE stock TO stock_away")
    try:
        yield
    finally:
        db.run("RENAME TABLE stock_away TO stock")


def free_on(shop, sku_id):
    return [sum(pool["available"] for pool in shard["pools"]) for shard in shop.admin.get(f"/v1/admin/stock/{sku_id}").json()["shards"]]


def test_a_crowd_buys_the_last_units_while_lenders_are_killed(shop):
    sku_id = new_sku(shop, 0)
    people = [shop.new_guest() for _ in range(BUYERS)]
    assert {shop.shard_of(person.account_id) for person in people} == set(range(4))
    warm_up(shop, people)
    take_all_away(shop, sku_id)
    sold_before = sum_of(shop, f"SELECT SUM(reserved) FROM stock WHERE sku_id = {sku_id}")
    receive(shop, sku_id, UNITS)
    assert [pool["pools"][0]["available"] for pool in shop.admin.get(f"/v1/admin/stock/{sku_id}").json()["shards"]] == [UNITS // 4] * 4

    crowd = Crowd(shop, sku_id, people)
    crowd.run([kill_connections, kill_api_child, kill_connections, kill_worker, kill_connections, kill_connections])
    print(crowd.answers)

    assert len(crowd.orders) == len(set(crowd.orders)) == UNITS
    assert crowd.gone == BUYERS
    wait_for(lambda: in_flight(shop) == 0, 15)
    stock = shop.admin.get(f"/v1/admin/stock/{sku_id}").json()
    assert stock["exact"] and stock["in_flight"] == 0 and stock["available"] == 0
    assert stock["reserved"] - sold_before == UNITS
    assert sum_of(shop, f"SELECT SUM(qty) FROM order_item WHERE sku_id = {sku_id}") - sold_before == UNITS
    shop.admin_command("audit", "--settle-ms=500")


def test_two_shards_want_the_last_units_at_once(shop):
    """One unit on each of four shards; orders of two units from all shards: two are sold, whoever comes first."""
    sku_id = new_sku(shop, 1)
    people = {}
    while len(people) < 4:
        guest = shop.new_guest()
        people[shop.shard_of(guest.account_id)] = guest
    for _ in range(3):
        take_all_away(shop, sku_id)
        receive(shop, sku_id, 4)
        home = shop.shard_of(sku_id)
        for shard in range(4):
            if shard != home:
                lend(shop, home, shard, sku_id, 1)
        body = {"items": [{"sku_id": sku_id, "qty": 2}], "address": ADDRESS, "email": "two@example.com"}
        time.sleep(0.9)  # no process believes any more that none is left, as it was after the round before

        def order(person):
            key = uuid.uuid4().hex
            for _ in range(20):
                answer = person.post("/v1/orders", body, key=key)
                if answer.status_code not in (503, 504):
                    return answer.status_code
                time.sleep(0.1)
            return answer.status_code

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(order, people.values())) == [201, 201, 409, 409]


def test_sold_out_does_not_outlive_a_restock(shop):
    """Heard by all processes, then units come in by a way nobody hears of: within a second they can be bought."""
    sku_id, guest = new_sku(shop, 2), shop.new_guest()
    body = {"items": [{"sku_id": sku_id, "qty": 1}], "address": ADDRESS, "email": "soldout@example.com"}
    take_all_away(shop, sku_id)
    for _ in range(3):
        wait_for(lambda: guest.post("/v1/orders", body, key=True).status_code == 409, 5)
        for _ in range(20):
            guest.post("/v1/orders", body, key=True)
        # By hand, without an event and without a word to Redis.
        transfer = int(uuid.uuid4().int % 2**40) + 2**40
        shop.db(shop.shard_of(sku_id)).run(f"CALL stock_receive({transfer}, 0, {sku_id}, 'main', 1, NULL)")
        restocked = time.monotonic()
        wait_for(lambda: guest.post("/v1/orders", body, key=True).status_code == 201, 3, every=0.02)
        assert time.monotonic() - restocked < 1.0


def mark_sold_out(shop, sku_id):
    """"Sold out" is remembered for longer than anybody waits."""
    done = subprocess.run(["redis-cli", "-s", shop.conf["redis"]["socket"], "SET", f"souk:soldout:{sku_id}:main", "1", "PX", "600000"],
                          capture_output=True, text=True, timeout=10)
    assert done.stdout.strip() == "OK", done


@pytest.mark.parametrize("path, more", [("receipts", {"reference": True}), ("corrections", {"reason": "found"})])
def test_units_that_come_in_end_sold_out_at_once(shop, path, more):
    """By those who bring them: the worker, who is told as well, does nothing here. What each process remembers of its own ends
    within 0.3 s. The unit comes to the home shard, whose own buyers would not have to ask for it."""
    sku_id = new_sku(shop, 3)
    guest = guest_on(shop, set(range(4)) - {shop.shard_of(sku_id)})
    body = {"sku_id": sku_id, "qty": 1} | {name: uuid.uuid4().hex if value is True else value for name, value in more.items()}
    take_all_away(shop, sku_id)
    with shop.worker_held():
        mark_sold_out(shop, sku_id)
        assert guest.post("/v1/orders", order_of(sku_id, 1), key=True).json()["code"] == "order.out_of_stock"
        assert shop.admin.post(f"/v1/admin/stock/{path}", body, key=True).status_code == 201
        wait_for(lambda: guest.post("/v1/orders", order_of(sku_id, 1), key=True).status_code == 201, 1, every=0.02)


def borrows(shop):
    """How often shards were asked for units, by all processes of the API; None where nginx does not show it."""
    answer = shop.get("/metrics")
    found = re.search(r"^souk_escrow_borrows_total (\d+)", answer.text, re.MULTILINE)
    return int(found[1]) if answer.status_code == 200 else None


def test_what_is_known_to_be_sold_out_asks_no_other_shard(shop):
    """Also when none of the others could answer."""
    sku_id = new_sku(shop, 13)
    here = (shop.shard_of(sku_id) + 1) % 4
    guest = guest_on(shop, {here})
    take_all_away(shop, sku_id)
    with contextlib.ExitStack() as away:
        for shard in set(range(4)) - {here}:
            away.enter_context(stock_away(shop.db(shard)))
        assert guest.post("/v1/orders", order_of(sku_id, 1), key=True).status_code == 503
        mark_sold_out(shop, sku_id)
        before = borrows(shop)
        for _ in range(20):
            assert guest.post("/v1/orders", order_of(sku_id, 1), key=True).json()["code"] == "order.out_of_stock"
        assert borrows(shop) == before
    receive(shop, sku_id, 1)
    wait_for(lambda: guest.post("/v1/orders", order_of(sku_id, 1), key=True).status_code == 201, 5)


@pytest.mark.parametrize("home_is_away", [False, True])
def test_with_a_shard_away_nobody_says_sold_out(shop, home_is_away):
    """Units may be where nobody can look: try again, not "there are none"."""
    sku_id = new_sku(shop, 11 if home_is_away else 4)
    home = shop.shard_of(sku_id)
    away = home if home_is_away else (home + 1) % 4
    guest = guest_on(shop, set(range(4)) - {home, away})
    take_all_away(shop, sku_id)
    body = order_of(sku_id, 1)
    with stock_away(shop.db(away)):
        answer = guest.post("/v1/orders", body, key=True)
        assert answer.status_code == 503 and int(answer.headers["Retry-After"]) >= 1, answer.text
    wait_for(lambda: guest.post("/v1/orders", body, key=True).status_code == 409, 5)


def test_a_quote_with_the_coupons_out_of_sight(shop):
    """The last coupon is on a shard that cannot be asked: a quote comes in time, and does not call it used up."""
    sku = new_sku(shop, 13)
    coupon = {"name": "Last", "kind": "percent", "value": 5000, "code": f"C{uuid.uuid4().hex[:12].upper()}", "total_limit": 1, "currency": "USD"}
    made = shop.admin.post("/v1/admin/promotions", coupon, key=True)
    assert made.status_code == 201, made.text
    promotion_id = made.json()["promotion_id"]
    home = shop.shard_of(promotion_id)
    guest = guest_on(shop, set(range(4)) - {home})
    body = order_of(sku, 1) | {"coupons": [coupon["code"]]}

    def quoted():
        answer = guest.post("/v1/orders/quote", {"items": body["items"], "coupons": body["coupons"]})
        assert answer.status_code == 200, answer.text
        return next(rule for rule in answer.json()["explanation"] if rule["code"] == coupon["code"])

    with stock_away(shop.db(home)):
        assert quoted()["applied"]
    receive(shop, sku, 1)
    wait_for(lambda: guest.post("/v1/orders", body, key=True).status_code == 201, 5)
    assert quoted()["reason"] == "exhausted"
    with stock_away(shop.db(home)):
        time.sleep(1)  # what was found out before is believed no longer
        assert quoted()["applied"]
    assert shop.admin.post(f"/v1/admin/promotions/{promotion_id}/deactivate").status_code == 200


def test_units_do_not_leave_for_a_home_shard_that_is_away(shop):
    """An order for more than its shard has fails with the home shard away, and what the shard has is still sold there."""
    sku_id = new_sku(shop, 9)
    home = shop.shard_of(sku_id)
    here = (home + 1) % 4
    guest = guest_on(shop, {here})
    take_all_away(shop, sku_id)
    receive(shop, sku_id, 3)
    lend(shop, home, here, sku_id, 3)
    time.sleep(0.4)  # units that came just now are left alone
    with stock_away(shop.db(home)):
        assert guest.post("/v1/orders", order_of(sku_id, 4), key=True).status_code == 503
        assert in_flight(shop) == 0
        assert guest.post("/v1/orders", order_of(sku_id, 1), key=True).status_code == 201


def test_what_is_on_its_way_to_a_shard_that_is_away_holds_up_no_other(shop):
    """More transfers than the worker lists at once cannot be finished; one to another shard, made after them, is."""
    sku_id = new_sku(shop, 12)
    donor = shop.shard_of(sku_id)
    away, there = (donor + 1) % 4, (donor + 2) % 4
    receive(shop, sku_id, 4 * 200)
    db, first = shop.db(donor), int(uuid.uuid4().int % 2**40) + 2**40
    state = lambda transfer: db.value(f"SELECT state FROM stock_transfer WHERE transfer_id = {transfer}")
    with stock_away(shop.db(away)):
        for n in range(130):
            db.run(f"CALL stock_lend({first + n}, {away}, {sku_id}, 'main', 1, 0, 0)")
        db.run(f"CALL stock_lend({first + 130}, {there}, {sku_id}, 'main', 1, 0, 0)")
        wait_for(lambda: state(first + 130) == "settled", 25)
        assert state(first) == state(first + 129) == "in_flight"
    wait_for(lambda: in_flight(shop) == 0, 25)
    stock = shop.admin.get(f"/v1/admin/stock/{sku_id}").json()
    assert stock["exact"] and stock["in_flight"] == 0


def test_no_more_goes_home_than_is_wanted(shop):
    """100 units on each shard. An order for 230 needs 30 of a third shard: the fourth keeps all, the third the rest."""
    sku_id = new_sku(shop, 10)
    home = shop.shard_of(sku_id)
    here, third, fourth = ((home + n) % 4 for n in (1, 2, 3))
    guest = guest_on(shop, {here})
    take_all_away(shop, sku_id)
    receive(shop, sku_id, 400)
    assert free_on(shop, sku_id) == [100] * 4
    # later orders would set the worker to moving units
    with shop.worker_held():
        assert guest.post("/v1/orders", order_of(sku_id, 230), key=True).status_code == 201
        free = free_on(shop, sku_id)
    assert (free[home], free[here], free[third], free[fourth]) == (0, 0, 70, 100)


def test_a_unit_that_comes_while_others_are_asked_is_not_overlooked(shop):
    """The home shard has none and asks the next one, whose row is held; meanwhile one is received at home."""
    sku_id = new_sku(shop, 8)
    home, guests = shop.shard_of(sku_id), {}
    asked = (home + 1) % 4
    while not {home, asked} <= set(guests):
        guest = shop.new_guest()
        guests[shop.shard_of(guest.account_id)] = guest
    body = {"items": [{"sku_id": sku_id, "qty": 1}], "address": ADDRESS, "email": "overlooked@example.com"}
    receive(shop, sku_id, 40)
    assert guests[asked].post("/v1/orders", body, key=True).status_code == 201 # it has a row of the SKU now
    take_all_away(shop, sku_id)
    db = shop.db(asked)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        with Transaction(db, f"START TRANSACTION; SELECT on_hand FROM stock WHERE sku_id = {sku_id} FOR UPDATE"):
            order = pool.submit(guests[home].post, "/v1/orders", body, key=True)
            wait_for(lambda: lock_waiters(db), 5)
            receive(shop, sku_id, 1)
        assert order.result().status_code == 201, order.result().text
    assert guests[home].post("/v1/orders", body, key=True).json()["code"] == "order.out_of_stock"


def test_nor_are_units_of_two_skus_that_come_one_after_the_other(shop):
    """As above with two lines: that one of them was found after all must not make the other's "there are none" final."""
    skus = [new_sku(shop, n) for n in range(14)]
    first, second = next((a, b) for n, a in enumerate(skus) for b in skus[n + 1:] if shop.shard_of(a) == shop.shard_of(b))
    home = shop.shard_of(first)
    db, guest = shop.db((home + 1) % 4), guest_on(shop, {home})
    for sku_id in first, second:
        receive(shop, sku_id, 40)
        take_all_away(shop, sku_id)
    held = {sku_id: Transaction(db, f"START TRANSACTION; SELECT on_hand FROM stock WHERE sku_id = {sku_id} FOR UPDATE")
            for sku_id in (first, second)}
    body = order_of(first, 1)
    body["items"] += order_of(second, 1)["items"]
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        order = pool.submit(guest.post, "/v1/orders", body, key=True)
        for sku_id, transaction in held.items():
            wait_for(lambda: lock_waiters(db), 5)
            receive(shop, sku_id, 1)
            transaction.end()
        assert order.result().status_code == 201, order.result().text


@pytest.mark.parametrize("shards", [1, 2])
def test_units_move_to_where_they_are_bought(shop, shards):
    """All buyers are on one shard, or on two, and the home of the SKU is another: the worker brings each more than its first
    part, before it has to borrow."""
    sku_id, guests = new_sku(shop, 5 + shards), {}
    while len(guests) < shards:
        guest = shop.new_guest()
        if (here := shop.shard_of(guest.account_id)) != shop.shard_of(sku_id):
            guests[here] = guest
    take_all_away(shop, sku_id)
    receive(shop, sku_id, 400)
    body = {"items": [{"sku_id": sku_id, "qty": 20}], "address": ADDRESS, "email": "rebalance@example.com"}
    for guest in list(guests.values()) * 4:
        assert guest.post("/v1/orders", body, key=True).status_code == 201
    free = lambda shard: int(shop.db(shard).value(f"SELECT on_hand - reserved FROM stock WHERE sku_id = {sku_id} AND pool = 'main'"))
    wait_for(lambda: all(free(here) > 100 / shards for here in guests), 20)
    wait_for(lambda: in_flight(shop) == 0, 15)
    stock = shop.admin.get(f"/v1/admin/stock/{sku_id}").json()
    assert stock["exact"] and stock["available"] == 400 - 80 * shards


def test_a_shard_that_is_away_keeps_the_others_from_nothing(shop):
    """All buyers are on one shard. The worker brings it units of those that answer, past one that does not."""
    sku_id = new_sku(shop, 8)
    home = shop.shard_of(sku_id)
    here, away = (home + 1) % 4, (home + 2) % 4
    guest = guest_on(shop, {here})
    take_all_away(shop, sku_id)
    receive(shop, sku_id, 400)
    free = lambda: int(shop.db(here).value(f"SELECT on_hand - reserved FROM stock WHERE sku_id = {sku_id} AND pool = 'main'"))
    with stock_away(shop.db(away)):
        with shop.worker_held():
            for _ in range(4):
                assert guest.post("/v1/orders", order_of(sku_id, 20), key=True).status_code == 201
            assert free() == 20
        wait_for(lambda: free() > 50, 9)
    wait_for(lambda: in_flight(shop) == 0, 15)
    stock = shop.admin.get(f"/v1/admin/stock/{sku_id}").json()
    assert stock["exact"] and stock["available"] == 320
