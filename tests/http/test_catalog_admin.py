"""The catalogue as merchants change it: products, SKUs, prices on every shard, categories."""

import concurrent.futures
import threading
import time
import uuid

import pytest
from client import wait_for

ADDRESS = {"name": "Ada", "country": "DE", "city": "Berlin", "line1": "Weg 1", "postal_code": "10115"}


@pytest.fixture(scope="module")
def merchant(souk):
    return souk.new_staff("merchant")


def new_product(merchant, options=("Size",), **fields):
    body = {"title": f"Tray {uuid.uuid4().hex[:8]}", "options": list(options)} | fields
    answer = merchant.post("/v1/admin/products", body, key=True)
    assert answer.status_code == 201, answer.text
    return answer.json()


def new_sku(merchant, product, options=("M",), price=1000, **fields):
    answer = merchant.post(f"/v1/admin/products/{product['product_id']}/skus",
                           {"options": list(options), "price": price} | fields, key=True)
    assert answer.status_code == 201, answer.text
    return answer.json()


def published(merchant, price=1000, units=0, **fields):
    """A published product with one SKU, and that SKU."""
    product = new_product(merchant, **fields)
    sku = new_sku(merchant, product, price=price)
    if units:
        merchant.post("/v1/admin/stock/receipts", {"sku_id": sku["sku_id"], "qty": units, "reference": uuid.uuid4().hex})
    answer = merchant.post(f"/v1/admin/products/{product['product_id']}/publish", key=True)
    assert answer.status_code == 200, answer.text
    return answer.json(), sku


def seen(souk, product):
    """What buyers see of a product, once their caches know (a second or two); None: nothing."""
    answer = souk.get(f"/v1/products/{product['product_id']}")
    return answer if answer.status_code == 200 else None


def listed(souk, **query):
    return [item["product_id"] for item in souk.get("/v1/products", params=query).json()["items"]]


def on_shards(souk, sku):
    return [souk.db(shard).rows(f"SELECT price, state, version, title FROM sku WHERE sku_id = {sku['sku_id']}")
            for shard in range(souk.shards)]


def test_product_from_draft_to_shop_and_out_again(souk, merchant):
    product = new_product(merchant, vendor="Works", tags=["a", "b"], product_type="Trays",
                          description_html="<p>x<script>alert(1)</script></p>",
                          images=[{"url": "/img/demo/zip-pouch.svg", "alt": "x"}, {"url": "https://example.com/b.png"}])
    assert (product["state"], product["version"], product["description_html"]) == ("draft", 1, "<p>x</p>")
    path = f"/v1/admin/products/{product['product_id']}"
    assert merchant.post(path + "/publish").json()["code"] == "product.not_for_sale"
    sku = new_sku(merchant, product, ("L",), 2500, list_price=3000, weight_grams=400, code="T-1")
    assert (sku["options"], sku["title"], sku["currency"]) == (["L"], "L", "USD")
    assert souk.get(f"/v1/products/{product['product_id']}").status_code == 404
    assert all(rows[0]["state"] == "draft" for rows in on_shards(souk, sku))

    done = merchant.post(path + "/publish", headers={"If-Match": '"v2"'})
    assert done.status_code == 200 and done.json()["state"] == "published" and done.headers["ETag"] == '"v3"'
    shown = wait_for(lambda: seen(souk, product)).json()
    assert shown["options"] == [{"name": "Size", "values": ["L"]}]
    assert [one["price"] for one in shown["skus"]] == [2500]
    assert all(rows[0]["state"] == "active" for rows in on_shards(souk, sku))
    wait_for(lambda: product["product_id"] in listed(souk, vendor="Works", attr="Size:L"))

    assert merchant.post(path + "/unpublish", headers={"If-Match": '"v2"'}).status_code == 412
    assert merchant.post(path + "/unpublish").status_code == 200
    wait_for(lambda: not seen(souk, product))
    wait_for(lambda: product["product_id"] not in listed(souk, vendor="Works"))
    assert all(rows[0]["state"] == "draft" for rows in on_shards(souk, sku))


def test_change(souk, merchant):
    product, sku = published(merchant)
    path = f"/v1/admin/products/{product['product_id']}"
    word = uuid.uuid4().hex
    changed = merchant.patch(path, {"title": f"Wonder {word}", "images": [{"url": "/img/demo/wool-throw.svg"}]}, headers={"If-Match": f'"v{product["version"]}"'})
    assert changed.status_code == 200 and changed.json()["version"] == product["version"] + 1
    wait_for(lambda: seen(souk, product) and seen(souk, product).json()["title"] == f"Wonder {word}")
    assert all(rows[0]["title"] == f"Wonder {word}" for rows in on_shards(souk, sku))
    assert merchant.patch(path, {"title": "x"}, headers={"If-Match": f'"v{product["version"]}"'}).status_code == 412
    assert merchant.get(path).json() == changed.json()
    assert changed.json()["vendor"] == product["vendor"]


@pytest.mark.parametrize("body, field", [
    ({"images": [{"url": "http://example.com/a.png"}]}, "images[0].url"),
    ({"images": [{"url": "//example.com/a.png"}]}, "images[0].url"),
    ({"images": [{"url": "javascript:alert(1)"}]}, "images[0].url"),
    ({"title": ""}, "title"), ({"tags": "x"}, "tags"), ({"handle": "a b"}, "handle"), ({"colour": "x"}, "colour")])
def test_refused_products(merchant, body, field):
    answer = merchant.post("/v1/admin/products", {"title": "T"} | body)
    assert answer.status_code == 400 and answer.json()["errors"][0]["field"] == field


def test_unknown_category_and_taken_handle(merchant):
    handle = uuid.uuid4().hex
    assert merchant.post("/v1/admin/products", {"title": "T", "category_ids": ["7"]}).json()["code"] == "request.invalid"
    assert merchant.post("/v1/admin/products", {"title": "T", "handle": handle}).status_code == 201
    assert merchant.post("/v1/admin/products", {"title": "T", "handle": handle}).json()["code"] == "product.handle_taken"


def test_repeated_request_makes_one(merchant):
    key, body = str(uuid.uuid4()), {"title": "Once"}
    first, second = (merchant.post("/v1/admin/products", body, key=key) for _ in range(2))
    assert first.status_code == second.status_code == 201 and first.json() == second.json()
    assert merchant.post("/v1/admin/products", {"title": "Other"}, key=key).status_code == 422


def test_skus_of_a_product(merchant):
    product = new_product(merchant, ("Size", "Colour"))
    path = f"/v1/admin/products/{product['product_id']}/skus"
    new_sku(merchant, product, ("M", "Blue"))
    assert merchant.post(path, {"options": ["m", "BLUE"], "price": 1}).json()["code"] == "sku.options_taken"
    assert merchant.post(path, {"options": ["M"], "price": 1}).json()["code"] == "request.invalid"
    assert merchant.post(path, {"options": ["M", "Red"]}).json()["errors"][0]["field"] == "price"
    assert new_sku(merchant, product, ("M", "Red"))["title"] == "M / Red"
    assert new_sku(merchant, new_product(merchant, ()), ())["options"] == []


def test_buyers_change_nothing(souk, merchant, buyer):
    product, sku = published(merchant)
    for path, method in ((f"/v1/admin/products/{product['product_id']}", "PATCH"), ("/v1/admin/categories", "POST"),
                         (f"/v1/admin/skus/{sku['sku_id']}", "PATCH")):
        assert buyer.request(method, path, {"title": "x"}).status_code == 403
        assert souk.request(method, path, {"title": "x"}).status_code == 401


def test_price_is_on_every_shard_before_the_answer(souk, merchant):
    product, sku = published(merchant, price=1000)
    path = f"/v1/admin/skus/{sku['sku_id']}"
    version = merchant.get(f"/v1/admin/products/{product['product_id']}").json()["skus"][0]["version"]
    answer = merchant.patch(path, {"price": 1200, "list_price": 1500}, headers={"If-Match": f'"v{version}"'})
    assert answer.status_code == 200 and "propagating" not in answer.json()
    assert [rows[0]["price"] for rows in on_shards(souk, sku)] == ["1200"] * souk.shards
    assert merchant.patch(path, {"price": 1}, headers={"If-Match": f'"v{version}"'}).status_code == 412
    cleared = merchant.patch(path, {"list_price": None})
    assert cleared.status_code == 200 and cleared.json()["list_price"] is None and cleared.json()["price"] == 1200
    wait_for(lambda: product["product_id"] in listed(souk, attr="Size:M", price_min=1200, price_max=1200))
    assert souk.db("global").value("SELECT COUNT(*) FROM broadcast WHERE aggregate_id = " + sku["sku_id"]) == "0"
    events = souk.db("global").value(f"SELECT COUNT(*) FROM outbox WHERE topic = 'sku.changed' AND aggregate_id = {sku['sku_id']}")
    assert int(events) >= 3


def test_no_order_acknowledged_after_a_price_change_has_the_old_price(souk, merchant):
    """Buyers on all shards order without pause while the price rises again and again."""
    product, sku = published(merchant, price=1000, units=100000)
    buyers = [souk.new_buyer() for _ in range(6)]
    assert len({souk.shard_of(one.account_id) for one in buyers}) > 1 or souk.shards == 1
    changed, orders, stop = [(1000, 0.0)], [], threading.Event()

    def order(buyer):
        while not stop.is_set():
            sent = time.monotonic()
            answer = buyer.post("/v1/orders", {"items": [{"sku_id": sku["sku_id"], "qty": 1}], "address": ADDRESS}, key=True)
            done = time.monotonic()
            if answer.status_code == 201:
                orders.append((sent, done, answer.json()["total"]))

    with concurrent.futures.ThreadPoolExecutor(len(buyers)) as pool:
        running = [pool.submit(order, one) for one in buyers]
        for price in range(1001, 1021):
            answer = merchant.patch(f"/v1/admin/skus/{sku['sku_id']}", {"price": price}, key=True)
            assert answer.status_code == 200, answer.text
            changed.append((price, time.monotonic()))
            time.sleep(0.03)
        stop.set()
        for one in running:
            one.result()
    assert len(orders) > 50
    for sent, done, total in orders:
        # sent after the merchant's answer: never an older price
        assert total >= max(price for price, at in changed if at <= sent)
        # a change waits for the orders under way, so that they are committed before it: their answers are on the wire
        assert total >= max(price for price, at in changed if at <= done - 0.25)
    assert len({total for _, _, total in orders}) > 3


def test_price_changes_at_once_keep_the_newest(souk, merchant):
    product, sku = published(merchant)
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda price: merchant.patch(f"/v1/admin/skus/{sku['sku_id']}", {"price": price}, key=True), range(2000, 2012)))
    done = [one.json() for one in answers if one.status_code in (200, 202)]
    assert done and all(one.status_code in (200, 202, 409) for one in answers)
    newest = max(done, key=lambda one: one["version"])
    wait_for(lambda: {rows[0]["price"] for rows in on_shards(souk, sku)} == {str(newest["price"])})
    wait_for(lambda: souk.get(f"/v1/skus/{sku['sku_id']}").json()["price"] == newest["price"])


# Categories

def new_category(merchant, name=None, parent=None):
    answer = merchant.post("/v1/admin/categories", {"name": name or f"C {uuid.uuid4().hex[:8]}", "parent_id": parent}, key=True)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_shards_hear_of_other_categories(souk, merchant):
    """Promotions for a category find a SKU by what its shard knows."""
    old, new = new_category(merchant), new_category(merchant)
    product, sku = published(merchant, category_ids=[old["category_id"]])
    known = lambda: {souk.db(shard).value(f"SELECT GROUP_CONCAT(category_id) FROM sku_category WHERE sku_id = {sku['sku_id']}")
                     for shard in range(souk.shards)}
    assert known() == {old["category_id"]}
    answer = merchant.patch(f"/v1/admin/products/{product['product_id']}", {"category_ids": [new["category_id"]]})
    assert answer.status_code in (200, 202), answer.text
    wait_for(lambda: known() == {new["category_id"]})


def test_category_tree(souk, merchant):
    top = new_category(merchant)
    middle = new_category(merchant, "Middle", top["category_id"])
    leaf = new_category(merchant, "Leaf", middle["category_id"])
    product, _ = published(merchant, category_ids=[leaf["category_id"]])
    for one in (top, middle, leaf):
        wait_for(lambda: listed(souk, category=one["category_id"]) == [product["product_id"]])
    numbers = lambda: {one["category_id"]: one["products"] for one in souk.get("/v1/categories").json()["items"]}
    wait_for(lambda: [numbers().get(one["category_id"]) for one in (top, middle, leaf)] == [1, 1, 1])

    path = "/v1/admin/categories/"
    assert merchant.patch(path + top["category_id"], {"parent_id": leaf["category_id"]}).json()["code"] == "category.cycle"
    assert merchant.patch(path + top["category_id"], {"parent_id": top["category_id"]}).json()["code"] == "category.cycle"
    assert merchant.post("/v1/admin/categories", {"name": "Leaf", "parent_id": middle["category_id"]}).json()["code"] == "category.name_taken"
    assert merchant.patch(path + leaf["category_id"], {"name": "Twig"}, headers={"If-Match": '"v9"'}).status_code == 412
    assert merchant.patch(path + leaf["category_id"], {"name": "Twig"}, headers={"If-Match": '"v1"'}).json()["version"] == 2

    other = new_category(merchant)
    moved = merchant.patch(path + middle["category_id"], {"parent_id": other["category_id"]})
    assert moved.status_code == 202 and moved.json()["propagating"] is True
    wait_for(lambda: listed(souk, category=other["category_id"]) == [product["product_id"]])
    wait_for(lambda: listed(souk, category=top["category_id"]) == [])
    assert listed(souk, category=middle["category_id"]) == [product["product_id"]]

    assert merchant.delete(path + other["category_id"]).json()["code"] == "category.in_use"
    assert merchant.delete(path + leaf["category_id"]).json()["code"] == "category.in_use"
    assert merchant.delete(path + top["category_id"]).status_code == 204
    assert merchant.delete(path + top["category_id"]).status_code == 404


def test_tree_is_not_deep(merchant):
    parent = None
    for _ in range(8):
        parent = new_category(merchant, parent=parent)["category_id"]
    assert merchant.post("/v1/admin/categories", {"name": "x", "parent_id": parent}).json()["code"] == "category.depth"
    assert merchant.post("/v1/admin/categories", {"name": "x", "parent_id": "5"}).status_code == 400


# Availability

def test_availability(souk, merchant):
    product, sku = published(merchant)
    path = f"/v1/skus/{sku['sku_id']}/availability"
    assert {k: v for k, v in souk.get(path).json().items() if k != "as_of"} == {
        "sku_id": sku["sku_id"], "level": "none", "units_approx": 0, "approximate": True}
    receive = lambda qty: merchant.post("/v1/admin/stock/receipts", {"sku_id": sku["sku_id"], "qty": qty, "reference": uuid.uuid4().hex})
    level = lambda: (lambda one: (one["level"], one["units_approx"]))(souk.get(path).json())
    receive(3)
    wait_for(lambda: level() == ("few", 3))
    receive(1234)
    wait_for(lambda: level() == ("in_stock", 1200))
    merchant.patch(f"/v1/admin/skus/{sku['sku_id']}", {"state": "draft"})
    wait_for(lambda: level() == ("none", 0))
    assert souk.get("/v1/skus/1/availability").status_code == 404
