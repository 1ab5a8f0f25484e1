"""Money: callbacks a second, combined and one by one; orders a second from placing to PAID; a statement of 100,000 lines.

Callbacks are signed as the sandbox provider does (docs/sandbox.md). Orders and attempts of the first figure are written into
the tables beforehand; in the second every order is placed, opened and paid by requests of its own.
"""
import configparser
import hashlib
import hmac
import http.client
import json
import os
import resource
import subprocess
import threading
import time
import uuid

NAME = "payment"
CALLBACKS, LINES, CLIENTS = 6000, int(os.environ.get("BENCH_LINES", 100000)), 8
ADDRESS = {"name": "Ada Bench", "country": "DE", "city": "Berlin", "line1": "Weg 1", "postal_code": "10115"}


def secret(stack):
    conf = configparser.ConfigParser(interpolation=None)
    conf.read(stack.conf)
    return conf["payment"]["sandbox_secret"].encode()


def signed(key, event):
    body = json.dumps(event).encode()
    stamp = str(int(time.time()))
    return body, {"Sandbox-Timestamp": stamp, "Sandbox-Signature": hmac.new(key, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()}


def event_of(payment_id, order_id, amount, currency):
    return {"event_id": f"evt_{uuid.uuid4().hex[:24]}", "state": "captured", "merchant": "souk", "payment_id": str(payment_id),
            "order_id": str(order_id), "amount": amount, "currency": currency, "provider_ref": f"sbx_{uuid.uuid4().hex[:24]}"}


def callback(key, event):
    """The bytes of one callback for tests/bench/load.c."""
    body, headers = signed(key, event)
    head = "POST /v1/payments/callbacks/sandbox HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    return (head + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) +
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


def attempts(stack, first, n, state="SUBMITTED"):
    """n orders with an attempt each, half of them on each shard: (payment_id, order_id). Account 1's slot and account 2's."""
    slots = [next(slot for slot in range(256) if stack.slots[slot] == shard) for shard in range(2)]
    made = []
    for shard, slot in enumerate(slots):
        rows = [((first + i) << 22 | slot, (first + i) << 22 | 1 << 8 | slot) for i in range(n // 2)]
        made += [(payment, order) for order, payment in rows]
        order_state = "PAID" if state == "CAPTURED" else "PENDING_PAYMENT"
        for at in range(0, len(rows), 1000):
            part = rows[at:at + 1000]
            orders = ",".join(f"({o}, {slot + 256}, '{order_state}', 1, 'EUR', 1, 500, 500, 'Mug', '{{}}', UTC_TIMESTAMP(3), "
                              f"UTC_TIMESTAMP(3) + INTERVAL 1 DAY)" for o, _ in part)
            payments = ",".join(
                f"({p}, {o}, {slot + 256}, 'sandbox', '{state}', 500, 'EUR', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) + INTERVAL 1 DAY, "
                f"UTC_TIMESTAMP(3)" + (f", 500, 'sbx_{p}', UTC_TIMESTAMP(3)" if state == "CAPTURED" else ", NULL, NULL, NULL") + ")"
                for o, p in part)
            stack.sql_input(f"souk_shard_{shard}", f"""
                INSERT INTO orders (order_id, account_id, state, version, currency, items_n, items_total, total, title, address,
                                    created_at, expires_at) VALUES {orders};
                INSERT INTO payment (payment_id, order_id, account_id, channel, state, amount, currency, lease_until, expires_at,
                                     created_at, captured, provider_ref, captured_at) VALUES {payments};""")
    return made


def callbacks(bench, ceiling):
    stack, key, rates = bench.stack, secret(bench.stack), {}
    for n, on in enumerate((True, False)):
        stack.reconfigure("store", "combine", "true" if on else "false")
        made = attempts(stack, 200000 + 20000 * n, CALLBACKS)
        mixed = [made[i // 2 + (i % 2) * (CALLBACKS // 2)] for i in range(CALLBACKS)]
        requests = [callback(key, event_of(payment, order, 500, "EUR")) for payment, order in mixed]
        name = "combined" if on else "one by one"
        rates[on] = bench.row(f"callbacks, 64 connections, {name}", bench.load(requests, 64, most=CALLBACKS), ceiling,
                              note=stack.durability())["rate"]
    stack.reconfigure("store", "combine", "true")
    bench.say("callbacks combined ÷ one by one", f"{rates[True] / rates[False]:.2f}")


class Client(threading.Thread):
    """Places, opens and pays orders until the time is over."""

    def __init__(self, stack, token, sku, key, until):
        super().__init__()
        self.stack, self.token, self.sku, self.key, self.until, self.paid, self.wrong = stack, token, sku, key, until, 0, 0
        self.link = http.client.HTTPConnection("127.0.0.1", stack.plain_port)

    def post(self, path, body, headers):
        self.link.request("POST", path, body, {"Content-Type": "application/json", **headers})
        answer = self.link.getresponse()
        return answer.status, json.loads(answer.read())

    def one(self):
        mine = lambda: {"Authorization": f"Bearer {self.token}", "Idempotency-Key": uuid.uuid4().hex}
        status, order = self.post("/v1/orders", json.dumps({"items": [{"sku_id": self.sku, "qty": 1}], "address": ADDRESS}), mine())
        status, payment = self.post(f"/v1/orders/{order['order_id']}/payments", '{"channel": "sandbox"}', mine())
        event = event_of(payment["payment_id"], order["order_id"], payment["amount"], payment["currency"])
        return self.post("/v1/payments/callbacks/sandbox", *signed(self.key, event))[0]

    def run(self):
        while time.monotonic() < self.until:
            if self.one() == 200:
                self.paid += 1
            else:
                self.wrong += 1


def end_to_end(bench):
    stack, key = bench.stack, secret(bench.stack)
    skus = stack.sku_ids()[:16]
    stack.fill_stock(skus, 100000)
    tokens = stack.buyers(CLIENTS)
    start = time.monotonic()
    clients = [Client(stack, token, skus[i % len(skus)], key, start + bench.seconds) for i, token in enumerate(tokens)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    taken = time.monotonic() - start
    bench.say("orders placed, opened and PAID", f"{sum(c.paid for c in clients) / taken:.0f}/s",
              f"{CLIENTS} Python clients on the same cores, {sum(c.wrong for c in clients)} failed; {stack.durability()}")


def reconciliation(bench):
    stack = bench.stack
    made = attempts(stack, 300000, LINES, "CAPTURED")
    for at in range(0, len(made), 1000):
        rows = ",".join(f"('souk', {p}, {o}, 500, 'EUR', 'captured', 'evt_{p}', 'sbx_{p}', UTC_TIMESTAMP(3), 500, 3)"
                        for p, o in made[at:at + 1000])
        stack.sql_input("souk_sandbox", "INSERT INTO payment (merchant, payment_id, order_id, amount, currency, state, event_id, "
                                        f"provider_ref, decided_at, taken, fee) VALUES {rows}")
    for turn in ("first", "again"):
        start = time.monotonic()
        done = subprocess.run([stack.build / "souk", "admin", "--config", stack.conf, "reconcile", "sandbox",
                               time.strftime("%Y-%m-%d", time.gmtime()), "--json"], capture_output=True, text=True)
        taken = time.monotonic() - start
        if done.returncode not in (0, 3):
            raise SystemExit(f"reconcile: {done.stderr}")
        report = json.loads(done.stdout)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        bench.say(f"statement of {report['lines']} lines, {turn}", f"{taken:.1f} s",
                  f"{report['matched']} matched; at most {peak:.0f} MiB for the process (of all so far)")


def run(bench, ceiling):
    callbacks(bench, ceiling)
    end_to_end(bench)
    reconciliation(bench)
