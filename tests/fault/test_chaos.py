"""A whole shop at work while anything is killed: buyers, staff, carrier and provider at once, then the books.

SOUK_CHAOS_SECONDS says how long; what is done and killed is drawn from SOUK_SEED, which is printed. Whoever asks asks again with the
same key until an answer comes. Afterwards every order that was acknowledged is there as it was, once, nothing is under way
for ever, and the audit holds; it is run in the middle of it as well.
"""

import collections
import os
import random
import time
import uuid


from busy import Busy
from client import wait_for
from paying import ADDRESS, Form
from test_money import insist, strike

SECONDS = float(os.environ.get("SOUK_CHAOS_SECONDS", 15))
BUYERS, SKUS, FEW, PLENTY, QUOTA = 10, 6, 40, 100000, 60
KILLED = ["worker", "api", "db0", "redis", "nginx", "sandbox"]
WAIT_SECONDS = (1, 3)  # between what is killed
AGAIN = 0.3  # share of orders, payments and cancellations that are asked for once more when they are done


class Shop(Busy):
    """What is sold, who buys it, and what became of it."""

    def __init__(self, souk):
        super().__init__([souk.new_buyer() for _ in range(BUYERS)])
        self.souk = souk
        self.done, self.wrong, self.acknowledged = collections.Counter(), [], {}
        self.skus = self.new_skus()
        self.code = self.staff("post", "/v1/admin/promotions", {
            "name": "Few", "kind": "percent", "value": 1000, "currency": "USD", "code": "C" + uuid.uuid4().hex[:12].upper(),
            "total_limit": QUOTA}, 201).json()["code"]

    def new_skus(self):
        product = self.staff("post", "/v1/admin/products", {"title": f"Chaos {uuid.uuid4().hex[:8]}", "options": ["Size"]}, 201).json()
        path = f"/v1/admin/products/{product['product_id']}"
        made = [self.staff("post", path + "/skus", {"options": [str(n)], "price": 1000 + 250 * n, "weight_grams": 100}, 201).json()["sku_id"]
                for n in range(SKUS)]
        self.staff("post", path + "/publish", {}, 200)
        for n, sku_id in enumerate(made):
            self.staff("post", "/v1/admin/stock/receipts",
                       {"sku_id": sku_id, "qty": PLENTY if n else FEW, "reference": uuid.uuid4().hex}, 201)
        return made

    def ask(self, label, what, *good):
        """An answer of one of these statuses; the same once more, sometimes, which must not do it twice."""
        answer = insist(what, *good)
        with self.lock:
            self.done[label, answer.status_code] += 1
        if label in ("order", "payment", "cancel") and answer.status_code in (200, 201) and random.random() < AGAIN:
            again = insist(what, answer.status_code)
            if again.content != answer.content:
                self.note(f"{label}: {answer.text} and then {again.text}")
        return answer

    def note(self, wrong):
        with self.lock:
            self.wrong.append(wrong)

    def staff(self, method, path, body, *good):
        key = uuid.uuid4().hex
        return self.ask(path.split("/")[3], lambda: getattr(self.souk.admin, method)(path, body, key=key), *good)

    # What people do

    def place(self, buyer, from_cart=False):
        if from_cart:
            for sku_id in random.sample(self.skus, 2):
                insist(lambda: buyer.put(f"/v1/cart/items/{sku_id}", {"qty": random.randint(1, 3)}), 200, 409)
            body = {"from_cart": True, "cart_version": insist(lambda: buyer.get("/v1/cart"), 200).json()["version"]}
        else:
            body = {"items": [{"sku_id": sku_id, "qty": random.randint(1, 3)} for sku_id in random.sample(self.skus, random.randint(1, 3))]}
        body |= {"address": ADDRESS} | ({"coupons": [self.code]} if random.random() < 0.2 else {})
        key = uuid.uuid4().hex
        answer = self.ask("order", lambda: buyer.post("/v1/orders", body, key=key), 201, 409)
        if answer.status_code == 409:
            if answer.json()["code"] not in ("order.out_of_stock", "promotion.exhausted", "cart.changed", "order.empty"):
                self.note(f"order: {answer.text}")
            return None
        with self.lock:
            self.acknowledged[answer.json()["order_id"]] = (buyer, answer.json()["total"])
        return answer.json()["order_id"]

    def pay(self, buyer, order_id):
        key = uuid.uuid4().hex
        answer = self.ask("payment", lambda: buyer.post(f"/v1/orders/{order_id}/payments", {"channel": "sandbox"}, key=key), 201, 409)
        if answer.status_code == 409:
            return
        payment = insist(lambda: buyer.get(f"/v1/payments/{answer.json()['payment_id']}"), 200).json()
        form = Form(insist(lambda: self.souk.session.get(payment["pay_url"], timeout=15), 200, 410).text) if payment.get("pay_url") else None
        if form and form.action:
            fields = form.fields | {"decision": random.choice(["pay", "pay", "pay_twice", "decline"])}
            insist(lambda: self.souk.session.post(self.souk.url(form.action), data=fields, timeout=15, allow_redirects=False), 200, 303, 410)

    def cancel(self, buyer, order_id):
        key = uuid.uuid4().hex
        self.ask("cancel", lambda: buyer.post(f"/v1/orders/{order_id}/cancel", {}, key=key), 200, 409)

    def go_on(self, buyer, order_id):
        """What may happen next to an order, by its state."""
        order = f"/v1/admin/orders/{order_id}"
        state = insist(lambda: buyer.get(f"/v1/orders/{order_id}"), 200).json()["state"]
        if state == "PENDING_PAYMENT":
            self.pay(buyer, order_id)
        elif state in ("PAID", "PARTIALLY_SHIPPED", "ON_HOLD"):
            path, body = random.choice({
                "PAID": [("shipments", {"shipped": True}), ("shipments", {"shipped": True, "items": [{"line": 1, "qty": 1}]}),
                         ("refunds", {"reason": "A part", "amount": 10}), ("cancel", {"reason": "No"}), ("hold", {"reason": "Look"})],
                "PARTIALLY_SHIPPED": [("shipments", {"shipped": True}), ("cancel-rest", {"reason": "No more"})],
                "ON_HOLD": [("release", {})]}[state])
            self.staff("post", f"{order}/{path}", body, 200, 201, 409)
        elif state == "SHIPPED":
            for parcel in insist(lambda: buyer.get(f"/v1/orders/{order_id}/shipments"), 200).json()["items"]:
                self.staff("patch", f"/v1/admin/shipments/{parcel['shipment_id']}", {"state": "DELIVERED"}, 200, 409)
        elif state == "DELIVERED":
            self.give_back(buyer, order_id)

    def give_back(self, buyer, order_id):
        key = uuid.uuid4().hex
        asked = insist(lambda: buyer.post(f"/v1/orders/{order_id}/returns", {"items": [{"line": 1, "qty": 1}]}, key=key), 201, 409)
        if asked.status_code == 201:
            path = f"/v1/admin/returns/{asked.json()['return_id']}"
            self.staff("post", path + "/approve", {}, 200, 409)
            self.staff("post", path + "/receive", {"items": [{"line": 1, "received": 1, "sellable": random.randint(0, 1)}]}, 200, 409)
            self.staff("post", path + "/refund", {}, 200, 409)

    def shop(self, buyer):
        mine = []
        while not self.stop.is_set():
            what = random.choices(["place", "cart", "pay", "cancel", "go on", "stock", "price"], [10, 10, 20, 8, 40, 6, 2])[0]
            if what == "go on" and mine:
                self.go_on(buyer, random.choice(mine[-30:]))
            elif what == "stock":
                body = {"sku_id": random.choice(self.skus), "qty": random.randint(1, 30), "reference": uuid.uuid4().hex}
                self.staff("post", "/v1/admin/stock/receipts", body, 201)
            elif what == "price":
                self.staff("patch", f"/v1/admin/skus/{random.choice(self.skus)}", {"price": random.randint(900, 2100)}, 200, 202)
            elif (order_id := self.place(buyer, what == "cart")) is not None:
                mine.append(order_id)
                if what in ("pay", "cancel"):
                    getattr(self, what)(buyer, order_id)

    def run(self, buyer):
        try:
            self.shop(buyer)
        except Exception as error:  # a thread's own end is nobody's failure
            self.note(repr(error))


def under_way(souk, people, skus):
    """What of theirs must not last."""
    return sum(int(souk.db(shard).value(
        f"SELECT (SELECT COUNT(*) FROM orders WHERE account_id IN ({people}) AND state IN ('CLOSING', 'CANCELLING')) + "
        f"(SELECT COUNT(*) FROM refund WHERE account_id IN ({people}) AND state IN ('REQUESTED', 'SUBMITTED')) + "
        f"(SELECT COUNT(*) FROM stock_transfer WHERE sku_id IN ({skus}) AND state = 'in_flight') + "
        f"(SELECT COUNT(*) FROM outbox e JOIN orders o ON o.order_id = e.aggregate_id "
        f"  WHERE o.account_id IN ({people}) AND e.status <> 'done')")) for shard in range(souk.shards))


def test_whatever_is_killed_what_was_acknowledged_stands(souk):
    seed = int(os.environ.get("SOUK_SEED", random.randrange(10**9)))
    print(f"SOUK_SEED={seed} SOUK_CHAOS_SECONDS={SECONDS}")
    random.seed(seed)
    killed, until = collections.Counter(), time.monotonic() + SECONDS
    with Shop(souk) as shop:
        while time.monotonic() < until:
            name = KILLED[sum(killed.values()) % len(KILLED)] if sum(killed.values()) < len(KILLED) else random.choice(KILLED)
            strike(souk, name, random.uniform(*WAIT_SECONDS))
            killed[name] += 1
        live = souk.admin_command("audit", "--settle-ms=400", check=False)
    print(dict(killed), len(shop.acknowledged), dict(shop.done))
    assert shop.wrong == []
    assert live.returncode == 0, live.stdout + live.stderr

    people = ", ".join(str(buyer.account_id) for buyer in shop.people)
    wait_for(lambda: under_way(souk, people, ", ".join(shop.skus)) == 0, 60, every=0.5)
    for order_id, (buyer, total) in shop.acknowledged.items():
        assert souk.db_of(order_id).value(f"SELECT total FROM orders WHERE order_id = {order_id} AND account_id = {buyer.account_id}") == str(total)
    assert sum(int(souk.db(shard).value(f"SELECT COUNT(*) FROM orders WHERE account_id IN ({people})"))
               for shard in range(souk.shards)) == len(shop.acknowledged) > 0
    done = souk.admin_command("audit", "--settle-ms=400", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
