"""Combined calls through nginx: what is in one batch succeeds or fails each for itself, whoever is killed meanwhile.

One process serves, with one leader for each queue. A test holds a row that the leader of a queue must have; all that
arrives meanwhile is one batch once the row is let go.
"""

import concurrent.futures
import configparser
import os
import re
import signal
import time
import uuid
from functools import partial

import pytest

from client import wait_for
from paying import event_for, open_payment, send_callback
from test_restart import children, serving
from transaction import Transaction, lock_waiters

SHARD = 0
PEOPLE = 20
ADDRESS = {"name": "Ada", "country": "DE", "city": "Berlin", "line1": "Weg 1"}


def configure(souk, **settings):
    """Changes of souk.conf ("section.key"), taken on by the running api; gives the file as it was."""
    path = souk.state / "souk.conf"
    before = path.read_text()
    conf = configparser.ConfigParser(interpolation=None)
    conf.read_string(before)
    for name, value in settings.items():
        section, key = name.split("__")
        conf[section][key] = str(value)
    with open(path, "w") as file:
        conf.write(file)
    try:
        take_on(souk, conf)
    except AssertionError:
        path.write_text(before)
        raise
    return before


def take_on(souk, conf):
    known = set(children(souk))
    os.kill(souk.pid("api"), signal.SIGHUP)
    processes = int(conf["api"]["processes"])
    # nginx keeps connections to processes that leave for some seconds: what comes by them would meet in another queue
    wait_for(lambda: len(serving(souk)) == processes and not known & set(children(souk)), 40)
    wait_for(lambda: souk.get("/readyz").status_code == 200)


@pytest.fixture(scope="module")
def narrow(souk):
    """The souk with one process, so that what arrives together meets in one queue, which has room for PEOPLE."""
    before = configure(souk, api__processes=1, api__threads=320, store__queue_max=PEOPLE, store__call_timeout_ms=3000)
    yield souk
    (souk.state / "souk.conf").write_text(before)
    conf = configparser.ConfigParser(interpolation=None)
    conf.read_string(before)
    take_on(souk, conf)


@pytest.fixture(scope="module")
def pool():
    with concurrent.futures.ThreadPoolExecutor(PEOPLE + 4) as pool:
        yield pool


@pytest.fixture(scope="module")
def people(narrow):
    """Guests of one shard; the last one's orders come first and hold the queue."""
    found = []
    while len(found) < PEOPLE + 1:
        guest = narrow.new_guest()
        if narrow.shard_of(guest.account_id) == SHARD:
            found.append(guest)
    return found


@pytest.fixture(scope="module")
def skus(narrow):
    """SKUs nobody else sells, whose home is the shard; they have no units."""
    admin = narrow.admin
    product = admin.post("/v1/admin/products", {"title": f"Crowded {uuid.uuid4().hex[:8]}", "options": ["Size"]}, key=True).json()
    path, found = f"/v1/admin/products/{product['product_id']}", []
    while len(found) < 6:
        answer = admin.post(path + "/skus", {"options": [uuid.uuid4().hex[:6]], "price": 1000}, key=True)
        assert answer.status_code == 201, answer.text
        if narrow.shard_of(answer.json()["sku_id"]) == SHARD:
            found.append(answer.json()["sku_id"])
    assert admin.post(path + "/publish", key=True).status_code == 200
    return found


class Stage:
    """Who is asked to do what at once, and the row that keeps them together."""

    def __init__(self, souk, pool, people, skus):
        self.souk, self.pool, self.skus = souk, pool, skus
        self.people, self.first = people[:PEOPLE], people[PEOPLE]
        self.db = souk.db(SHARD)
        self.decoy = skus[5]

    # What is there

    def units(self, sku_id, qty):
        """So many of it can be bought, all on the shard."""
        free = self.souk.admin.get(f"/v1/admin/stock/{sku_id}").json()["available"]
        if free != qty:
            body = {"sku_id": sku_id, "qty": qty - free, "reason": "for a test"}
            assert self.souk.admin.post("/v1/admin/stock/corrections", body, key=True).status_code == 201
        assert self.free_here(sku_id) == qty

    def free_here(self, sku_id):
        return int(self.db.value(f"SELECT SUM(on_hand - reserved) FROM stock WHERE sku_id = {sku_id}") or 0)

    def ordered(self, sku_id):
        """Units in orders, and units held: the same, or something is lost."""
        lines = int(self.db.value(f"SELECT COALESCE(SUM(qty), 0) FROM order_item WHERE sku_id = {sku_id}"))
        held = int(self.db.value(f"SELECT COALESCE(SUM(reserved), 0) FROM stock WHERE sku_id = {sku_id}"))
        assert lines == held
        return lines

    def orders_of(self, keys):
        """How many orders stand under each key."""
        listed = ", ".join(f"'{key}'" for key in keys)
        rows = self.db.rows(f"SELECT i.idempotency_key AS k, COUNT(o.order_id) AS n FROM idempotency i LEFT JOIN orders o ON "
                            f"o.order_id = JSON_UNQUOTE(JSON_EXTRACT(i.body, '$.order_id')) WHERE i.idempotency_key IN ({listed}) "
                            "GROUP BY i.account_id, i.idempotency_key")
        return {row["k"]: int(row["n"]) for row in rows}

    def metrics(self):
        return {name: float(value) for name, value in
                re.findall(r"^(souk_combine\w+(?:\{[^}]*\})?) (\S+)$", self.souk.get("/metrics").text, re.M)}

    def waiting(self):
        return self.metrics()["souk_combine_waiting"]

    def sent(self):
        """Batches that went to a database."""
        return self.metrics()["souk_combine_batch_size_count"]

    def blocked(self, db=None):
        """Connections of souk in this shard, or another database, that wait for a row."""
        return lock_waiters(db or self.db)

    # What is done

    def hold(self, sku_id):
        return Transaction(self.db, f"START TRANSACTION; SELECT on_hand FROM stock WHERE sku_id = {sku_id} FOR UPDATE")

    def order(self, person, items, key=None, **more):
        body = {"items": [{"sku_id": sku_id, "qty": qty} for sku_id, qty in items], "address": ADDRESS,
                "email": "batch@example.com"} | more
        return person.post("/v1/orders", body, key=key or True)

    def together(self, calls, in_order=0):
        """The calls as one batch: their answers. They arrive while an order of the decoy is under way, the first `in_order` of
        them one after the other."""
        asked = self.gather(calls, in_order)
        self.row.end()
        assert self.leading.result().status_code == 201
        return [one.result() for one in asked]

    def gather(self, calls, in_order=0):
        """They wait in the queue, until self.row is let go."""
        self.units(self.decoy, 1)
        self.row = self.hold(self.decoy)
        try:
            self.leading = self.lead(self.order, self.first, [(self.decoy, 1)])
            return self.queue(calls, in_order)
        except AssertionError:
            self.row.end()
            raise

    def lead(self, *call):
        """The call is under way, alone, and waits for a row that is held."""
        sent = self.sent()
        leading = self.pool.submit(*call)
        wait_for(lambda: self.sent() > sent and self.blocked(), 5, 0.01)
        return leading

    def queue(self, calls, in_order=0):
        """They wait behind the one that leads."""
        asked = []
        for call in calls[:in_order]:
            asked.append(self.pool.submit(call))
            wait_for(lambda: self.waiting() == len(asked), 5, 0.005)
        asked += [self.pool.submit(call) for call in calls[in_order:]]
        wait_for(lambda: self.waiting() == len(calls), 5, 0.01,
                 lambda: f"{self.waiting()} wait; {[one.result().text[:200] for one in asked if one.done()]}")
        return asked


@pytest.fixture(scope="module")
def warm(narrow, pool, people, skus):
    """Everybody has ordered once: a new process has its connections, and they their tables."""
    stage = Stage(narrow, pool, people, skus)
    stage.units(stage.decoy, PEOPLE)
    assert statuses(pool.map(lambda who: stage.order(who, [(stage.decoy, 1)]), stage.people)) == [201] * PEOPLE


@pytest.fixture
def stage(narrow, pool, people, skus, warm):
    return Stage(narrow, pool, people, skus)


def statuses(answers):
    return [answer.status_code for answer in answers]


def test_what_arrives_together_is_one_call(stage):
    sku_id = stage.skus[0]
    stage.units(sku_id, 100)
    before = stage.metrics()
    answers = stage.together([lambda who=who: stage.order(who, [(sku_id, 1)]) for who in stage.people])
    after = stage.metrics()
    grown = {name: after[name] - before[name] for name in after}
    assert statuses(answers) == [201] * PEOPLE
    # the decoy's order alone, and all the others
    assert grown["souk_combine_batch_size_count"] == 2
    assert grown["souk_combine_batch_size_sum"] == PEOPLE + 1
    assert grown['souk_combine_batch_size_bucket{le="16"}'] == 1 and grown['souk_combine_batch_size_bucket{le="32"}'] == 2
    assert grown["souk_combine_wait_seconds_count"] == PEOPLE + 1
    assert grown["souk_combine_wait_seconds_sum"] > 0
    assert after["souk_combine_waiting"] == 0


def test_a_key_that_stands_twice_in_a_batch_is_one_order(stage):
    sku_id, who, key, other = stage.skus[0], stage.people[0], uuid.uuid4().hex, uuid.uuid4().hex
    stage.units(sku_id, 100)
    before = stage.ordered(sku_id)
    answers = stage.together([lambda: stage.order(who, [(sku_id, 1)], key)] * 3 + [
        lambda: stage.order(who, [(sku_id, 2)], key),
        lambda: stage.order(who, [(sku_id, 3)], other),
        lambda: stage.order(stage.people[1], [(sku_id, 4)], key)], in_order=4)
    assert statuses(answers) == [201, 201, 201, 422, 201, 201]
    assert answers[3].json()["code"] == "idempotency.mismatch"
    assert len({answer.content for answer in answers[:3]}) == 1
    assert stage.ordered(sku_id) - before == 1 + 3 + 4
    again = stage.order(who, [(sku_id, 1)], key)
    assert (again.status_code, again.content) == (201, answers[0].content)


def test_who_wants_what_is_gone_does_not_stand_in_the_way(stage):
    """The first wants A, which is gone, and B; the second wants the last B."""
    gone, last = stage.skus[1], stage.skus[2]
    stage.units(gone, 0)
    stage.units(last, 1)
    first, second = stage.together([lambda: stage.order(stage.people[0], [(gone, 1), (last, 1)]),
                                    lambda: stage.order(stage.people[1], [(last, 1)])], in_order=2)
    assert (first.status_code, first.json()["code"], second.status_code) == (409, "order.out_of_stock", 201)
    assert gone in first.json()["detail"]
    assert (stage.free_here(gone), stage.free_here(last)) == (0, 0)


def test_of_many_who_want_the_last_unit_the_first_gets_it(stage):
    sku_id = stage.skus[3]
    stage.units(sku_id, 1)
    before = stage.ordered(sku_id)
    answers = stage.together([lambda who=who: stage.order(who, [(sku_id, 1)]) for who in stage.people[:12]], in_order=1)
    assert statuses(answers) == [201] + [409] * 11
    assert {answer.json()["code"] for answer in answers[1:]} == {"order.out_of_stock"}
    assert stage.ordered(sku_id) - before == 1 and stage.free_here(sku_id) == 0


def test_a_poisonous_request_fails_alone(stage):
    """One row that the database will not have makes the whole batch fail, until it stands alone."""
    sku_id, key = stage.skus[0], uuid.uuid4().hex
    stage.units(sku_id, 100)
    before, ordered = stage.metrics(), stage.ordered(sku_id)
    stage.db.run("CREATE TRIGGER poison BEFORE INSERT ON orders FOR EACH ROW IF NEW.note = 'poison' THEN "
                 "SIGNAL SQLSTATE '22003' SET MYSQL_ERRNO = 1264, MESSAGE_TEXT = 'poison'; END IF")
    try:
        answers = stage.together([lambda who=who: stage.order(who, [(sku_id, 1)]) for who in stage.people[:5]] + [
            lambda: stage.order(stage.people[5], [(sku_id, 1)], key, note="poison")] + [
            lambda who=who: stage.order(who, [(sku_id, 1)]) for who in stage.people[6:12]])
    finally:
        stage.db.run("DROP TRIGGER poison")
    assert statuses(answers) == [201] * 5 + [500] + [201] * 6
    assert stage.ordered(sku_id) - ordered == 11
    assert stage.metrics()["souk_combine_divided_total"] > before["souk_combine_divided_total"]
    assert stage.orders_of([key]) == {}
    # nothing of it was kept: it may be tried again
    assert stage.order(stage.people[5], [(sku_id, 1)], key).status_code == 201


class Flight:
    """A batch that is being carried out, in the middle of which something is killed."""

    def __init__(self, stage):
        self.stage, self.sku_id = stage, stage.skus[4]
        stage.units(self.sku_id, 1000)
        self.before = stage.ordered(self.sku_id)
        self.keys = [uuid.uuid4().hex for _ in stage.people]
        self.asked = stage.gather([lambda i=i: self.order(i) for i in range(PEOPLE)])
        self.row = stage.hold(self.sku_id)
        stage.row.end()
        assert stage.leading.result().status_code == 201
        wait_for(lambda: stage.blocked() and stage.waiting() == 0, 3, 0.01)

    def order(self, i):
        return self.stage.order(self.stage.people[i], [(self.sku_id, 1)], self.keys[i])

    def ends(self):
        """What the buyers heard; whoever heard nothing good asks again with the same key, until he does."""
        heard = [one.result() for one in self.asked]

        def persist(i):
            if heard[i].status_code == 201:
                return heard[i]
            return wait_for(lambda: (answer := self.order(i)).status_code == 201 and answer, 20)

        final = list(self.stage.pool.map(persist, range(PEOPLE)))
        assert len({answer.json()["order_id"] for answer in final}) == PEOPLE
        assert self.stage.ordered(self.sku_id) - self.before == PEOPLE
        assert self.stage.orders_of(self.keys) == dict.fromkeys(self.keys, 1)
        again = list(self.stage.pool.map(self.order, range(PEOPLE)))
        assert [answer.content for answer in again] == [answer.content for answer in final]
        return statuses(heard)


def test_the_leading_process_killed_with_the_batch_in_flight(stage):
    flight = Flight(stage)
    victim = serving(stage.souk)[0]
    os.kill(victim, signal.SIGKILL)
    flight.row.end()
    heard = flight.ends()
    assert set(heard) <= {502, 503, 504}, heard
    wait_for(lambda: victim not in children(stage.souk) and serving(stage.souk), 10)


def test_its_connection_killed_with_the_batch_in_flight(stage):
    """The same call is sent again: nobody notices."""
    flight = Flight(stage)
    for connection in stage.blocked():
        stage.db.run(f"KILL {connection}")
    flight.row.end()
    assert flight.ends() == [201] * PEOPLE


def test_a_full_queue_says_so_at_once(stage):
    sku_id = stage.skus[0]
    stage.units(sku_id, 100)
    before = stage.metrics()["souk_combine_full_total"]
    asked = stage.gather([lambda who=who: stage.order(who, [(sku_id, 1)]) for who in stage.people])
    began = time.monotonic()
    refused = stage.order(stage.people[5], [(sku_id, 1)])
    took = time.monotonic() - began
    stage.row.end()
    assert refused.status_code == 503 and int(refused.headers["Retry-After"]) >= 1, refused.text
    assert took < 0.5
    assert statuses(one.result() for one in asked) == [201] * PEOPLE
    assert stage.metrics()["souk_combine_full_total"] == before + 1


# Other rows than orders

def test_carts_are_changed_together(stage):
    one, other, none = stage.skus[0], stage.skus[1], "1"
    first, second = stage.people[0], stage.people[1]
    put = lambda who, sku_id, qty, **more: who.put(f"/v1/cart/items/{sku_id}", {"qty": qty}, **more)
    for who in stage.people + [stage.first]:
        assert put(who, one, 1).status_code == 200
    seen = {"If-Match": first.get("/v1/cart").headers["ETag"]}
    before = stage.sent()
    with Transaction(stage.db, f"START TRANSACTION; SELECT version FROM cart WHERE account_id = {stage.first.account_id} FOR UPDATE"):
        leading = stage.lead(put, stage.first, one, 2)
        asked = stage.queue([lambda: put(first, one, 5, headers=seen), lambda: put(first, other, 1, headers=seen),
                             lambda: put(first, other, 7), lambda: put(second, none, 1)]
                            + [lambda who=who: put(who, other, 3) for who in stage.people[2:18]], in_order=3)
    assert leading.result().status_code == 200
    assert statuses(each.result() for each in asked) == [200, 412, 200, 409] + [200] * 16
    assert stage.sent() - before == 2
    lines = lambda who: {line["sku_id"]: line["qty"] for line in who.get("/v1/cart").json()["items"]}
    assert (lines(first), lines(second)) == ({one: 5, other: 7}, {one: 1})
    assert all(lines(who) == {one: 1, other: 3} for who in stage.people[2:18])


def test_a_change_of_a_cart_is_sent_again_unless_it_is_meant_for_one_version(stage):
    """Its connection is killed: so many units are to be there, which may be said twice."""
    who, sku_id = stage.people[0], stage.skus[0]
    path = f"/v1/cart/items/{sku_id}"
    assert who.put(path, {"qty": 3}).status_code == 200
    seen = {"If-Match": who.get("/v1/cart").headers["ETag"]}
    for headers, want in ((seen, {504}), ({}, {200})):
        with Transaction(stage.db, f"START TRANSACTION; SELECT version FROM cart WHERE account_id = {who.account_id} FOR UPDATE"):
            asked = stage.lead(partial(who.put, path, {"qty": 8}, headers=headers))
            for connection in stage.blocked():
                stage.db.run(f"KILL {connection}")
            if headers:
                assert asked.result().status_code in want
        assert asked.result().status_code in want, asked.result().text
    assert who.get("/v1/cart").json()["items"][0]["qty"] == 8


def test_captures_are_booked_together(stage):
    """Callbacks that arrive together; the one with a wrong amount is refused alone."""
    sku_id = stage.skus[0]
    stage.units(sku_id, 100)
    pay = lambda who: open_payment(who, stage.order(who, [(sku_id, 1)]).json()["order_id"])
    first, *others = [pay(who) for who in [stage.first] + stage.people[:8]]
    before = stage.sent()
    with Transaction(stage.db, f"START TRANSACTION; SELECT state FROM orders WHERE order_id = {first['order_id']} FOR UPDATE"):
        leading = stage.lead(send_callback, stage.souk, event_for(first))
        asked = stage.queue([partial(send_callback, stage.souk, event_for(one)) for one in others[1:]]
                            + [partial(send_callback, stage.souk, event_for(others[0], amount=1))])
    assert leading.result().status_code == 200
    assert statuses(one.result() for one in asked) == [200] * 7 + [422]
    assert stage.sent() - before == 2
    state = lambda payment, who: who.get(f"/v1/orders/{payment['order_id']}").json()["state"]
    assert state(first, stage.first) == "PAID"
    assert [state(*each) for each in zip(others, stage.people)] == ["PENDING_PAYMENT"] + ["PAID"] * 7


def test_goods_are_received_together(stage):
    """A delivery whose number stands twice in a batch comes once; used for another one it is refused."""
    admin, sku_id, number = stage.souk.admin, stage.skus[3], uuid.uuid4().hex
    receive = lambda sku_id, qty, reference: admin.post("/v1/admin/stock/receipts",
                                                        {"sku_id": sku_id, "qty": qty, "reference": reference})
    before = int(admin.get(f"/v1/admin/stock/{sku_id}").json()["received"])
    held = f"held-{number}"
    sent = stage.sent()
    calls = [(sku_id, 5, number), (sku_id, 5, number), (sku_id, 6, number), ("1", 1, number + "-no"), (sku_id, 9, number + "-2")]
    with Transaction(stage.souk.db("global"), "START TRANSACTION; INSERT INTO goods_receipt (receipt_id, reference, sku_id, qty, "
                     f"created_at) VALUES (7, '{held}', {sku_id}, 1, UTC_TIMESTAMP(3))") as row:
        leading = stage.pool.submit(receive, sku_id, 1, held)
        wait_for(lambda: stage.sent() == sent + 1)
        asked = stage.queue([partial(receive, *call) for call in calls], in_order=len(calls))
        row.end("ROLLBACK")
    assert leading.result().status_code == 201
    answers = [each.result() for each in asked]
    assert statuses(answers) == [201, 201, 409, 404, 201]
    assert answers[0].json()["receipt_id"] == answers[1].json()["receipt_id"]
    assert answers[2].json()["code"] == "stock.reference_used"
    assert stage.sent() == sent + 2
    assert int(admin.get(f"/v1/admin/stock/{sku_id}").json()["received"]) - before == 1 + 5 + 9


def test_a_receipt_whose_connection_is_killed_comes_once(stage):
    """It waits for the number that another transaction is writing down; the same call is sent again under the same number."""
    admin, sku_id, number, db = stage.souk.admin, stage.skus[3], uuid.uuid4().hex, stage.souk.db("global")
    received = lambda: int(admin.get(f"/v1/admin/stock/{sku_id}").json()["received"])
    before = received()
    with Transaction(db, "START TRANSACTION; INSERT INTO goods_receipt (receipt_id, reference, sku_id, qty, created_at) VALUES "
                     f"(8, '{number}', {sku_id}, 1, UTC_TIMESTAMP(3))") as row:
        asked = stage.pool.submit(admin.post, "/v1/admin/stock/receipts", {"sku_id": sku_id, "qty": 4, "reference": number})
        wait_for(lambda: stage.blocked(db), 5, 0.01)
        for connection in stage.blocked(db):
            db.run(f"KILL {connection}")
        row.end("ROLLBACK")
    assert asked.result().status_code == 201, asked.result().text
    assert received() - before == 4


# The last: what comes up again has two processes

def test_the_database_killed_with_the_batch_in_flight(stage):
    flight = Flight(stage)
    os.kill(stage.souk.pid("db0"), signal.SIGKILL)
    flight.row.client.kill()
    stage.souk.make("run")  # which also writes the configuration anew
    assert 201 not in flight.ends()
