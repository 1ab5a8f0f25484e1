"""A ticket of a flash sale in the hands of two workers: the second begins with it before the first has done with it. It becomes one
order and is counted once, and the buyer, who has another ticket behind it, is told so of both.
"""

import contextlib

import pytest

from client import wait_for
from flash_sales import Sale, new_sku
from own_worker import OwnWorker
from transaction import Transaction, lock_waiters

HOLD = "souk_test_flash"


@contextlib.contextmanager
def orders_held(db):
    """Orders of sales stop before they are written down, with all that they have locked, until the transaction given ends."""
    db.run(f"CREATE TRIGGER flash_order_held BEFORE INSERT ON flash_order FOR EACH ROW DO GET_LOCK('{HOLD}', 20), RELEASE_LOCK('{HOLD}')")
    try:
        with Transaction(db, f"DO GET_LOCK('{HOLD}', 0)") as hold:
            yield hold
    finally:
        db.run("DROP TRIGGER flash_order_held")


def held(db):
    return db.rows(f"SELECT id FROM information_schema.processlist WHERE db = '{db.schema}' AND state = 'User lock'")


def take_lead_away(db):
    """From the worker that makes orders of the tickets of this shard."""
    db.run("KILL " + db.value("SELECT IS_USED_LOCK(CONCAT(LEFT(DATABASE(), 31), '.flash_commit'))"))


def counted(souk, sale, buyer):
    """What the gate, the shards and the buyer's account have of the sale."""
    live, shard = sale.live(), souk.shard_of(buyer.account_id)
    used = souk.db(shard).value(f"SELECT used FROM flash_use WHERE account_id = {buyer.account_id} AND sale_id = {sale.sale_id}")
    return {name: live["gate"][name] for name in ("in", "done", "units", "refusals")} | {
        "orders": live["orders"], "left": live["left"], "reserved": sum(part["reserved"] for part in live["shards"]),
        "used": int(used), "entries": sale.redis("XLEN", f"souk:flash:entries:{shard}")}


@pytest.mark.parametrize("place", ["while the first orders it", "when the first has ordered it"])
def test_two_workers_with_one_ticket(souk, buyer, tmp_path, place):
    shard = souk.shard_of(buyer.account_id)
    db, log = souk.db(shard), souk.state / "log" / "worker.log"
    sku_id = next(sku for sku in iter(lambda: new_sku(souk, 3), None) if souk.shard_of(sku) == shard)
    sale = Sale(souk, sku_id, units=3, per_account=2).wait_open(3)
    said = log.stat().st_size
    with contextlib.ExitStack() as ending, orders_held(db) as hold:
        tickets = [sale.buy(buyer).json()["ticket"]]
        wait_for(lambda: held(db), 10)
        with souk.worker_held():
            if place == "when the first has ordered it":
                hold.end()
                wait_for(lambda: db.value(f"SELECT 1 FROM flash_order WHERE sale_id = {sale.sale_id}"), 10)
            tickets.append(sale.buy(buyer).json()["ticket"])
            take_lead_away(db)
            ending.callback(OwnWorker(souk, tmp_path).end)
            if place == "while the first orders it":
                wait_for(lambda: lock_waiters(db), 10)
                hold.end()
            outcomes = [sale.outcome(buyer, ticket) for ticket in tickets]
        # the first, which knew nothing of this, is done with it as well
        wait_for(lambda: f"flash_commit on database {shard}: lead lost" in log.read_bytes()[said:].decode(), 10)
    assert [(outcome["state"], outcome["reason"]) for outcome in outcomes] == [("ordered", None)] * 2
    assert {order["order_id"] for order in buyer.get("/v1/orders").json()["items"]} == {outcome["order_id"] for outcome in outcomes}
    assert counted(souk, sale, buyer) == {"in": 2, "done": 2, "units": 1, "refusals": {}, "orders": 2, "left": 1, "reserved": 2,
                                          "used": 2, "entries": "0"}
    sale.cancel()
    retired = souk.admin.patch(f"/v1/admin/skus/{sku_id}", {"state": "retired"}, key=True)  # what other tests find on sale has no such orders
    assert retired.status_code == 200, retired.text
