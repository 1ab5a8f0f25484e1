"""Searching through nginx: what is marked, pages and order, facets, narrowing, suggestions. That both engines find what they
should is in tests/fault/test_search.py."""

import html
import re

import pytest
from client import wait_for
from test_import import Shop, product


@pytest.fixture(scope="module")
def shop(souk, tmp_path_factory):
    """Twelve kettles with a word of our own in their titles, at 10.00 to 21.00."""
    shop = Shop(souk, tmp_path_factory.mktemp("search"))
    shop.word = "k" + re.sub("[0-9]", lambda digit: "ghjkmnpqrs"[int(digit[0])], shop.prefix)
    rows = [row for i in range(12) for row in product(
        shop.handle(f"k{i}"), ("S", "M"), price=f"{10 + i}.00", Type=f"{'Tea' if i < 8 else 'Coffee'} {shop.prefix}",
        Title=f"{shop.word} <Kettles> & 红铜水壶 {i}", Vendor=f"{'Ada' if i % 3 else 'Bob'} {shop.word}",
        **{"Body (HTML)": "<p>" + "Long before it matters. " * 20 + "It whistles <b>sharply</b> when it boils, 适合露营和厨房. "
           + "And then some more. " * 20 + "</p>"})]
    shop.load_rows(rows)
    wait_for(lambda: search(shop)["total"] == 12, 5)
    return shop


def search(shop, words="", **params):
    answer = shop.souk.get("/v1/search", params={"q": f"{shop.word} {words}".strip(), **params})
    assert answer.status_code == 200, answer.text
    return answer.json()


def names(found):
    return [item["title"].rsplit(" ", 1)[1] for item in found["items"]]


@pytest.mark.parametrize("words", ["kettle", "kettling", "KETTLES", "whistle sharp", "红铜", "铜水", "水壶", "露营", "boiled 厨房"])
def test_words_in_any_form_and_any_part_of_chinese(shop, words):
    assert search(shop, words)["total"] == 12


@pytest.mark.parametrize("words", ["ettle", "铜红", "壶水", "露厨", "nothing"])
def test_what_is_not_there_is_not_found(shop, words):
    found = search(shop, words)
    assert (found["total"], found["items"], found["next_cursor"]) == (0, [], None)


def test_what_was_found_is_marked_and_nothing_else_is_markup(shop):
    item = search(shop, "kettle 水壶 whistle")["items"][0]
    title, snippet = item["highlight"]["title"], item["highlight"]["snippet"]
    assert f"<mark>{shop.word}</mark> &lt;<mark>Kettles</mark>&gt; &amp; 红铜<mark>水壶</mark>" in title
    assert "<mark>whistles</mark>" in snippet and "before" in snippet
    for marked in (title, snippet):
        plain = re.sub("</?mark>", "", marked)
        assert "<" not in plain and ">" not in plain
        assert html.unescape(plain).strip()
    assert html.unescape(re.sub("</?mark>", "", title)) == item["title"]
    assert len(html.unescape(snippet)) < 250


def test_pages(shop):
    pages, cursor = [], None
    while True:
        found = search(shop, sort="newest", limit=5, **({"cursor": cursor} if cursor else {}))
        pages.append(names(found))
        cursor = found["next_cursor"]
        if not cursor:
            break
    assert [len(page) for page in pages] == [5, 5, 2]
    assert sum(pages, []) == [str(i) for i in reversed(range(12))]


def test_order_and_narrowing(shop):
    assert names(search(shop, sort="price_asc", limit=3)) == ["0", "1", "2"]
    assert names(search(shop, sort="price_desc", limit=3)) == ["11", "10", "9"]
    assert names(search(shop, sort="price_asc", price_min=1500, price_max=1600)) == ["5", "6"]
    assert search(shop, vendor=f"Bob {shop.word}")["total"] == 4
    assert search(shop, attr=["Size:S", "Size:L"])["total"] == 12
    assert search(shop, attr="Size:L")["total"] == 0


def test_facets_count_what_was_found(shop):
    found = search(shop, limit=1)
    facets = found["facets"]
    assert {one["vendor"]: one["products"] for one in facets["vendors"]} == {f"Ada {shop.word}": 8, f"Bob {shop.word}": 4}
    assert {one["name"].split()[0]: one["products"] for one in facets["categories"]} == {"Tea": 8, "Coffee": 4}
    assert sum(one["products"] for one in facets["prices"]) == found["total"] == 12
    tea = next(one for one in facets["categories"] if one["name"].startswith("Tea"))
    narrowed = search(shop, category=tea["category_id"])
    assert narrowed["total"] == 8 and sum(one["products"] for one in narrowed["facets"]["vendors"]) == 8


def suggestions(shop, q):
    answer = shop.souk.get("/v1/search/suggest", params={"q": q})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def test_suggestions_finish_the_last_word(shop):
    items = suggestions(shop, shop.word[:7])
    assert {"query", "product"} <= {item["kind"] for item in items}
    assert items[0]["text"] == shop.word
    assert all(re.fullmatch(r"\d+", item["product_id"]) for item in items if item["kind"] == "product")
    assert suggestions(shop, f"{shop.word} kett")[0]["text"] == f"{shop.word} kettles"


@pytest.mark.parametrize("mistake", ["left out", "doubled", "exchanged", "wrong"])
def test_suggestions_put_mistakes_right(shop, mistake):
    word, at = shop.word, 5
    wrong = {"left out": word[:at] + word[at + 1:], "doubled": word[:at] + word[at] + word[at:],
             "exchanged": word[:at] + word[at + 1] + word[at] + word[at + 2:], "wrong": word[:at] + "z" + word[at + 1:]}[mistake]
    assert shop.word in {item["text"] for item in suggestions(shop, wrong) if item["kind"] == "query"}


def test_suggestions_know_chinese(shop):
    assert any("红铜水壶" in item["text"] for item in suggestions(shop, f"{shop.word} 水壶"))
    items = suggestions(shop, f"水壶 {shop.word[:7]}")
    assert items[0]["text"] == f"水壶 {shop.word}" and any("红铜水壶" in item["text"] for item in items[1:])


def test_bad_input_is_named(souk):
    for query, field in (("q=%20", "q"), ("q=a&sort=best", "sort"), ("q=a&cursor=7", "cursor"), ("q=a&limit=0", "limit")):
        answer = souk.get(f"/v1/search?{query}")
        assert answer.status_code == 400 and answer.json()["errors"][0]["field"] == field, query
