"""Orders through everything a payment provider can do wrong, while souk's processes and its database are killed in turn; then
every cent is looked for.

What goes wrong with which order is drawn from SOUK_SEED, which is printed; SOUK_ORDERS says how many there are. Of 500 or more
each thing that can go wrong is seen to have gone wrong.
"""

import concurrent.futures
import json
import os
import random
import re
import signal
import time
import uuid

import requests

from client import wait_for
from paying import ADDRESS, Form, plenty, signed_headers

ORDERS = int(os.environ.get("SOUK_ORDERS", 40))
SECONDS_MAX = int(os.environ.get("SOUK_SECONDS", 120 if ORDERS <= 100 else 1500))
ORDERS_A_KILL = 10 if ORDERS <= 100 else 40
ALL_SEEN_FROM = 500
BUYERS = 6
TRY_SECONDS = 90
RENEW_SECONDS = 600
COPIES = 10
KILLED = ["worker", "api", "db0", "sandbox"]

# What a plan may hold: the faults of its payment, and what its buyer does.
FAULTS = [
    {}, {}, {"replies_lost": 3}, {"callback_copies": COPIES, "callback_spread_ms": 1500}, {"callback_lost": 1},
    {"callback_lost": 1, "replies_lost": 2}, {"callback_amount_off": -9}, {"capture_amount_off": -5},
    {"capture_amount_off": 7, "callback_copies": 3}, {"declines": 1}, {"callback_lost": 1, "silence_ms": 30000},
    {"refund_fails": 1}, {"refund_pending_ms": 700}, {"callback_delay_ms": 2500}, {"authorises": 1, "replies_lost": 1},
]
DEEDS = ["pay", "pay", "pay", "pay", "decline", "nothing", "pay_both", "pay_and_cancel", "pay_and_refund_a_part", "cancel_and_pay"]


class Plan:
    def __init__(self, rng, n):
        self.n = n
        self.faults = rng.choice(FAULTS)
        self.deed = rng.choice(DEEDS)
        self.qty = rng.randint(1, 3)
        self.order_id = self.total = None
        self.part = 0  # minor units that staff has promised back
        self.payments = []


def insist(what, *good):
    """Does it until an answer of one of these statuses comes: requests fail while things are killed, keys make them safe."""
    end = time.monotonic() + TRY_SECONDS
    while True:
        try:
            answer = what()
            if answer.status_code in good:
                return answer
            said = f"{answer.status_code} {answer.text[:200]}"
        except (requests.RequestException, AssertionError) as error:  # signing in anew fails as everything does
            said = repr(error)
        assert time.monotonic() < end, said
        time.sleep(0.3)


def insist_on(what):
    """The same of what fails as everything does while things are killed."""
    end = time.monotonic() + TRY_SECONDS
    while True:
        try:
            return what()
        except (requests.RequestException, AssertionError):
            if time.monotonic() > end:
                raise
        time.sleep(0.3)


class Buyers:
    """Goes through the plans."""

    def __init__(self, souk, sku_id):
        self.souk, self.sku_id = souk, sku_id
        self.people = [souk.new_buyer() for _ in range(BUYERS)]
        self.renew_at = [time.monotonic() + RENEW_SECONDS] * BUYERS

    def person(self, n):
        """The n-th buyer, signed in anew now and then: a long run outlives its access tokens."""
        if time.monotonic() > self.renew_at[n]:
            self.people[n] = insist_on(lambda: self.souk.sign_in(self.people[n].email, self.people[n].password))
            self.renew_at[n] = time.monotonic() + RENEW_SECONDS
        return self.people[n]

    def open(self, person, plan, n):
        path = f"/v1/orders/{plan.order_id}/payments"
        answer = insist(lambda: person.post(path, {"channel": "sandbox"}, key=f"{plan.order_id}-{n}"), 201, 409)
        if answer.status_code == 409:
            return None
        payment = insist(lambda: person.get(f"/v1/payments/{answer.json()['payment_id']}"), 200).json()
        plan.payments.append(payment["payment_id"])
        if plan.faults:
            body = json.dumps({"payment_id": payment["payment_id"]} | plan.faults).encode()
            insist(lambda: self.souk.request("PUT", "/sandbox/v1/faults", body,
                                             headers=signed_headers(self.souk, body, "PUT /sandbox/v1/faults")), 200)
        return payment

    def press(self, payment, decision):
        if payment is None or not payment.get("pay_url"):
            return
        page = insist(lambda: self.souk.session.get(payment["pay_url"], timeout=15), 200, 410)
        form = Form(page.text)
        if form.action:
            insist(lambda: self.souk.session.post(self.souk.url(form.action), data=form.fields | {"decision": decision},
                                                  timeout=15, allow_redirects=False), 200, 303, 410)

    def cancel(self, person, plan):
        insist(lambda: person.post(f"/v1/orders/{plan.order_id}/cancel", {}, key=f"c-{plan.order_id}"), 200, 409)

    def go(self, plan):
        person = self.person(plan.n % BUYERS)
        key = uuid.uuid4().hex
        order = insist(lambda: person.post("/v1/orders", {"items": [{"sku_id": self.sku_id, "qty": plan.qty}],
                                                          "address": ADDRESS}, key=key), 201).json()
        plan.order_id, plan.total = order["order_id"], order["total"]
        if plan.deed == "nothing":
            return
        payment = self.open(person, plan, 1)
        if plan.deed == "pay_both":
            other = self.open(person, plan, 2)
            self.press(payment, "pay")
            self.press(other, "pay")
        elif plan.deed == "cancel_and_pay":
            self.cancel(person, plan)
            self.press(payment, "pay")
        else:
            self.press(payment, "decline" if plan.deed == "decline" else "pay")
        if plan.deed == "pay_and_cancel":
            self.cancel(person, plan)
        if plan.deed == "pay_and_refund_a_part" and self.refund(plan, 1, uuid.uuid4().hex).status_code == 201:
            plan.part = 1

    def refund(self, plan, amount, key):
        body = {"reason": "A part"} | ({"amount": amount} if amount else {})
        return insist(lambda: self.souk.admin.post(f"/v1/admin/orders/{plan.order_id}/refunds", body, key=key), 201, 409)


def strike(souk, name, after_s):
    """Kills all processes of `name` while orders are under way, and starts it again."""
    time.sleep(after_s)
    master = souk.pid(name)
    with open(f"/proc/{master}/task/{master}/children") as children:
        pids = [*map(int, children.read().split()), master]
    if name == "db0":
        pids.append(int((souk.state / "run" / "db0.server.pid").read_text()))
    for pid in dict.fromkeys(pids):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    souk.make("run")


def ids(plans):
    return ", ".join(plan.order_id for plan in plans if plan.order_id)


def by_shard(souk, plans):
    for shard in range(souk.shards):
        mine = [plan for plan in plans if plan.order_id and souk.shard_of(plan.order_id) == shard]
        if mine:
            yield souk.db(shard), mine


def play_person(souk, buyers, plans):
    """What staff does with what is listed: wrong amounts that were taken go back, refunds that failed are tried again."""
    mine = {plan.order_id: plan for plan in plans}
    listed = insist(lambda: souk.admin.get("/v1/admin/payment-cases?state=open&limit=100"), 200).json()["items"]
    for case in (case for case in listed if case["order_id"] in mine):
        action = {}
        if case["kind"] == "wrong_amount":
            if not case["taken"]:  # somebody says so; souk asks the provider itself
                continue
            action = {"action": "refund"}
        elif case["kind"] == "refund_failed":
            buyers.refund(mine[case["order_id"]], None if case["order_state"] != "PAID" else case["data"]["amount"],
                          f"again-{case['case_id']}")
        souk.admin.post(f"/v1/admin/payment-cases/{case['case_id']}/close", {"note": "by the test"} | action, key=True)


def hurry(db, sql):
    """What is due is due now. Where souk holds the same rows just then, the next time will do."""
    try:
        db.run(sql)
    except RuntimeError as error:
        if "ERROR 1213" not in str(error) and "ERROR 1205" not in str(error):
            raise


def settled(souk, buyers, plans):
    """Hurries everything along; true once nothing is under way."""
    open_n = 0
    for db, mine in by_shard(souk, plans):
        hurry(db, f"UPDATE orders SET expires_at = UTC_TIMESTAMP(3), due_at = UTC_TIMESTAMP(3) WHERE state IN ('PENDING_PAYMENT', 'CLOSING') "
                  f"AND order_id IN ({ids(mine)});"
                  f"UPDATE payment SET lease_until = UTC_TIMESTAMP(3), due_at = UTC_TIMESTAMP(3) WHERE due_at IS NOT NULL AND order_id IN ({ids(mine)});"
                  f"UPDATE refund SET due_at = UTC_TIMESTAMP(3) WHERE due_at IS NOT NULL AND order_id IN ({ids(mine)})")
    hurry(souk.db("sandbox"), "UPDATE callback SET due_at = UTC_TIMESTAMP(3) WHERE state = 'pending' AND attempts < 3")
    play_person(souk, buyers, plans)
    for db, mine in by_shard(souk, plans):
        open_n += int(db.value(
            f"SELECT (SELECT COUNT(*) FROM orders WHERE order_id IN ({ids(mine)}) AND state IN ('PENDING_PAYMENT', 'CLOSING', 'CANCELLING')) + "
            f"(SELECT COUNT(*) FROM payment WHERE order_id IN ({ids(mine)}) AND state IN ('CREATED', 'SUBMITTED', 'AUTHORISED')) + "
            f"(SELECT COUNT(*) FROM refund WHERE order_id IN ({ids(mine)}) AND state IN ('REQUESTED', 'SUBMITTED'))"))
    return open_n == 0


def audit(souk, plans):
    """What is wrong, in words; nothing, if all is well."""
    wrong = []
    payments = ", ".join(payment for plan in plans for payment in plan.payments) or "0"
    provider = souk.db("sandbox")
    taken = {row["payment_id"]: int(row["taken"]) for row in provider.rows(
        f"SELECT payment_id, taken FROM payment WHERE state = 'captured' AND payment_id IN ({payments})")}
    gone = {row["payment_id"]: int(row["amount"]) for row in provider.rows(
        f"SELECT payment_id, SUM(amount) AS amount FROM refund WHERE state = 'refunded' AND payment_id IN ({payments}) GROUP BY payment_id")}
    plan_of = {plan.order_id: plan for plan in plans}
    for db, mine in by_shard(souk, plans):
        for row in db.rows("SELECT transfer_id, currency FROM ledger_entry GROUP BY transfer_id, currency HAVING SUM(debit) <> SUM(credit)"):
            wrong.append(f"debits of {row} are not its credits")
        for row in db.rows(
                f"SELECT o.order_id, o.state, o.total, COALESCE(SUM(IF(l.kind = 'capture', l.credit, 0)), 0) AS captured, "
                f"COALESCE(SUM(IF(l.kind = 'refund_paid', l.debit, 0)), 0) AS refunded "
                f"FROM orders o LEFT JOIN ledger_entry l ON l.order_id = o.order_id WHERE o.order_id IN ({ids(mine)}) "
                f"GROUP BY o.order_id, o.state, o.total"):
            plan = plan_of[row["order_id"]]
            captured, refunded, total = int(row["captured"]), int(row["refunded"]), int(row["total"])
            at_provider = sum(taken.get(payment, 0) for payment in plan.payments)
            back = sum(gone.get(payment, 0) for payment in plan.payments)
            if captured != at_provider:
                wrong.append(f"{row}: the provider captured {at_provider} ({plan.deed} {plan.faults})")
            if refunded != back:
                wrong.append(f"{row}: the provider gave {back} back ({plan.deed} {plan.faults})")
            kept = captured - refunded
            if row["state"] == "PAID" and kept != total - plan.part:
                wrong.append(f"{row}: PAID and {kept} kept, {plan.part} was given back ({plan.deed} {plan.faults})")
            if row["state"] != "PAID" and kept != 0:
                wrong.append(f"{row}: {kept} kept ({plan.deed} {plan.faults})")
    return wrong


def seen(souk, plans, log):
    """How often each thing went wrong, with what the worker has said of it."""
    mine = [(payment, plan.faults) for plan in plans for payment in plan.payments]
    ids_of = ", ".join(payment for payment, _ in mine) or "0"
    provider = souk.db("sandbox")
    left = {(row["payment_id"], row["name"]): int(row["value"]) for row in provider.rows(
        f"SELECT payment_id, name, value FROM fault WHERE name IN ('silence_ms', 'replies_lost') AND payment_id IN ({ids_of})")}

    def spent(name, worth):
        return sum(faults[name] // worth - left.get((payment, name), 0) // worth for payment, faults in mine if name in faults)

    def count(sql):
        return int(provider.value(sql))

    return {
        "replies lost": spent("replies_lost", 1), "silences": spent("silence_ms", 30000),
        "calls that souk gave up": len(re.findall(r"sandbox(?: could not close it)?: timeout", log)),
        "facts told ten times": count(
            f"SELECT COUNT(*) FROM (SELECT c.event_id FROM callback c JOIN payment p ON p.event_id = c.event_id "
            f"WHERE p.payment_id IN ({ids_of}) AND c.state = 'delivered' GROUP BY c.event_id HAVING COUNT(*) >= {COPIES}) t"),
        "wrong amounts taken": count(f"SELECT COUNT(*) FROM payment WHERE taken <> amount AND payment_id IN ({ids_of})"),
        "wrong amounts told": sum(int(db.value(f"SELECT COUNT(*) FROM payment_case WHERE kind = 'wrong_amount' AND order_id IN ({ids(some)})"))
                                  for db, some in by_shard(souk, plans)),
        "declines": count(f"SELECT COUNT(*) FROM payment WHERE state = 'declined' AND payment_id IN ({ids_of})"),
        "refunds failed": count(f"SELECT COUNT(*) FROM refund WHERE state = 'refund_failed' AND payment_id IN ({ids_of})"),
        "authorised first": sum(int(db.value(f"SELECT COUNT(*) FROM payment_callback WHERE said = 'authorised' AND payment_id IN ({ids_of})"))
                                for db, _ in by_shard(souk, plans)),
    }


def test_every_cent_is_accounted_for(souk):
    seed = int(os.environ.get("SOUK_SEED", random.randrange(10**9)))
    print(f"SOUK_SEED={seed} SOUK_ORDERS={ORDERS}")
    rng = random.Random(seed)
    plans = [Plan(rng, n) for n in range(ORDERS)]
    buyers = Buyers(souk, plenty(souk))
    log = souk.state / "log" / "worker.log"
    before = log.stat().st_size
    with concurrent.futures.ThreadPoolExecutor(BUYERS + 1) as crowd:
        for n in range(0, ORDERS, ORDERS_A_KILL):
            name = KILLED[n // ORDERS_A_KILL % len(KILLED)]
            killed = crowd.submit(strike, souk, name, rng.uniform(0, 0.5))
            list(crowd.map(buyers.go, plans[n:n + ORDERS_A_KILL]))
            killed.result()
    wait_for(lambda: settled(souk, buyers, plans), seconds=SECONDS_MAX, every=1)
    assert audit(souk, plans) == [], f"SOUK_SEED={seed}"
    done = souk.admin_command("audit", "--law", "money", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    states = {}
    for db, mine in by_shard(souk, plans):
        for row in db.rows(f"SELECT state, COUNT(*) AS n FROM orders WHERE order_id IN ({ids(mine)}) GROUP BY state"):
            states[row["state"]] = states.get(row["state"], 0) + int(row["n"])
    went_wrong = seen(souk, plans, log.read_bytes()[before:].decode(errors="replace"))
    print(states, went_wrong)
    assert ORDERS < ALL_SEEN_FROM or all(went_wrong.values()), went_wrong
    assert states.get("PAID", 0) > 0 and sum(states.values()) == ORDERS
