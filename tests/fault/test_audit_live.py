"""souk admin audit while the shop is at work and things are killed: it ends in time and finds nothing; what is broken by
hand in the middle of it all is named."""

import json
import os
import random
import signal
import threading
import time
import uuid

import pytest
import requests

from busy import Busy
from client import wait_for
from paying import open_payment, press
from test_escrow import kill_api_child, kill_connections, kill_worker

ADDRESS = {"name": "Ada", "country": "DE", "city": "Berlin", "line1": "Weg 1"}
THREADS, UNITS = 6, 100000
AUDIT_SECONDS_MAX = 60


class Work(Busy):
    """People who shop, pay, change their minds, and staff that counts, until told to stop."""

    def __init__(self, souk, skus):
        assert souk.admin.token
        super().__init__([souk.new_buyer() for _ in range(THREADS)])
        self.souk, self.skus = souk, skus
        self.done, self.wrong = {}, []

    def note(self, what, answer):
        with self.lock:
            self.done[what, answer.status_code // 100] = self.done.get((what, answer.status_code // 100), 0) + 1
            if answer.status_code == 500:
                self.wrong.append(answer.text)
        return answer.json() if answer.status_code in (200, 201) else None

    def count(self, what):
        return self.done.get((what, 2), 0)

    def place(self, buyer, lines, **more):
        items = [{"sku_id": sku_id, "qty": random.randint(1, 3)} for sku_id in random.sample(self.skus, lines)]
        return self.note("order", buyer.post("/v1/orders", {"items": items, "address": ADDRESS} | more, key=True))

    def pay(self, buyer):
        order = self.place(buyer, 1)
        if order:
            payment = self.note("payment", buyer.post(f"/v1/orders/{order['order_id']}/payments", {"channel": "sandbox"}, key=True))
            if payment:
                press(self.souk, payment["pay_url"], random.choice(["pay", "pay_twice", "decline"]))

    def cancel(self, buyer):
        order = self.place(buyer, 3)
        if order:
            self.note("cancel", buyer.post(f"/v1/orders/{order['order_id']}/cancel", key=True))

    def cart(self, buyer):
        for sku_id in random.sample(self.skus, 2):
            self.note("cart", buyer.put(f"/v1/cart/items/{sku_id}", {"qty": random.randint(1, 5)}))
        shown = buyer.get("/v1/cart")
        if shown.status_code == 200:
            body = {"from_cart": True, "cart_version": shown.json()["version"], "address": ADDRESS}
            self.note("order from cart", buyer.post("/v1/orders", body, key=True))

    def stock(self, buyer):
        sku_id = random.choice(self.skus)
        body = {"sku_id": sku_id, "qty": random.randint(1, 40), "reference": uuid.uuid4().hex}
        self.note("receipt", self.souk.admin.post("/v1/admin/stock/receipts", body))
        body = {"sku_id": sku_id, "qty": random.choice([-3, 3]), "reason": "counted"}
        self.note("correction", self.souk.admin.post("/v1/admin/stock/corrections", body, key=True))

    def price(self, buyer):
        sku_id = self.skus[0]
        self.note("price", self.souk.admin.patch(f"/v1/admin/skus/{sku_id}", {"price": random.randint(900, 1100)}))

    def run(self, buyer):
        while not self.stop.is_set():
            try:
                random.choice([self.pay, self.pay, self.cancel, self.cart, self.stock, self.price])(buyer)
            except (requests.RequestException, AssertionError):
                time.sleep(0.1)  # something was killed under it


class Trouble:
    """Something is killed every so often."""

    def __init__(self, souk):
        self.souk, self.stop = souk, threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while True:
            for strike in (kill_worker, kill_connections, kill_api_child):
                if self.stop.wait(1.2):
                    return
                strike(self.souk)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()


@pytest.fixture(scope="module")
def skus(souk):
    product = souk.admin.post("/v1/admin/products", {"title": f"Audited {uuid.uuid4().hex[:8]}", "options": ["Size"]}, key=True).json()
    path, made = f"/v1/admin/products/{product['product_id']}", []
    for n in range(5):
        made.append(souk.admin.post(path + "/skus", {"options": [str(n)], "price": 1000}, key=True).json()["sku_id"])
    assert souk.admin.post(path + "/publish", key=True).status_code == 200
    for sku_id in made:
        receipt = {"sku_id": sku_id, "qty": UNITS, "reference": uuid.uuid4().hex}
        assert souk.admin.post("/v1/admin/stock/receipts", receipt).status_code == 201
    return made


@pytest.fixture
def work(souk, skus):
    with Work(souk, skus) as work:
        wait_for(lambda: work.count("order") >= 5 and work.count("payment") and work.count("cart") and work.count("receipt"), 20)
        yield work
    assert not work.wrong, work.wrong


def audit(souk, *more):
    began = time.monotonic()
    done = souk.admin_command("audit", "--json", f"--seconds={AUDIT_SECONDS_MAX}", "--settle-ms=400", *more, check=False)
    assert time.monotonic() - began < AUDIT_SECONDS_MAX
    return done, json.loads(done.stdout)


def test_on_a_system_at_work_with_things_killed_all_laws_hold(souk, work):
    before = dict(work.done)
    with Trouble(souk):
        time.sleep(2.5)
        done, report = audit(souk)
    print(f"{sum(law['ms'] for law in report['laws'])} ms; {work.done}")
    assert done.returncode == 0, done.stderr
    assert report["holds"] and len(report["laws"]) >= 10
    assert work.count("order") > before["order", 2], "nobody bought anything meanwhile"


def test_a_law_broken_in_the_middle_of_it_is_named(souk, work, skus):
    shard = souk.shard_of(skus[1])
    db = souk.db(shard)
    for law, wrong, right in (
            ("stock", "UPDATE stock SET on_hand = on_hand + 1 WHERE sku_id = {sku}", "UPDATE stock SET on_hand = on_hand - 1 WHERE sku_id = {sku}"),
            # the ledger itself refuses to be changed
            ("money", "UPDATE payment SET state = 'VOIDED' WHERE payment_id = {payment}",
             "UPDATE payment SET state = 'CAPTURED' WHERE payment_id = {payment}")):
        payment = wait_for(lambda: db.value("SELECT payment_id FROM payment WHERE state = 'CAPTURED' AND refund_due = 0 "
                                            "ORDER BY payment_id DESC LIMIT 1"), 20)
        db.run_unchecked(wrong.format(sku=skus[1], payment=payment))
        try:
            done, report = audit(souk)
        finally:
            db.run_unchecked(right.format(sku=skus[1], payment=payment))
        assert done.returncode == 1
        assert f"law {law} is broken on shard {shard}" in done.stderr, done.stderr
        found = next(one for one in report["laws"] if one["violations"])
        assert found["law"] == law and found["violations"][0]["key"], report
        assert audit(souk, "--law", law)[0].returncode == 0
