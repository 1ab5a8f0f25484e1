"""What tests of the cache have in common: asking souk past nginx, changing the catalogue behind its back, its counters."""

import json
import re
import secrets
import socket
import subprocess
import time

import fastcgi
from client import wait_for


class Cached:
    """The cache of a running souk, as tests look at it."""

    def __init__(self, souk):
        self.souk = souk
        self.socket = souk.conf["api"]["socket"]
        self.processes = int(souk.conf["api"]["processes"])
        self.db = souk.db("global")

    def get(self, uri, **params):
        """Past nginx, so past its own tier."""
        return fastcgi.request(self.socket, "GET", uri, **params)

    def redis(self, *words):
        done = subprocess.run(["redis-cli", "-s", self.souk.conf["redis"]["socket"], *map(str, words)],
                              capture_output=True, text=True, timeout=10)
        return done.stdout.strip()

    def counters(self):
        text = self.get("/metrics").body.decode()
        return {name: float(value) for name, value in re.findall(r"^(souk_\w+) ([-\d.e+]+)$", text, re.M)}

    def some_sku(self):
        """(product_id, sku_id) of one that is for sale."""
        row = self.db.rows("SELECT s.product_id, s.sku_id FROM sku s JOIN product p ON p.product_id = s.product_id"
                           " WHERE p.state = 'published' AND s.state <> 'retired' ORDER BY RAND() LIMIT 1")[0]
        return row["product_id"], row["sku_id"]

    def change_price(self, product_id, sku_id):
        """As a routine does it: row and event in one transaction. Gives the new price and when it was committed."""
        self.db.run(f"""START TRANSACTION;
            UPDATE sku SET price = price + 1, version = version + 1 WHERE sku_id = {sku_id};
            UPDATE product SET version = version + 1 WHERE product_id = {product_id};
            CALL event_publish('sku.changed', {sku_id}, '{json.dumps({"sku_id": sku_id, "product_id": product_id})}');
            COMMIT;""")
        committed = time.monotonic()
        for shard in {self.souk.shard_of(slot) for slot in range(256)}: # what audits compare
            self.souk.db(shard).run(f"UPDATE sku SET price = price + 1, version = version + 1 WHERE sku_id = {sku_id}")
        return int(self.db.value(f"SELECT price FROM sku WHERE sku_id = {sku_id}")), committed

    def price(self, sku_id, **params):
        answer = self.get(f"/v1/skus/{sku_id}", **params)
        assert answer.status == 200, answer.body
        return answer.json()["price"]

    def settle(self, seconds=15):
        """Waits until events are heard and the filter of ids is there again."""
        def heard():
            # A stranger's id is refused by the filter in every process.
            answers = [self.get(f"/v1/products/{secrets.randbelow(1 << 40) + 1}").headers.get("X-Cache") for _ in range(8)]
            return set(answers) == {"filter"}
        wait_for(heard, seconds)

    def forget(self):
        """Everything kept anywhere but in nginx, as when Redis began another life."""
        before = self.counters()["souk_cache_feed_lost_total"]
        self.redis("SET", "souk:epoch", f"{secrets.randbits(63) | 1:016x}")
        wait_for(lambda: self.counters()["souk_cache_feed_lost_total"] >= before + self.processes, 5)
        self.settle()


def crowd(path, uri, n):
    """n readers at once, each on a connection of its own; their answers' heads and bodies in no order."""
    message = fastcgi.request_bytes("GET", uri)
    connections = []
    try:
        for _ in range(n):
            connection = socket.socket(socket.AF_UNIX)
            connections.append(connection)
            connection.settimeout(15)
            connection.connect(str(path))
            connection.sendall(message)
        return [fastcgi.read_answer(connection).partition(b"\r\n\r\n") for connection in connections]
    finally:
        for connection in connections:
            connection.close()
