"""Flash sales for tests: made by staff on a SKU of their own, joined and bought by buyers."""

import datetime
import hashlib
import subprocess
import time
import uuid

from client import wait_for

ADDRESS = {"name": "Ada", "country": "DE", "city": "Berlin", "line1": "Weg 1"}


def at(seconds):
    """RFC 3339, so many seconds from now."""
    time_at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return time_at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time_at.microsecond // 1000:03d}Z"


def new_sku(souk, units, price=1000):
    """A SKU that nobody else buys, with so many units."""
    product = souk.admin.post("/v1/admin/products", {"title": f"Flash {uuid.uuid4().hex[:8]}", "currency": "USD"}, key=True)
    assert product.status_code in (201, 202), product.text
    product_id = product.json()["product_id"]
    sku = souk.admin.post(f"/v1/admin/products/{product_id}/skus", {"price": price}, key=True)
    assert sku.status_code in (201, 202), sku.text
    shown = souk.admin.post(f"/v1/admin/products/{product_id}/publish", {}, key=True)
    assert shown.status_code in (200, 202), shown.text
    sku_id = sku.json()["sku_id"]
    body = {"sku_id": sku_id, "qty": units, "reference": f"flash-{uuid.uuid4().hex}"}
    assert souk.admin.post("/v1/admin/stock/receipts", body).status_code in (201, 202)
    return sku_id


class Sale:
    """A sale that was scheduled, and what one may do with it."""

    def __init__(self, souk, sku_id, **fields):
        self.souk, self.sku_id = souk, sku_id
        body = {"title": "Flash", "sku_id": sku_id, "price": 500, "units": 10, "starts_at": at(-1), "ends_at": at(600),
                "queue_opens_at": at(-2), "waiting_room": False} | fields
        answer = souk.admin.post("/v1/admin/flash", {name: value for name, value in body.items() if value is not None}, key=True)
        assert answer.status_code in (201, 202), answer.text
        self.made = answer.json()
        self.sale_id = self.made["sale_id"]
        self.path = f"/v1/flash/{self.sale_id}"

    def redis(self, *words):
        done = subprocess.run(["redis-cli", "-s", self.souk.conf["redis"]["socket"], *map(str, words)], capture_output=True,
                              text=True, timeout=10, check=True)
        return done.stdout.strip()

    def live(self):
        answer = self.souk.admin.get(f"/v1/admin/flash/{self.sale_id}/live")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def wait_open(self, units=None):
        """Until the gate is there, with so many units allotted."""
        def open_now():
            gate = self.live()["gate"]
            return gate and (units is None or gate["allotted"] == units)
        wait_for(open_now, 20, explain=self.live)
        return self

    def change(self, **fields):
        answer = self.souk.admin.patch(f"/v1/admin/flash/{self.sale_id}", fields, key=True)
        assert answer.status_code in (200, 202), answer.text
        return answer.json()

    def cancel(self):
        answer = self.souk.admin.post(f"/v1/admin/flash/{self.sale_id}/cancel", {}, key=True)
        assert answer.status_code in (200, 202), answer.text

    def queue(self, buyer, **fields):
        return buyer.post(f"{self.path}/queue", fields)

    def place(self, buyer, **fields):
        """A place that was let in."""
        def admitted():
            answer = self.queue(buyer, **fields)
            assert answer.status_code == 200 or answer.json()["code"] in ("flash.gate_closed", "flash.not_open"), answer.text
            return answer.status_code == 200 and answer.json()["state"] == "admitted" and answer.json()["place"]
        return wait_for(admitted, 20)

    def buy(self, buyer, place=None, key=True, **fields):
        body = {"place": place or self.place(buyer), "address": ADDRESS} | fields
        return buyer.post(f"{self.path}/orders", body, key=key)

    def outcome(self, buyer, ticket):
        """What became of a ticket, once it is known."""
        def known():
            answer = buyer.get(f"{self.path}/tickets/{ticket}")
            assert answer.status_code in (200, 503), answer.text
            return answer.status_code == 200 and answer.json()["state"] != "queued" and answer.json()
        return wait_for(known, 20)

    def order(self, buyer, **fields):
        """Buys, and gives the order's id."""
        answer = self.buy(buyer, **fields)
        assert answer.status_code == 202, answer.text
        outcome = self.outcome(buyer, answer.json()["ticket"])
        assert outcome["state"] == "ordered", outcome
        return outcome["order_id"]


def solve(challenge):
    """The answer to a challenge of work."""
    for number in range(1 << 24):
        digest = hashlib.sha256(f"{challenge['challenge']}:{number}".encode()).digest()
        if int.from_bytes(digest, "big") >> (256 - challenge["bits"]) == 0:
            return str(number)
    raise AssertionError("no answer was found")


def sleep_until_second(fraction=0.05):
    """To the beginning of a second of the clock: what nginx keeps to the end of one is asked for within one."""
    time.sleep(1 - time.time() % 1 + fraction)
