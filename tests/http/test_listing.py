"""Lists of products: filters and sorts together, against the same done in Python; pages; facets."""

import itertools
import random
import uuid

import pytest
from client import wait_for
from test_import import Shop, product


@pytest.fixture(scope="module")
def shop(souk, tmp_path_factory):
    """60 products of one category with sizes, colours, vendors and prices drawn at random."""
    shop = Shop(souk, tmp_path_factory.mktemp("listing"))
    draw, rows, shop.own = random.Random(7), [], {}
    for i in range(60):
        sizes = draw.sample(["S", "M", "L"], draw.randint(1, 3))
        fields = {"price": draw.choice([5, 10, 10, 20, 40]), "vendor": f"{draw.choice(['Ada', 'Bob'])} {shop.prefix}",
                  "title": f"{draw.choice('bca')} thing {i % 7}", "sizes": set(sizes)}
        shop.own[shop.handle(f"p{i}")] = fields
        rows += product(shop.handle(f"p{i}"), sizes, price=f"{fields['price']}.00", Title=fields["title"],
                        Vendor=fields["vendor"], Type=f"Listing {shop.prefix}", **{"Option1 Name": f"Size{shop.prefix}"})
    shop.load_rows(rows)
    for row in shop.products().values():
        shop.own[row["handle"]]["id"] = row["product_id"]
    shop.category = wait_for(lambda: next((c["category_id"] for c in souk.get("/v1/categories").json()["items"]
                                           if c["name"] == f"Listing {shop.prefix}"), None)) # lists are kept for a moment
    return shop


def walk(souk, limit=7, **query):
    """All pages: ids in order. Every page but the last names a next one."""
    ids, cursor = [], None
    for _ in range(200):
        answer = souk.get("/v1/products", params={"limit": limit, "cursor": cursor, **query})
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert len(body["items"]) <= limit
        ids += [item["product_id"] for item in body["items"]]
        cursor = body["next_cursor"]
        if cursor is None:
            return ids
        assert 'rel="next"' in answer.headers["Link"]
    raise AssertionError("pages without end")


KEYS = {"newest": lambda p: -int(p["id"]), "price_asc": lambda p: (p["price"], int(p["id"])),
        "price_desc": lambda p: (-p["price"], -int(p["id"])), "title": lambda p: (p["title"], int(p["id"]))}
FILTERS = ["attr", "vendor", "price"]


@pytest.mark.parametrize("sort", KEYS)
@pytest.mark.parametrize("filters", [c for n in range(4) for c in itertools.combinations(FILTERS, n)], ids="+".join)
def test_every_filter_with_every_sort(shop, filters, sort):
    query, passes = {"category": shop.category, "sort": sort}, lambda p: True
    tests = []
    if "attr" in filters:
        query["attr"] = [f"Size{shop.prefix}:S", f"size{shop.prefix}:l"]
        tests.append(lambda p: p["sizes"] & {"S", "L"})
    if "vendor" in filters:
        query["vendor"] = f"Ada {shop.prefix}"
        tests.append(lambda p: p["vendor"].startswith("Ada"))
    if "price" in filters:
        query |= {"price_min": 1000, "price_max": 2000}
        tests.append(lambda p: 10 <= p["price"] <= 20)
    wanted = sorted((p for p in shop.own.values() if all(t(p) for t in tests)), key=KEYS[sort])
    assert walk(shop.souk, **query) == [p["id"] for p in wanted]


def test_facets_of_a_category_are_those_of_its_products(shop):
    whole = shop.souk.get("/v1/products/facets", params={"category": shop.category}).json()
    assert whole["products"] == 60 and whole["approximate"] is False
    assert (whole["price_min"], whole["price_max"]) == (500, 4000)
    sizes = {v["value"]: v["products"] for v in whole["attributes"][0]["values"]}
    assert sizes == {s: sum(s in p["sizes"] for p in shop.own.values()) for s in "SML"}
    vendors = {v["vendor"]: v["products"] for v in whole["vendors"]}
    assert sum(vendors.values()) == 60 and len(vendors) == 2

    some = shop.souk.get("/v1/products/facets", params={"category": shop.category, "price_max": 1000,
                                                        "attr": f"Size{shop.prefix}:M"}).json()
    own = [p for p in shop.own.values() if p["price"] <= 10 and "M" in p["sizes"]]
    assert some["products"] == len(own)
    assert {v["value"]: v["products"] for v in some["attributes"][0]["values"]} == {
        s: n for s in "SML" if (n := sum(s in p["sizes"] for p in own))}


def test_what_nothing_has(shop):
    souk = shop.souk
    for query in ({"attr": "Size:no such size"}, {"attr": "no colon"}, {"vendor": uuid.uuid4().hex}, {"category": "5"},
                  {"category": shop.category, "price_min": 99999900}):
        assert souk.get("/v1/products", params=query).json() == {"items": [], "next_cursor": None}
        assert souk.get("/v1/products/facets", params=query).json()["products"] == 0


@pytest.mark.parametrize("query", [{"sort": "x"}, {"price_min": -1}, {"price_min": "1.5"}, {"attr": "a"}, {"colour": "x"},
                                   {"attr": ["a:b"] * 21}, {"vendor": ["a", "b"]}])
def test_refused(souk, query):
    assert souk.get("/v1/products", params=query).status_code == 400


def test_a_cursor_belongs_to_its_sort(shop):
    cursor = shop.souk.get("/v1/products", params={"limit": 1, "sort": "title"}).json()["next_cursor"]
    assert shop.souk.get("/v1/products", params={"sort": "price_asc", "cursor": cursor}).status_code == 400


def test_lists_and_counts_agree(souk):
    """Whatever was imported, changed, moved and withdrawn before: the counts are those of the lists, and the lists those of
    the products."""
    database = souk.db("global")
    assert database.value("""SELECT COUNT(*) FROM (
        SELECT list_id, term_id, SUM(n) AS n FROM (
            SELECT list_id, term_id, products AS n FROM listing_count
            UNION ALL
            SELECT a.list_id, -b.list_id, -COUNT(*) FROM product_listing a
            JOIN product_listing b ON b.product_id = a.product_id AND b.list_id <= 0
            WHERE a.list_id >= 0 GROUP BY a.list_id, b.list_id) x
        GROUP BY list_id, term_id HAVING n <> 0) y""") == "0"
    assert database.value("""SELECT COUNT(*) FROM product p WHERE p.product_id NOT IN (SELECT product_id FROM listing_pending)
        AND NOT (listing_wanted(p.product_id) <=> (SELECT GROUP_CONCAT(list_id ORDER BY list_id) FROM product_listing l
                                                   WHERE l.product_id = p.product_id))""") == "0"
