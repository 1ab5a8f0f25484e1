"""A simulator of Stripe's API, written from https://docs.stripe.com/api: checkout/sessions, refunds, balance_transactions,
idempotent_requests, errors, and https://docs.stripe.com/webhooks#verify-manually."""

import calendar
import hashlib
import hmac
import json
import secrets
import time
import urllib.parse

from providers.prepare import STRIPE_KEY, STRIPE_WEBHOOK
from providers.server import Provider

ZERO_DECIMAL = set("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split())


def number(prefix):
    return f"{prefix}_{secrets.token_hex(12)}"


class Stripe(Provider):
    def __init__(self, souk):
        port = urllib.parse.urlsplit(souk.conf["channel.stripe"]["url"]).port
        self.sessions, self.refunds, self.answered, self.balance = {}, {}, {}, []
        self.refund_status = "succeeded"
        self.callback_url = f"{souk.base_url}/v1/payments/callbacks/stripe"
        super().__init__(port, souk.certificate)

    # What the merchant's server asks

    def answer(self, call):
        status, fields = self.authorised(call)
        return status, {"Content-Type": "application/json", "Request-Id": number("req")}, json.dumps(fields).encode()

    def refuse(self, status, message, code=None, kind="invalid_request_error"):
        return status, {"error": {"type": kind, "message": message} | ({"code": code} if code else {})}

    def authorised(self, call):
        if call.headers.get("Authorization") != f"Bearer {STRIPE_KEY}":
            return self.refuse(401, "Invalid API Key provided")
        key = call.headers.get("Idempotency-Key")
        if call.method != "POST" or not key:
            return self.route(call)
        if key in self.answered and self.answered[key][0] != (call.path, call.body):
            return self.refuse(400, "Keys for idempotent requests can only be used with the same parameters", kind="idempotency_error")
        if key not in self.answered:
            self.answered[key] = ((call.path, call.body), self.route(call))
        return self.answered[key][1]

    def route(self, call):
        parts = call.path.strip("/").split("/")[1:]
        if parts == ["checkout", "sessions"]:
            return self.create(call.form)
        if parts[:2] == ["checkout", "sessions"]:
            session = self.sessions.get(parts[2])
            if not session:
                return self.refuse(404, f"No such checkout.session: {parts[2]}", "resource_missing")
            return self.expire(session) if parts[-1] == "expire" else (200, self.expanded(session, call.query))
        if parts == ["refunds"]:
            return self.refund(call.form) if call.method == "POST" else self.list_refunds(call.query)
        if parts == ["balance_transactions"]:
            return self.list_balance(call.query)
        return self.refuse(404, "Unrecognized request URL")

    def create(self, form):
        line = {name: form[f"line_items[0]{name}"] for name in
                ("[quantity]", "[price_data][currency]", "[price_data][unit_amount]", "[price_data][product_data][name]")}
        amount, currency = int(line["[price_data][unit_amount]"]), line["[price_data][currency]"]
        if currency == "usd" and amount < 50:
            return self.refuse(400, "The Checkout Session's total amount must convert to at least 50 cents", "amount_too_small")
        session = {"id": "cs_test_" + secrets.token_hex(29), "object": "checkout.session", "mode": form["mode"], "livemode": False,
                   "status": "open", "payment_status": "unpaid", "amount_total": amount, "currency": currency,
                   "client_reference_id": form["client_reference_id"], "payment_intent": None, "created": int(time.time()),
                   "expires_at": int(time.time()) + 86400, "payment_method_types": [form["payment_method_types[0]"]],
                   "metadata": {"payment_id": form["metadata[payment_id]"], "order_id": form["metadata[order_id]"]},
                   "success_url": form["success_url"], "cancel_url": form["cancel_url"],
                   "intent_metadata": {"payment_id": form["payment_intent_data[metadata][payment_id]"],
                                       "order_id": form["payment_intent_data[metadata][order_id]"]}}
        session["url"] = f"https://checkout.stripe.com/c/pay/{session['id']}"
        self.sessions[session["id"]] = session
        return 200, self.shown(session)

    @staticmethod
    def shown(session):
        return {name: value for name, value in session.items() if name not in ("intent_metadata", "intent")}

    def expanded(self, session, query):
        fields = self.shown(session)
        if query.get("expand[]") == "payment_intent" and session["payment_intent"]:
            fields["payment_intent"] = {"id": session["payment_intent"], "object": "payment_intent"} | session.get(
                "intent", {"status": "succeeded"})
        return fields

    def expire(self, session):
        if session["status"] != "open":
            return self.refuse(400, "Only Checkout Sessions with a status in [\"open\"] can be expired.")
        session["status"], session["url"] = "expired", None
        return 200, self.shown(session)

    def of_intent(self, intent):
        return next((session for session in self.sessions.values() if session["payment_intent"] == intent), None)

    def refund(self, form):
        session, amount = self.of_intent(form["payment_intent"]), int(form["amount"])
        if not session:
            return self.refuse(404, "No such payment_intent", "resource_missing")
        done = sum(one["amount"] for one in self.refunds.values()
                   if one["payment_intent"] == form["payment_intent"] and one["status"] != "failed")
        if done == session["amount_total"]:
            return self.refuse(400, "Charge has already been refunded.", "charge_already_refunded")
        if done + amount > session["amount_total"]:
            return self.refuse(400, "Refund amount is greater than unrefunded amount on charge")
        refund = {"id": number("re"), "object": "refund", "amount": amount, "currency": session["currency"],
                  "payment_intent": form["payment_intent"], "status": self.refund_status, "reason": None,
                  "metadata": {name[9:-1]: value for name, value in form.items() if name.startswith("metadata[")}}
        self.refunds[refund["id"]] = refund
        self.balance.append({"type": "refund", "amount": -amount, "fee": 0, "currency": session["currency"],
                             "created": session["paid"], "source": refund})
        return 200, refund

    def list_refunds(self, query):
        return 200, {"object": "list", "has_more": False, "data": [
            one for one in self.refunds.values() if one["payment_intent"] == query["payment_intent"]]}

    def list_balance(self, query):
        lines = [{"id": f"txn_{n:06}", "object": "balance_transaction"} | line for n, line in enumerate(self.balance)
                 if int(query["created[gte]"]) <= line["created"] < int(query["created[lt]"])][::-1]
        after = query.get("starting_after")
        lines = lines[next((n + 1 for n, line in enumerate(lines) if line["id"] == after), 0):]
        page = min(int(query["limit"]), 3)  # small pages, so that there are several
        return 200, {"object": "list", "has_more": len(lines) > page, "data": lines[:page]}

    # What happens on Stripe's side

    def pay(self, session_id, at=None):
        with self.lock:
            session = self.sessions[session_id]
            assert session["status"] == "open"
            session |= {"status": "complete", "payment_status": "paid", "payment_intent": number("pi"), "url": None,
                        "paid": int(at or time.time())}
            charge = {"id": number("ch"), "object": "charge", "amount": session["amount_total"], "currency": session["currency"],
                      "payment_intent": session["payment_intent"], "metadata": session["intent_metadata"]}
            self.balance.append({"type": "charge", "amount": session["amount_total"], "fee": 59, "currency": session["currency"],
                                 "created": session["paid"], "source": charge})

    def signature(self, body, *, stamp=None, secrets_=(STRIPE_WEBHOOK,)):
        stamp = int(time.time()) if stamp is None else stamp
        return ",".join([f"t={stamp}"] + [
            "v1=" + hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest() for secret in secrets_] +
            ["v0=" + "0" * 64])

    def send(self, kind, what, *, livemode=False, mangle=lambda body: body, event_id=None, **how):
        body = json.dumps({"id": event_id or number("evt"), "object": "event", "api_version": "2024-06-20", "type": kind,
                           "created": int(time.time()), "livemode": livemode, "data": {"object": what}}, indent=2).encode()
        return self.call_back(self.callback_url, mangle(body), {"Content-Type": "application/json; charset=utf-8",
                                                                "Stripe-Signature": self.signature(body, **how)})

    def decline_try(self, session_id, error, **how):
        """A card is refused on the session's page, which stays open, and Stripe says so."""
        with self.lock:
            session = self.sessions[session_id]
            session["payment_intent"] = session["payment_intent"] or number("pi")
            session["intent"] = {"status": "requires_payment_method", "last_payment_error": {"type": "card_error"} | error}
        return self.send("payment_intent.payment_failed", {
            "id": session["payment_intent"], "object": "payment_intent", "amount": session["amount_total"], "amount_received": 0,
            "currency": session["currency"], "metadata": session["intent_metadata"]} | session["intent"], **how)

    def notify(self, session_id, kind="checkout.session.completed", *, changed=None, **how):
        return self.send(kind, self.shown(self.sessions[session_id]) | (changed or {}), **how)


def midnight(day):
    return calendar.timegm(time.strptime(day, "%Y-%m-%d"))
