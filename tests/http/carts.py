"""What is done with carts: shown, changed, ordered from, looked at where they are kept."""

import subprocess
import uuid

from client import wait_for

# Ticks become durable within CART_TICKS_LATE_MS (1 s); the rest is for a machine that is busy.
TICKS_DURABLE_S = 4

ADDRESS = {"name": "Ada Bell", "country": "DE", "city": "Berlin", "line1": "Unter den Linden 1", "postal_code": "10117"}


def put(person, sku, qty, **options):
    answer = person.put(f"/v1/cart/items/{sku['sku_id']}", {"qty": qty}, **options)
    assert answer.status_code == 200, answer.text
    return answer.json()


def tick(person, ticked, *skus):
    body = {"sku_ids": [sku["sku_id"] for sku in skus]} if skus else {"all": True}
    answer = person.post("/v1/cart/selection", {**body, "ticked": ticked})
    assert answer.status_code == 200, answer.text
    return answer.json()


def cart(person):
    answer = person.get("/v1/cart")
    assert answer.status_code == 200, answer.text
    return answer.json()


def lines(person):
    return {line["sku_id"]: line["qty"] for line in cart(person)["items"]}


def ticked(person):
    return {line["sku_id"] for line in cart(person)["items"] if line["ticked"]}


def stored(souk, person):
    """What MySQL has: {sku_id: (qty, ticked)}."""
    rows = souk.db_of(person.account_id).rows(
        f"SELECT sku_id, qty, ticked FROM cart_item WHERE account_id = {person.account_id}")
    return {row["sku_id"]: (int(row["qty"]), row["ticked"] == "1") for row in rows}


def redis(souk, *words):
    done = subprocess.run(["redis-cli", "-s", souk.conf["redis"]["socket"], *words], capture_output=True, text=True,
                          timeout=10, check=True)
    return done.stdout.strip()


def copied(souk, person):
    """Shows the cart until Redis has a copy of it."""
    wait_for(lambda: cart(person) and redis(souk, "EXISTS", f"souk:cart:{person.account_id}") == "1")


def receive(souk, sku, qty):
    answer = souk.admin.post("/v1/admin/stock/receipts",
                             {"sku_id": sku["sku_id"], "qty": qty, "reference": f"carts-{uuid.uuid4().hex}"})
    assert answer.status_code == 201, answer.text


def submit(person, version, key=True, **more):
    return person.post("/v1/orders", {"from_cart": True, "cart_version": version, "address": ADDRESS, **more}, key=key)


def items_of(person, order_id):
    return {item["sku_id"]: item["qty"] for item in person.get(f"/v1/orders/{order_id}").json()["items"]}
