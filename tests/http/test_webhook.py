"""Webhooks: who is told of what, how it is signed, tried again, given up and asked for again; and where nothing goes."""

import json
import socket
import time
import uuid

import pytest

from client import wait_for
from receiver import Receiver, sign, signatures

WEBHOOKS = "/v1/admin/webhooks"


class Shop:
    """Makes endpoints and events of a topic that no other test uses."""

    def __init__(self, souk):
        self.souk = souk
        self.db = souk.db("global")
        self.topic = f"sku.test_{uuid.uuid4().hex[:8]}"
        self.ids = []

    def endpoint(self, url, events=None, **more):
        """Told of `events`, usually of the test's topic; those of the test, which the API knows nothing of, are put in behind it."""
        events = events or [self.topic]
        own = any(event.startswith(self.topic) for event in events)
        answer = self.souk.admin.post(WEBHOOKS, {"url": url, "events": ["return.reopened"] if own else events, **more})
        assert answer.status_code == 201, answer.text
        body = answer.json()
        self.ids.append(body["endpoint_id"])
        if own:
            self.db.run(f"DELETE FROM webhook_topic WHERE endpoint_id = {body['endpoint_id']}; INSERT INTO webhook_topic VALUES "
                        + ",".join(f"({body['endpoint_id']}, '{event}')" for event in events))
        return body

    def tell(self, n=1, topic=None):
        """Publishes n events and gives their ids."""
        topic = topic or self.topic
        mark = uuid.uuid4().hex
        self.db.run("".join(f"CALL event_publish('{topic}', 1, '{{\"mark\": \"{mark}\", \"n\": {i}}}');" for i in range(n)))
        rows = self.db.rows(f"SELECT event_id FROM outbox WHERE topic = '{topic}' AND payload LIKE '%{mark}%'")
        assert len(rows) == n
        return [row["event_id"] for row in rows]

    def deliveries(self, endpoint, **query):
        words = "&".join(f"{name}={value}" for name, value in query.items())
        answer = self.souk.admin.get(f"{WEBHOOKS}/{endpoint['endpoint_id']}/deliveries?{words}")
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    def delivery(self, endpoint, event_id, state=None):
        """The delivery of an event, once it is there and in `state`."""
        def there():
            return [d for d in self.deliveries(endpoint) if d["event_id"] == event_id and state in (None, d["state"])]
        return wait_for(there, 10)[0]

    def shown(self, endpoint):
        return self.souk.admin.get(f"{WEBHOOKS}/{endpoint['endpoint_id']}").json()

    def due_now(self, event_id):
        """Time passes until the next attempt."""
        self.db.run(f"UPDATE webhook_delivery SET due_at = UTC_TIMESTAMP(3) WHERE event_id = '{event_id}'"
                    " AND state = 'pending' AND claim IS NULL")


@pytest.fixture
def shop(souk):
    shop = Shop(souk)
    yield shop
    for endpoint_id in shop.ids:
        souk.admin.delete(f"{WEBHOOKS}/{endpoint_id}")


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


def test_an_order_is_told_and_the_signature_is_right(souk, shop, receiver):
    endpoint = shop.endpoint(receiver.url(), ["order.*"])
    sku_id = next(sku["sku_id"] for card in souk.get("/v1/products").json()["items"]
                  for sku in souk.get(f"/v1/products/{card['product_id']}").json()["skus"])
    souk.admin.post("/v1/admin/stock/receipts", {"sku_id": sku_id, "qty": 1, "reference": str(uuid.uuid4())})
    order = souk.new_buyer().post("/v1/orders", {
        "items": [{"sku_id": sku_id, "qty": 1}],
        "address": {"name": "A Buyer", "country": "FR", "city": "Lyon", "line1": "1 Quai"}}, key=True).json()
    request = wait_for(lambda: [r for r in list(receiver.got) if order["order_id"].encode() in r["body"]], 5)[0]
    body = json.loads(request["body"])
    assert body["type"] == "order.placed" and body["data"]["order_id"] == order["order_id"] and body["timestamp"]
    assert request["headers"]["content-type"] == "application/json"
    assert "." not in request["headers"]["webhook-id"]
    assert abs(int(request["headers"]["webhook-timestamp"]) - time.time()) < 5
    assert signatures(request) == [sign(request, endpoint["secret"])]
    delivery = shop.delivery(endpoint, request["headers"]["webhook-id"], "delivered")
    assert (delivery["attempts"], delivery["last_status"], delivery["body"]) == (1, 204, body)


def test_only_what_was_asked_for(shop, receiver):
    family = shop.topic
    shop.endpoint(receiver.url("/one"), [f"{family}.one"])
    shop.endpoint(receiver.url("/family"), [f"{family}.*"])
    for topic in (f"{family}.one", f"{family}.two", f"{family}x.one", family):
        shop.tell(topic=topic)
    wait_for(lambda: len(receiver.got) >= 3)
    time.sleep(0.5)
    assert sorted((r["path"], json.loads(r["body"])["type"]) for r in receiver.got) == [
        ("/family", f"{family}.one"), ("/family", f"{family}.two"), ("/one", f"{family}.one")]


def test_a_refused_delivery_is_tried_again_after_five_seconds_with_the_same_id(shop):
    receiver = Receiver(lambda n, path: 503 if n == 0 else 200)
    endpoint = shop.endpoint(receiver.url())
    event_id, = shop.tell()
    waiting = wait_for(lambda: [d for d in shop.deliveries(endpoint) if d["attempts"] == 1])[0]
    assert (waiting["state"], waiting["last_status"], waiting["last_error"]) == ("pending", 503, "it answered 503")
    assert shop.shown(endpoint)["failing_since"]
    wait_for(lambda: len(receiver.got) == 2, 10)
    first, second = receiver.got
    assert 4.4 < second["at"] - first["at"] < 7
    assert second["headers"]["webhook-id"] == first["headers"]["webhook-id"] == event_id
    assert second["body"] == first["body"]
    assert signatures(second) == [sign(second, endpoint["secret"])]
    shop.delivery(endpoint, event_id, "delivered")
    assert shop.shown(endpoint)["failing_since"] is None
    receiver.close()


def test_eight_attempts_then_it_has_failed_and_can_be_asked_for_again(souk, shop):
    receiver = Receiver(lambda n, path: 500 if n < 8 else 200)
    endpoint = shop.endpoint(receiver.url())
    event_id, = shop.tell()
    pauses_s = []
    for attempt in range(1, 9):
        done = wait_for(lambda: [d for d in shop.deliveries(endpoint) if d["attempts"] == attempt])[0]
        row = shop.db.rows(f"SELECT TIMESTAMPDIFF(SECOND, last_at, due_at) AS s FROM webhook_delivery WHERE event_id = '{event_id}'")
        pauses_s.append(int(row[0]["s"]))
        shop.due_now(event_id)
    assert done["state"] == "failed" and done["next_attempt_at"] is None
    for pause_s, wanted_s in zip(pauses_s, [5, 300, 1800, 7200, 18000, 36000, 36000]):
        assert wanted_s * 0.89 - 1 <= pause_s <= wanted_s * 1.11
    time.sleep(0.6)
    assert len(receiver.got) == 8
    answer = souk.admin.post(f"{WEBHOOKS}/deliveries/{done['delivery_id']}/redeliver")
    assert answer.status_code == 202 and answer.json()["state"] == "pending"
    shop.delivery(endpoint, event_id, "delivered")
    assert len(receiver.of(event_id)) == 9
    receiver.close()


def test_a_delivered_one_can_be_asked_for_again(souk, shop, receiver):
    endpoint = shop.endpoint(receiver.url())
    event_id, = shop.tell()
    delivery = shop.delivery(endpoint, event_id, "delivered")
    assert souk.admin.post(f"{WEBHOOKS}/deliveries/{delivery['delivery_id']}/redeliver").status_code == 202
    wait_for(lambda: len(receiver.of(event_id)) == 2)
    assert receiver.got[0]["body"] == receiver.got[1]["body"]
    assert souk.admin.post(f"{WEBHOOKS}/deliveries/999999999999/redeliver").status_code == 404


def test_days_of_failure_disable_an_endpoint_and_say_why(souk, shop):
    receiver = Receiver(lambda n, path: 500)
    endpoint = shop.endpoint(receiver.url())
    event_id, = shop.tell()
    wait_for(lambda: [d for d in shop.deliveries(endpoint) if d["attempts"] == 1])
    later, = shop.tell()
    wait_for(lambda: len(shop.deliveries(endpoint)) == 2 and all(d["attempts"] == 1 for d in shop.deliveries(endpoint)))
    shop.db.run("UPDATE webhook SET failing_since = UTC_TIMESTAMP(3) - INTERVAL 6 DAY"
                f" WHERE endpoint_id = {endpoint['endpoint_id']}")
    shop.due_now(event_id)
    shown = wait_for(lambda: shop.shown(endpoint) if shop.shown(endpoint)["state"] == "disabled" else None)
    assert "failing since" in shown["disabled_reason"] and "it answered 500" in shown["disabled_reason"]
    assert {d["state"] for d in shop.deliveries(endpoint)} == {"failed"}
    refused = souk.admin.post(f"{WEBHOOKS}/deliveries/{shop.delivery(endpoint, later)['delivery_id']}/redeliver")
    assert (refused.status_code, refused.json()["code"]) == (409, "webhook.disabled")
    n = len(receiver.got)
    shop.tell()
    time.sleep(1)
    assert len(receiver.got) == n

    enabled = souk.admin.patch(f"{WEBHOOKS}/{endpoint['endpoint_id']}", {"state": "enabled"}).json()
    assert (enabled["state"], enabled["disabled_reason"], enabled["failing_since"]) == ("enabled", None, None)
    receiver.answer = lambda n, path: 200
    new, = shop.tell()
    shop.delivery(endpoint, new, "delivered")
    receiver.close()


def test_gone_disables_at_once(shop):
    receiver = Receiver(lambda n, path: 410)
    endpoint = shop.endpoint(receiver.url())
    shop.tell()
    shown = wait_for(lambda: shop.shown(endpoint) if shop.shown(endpoint)["state"] == "disabled" else None)
    assert shown["disabled_reason"] == "it answered 410 Gone"
    receiver.close()


def test_while_secrets_rotate_both_sign(souk, shop, receiver):
    endpoint = shop.endpoint(receiver.url())
    rotated = souk.admin.post(f"{WEBHOOKS}/{endpoint['endpoint_id']}/rotate", {"overlap_s": 3600}).json()
    assert rotated["secret"] != endpoint["secret"] and rotated["old_secret_until"]
    shop.tell()
    request = wait_for(lambda: list(receiver.got))[0]
    assert signatures(request) == [sign(request, rotated["secret"]), sign(request, endpoint["secret"])]
    again = souk.admin.post(f"{WEBHOOKS}/{endpoint['endpoint_id']}/rotate", {"overlap_s": 0}).json()
    shop.tell()
    wait_for(lambda: len(receiver.got) == 2)
    assert signatures(receiver.got[1]) == [sign(receiver.got[1], again["secret"])]


def test_secrets_are_shown_once(souk, shop, receiver):
    endpoint = shop.endpoint(receiver.url())
    assert endpoint["secret"].startswith("whsec_")
    for path in (WEBHOOKS, f"{WEBHOOKS}/{endpoint['endpoint_id']}"):
        assert "whsec_" not in souk.admin.get(path).text


def stored(souk, key):
    return souk.db("global").value(f"SELECT body FROM idempotency WHERE idempotency_key = '{key}'")


def test_making_one_again_under_its_key_shows_the_same_one(souk, shop, receiver):
    key, body = str(uuid.uuid4()), {"url": receiver.url(), "events": ["order.*"], "description": "once"}
    first, again = (souk.admin.post(WEBHOOKS, body, key=key) for _ in range(2))
    shop.ids.append(first.json()["endpoint_id"])
    assert first.status_code == again.status_code == 201 and again.content == first.content
    assert first.json()["secret"].startswith("whsec_")
    assert [again.headers[name] for name in ("ETag", "Location")] == [first.headers[name] for name in ("ETag", "Location")]
    assert [each["endpoint_id"] for each in souk.admin.get(WEBHOOKS).json()["items"] if each["url"] == body["url"]] == shop.ids
    other = souk.admin.post(WEBHOOKS, body | {"description": "twice"}, key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.mismatch")
    assert first.json()["endpoint_id"] in stored(souk, key) and "whsec_" not in stored(souk, key)


def test_what_was_refused_may_be_made_under_the_same_key(souk, shop, receiver):
    key = str(uuid.uuid4())
    assert souk.admin.post(WEBHOOKS, {"url": receiver.url(), "events": ["a b"]}, key=key).status_code == 400
    made = souk.admin.post(WEBHOOKS, {"url": receiver.url(), "events": ["order.paid"]}, key=key)
    shop.ids.append(made.json()["endpoint_id"])
    assert made.status_code == 201


def test_rotating_again_under_its_key_changes_nothing_more(souk, shop, receiver):
    endpoint = shop.endpoint(receiver.url())
    path, key = f"{WEBHOOKS}/{endpoint['endpoint_id']}/rotate", str(uuid.uuid4())
    first, again = (souk.admin.post(path, {"overlap_s": 3600}, key=key) for _ in range(2))
    assert first.status_code == again.status_code == 200 and again.content == first.content
    assert again.headers["ETag"] == first.headers["ETag"] == '"v2"' and "whsec_" not in stored(souk, key)
    assert souk.admin.post(path, {"overlap_s": 60}, key=key).json()["code"] == "idempotency.mismatch"
    shop.tell()
    request = wait_for(lambda: list(receiver.got))[0]
    assert signatures(request) == [sign(request, first.json()["secret"]), sign(request, endpoint["secret"])]
    assert souk.admin.post(f"{WEBHOOKS}/999999999999/rotate", {}, key=True).status_code == 404


def test_a_secret_that_is_no_more_is_shown_to_nobody(souk, shop, receiver):
    key, body = str(uuid.uuid4()), {"url": receiver.url(), "events": ["order.*"]}
    made = souk.admin.post(WEBHOOKS, body, key=key).json()
    shop.ids.append(made["endpoint_id"])
    again = lambda: souk.admin.post(WEBHOOKS, body, key=key).json()  # noqa: E731
    souk.admin.post(f"{WEBHOOKS}/{made['endpoint_id']}/rotate", {})
    assert again() == made
    souk.admin.post(f"{WEBHOOKS}/{made['endpoint_id']}/rotate", {})
    assert again() == made | {"secret": None}
    souk.admin.delete(f"{WEBHOOKS}/{made['endpoint_id']}")
    assert again() == made | {"secret": None}


def test_a_slow_endpoint_does_not_keep_the_others(shop, receiver):
    def slowly(n, path):
        time.sleep(3)
        return 200
    slow = Receiver(slowly)
    shop.endpoint(slow.url(), [f"{shop.topic}.slow"])
    shop.endpoint(receiver.url(), [f"{shop.topic}.quick"])
    shop.tell(40, f"{shop.topic}.slow")
    wait_for(lambda: slow.got)
    began = time.monotonic()
    shop.tell(20, f"{shop.topic}.quick")
    wait_for(lambda: len(receiver.got) == 20, 5)
    assert time.monotonic() - began < 2.5
    assert len(slow.got) <= 12
    slow.close()


def test_nor_does_one_that_stays_slow(shop, receiver):
    def slowly(n, path):
        time.sleep((4, 6, 8, 9)[n % 4])
        return 200
    slow = Receiver(slowly)
    shop.endpoint(slow.url(), [f"{shop.topic}.slow"])
    endpoint = shop.endpoint(receiver.url(), [f"{shop.topic}.quick"])
    shop.tell(60, f"{shop.topic}.slow")
    wait_for(lambda: slow.got)
    time.sleep(30.5)
    event_id, = shop.tell(1, f"{shop.topic}.quick")
    wait_for(lambda: receiver.of(event_id), 2.5)
    shop.delivery(endpoint, event_id, "delivered")
    slow.close()


def test_redirects_are_not_followed(shop, receiver):
    pointing = Receiver(lambda n, path: (307, {"Location": receiver.url("/inside")}))
    endpoint = shop.endpoint(pointing.url())
    event_id, = shop.tell()
    delivery = wait_for(lambda: [d for d in shop.deliveries(endpoint) if d["attempts"] == 1])[0]
    assert delivery["last_error"] == "it answered 307" and delivery["event_id"] == event_id
    assert receiver.got == []
    pointing.close()


def private_address():
    """An address of this machine that is neither loopback nor public, or None."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))
            address = probe.getsockname()[0]
    except OSError:
        return None
    return address if address.startswith(("10.", "172.", "192.168.")) else None


@pytest.mark.parametrize("url", [
    "http://10.0.0.1/", "https://192.168.1.1/hook", "https://172.16.0.1/", "http://169.254.169.254/latest/meta-data/",
    "https://[fe80::1]/", "https://[fd00:ec2::254]/", "https://[::ffff:10.0.0.1]/", "https://0.0.0.0/", "https://100.64.0.1/",
    "https://0x0a000001/", "https://167772161/", "http://example.com/", "ftp://example.com/", "file:///etc/passwd",
    "https://user:secret@example.com/", "https://example.com/#part", "not a url", "//example.com/"])
def test_urls_that_lead_inside_are_refused(souk, url):
    if url == "http://example.com/" and souk.conf["webhook"]["allow_loopback"] == "true":
        pytest.skip("this souk allows http")
    answer = souk.admin.post(WEBHOOKS, {"url": url, "events": ["*"]})
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["field"] == "url"


@pytest.mark.parametrize("inside", ["http://10.0.0.1:9/", "http://169.254.169.254/", "http://[::ffff:192.168.0.1]:9/", "own"])
def test_addresses_are_judged_when_the_socket_opens_too(shop, inside):
    """What a name leads to may have changed since the endpoint was made."""
    if inside == "own":
        address = private_address()
        if address is None:
            pytest.skip("this machine has no private address")
        inside = f"http://{address}:9/"
    endpoint = shop.endpoint("http://127.0.0.1:9/")
    shop.db.run(f"UPDATE webhook SET url = '{inside}' WHERE endpoint_id = {endpoint['endpoint_id']}")
    shop.tell()
    delivery = wait_for(lambda: [d for d in shop.deliveries(endpoint) if d["attempts"] == 1])[0]
    assert (delivery["last_status"], delivery["last_error"]) == (0, "its address is not a public one")


def test_who_may(souk, shop, receiver, buyer):
    endpoint = shop.endpoint(receiver.url())
    for caller, status in ((souk, 401), (buyer, 403), (souk.new_staff("merchant"), 403), (souk.new_staff("ops"), 200)):
        assert caller.get(WEBHOOKS).status_code == status
        assert caller.get(f"{WEBHOOKS}/{endpoint['endpoint_id']}").status_code == status


def test_changing_and_removing(souk, shop, receiver):
    endpoint = shop.endpoint(receiver.url(), description="first")
    path = f"{WEBHOOKS}/{endpoint['endpoint_id']}"
    got = souk.admin.get(path)
    assert got.headers["ETag"] == '"v1"' and got.json()["description"] == "first"
    assert souk.admin.get(path, headers={"If-None-Match": '"v1"'}).status_code == 304
    assert souk.admin.patch(path, {"events": ["order.paid"]}, headers={"If-Match": '"v2"'}).status_code == 412
    changed = souk.admin.patch(path, {"events": ["order.paid", "stock.*"], "description": None}, headers={"If-Match": '"v1"'})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["events"], changed.json()["description"]) == (["order.paid", "stock.*"], None)
    for bad in (["Order"], ["order.*.paid"], ["order*"], [], ["a b"]):
        assert souk.admin.patch(path, {"events": bad}).status_code == 400
    assert souk.admin.patch(path, {"url": "https://10.0.0.1/"}).status_code == 400
    assert souk.admin.delete(path).status_code == 204
    assert souk.admin.get(path).status_code == 404
    assert souk.admin.get(f"{path}/deliveries").status_code == 404
    assert souk.admin.delete(path).status_code == 404


def test_what_no_event_is_called_is_refused(souk, shop, receiver):
    path = f"{WEBHOOKS}/{shop.endpoint(receiver.url(), ['order.paid'])['endpoint_id']}"
    kinds = "order, payment, refund, shipment, return, product, sku, category, promotion, stock"
    for bad, said in (("nope.*", kinds), ("nope", kinds), ("orders.*", kinds), ("account.deleted", kinds), ("order.nonsense", "placed, paid"),
                      ("order", "placed, paid"), ("order.placed.*", "placed, paid"), ("order.", "placed, paid"), ("stock.*x", "changed")):
        for answer in (souk.admin.post(WEBHOOKS, {"url": receiver.url(), "events": ["order.paid", bad]}),
                       souk.admin.patch(path, {"events": ["*", bad]})):
            assert (answer.status_code, answer.json()["code"]) == (400, "request.invalid"), bad
            error, = answer.json()["errors"]
            assert (error["field"], error["code"]) == ("events[1]", "unknown") and said in error["detail"], bad
    assert shop.shown({"endpoint_id": path.rsplit("/", 1)[1]})["events"] == ["order.paid"]
    every = [f"{kind}.*" for kind in kinds.split(", ")] + ["*", "order.placed", "payment.refund_due", "return.reopened"]
    assert souk.admin.patch(path, {"events": every}).json()["events"] == sorted(every)


def test_deliveries_are_listed_newest_first_in_pages(souk, shop, receiver):
    endpoint = shop.endpoint(receiver.url())
    told = set(shop.tell(5))
    wait_for(lambda: len(shop.deliveries(endpoint, state="delivered")) == 5)
    path, seen = f"{WEBHOOKS}/{endpoint['endpoint_id']}/deliveries?limit=2", []
    page = souk.admin.get(path).json()
    while True:
        seen += [int(d["delivery_id"]) for d in page["items"]]
        told -= {d["event_id"] for d in page["items"]}
        if not page["next_cursor"]:
            break
        page = souk.admin.get(f"{path}&cursor={page['next_cursor']}").json()
    assert not told and len(seen) == 5 and seen == sorted(seen, reverse=True)
    assert shop.deliveries(endpoint, state="failed") == []
