"""Mail is sent though the mail server is away and the worker is killed: none is lost, at most one comes twice.

The worker of the running souk rests meanwhile; workers, a Redis and mail servers of the tests' own take its place.
"""

import email
import email.policy
import os
import signal
import ssl
import uuid

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from client import wait_for
from own_worker import OwnWorker
from ports import free_ports
from test_events import OwnRedis, resting  # noqa: F401


class MailServer:
    """Keeps what comes; `before_yes` is called after it was kept and before the server says so."""

    def __init__(self, port, before_yes=lambda: None, refuse=False, **options):
        self.got, self.before_yes, self.refuse = [], before_yes, refuse
        self.controller = Controller(self, hostname="127.0.0.1", port=port, ready_timeout=20, **options)
        self.controller.start()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refuse:
            return "550 nobody of this name"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.got.append((envelope.rcpt_tos[0], message["message-id"], session.ssl is not None,
                         bool(getattr(session, "authenticated", False))))
        self.before_yes()
        return "250 kept"

    def to(self, address):
        return [mail for mail in self.got if mail[0] == address]

    def stop(self):
        self.controller.stop()


class Ground:
    def __init__(self, souk, folder):
        self.souk, self.folder, self.port = souk, folder, free_ports(1)[0]
        self.redis = OwnRedis(folder)
        self.workers, self.servers = [], []

    def worker(self, **settings):
        own = {"redis.socket": self.redis.socket, "mail.smtp_socket": "", "mail.smtp_url": f"smtp://127.0.0.1:{self.port}"}
        self.workers.append(OwnWorker(self.souk, self.folder, own | {f"mail.{name}": value for name, value in settings.items()}))
        return self.workers[-1]

    def server(self, **options):
        self.servers.append(MailServer(self.port, **options))
        return self.servers[-1]

    def person(self):
        """Address and mail of somebody who has just opened an account."""
        address = self.souk.new_email()
        account_id = self.souk.post("/v1/accounts", {"email": address, "password": "correct horse"}).json()["account_id"]
        db = self.souk.db_of(account_id)
        def mail(columns="state"):
            return db.value(f"SELECT CONCAT_WS(' ', {columns}) FROM mail WHERE account_id = {account_id}")
        def due(claimed=False):
            """The next attempt is due; with `claimed` although a worker, which has died, has one under way."""
            db.run(f"UPDATE mail SET due_at = UTC_TIMESTAMP(3) WHERE account_id = {account_id}" + ("" if claimed else " AND claim IS NULL"))
        return address, mail, due

    def close(self):
        for worker in self.workers:
            if worker.process.poll() is None:
                worker.end(signal.SIGTERM)
        for server in self.servers:
            server.stop()
        self.redis.kill()


@pytest.fixture
def ground(souk, resting, tmp_path):  # noqa: F811
    folder = tmp_path if len(str(tmp_path)) < 80 else type(tmp_path)(f"/tmp/souk-{uuid.uuid4().hex[:8]}")
    folder.mkdir(exist_ok=True)
    ground = Ground(souk, folder)
    yield ground
    ground.close()


def test_killed_between_the_servers_yes_and_writing_it_down(ground):
    address, mail, due = ground.person()
    workers = []
    server = ground.server(before_yes=lambda: server_kills(server, address, workers))
    workers.append(ground.worker())
    workers[0].process.wait(20)
    assert workers[0].process.returncode == -signal.SIGKILL
    assert len(server.to(address)) == 1 and mail() == "pending"
    due(claimed=True)
    ground.worker()
    wait_for(lambda: mail() == "sent", 60)
    first, second = server.to(address)
    assert first[1] == second[1]


def server_kills(server, address, workers):
    if len(server.to(address)) == 1 and workers and workers[0].process.poll() is None:
        os.kill(workers[0].process.pid, signal.SIGKILL)


def test_a_mail_server_that_is_away_delays_mail_and_loses_none(ground):
    people = [ground.person() for _ in range(5)]
    ground.worker()
    wait_for(lambda: all(int(mail("attempts")) >= 1 for _, mail, _ in people), 60)
    assert {mail() for _, mail, _ in people} == {"pending"}
    gauges = [line.split() for line in ground.souk.get("/metrics").text.splitlines() if line.startswith("souk_mail_waiting")]
    assert sum(float(value) for name, value in gauges if name.startswith("souk_mail_waiting{")) >= 5
    assert max(float(value) for name, value in gauges if name.startswith("souk_mail_waiting_seconds{")) > 0
    server = ground.server()
    def sent(mail, due):
        """An attempt that was under way when the server came puts the next one off."""
        return mail() == "sent" or due()
    wait_for(lambda: all([sent(mail, due) for _, mail, due in people]), 60, every=1)
    assert [len(server.to(address)) for address, _, _ in people] == [1] * 5


def test_an_address_that_is_refused_for_good_is_given_up(ground):
    server = ground.server(refuse=True)
    address, mail, _ = ground.person()
    ground.worker()
    wait_for(lambda: mail() == "failed", 60)
    assert "550" in mail("last_error") and server.got == []


def test_tls_and_a_name_where_they_are_asked_for(ground):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ground.souk.state / "tls/cert.pem", ground.souk.state / "tls/key.pem")
    def check(server, session, envelope, mechanism, data):
        return AuthResult(success=(data.login, data.password) == (b"shop", b"a secret"))
    server = ground.server(tls_context=context, require_starttls=True, authenticator=check, auth_required=True)
    address, mail, _ = ground.person()
    ground.worker(starttls="true", user="shop", password="a secret", ca_file=ground.souk.certificate)
    wait_for(lambda: mail() == "sent", 60)
    assert [(tls, known) for _, _, tls, known in server.to(address)] == [(True, True)]


def test_nothing_goes_out_without_tls_where_it_is_asked_for(ground):
    server = ground.server()
    address, mail, _ = ground.person()
    ground.worker(starttls="true")
    wait_for(lambda: int(mail("attempts")) >= 1, 60)
    assert server.got == [] and mail() == "pending"
