"""A release is loaded under a souk that takes orders: no order is lost or made twice, and nobody is told of an error of ours."""

import concurrent.futures
import re
import shutil
import threading
import time
import uuid

import pytest

from client import wait_for

BUYERS = 8
ADDRESS = {"name": "Ada", "country": "DE", "city": "Berlin", "line1": "Weg 1"}


@pytest.fixture
def release(souk, tmp_path):
    """Routines of another release: give(name=…) changes the text of a file, None: there is none; load() loads them."""
    class Release:
        folder, conf = tmp_path / "sql", tmp_path / "souk.conf"

        def file(self, name):
            return next(self.folder.glob(f"*/*/{name}.sql"))

        def give(self, **changes):
            for name, change in changes.items():
                file = self.file(name)
                file.write_text(change(file.read_text())) if change else file.unlink()

        def load(self):
            return souk.command("admin", "--config", self.conf, "routines")

    text = (souk.state / "souk.conf").read_text()
    shutil.copytree(souk.conf["souk"]["sql_dir"], Release.folder)
    Release.conf.write_text(re.sub(r"(?m)^sql_dir = .*$", f"sql_dir = {Release.folder}", text))
    Release.conf.chmod(0o600)
    yield Release()
    souk.admin_command("routines")


class Crowd:
    """Buyers who order and look at what they ordered, each asking again with the same key until there is an order."""

    def __init__(self, souk):
        self.souk, self.sku_id = souk, souk.skus_on_sale()[0]["sku_id"]
        body = {"sku_id": self.sku_id, "qty": 5000, "reference": uuid.uuid4().hex}
        assert souk.admin.post("/v1/admin/stock/receipts", body).status_code == 201
        self.buyers = [souk.new_guest() for _ in range(BUYERS)]
        self.heard, self.wrong, self.orders = {}, [], {}
        self.lock, self.stop = threading.Lock(), threading.Event()

    def ask(self, method, path, *more, key=None):
        while True:
            answer = method(path, *more, key=key)
            with self.lock:
                self.heard[answer.status_code] = self.heard.get(answer.status_code, 0) + 1
                if answer.status_code not in (200, 201, 503) or answer.status_code == 503 and "Retry-After" not in answer.headers:
                    self.wrong.append(f"{path}: {answer.status_code} {answer.text[:200]}")
                    return answer
            if answer.status_code != 503:
                return answer
            time.sleep(0.05)

    def buy(self, buyer):
        while not self.stop.is_set():
            key = uuid.uuid4().hex
            body = {"items": [{"sku_id": self.sku_id, "qty": 1}], "address": ADDRESS, "email": "release@example.com"}
            answer = self.ask(buyer.post, "/v1/orders", body, key=key)
            if answer.status_code != 201:
                return
            with self.lock:
                self.orders[key] = answer.json()["order_id"]
            self.ask(buyer.get, f"/v1/orders/{answer.json()['order_id']}")

    def refused(self):
        with self.lock:
            return self.heard.get(503, 0)

    def bought(self):
        with self.lock:
            return len(self.orders)

    def more(self, n=20):
        """So many orders more are made."""
        before = self.bought()
        wait_for(lambda: self.wrong or self.bought() >= before + n)

    def __enter__(self):
        self.pool = concurrent.futures.ThreadPoolExecutor(BUYERS)
        self.buying = [self.pool.submit(self.buy, buyer) for buyer in self.buyers]
        self.more()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.pool.shutdown()

    def accounted_for(self):
        """Each key has its order, and there are no others."""
        for one in self.buying:
            one.result()
        assert self.wrong == []
        assert len(set(self.orders.values())) == len(self.orders)
        placed = sum(int(self.souk.db(shard).value(
            f"SELECT COUNT(*) FROM orders WHERE account_id IN ({', '.join(one.account_id for one in self.buyers)})"))
            for shard in range(self.souk.shards))
        assert placed == len(self.orders)


def test_a_routine_with_other_parameters(souk, release):
    """Batches and single calls are refused for as long as the program is the old one: all of them may be tried again."""
    release.give(order_place=lambda text: text.replace("order_place(in_requests LONGTEXT)", "order_place(in_requests LONGTEXT, in_new INT)"),
                 order_get=lambda text: re.sub(r"(PROCEDURE order_get\()", r"\1in_new INT, ", text))
    with Crowd(souk) as crowd:
        loaded = release.load()
        assert {name for name in ("order_place", "order_get") if f"{name}.sql" in loaded.stderr} == {"order_place", "order_get"}
        assert "other parameters" in loaded.stderr
        before = crowd.refused()
        wait_for(lambda: crowd.refused() > before + BUYERS)
        assert souk.admin_command("routines").stderr.count("other parameters") == 2 * souk.shards
        crowd.more()
    crowd.accounted_for()


def test_routines_that_go_together_are_replaced_one_after_the_other(souk, release):
    """Tables of a batch have another column, and who fills them knows of it: in between they do not fit each other."""
    release.give(
        order_batch_make=lambda text: text.replace("CREATE TEMPORARY TABLE b_request (", "CREATE TEMPORARY TABLE b_request (fresh INT NOT NULL, "),
        order_batch_read=lambda text: text.replace("INSERT INTO b_request (", "INSERT INTO b_request (fresh, ").replace("SELECT ", "SELECT 1, ", 1))
    with Crowd(souk) as crowd:
        release.load()
        crowd.more()
        souk.admin_command("routines")
        crowd.more()
    crowd.accounted_for()


def test_what_the_old_program_still_calls_stays_for_an_hour(souk, release):
    """Nobody notices a release that no longer has it; the first load an hour later drops it."""
    release.give(order_place=None)
    with Crowd(souk) as crowd:
        release.load()
        release.load()
        crowd.more(60)
        assert crowd.refused() == 0
        for shard in range(souk.shards):
            assert souk.db(shard).value("SELECT checksum FROM routine_loaded WHERE name = 'order_place'") == ""
            souk.db(shard).run("UPDATE routine_loaded SET loaded_at = loaded_at - INTERVAL 61 MINUTE WHERE name = 'order_place'")
        release.load()
        wait_for(lambda: crowd.refused() > 0)
        souk.admin_command("routines")
        crowd.more()
    crowd.accounted_for()
