"""The catalogue through nginx: lists, products, SKUs, categories, search; ETags."""

import uuid

import pytest
from client import wait_for
from test_import import Shop, product


@pytest.fixture(scope="module")
def shop(souk, tmp_path_factory):
    """A few products of our own: three lamps (one of them a draft), one table."""
    shop = Shop(souk, tmp_path_factory.mktemp("catalog"))
    shop.category = f"Lamps {shop.prefix}"
    word = f"w{shop.prefix}"
    lamps = [row for i in range(3) for row in product(
        shop.handle(f"lamp{i}"), ("S", "M"), price=f"{10 + i}.50", Title=f"Oak Lamp nr{i} {word}", Type=shop.category,
        Vendor="Caf\u00e9 Lumi\u00e8re", Tags="reading, \u7ea2\u8272\u706f", **{
            "Variant Compare At Price": "99.00", "Body (HTML)": "<p>A <b>lamp</b></p>", "Image Src": "/img/demo/x.svg",
            "Image Alt Text": 'A "lamp"'})]
    for row in lamps:
        if row["Option1 Value"] == "M":
            row["Variant Price"] = "20.00"
    hidden = product(shop.handle("hidden"), Title=f"Oak Hidden {word}", Type=shop.category, Published="false")
    table = product(shop.handle("table"), Title=f"Table {word}", Type=f"Tables {shop.prefix}", Published="")
    shop.load_rows(lamps + hidden + table)
    shop.word = word
    shop.by_handle = {row["handle"].removeprefix(shop.prefix + "-"): row for row in shop.products().values()}
    wait_for(lambda: len(souk.get("/v1/search", params={"q": word}).json()["items"]) == 4, 5) # the index follows
    return shop


@pytest.fixture(scope="module")
def lamp(shop):
    return shop.souk.get(f"/v1/products/{shop.by_handle['lamp0']['product_id']}").json()


def category_of(shop, name):
    """Lists are kept for a moment: the category may take a second to show."""
    return wait_for(lambda: next((c for c in shop.souk.get("/v1/categories").json()["items"] if c["name"] == name), None))


def test_product(shop, lamp):
    assert set(lamp) == {"product_id", "handle", "title", "description_html", "vendor", "product_type", "tags", "categories",
                         "options", "images", "skus", "state", "version"}
    assert lamp["title"] == f"Oak Lamp nr0 {shop.word}"
    assert lamp["description_html"] == "<p>A <b>lamp</b></p>"
    assert lamp["vendor"] == "Caf\u00e9 Lumi\u00e8re"
    assert lamp["tags"] == ["reading", "\u7ea2\u8272\u706f"]
    assert lamp["options"] == [{"name": "Size", "values": ["S", "M"]}]
    assert lamp["images"] == [{"url": "/img/demo/x.svg", "alt": 'A "lamp"'}]
    assert [c["name"] for c in lamp["categories"]] == [shop.category]
    assert (lamp["state"], lamp["version"]) == ("published", 1)
    first, second = lamp["skus"]
    assert {k: v for k, v in first.items() if k != "sku_id"} == {
        "title": "S", "options": ["S"], "price": 1050, "list_price": 9900, "currency": "USD", "image_url": None,
        "state": "active"}
    assert (second["price"], second["list_price"]) == (2000, None)


def test_sku(shop, lamp):
    answer = shop.souk.get(f"/v1/skus/{lamp['skus'][0]['sku_id']}")
    assert answer.status_code == 200
    assert answer.json() == {
        "sku_id": lamp["skus"][0]["sku_id"], "product_id": lamp["product_id"], "product_title": lamp["title"], "title": "S",
        "options": ["S"], "price": 1050, "list_price": 9900, "currency": "USD", "image_url": "/img/demo/x.svg",
        "state": "active", "weight_grams": 100, "version": 1}


@pytest.mark.parametrize("kind", ["product", "sku"])
def test_etag(souk, tmp_path, kind):
    shop = Shop(souk, tmp_path)
    handle = shop.handle("a")
    shop.load_rows(product(handle))
    path = (f"/v1/products/{shop.products()[handle]['product_id']}" if kind == "product"
            else f"/v1/skus/{shop.skus()[0]['sku_id']}")
    first = souk.get(path)
    etag = first.headers["ETag"]
    assert etag == '"v1"'
    assert first.headers["Cache-Control"].startswith("public, max-age=1")
    for listed in (etag, f'"x", {etag}', "W/" + etag, "*"):
        same = souk.get(path, headers={"If-None-Match": listed})
        assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", etag), listed
    assert souk.get(path, headers={"If-None-Match": '"v9"'}).status_code == 200
    shop.load_rows(product(handle, price="11.00"))
    changed = wait_for(lambda: (lambda answer: answer if answer.status_code == 200 else None)(souk.get(path, headers={"If-None-Match": etag})))
    assert changed.headers["ETag"] == '"v2"' and changed.json()["version"] == 2
    assert souk.get(path, headers={"If-None-Match": '"v2"'}).status_code == 304


def test_list_pages_through_everything_once(shop):
    souk = shop.souk
    total = int(souk.db("global").value("SELECT COUNT(*) FROM product WHERE state = 'published'"))
    seen, path = [], "/v1/products?limit=7"
    for _ in range(total):
        answer = souk.get(path)
        page = answer.json()
        assert answer.status_code == 200 and len(page["items"]) <= 7
        seen += [item["product_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            assert "Link" not in answer.headers
            break
        assert len(page["items"]) == 7
        assert answer.links["next"]["url"] == f"/v1/products?limit=7&cursor={page['next_cursor']}"
        path = answer.links["next"]["url"]
    assert len(seen) == len(set(seen)) == total
    assert [int(id) for id in seen] == sorted(map(int, seen), reverse=True)


def test_list_item_and_bounds(shop):
    items = shop.souk.get(f"/v1/products?category={category_of(shop, shop.category)['category_id']}").json()["items"]
    assert [item["handle"].removeprefix(shop.prefix + "-") for item in items] == ["lamp2", "lamp1", "lamp0"]
    assert items[2] == {
        "product_id": shop.by_handle["lamp0"]["product_id"], "handle": shop.handle("lamp0"),
        "title": f"Oak Lamp nr0 {shop.word}", "vendor": "Caf\u00e9 Lumi\u00e8re", "product_type": shop.category,
        "image": {"url": "/img/demo/x.svg", "alt": 'A "lamp"'}, "price_min": 1050, "price_max": 2000, "currency": "USD"}
    table = shop.souk.get(f"/v1/products?category={category_of(shop, f'Tables {shop.prefix}')['category_id']}").json()["items"]
    assert [item["image"] for item in table] == [None]


def test_last_page_is_full(shop):
    category = category_of(shop, shop.category)["category_id"]
    page = shop.souk.get(f"/v1/products?category={category}&limit=3").json()
    assert len(page["items"]) == 3 and page["next_cursor"] is None


def test_categories(shop):
    answer = shop.souk.get("/v1/categories")
    assert answer.headers["Cache-Control"].startswith("public, max-age=1")
    lamps = category_of(shop, shop.category)
    assert lamps["products"] == 3 and lamps["parent_id"] is None


@pytest.mark.parametrize("path", ["/v1/products/1", "/v1/skus/1", "/v1/products/9223372036854775807"])
def test_unknown(souk, path):
    answer = souk.get(path)
    assert answer.status_code == 404 and answer.json()["code"] == "not_found"
    assert answer.headers["Cache-Control"] == "no-store"


def test_draft_is_nowhere(shop):
    hidden = shop.by_handle["hidden"]
    sku = shop.sql(f"SELECT sku_id FROM sku WHERE product_id = {hidden['product_id']}")[0]["sku_id"]
    assert shop.souk.get(f"/v1/products/{hidden['product_id']}").status_code == 404
    assert shop.souk.get(f"/v1/skus/{sku}").status_code == 404


@pytest.mark.parametrize("path,field", [
    ("/v1/products/abc", "product_id"), ("/v1/products/0", "product_id"), ("/v1/products/-1", "product_id"),
    ("/v1/products/9223372036854775808", "product_id"), ("/v1/skus/1.5", "sku_id"), ("/v1/products?category=x", "category"),
    ("/v1/products?limit=0", "limit"), ("/v1/products?limit=101", "limit"), ("/v1/products?limit=ten", "limit"),
    ("/v1/products?cursor=zz", "cursor"), ("/v1/products?what=1", "what"), ("/v1/search", "q"), ("/v1/search?q=", "q"),
    ("/v1/search?q=%21%3f", "q"), ("/v1/search?q=" + "x" * 201, "q"), ("/v1/search?q=x&limit=1000", "limit"),
])
def test_bad_input_is_named(souk, path, field):
    answer = souk.get(path)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_cursor_of_something_else(souk):
    assert souk.get(f"/v1/products?cursor={'nonsense'.encode().hex()}").status_code == 400
    assert souk.get(f"/v1/products?cursor={b'1 OR 1=1'.hex()}").status_code == 400
    assert souk.get(f"/v1/products?cursor={b'99999999999999999999'.hex()}").status_code == 400


@pytest.mark.parametrize("query,names", [
    ("{word}", ["table", "lamp2", "lamp1", "lamp0"]),
    ("{word} lamp", ["lamp2", "lamp1", "lamp0"]),
    ("LAM oa {word}", ["lamp2", "lamp1", "lamp0"]),
    ("{word} cafe lumi\u00c8re", ["lamp2", "lamp1", "lamp0"]),
    ("{word} reading", ["lamp2", "lamp1", "lamp0"]),
    ("{word} \u7ea2\u8272", ["lamp2", "lamp1", "lamp0"]),
    ("{word} \u8272\u706f", ["lamp2", "lamp1", "lamp0"]),
    ("{word} \u706f", ["lamp2", "lamp1", "lamp0"]),
    ("{word} nr1", ["lamp1"]),
    ("{word} nothing", []),
    ("{word} hidden", []),
    ("{word} %", ["table", "lamp2", "lamp1", "lamp0"]),
    ("{word} \"'; --", ["table", "lamp2", "lamp1", "lamp0"]),
    ("%", None),
])
def test_search(shop, query, names):
    answer = shop.souk.get("/v1/search", params={"q": query.format(word=shop.word)})
    if names is None:
        assert answer.status_code == 400
        return
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    assert [item["handle"].removeprefix(shop.prefix + "-") for item in items] == names


def test_search_is_limited(shop):
    items = shop.souk.get("/v1/search", params={"q": shop.word, "limit": 2}).json()["items"]
    assert [item["handle"].removeprefix(shop.prefix + "-") for item in items] == ["table", "lamp2"]


def test_retired_sku_stays_readable(souk, tmp_path):
    shop = Shop(souk, tmp_path)
    shop.load_rows(product(shop.handle("a"), ("S", "M")))
    old = next(row["sku_id"] for row in shop.skus() if row["title"] == "S")
    shop.load_rows(product(shop.handle("a"), ("M",)))
    assert souk.get(f"/v1/skus/{old}").json()["state"] == "retired"
    skus = souk.get(f"/v1/products/{shop.products()[shop.handle('a')]['product_id']}").json()["skus"]
    assert [sku["title"] for sku in skus] == ["M"]


def test_demo_shop(souk):
    """Its pictures are there, and everything in it has a picture and a price."""
    categories = souk.get("/v1/categories").json()["items"]
    for name in ("Kitchen", "Lighting", "Bags", "Stationery", "Garden", "Living"):
        category = next(c for c in categories if c["name"] == name)
        items = souk.get(f"/v1/products?category={category['category_id']}&limit=100").json()["items"]
        demo = [item for item in items if item["image"] and item["image"]["url"].startswith("/img/demo/")]
        assert len(demo) == 4
        for item in demo:
            assert item["price_min"] > 0 and item["image"]["alt"]
            picture = souk.get(item["image"]["url"])
            assert picture.status_code == 200 and picture.headers["Content-Type"].startswith("image/svg+xml")


def test_order_uses_what_the_shards_have(souk, tmp_path, buyer):
    """The way from a CSV row to an order line: the shard's own copy of title, options and price."""
    shop = Shop(souk, tmp_path)
    shop.load_rows(product(shop.handle("a"), ("S", "M"), qty=40, price="3.21"))
    sku = next(row for row in shop.skus() if row["title"] == "M")
    address = {"name": "A", "phone": "1", "country": "DE", "region": "", "city": "B", "line1": "C", "line2": "",
               "postal_code": "1"}
    answer = buyer.post("/v1/orders", {"items": [{"sku_id": sku["sku_id"], "qty": 2}], "address": address},
                        key=uuid.uuid4().hex)
    assert answer.status_code == 201, answer.text
    assert answer.json()["total"] == 642
    line = wait_for(lambda: buyer.get(f"/v1/orders/{answer.json()['order_id']}").json()["items"])[0]
    assert (line["title"], line["options_text"], line["unit_price"]) == (f"Title of {shop.handle('a')}", "M", 321)
