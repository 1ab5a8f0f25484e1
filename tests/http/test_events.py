"""Server-sent events of tickets: nginx keeps the connections, souk says who may listen, the worker tells."""

import contextlib
import json
import os
import signal
import socket
import ssl
import time

import pytest

from client import wait_for
from flash_sales import Sale, new_sku
from parcels import assert_problem


STREAM = {"Accept": "text/event-stream"}


@pytest.fixture(scope="module")
def sku_id(souk):
    return new_sku(souk, 1000)


@pytest.fixture
def sale(souk, sku_id):
    sale = Sale(souk, sku_id, units=20).wait_open(20)
    yield sale
    sale.cancel()


def ticket_of(sale, buyer):
    answer = sale.buy(buyer)
    assert answer.status_code == 202, answer.text
    return answer.json()["ticket"]


def listen(sale, buyer, ticket, **headers):
    return buyer.get(f"{sale.path}/tickets/{ticket}/events", stream=True, timeout=20, headers=STREAM | headers)


def news(answer):
    """The first event of a stream: its type and data."""
    kind = None
    for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
        if line.startswith("event: "):
            kind = line[7:]
        elif line.startswith("data: "):
            return kind, json.loads(line[6:])
    return None


def workers(souk):
    """nginx's worker processes; one that crashed is another one."""
    with open(f"/proc/{souk.pid('nginx')}/task/{souk.pid('nginx')}/children") as children:
        return set(children.read().split())


class RawStream:
    """A request for events on a connection of its own, with any headers."""

    def __init__(self, souk, path, headers):
        host, port = souk.base_url.removeprefix("https://").split(":")
        context = ssl.create_default_context(cafile=souk.certificate)
        self.connection = context.wrap_socket(socket.create_connection((host, int(port)), 10), server_hostname=host)
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        self.connection.sendall("\r\n".join(lines).encode())
        self.text = b""

    def until(self, words):
        while words not in self.text:
            part = self.connection.recv(4096)
            assert part, self.text
            self.text += part
        return self

    def close(self):
        self.connection.close()


def test_who_listens_is_told_when_it_is_ordered(souk, sale, buyer):
    with souk.worker_held():
        ticket = ticket_of(sale, buyer)
        answer = listen(sale, buyer, ticket)
        assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/event-stream"), answer.text
        assert answer.headers["Cache-Control"] == "no-store" and answer.headers["X-Content-Type-Options"] == "nosniff"
    started = time.monotonic()
    assert news(answer) == ("ticket", {"state": "ordered", "reason": None})
    assert time.monotonic() - started < 10
    assert buyer.get(f"{sale.path}/tickets/{ticket}").json()["state"] == "ordered"


def test_who_listens_is_told_why_it_is_refused(souk, sale, buyer):
    with souk.worker_held():
        answer = sale.buy(buyer, expected_total=1)
        stream = listen(sale, buyer, answer.json()["ticket"])
        assert stream.status_code == 200
    assert news(stream) == ("ticket", {"state": "refused", "reason": "order.price_changed"})


def test_who_comes_late_is_told_at_once(sale, buyer):
    ticket = ticket_of(sale, buyer)
    sale.outcome(buyer, ticket)
    assert news(listen(sale, buyer, ticket)) == ("ticket", {"state": "ordered", "reason": None})


def test_who_cannot_listen_is_told_what_is_known(souk, sale, buyer):
    with souk.worker_held():
        ticket = ticket_of(sale, buyer)
        answer = buyer.get(f"{sale.path}/tickets/{ticket}/events")
        assert answer.text.startswith("retry: ") and news(answer) == ("ticket", {"state": "queued", "reason": None})
    sale.outcome(buyer, ticket)


def test_strangers_do_not_listen(souk, sale, buyer):
    with souk.worker_held():
        ticket = ticket_of(sale, buyer)
        assert_problem(listen(sale, souk.new_buyer(), ticket), 404, "not_found")
        assert_problem(listen(sale, buyer, ticket[:-4] + "AAAA"), 404, "not_found")
        assert souk.get(f"{sale.path}/tickets/{ticket}/events").status_code == 401
        assert souk.get("/-/events/1").status_code == 404  # only souk leads there


@pytest.mark.parametrize("name, value", [("If-None-Match", '"1"'), ("If-Modified-Since", "Sat, 28 Nov 2026 10:00:00 GMT"),
                                         ("If-Modified-Since", "nonsense"), ("If-None-Match", "0")])
def test_a_place_in_the_stream_is_not_taken_from_these_headers(souk, sale, buyer, name, value):
    before = workers(souk)
    with souk.worker_held():
        ticket = ticket_of(sale, buyer)
        assert listen(sale, buyer, ticket, **{name: value}).status_code == 400
        stream = listen(sale, buyer, ticket)
    assert news(stream)[1]["state"] == "ordered"
    assert workers(souk) == before


@pytest.mark.parametrize("value", ["", "0", "-1", "1:1", "99999999999:0", "1,2,3", "1700000000:0[0]", "x" * 3000])
def test_a_made_up_last_event_id_is_not_read(souk, sale, buyer, value):
    before = workers(souk)
    with souk.worker_held():
        ticket = ticket_of(sale, buyer)
        stream = RawStream(souk, f"{sale.path}/tickets/{ticket}/events",
                           STREAM | {"Authorization": f"Bearer {buyer.token}", "Last-Event-ID": value})
        stream.until(b"text/event-stream")
    stream.until(b'"state":"ordered"').close()
    assert workers(souk) == before


def test_streams_hold_no_thread(souk, sale, buyer):
    """More listen than souk has threads; everything else is answered as before."""
    streams, many = [], 3 * int(souk.conf["api"]["threads"]) * int(souk.conf["api"]["processes"])
    with souk.worker_held():
        ticket = ticket_of(sale, buyer)
        try:
            for _ in range(many):
                stream = RawStream(souk, f"{sale.path}/tickets/{ticket}/events", STREAM | {"Authorization": f"Bearer {buyer.token}"})
                streams.append(stream.until(b"\r\n\r\n"))
                assert stream.text.startswith(b"HTTP/1.1 200"), stream.text
            for _ in range(20):
                started = time.monotonic()
                assert souk.get("/livez").status_code == 200
                assert time.monotonic() - started < 2
        except BaseException:
            for stream in streams:
                stream.close()
            raise
    for stream in streams:
        stream.until(b'"state":"ordered"').close()


def test_a_reload_of_nginx_ends_streams_and_the_next_one_knows(souk, sale, buyer):
    with souk.worker_held():
        ticket = ticket_of(sale, buyer)
        stream, before = listen(sale, buyer, ticket), workers(souk)
        os.kill(souk.pid("nginx"), signal.SIGHUP)
        wait_for(lambda: not before & workers(souk), 15)
        with contextlib.suppress(Exception):  # it was cut off
            assert news(stream) is None
        again = listen(sale, buyer, ticket)
        assert again.status_code == 200
    assert news(again) == ("ticket", {"state": "ordered", "reason": None})
