"""What visitors do, what is learnt from it, and what is offered."""

import json
import subprocess
import sys
import uuid

import pytest

from client import ROOT, wait_for
from test_import import Shop, product

sys.path.insert(0, str(ROOT / "tests" / "bench"))
import baskets  # noqa: E402

WAIT_S = 20
BASKETS, SAMPLE = 4000, 1000


@pytest.fixture(scope="module")
def shop(souk, tmp_path_factory):
    shop = Shop(souk, tmp_path_factory.mktemp("recommend"))
    names = ["tent", "stove", "rope", "cup", "pan", "axe"]
    shop.load_rows([row for name in names for row in product(shop.handle(name), qty=1000)])
    rows = shop.products()
    shop.ids = {name: rows[shop.handle(name)]["product_id"] for name in names}
    return shop


def events(*done):
    return [{"type": kind, "product_id": product_id} for kind, product_id in done]


def learnt(souk):
    return souk.db("global").value("SELECT (SELECT COUNT(*) FROM behaviour_batch WHERE learnt = 0)"
                                   " + (SELECT COUNT(*) FROM similar_due)") == "0"


def hits(souk, text):
    """Rows of two columns that a script gives."""
    command = [*souk.db("global").command, "--batch", "--skip-column-names"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=120, check=True)
    return [line.split("\t") for line in done.stdout.splitlines() if line.count("\t") == 1]


def offered(answer):
    assert answer.status_code == 200, answer.text
    return [item["product_id"] for item in answer.json()["items"]]


def test_events_are_taken_once(souk, shop):
    body = {"session_id": uuid.uuid4().hex, "events": events(("view", shop.ids["tent"]), ("cart", shop.ids["cup"]))}
    key = uuid.uuid4().hex
    for _ in range(2):
        answer = souk.post("/v1/events", body, key=key)
        assert (answer.status_code, answer.json()) == (202, {"accepted": 2})
    assert souk.db("global").value(f"SELECT COUNT(*) FROM behaviour_batch WHERE visitor = 's{body['session_id']}'") == "1"
    assert souk.post("/v1/events", {**body, "events": body["events"][:1]}, key=key).status_code == 422
    assert souk.post("/v1/events", body).status_code == 202


@pytest.mark.parametrize("body, field", [
    ({"events": [{"type": "view", "product_id": "7"}]}, None),
    ({"session_id": "12345678", "events": []}, "events"),
    ({"session_id": "12345678", "events": [{"type": "view", "product_id": "7"}] * 101}, "events"),
    ({"session_id": "12345678", "events": [{"type": "sing", "product_id": "7"}]}, "events[0].type"),
    ({"session_id": "12345678", "events": [{"type": "view", "product_id": 7}]}, "events[0].product_id"),
    ({"session_id": "12345678", "events": [{"type": "view", "product_id": "7", "at": "2026-13-45T99:00:00Z"}]}, None),
    ({"session_id": "short", "events": [{"type": "view", "product_id": "7"}]}, "session_id")])
def test_what_is_no_event_is_refused(souk, body, field):
    answer = souk.post("/v1/events", body)
    assert answer.status_code == 400
    if field:
        assert field in [error["field"] for error in answer.json()["errors"]]


def test_products_done_together_are_offered_together(souk, shop):
    for _ in range(12):
        souk.post("/v1/events", {"session_id": uuid.uuid4().hex, "events": events(*[("cart", shop.ids[n]) for n in ("tent", "stove")])})
        souk.post("/v1/events", {"session_id": uuid.uuid4().hex, "events": events(*[("cart", shop.ids[n]) for n in ("rope", "axe")])})
    wait_for(lambda: learnt(souk), seconds=WAIT_S)
    db = souk.db("global")
    places = {one: db.value(f"SELECT other_id FROM similar_product WHERE product_id = {shop.ids[one]} AND place = 1") for one in ("tent", "rope")}
    assert places == {"tent": shop.ids["stove"], "rope": shop.ids["axe"]}
    assert offered(souk.get(f"/v1/products/{shop.ids['tent']}/recommendations?limit=3"))[0] == shop.ids["stove"]


def test_a_session_that_goes_on_is_learnt_from_step_by_step(souk, shop):
    """Pairs with what came in an earlier request count the same as pairs in one request."""
    db, weight = souk.db("global"), {}
    ask = lambda: float(db.value(f"SELECT COALESCE(SUM(weight), 0) FROM affinity WHERE product_id = {shop.ids['cup']} AND other_id = {shop.ids['pan']}"))
    for way in ("at once", "step by step"):
        session, before = uuid.uuid4().hex, ask()
        steps = [[("cart", shop.ids["cup"]), ("cart", shop.ids["pan"])]]
        for step in steps if way == "at once" else [[one] for one in steps[0]]:
            assert souk.post("/v1/events", {"session_id": session, "events": events(*step)}).status_code == 202
            wait_for(lambda: learnt(souk), seconds=WAIT_S)
        weight[way] = ask() - before
    assert weight["at once"] == pytest.approx(weight["step by step"]) == pytest.approx(9 / 36)


def test_unknown_products_are_passed_over(souk):
    souk.post("/v1/events", {"session_id": uuid.uuid4().hex, "events": events(("view", "4611686018427387904"))})
    wait_for(lambda: learnt(souk), seconds=WAIT_S)
    assert souk.db("global").value("SELECT COUNT(*) FROM interest WHERE product_id = 4611686018427387904") == "0"
    assert souk.get("/v1/products/4611686018427387904/recommendations").status_code == 404


def test_newcomers_get_what_is_popular(souk, shop):
    buyer = souk.new_buyer()
    answer = buyer.get("/v1/me/recommendations")
    assert answer.json()["based_on"] == "popular" and len(offered(answer)) == 10
    assert answer.headers["Cache-Control"] == "no-store"
    assert souk.get("/v1/me/recommendations").status_code == 401
    assert souk.new_guest().get("/v1/me/recommendations").status_code == 200


def test_own_history_counts_and_purchases_are_not_offered_again(souk, shop):
    buyer, other = souk.new_buyer(), souk.new_buyer()
    buyer.post("/v1/events", {"events": events(("view", shop.ids["tent"]), ("purchase", shop.ids["axe"]))})
    wait_for(lambda: learnt(souk), seconds=WAIT_S)
    answer = buyer.get("/v1/me/recommendations?limit=50")
    assert answer.json()["based_on"] == "history"
    assert offered(answer)[0] in (shop.ids["stove"], shop.ids["rope"])
    assert shop.ids["axe"] not in offered(answer) and shop.ids["tent"] not in offered(answer)
    assert other.get("/v1/me/recommendations").json()["based_on"] == "popular"


def test_a_paid_order_counts_once(souk, shop):
    """As the consumer hands it over, twice."""
    db, order = souk.db("global"), str(uuid.uuid4().int % 10**15)
    buyer = souk.new_buyer()
    basket = json.dumps([{"order_id": order, "account_id": buyer.account_id, "product_ids": [shop.ids["pan"], shop.ids["axe"]]}])
    visitors = lambda: float(db.value(f"SELECT COALESCE(SUM(visitors), 0) FROM popularity WHERE product_id = {shop.ids['pan']}"))
    before = visitors()
    for _ in range(2):
        db.run(f"CALL behaviour_orders('{basket}')")
        wait_for(lambda: learnt(souk), seconds=WAIT_S)
    assert visitors() == pytest.approx(before + 1)
    assert not {shop.ids["pan"], shop.ids["axe"]} & set(offered(buyer.get("/v1/me/recommendations?limit=50")))
    assert db.value(f"SELECT COUNT(*) FROM interest WHERE visitor = 'o{order}'") == "0"


def test_the_worker_hands_over_what_was_paid(souk, shop):
    buyer, db = souk.new_buyer(), souk.db("global")
    sku = next(row["sku_id"] for row in shop.skus() if row["product_id"] == shop.ids["stove"])
    address = {"name": "A", "country": "DE", "city": "B", "line1": "C", "postal_code": "1"}
    order = buyer.post("/v1/orders", {"items": [{"sku_id": sku, "qty": 1}], "address": address}, key=True).json()["order_id"]
    payload = json.dumps({"type": "order.paid", "order_id": order})
    souk.db_of(order).run(f"CALL event_publish('order', {order}, '{payload}')")
    wait_for(lambda: db.value(f"SELECT bought FROM interest WHERE visitor = 'a{buyer.account_id}' AND product_id = {shop.ids['stove']}") == "1",
             seconds=WAIT_S)
    assert shop.ids["stove"] not in offered(buyer.get("/v1/me/recommendations?limit=50"))


def test_better_than_popularity_on_real_baskets(souk, data):
    path = data / "groceries-baskets.csv"
    if not path.exists():
        pytest.skip(f"no {path}")
    db = souk.db("global")
    items, found = baskets.read(path)
    found = found[:BASKETS]
    try:
        for statement in baskets.load_sql(items, found):
            db.run(statement)
        wait_for(lambda: learnt(souk), seconds=150)
        asked, rows = list(baskets.ask_sql(items, found)), []
        for at in range(0, SAMPLE, 200):
            rows += hits(souk, "".join(asked[at:at + 200]))
    finally:
        db.run(baskets.clean_sql())
    recommended, popular = (sum(row[column] == "1" for row in rows) / len(rows) for column in (0, 1))
    assert len(rows) == SAMPLE
    assert recommended > popular > 0.3
