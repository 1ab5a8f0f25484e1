"""make run and make stop as a person meets them: repeated, interrupted, on a used port, with changed settings."""

import datetime
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import pytest

from client import ROOT, Souk, make, wait_for
from paying import ADDRESS
from ports import free_ports

SERVICES = ("db0", "redis", "mail", "nginx", "api", "worker", "sandbox")
# Far above what make bench shows, for machines that stall: beyond this something waits that should not.
RESTART_SECONDS_MAX = 30
REPEAT_SECONDS_MAX = 15


class Stack:
    """A state of its own, never started with LIMITS=off unless a test says so."""

    def __init__(self, folder):
        self.state = pathlib.Path(folder)
        self.ports = free_ports(2)
        self.build = {"BUILD": os.environ["BUILD"]} if "BUILD" in os.environ else {}

    def make(self, target, check=True, **variables):
        return make(target, check=check, STATE=self.state, **self.build, **variables)

    def run(self, check=True, **variables):
        ports = {"HTTP_PORT": self.ports[0], "HTTPS_PORT": self.ports[1]}
        return self.make("run", check=check, **{**ports, **variables})

    def stop(self):
        return self.make("stop")

    def pids(self):
        return {name: int((self.state / "run" / f"{name}.pid").read_text()) for name in SERVICES}

    def processes(self):
        """Pids of all processes whose command line, folder or open files name this state."""
        found = set()
        for proc in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if str(self.state) in (proc / "cmdline").read_bytes().decode(errors="replace"):
                    found.add(int(proc.name))
            except OSError:
                pass
        return found


@pytest.fixture(scope="module")
def folder():
    """In the folder of tests/run, which ends what an interruption leaves."""
    path = tempfile.mkdtemp(prefix="stack-", dir=os.environ.get("SOUK_TEST_FOLDER"))
    yield pathlib.Path(path)
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def stack(folder):
    stack = Stack(folder / "s")
    stack.run()
    yield stack
    stack.stop()


def one_line(done):
    """What a refusal says: one line of ours, beside make's own."""
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line and not line.startswith(("make", "  "))]
    assert done.returncode != 0 and len(lines) == 1 and lines[0].startswith("souk: "), done.stdout + done.stderr
    return lines[0]


def seconds_of(call, *arguments, **options):
    start = time.monotonic()
    call(*arguments, **options)
    return time.monotonic() - start


def test_files_with_secrets_are_private(stack):
    for name in ("demo.env", "souk.conf", "secret", "root.cnf", "tls/key.pem"):
        assert (stack.state / name).stat().st_mode & 0o077 == 0, name
    assert set(Souk(stack.state).demo) == {"SOUK_URL", "SOUK_ADMIN_EMAIL", "SOUK_ADMIN_PASSWORD"}


def test_repeating_run_changes_nothing_and_is_quick(stack):
    before = stack.pids()
    souk = Souk(stack.state)
    products = souk.db("global").value("SELECT COUNT(*) FROM product")
    assert seconds_of(stack.run) < REPEAT_SECONDS_MAX
    assert stack.pids() == before
    assert int(products) > 0 and souk.db("global").value("SELECT COUNT(*) FROM product") == products


def test_run_without_ports_uses_those_it_had(stack):
    assert str(stack.ports[1]) in stack.make("run").stdout


def test_servers_are_durable_and_closed_to_the_network(stack):
    souk = Souk(stack.state)
    row = souk.db("global").rows(
        "SELECT @@innodb_flush_log_at_trx_commit f, @@sync_binlog s, @@log_bin b, @@local_infile l, @@skip_networking n")[0]
    assert row == {"f": "1", "s": "1", "b": "1", "l": "0", "n": "1"}
    isolation = souk.db("global").value("SHOW GLOBAL VARIABLES WHERE Variable_name IN ('tx_isolation', 'transaction_isolation')")
    assert isolation in ("tx_isolation", "transaction_isolation")


@pytest.mark.skipif(bool(os.environ.get("SANITIZE")), reason="a sanitizer brings its own")
def test_souk_api_has_an_allocator_for_many_threads(stack):
    assert "libjemalloc" in pathlib.Path(f"/proc/{Souk(stack.state).pid('api')}/maps").read_text()


def test_the_app_may_only_call(stack):
    souk = Souk(stack.state)
    section = souk.conf["shard.0"]
    attempt = ["mariadb", "--no-defaults", f"--socket={section['socket']}", f"--user={section['user']}",
               f"--password={section['password']}", section["schema"], "-e"]
    for sql in ("SELECT * FROM orders", "INSERT INTO outbox() VALUES ()", "DELETE FROM ledger_entry", "CREATE TABLE t(a INT)"):
        done = subprocess.run([*attempt, sql], capture_output=True, text=True)
        assert done.returncode != 0 and "denied" in done.stderr, sql
    locked = subprocess.run(["mariadb", "--no-defaults", f"--socket={section['socket']}", "--user=souk_definer", "-e", "SELECT 1"],
                            capture_output=True, text=True)
    assert locked.returncode != 0


@pytest.mark.parametrize("table", ["ledger_entry", "stock_movement", "order_event"])
def test_append_only_tables_are_that_for_routines_too(stack, table):
    rows = Souk(stack.state).db(0).rows("SHOW GRANTS FOR 'souk_definer'@'localhost'")
    grants = [grant for row in rows for grant in row.values()]
    assert any("`orders`" in grant for grant in grants)
    # personal data of a deleted account is erased from the data of its orders' events, and nothing else there changes
    wanted = ["GRANT UPDATE (`data`)"] if table == "order_event" else []
    assert {grant.split(" ON ")[0] for grant in grants if f"`{table}`" in grant} == set(wanted)


def test_http_leads_to_https(stack):
    souk = Souk(stack.state)
    answer = souk.get(f"http://localhost:{stack.ports[0]}/v1/products?limit=1")
    assert answer.status_code == 308
    assert answer.headers["Location"] == f"https://localhost:{stack.ports[1]}/v1/products?limit=1"
    assert souk.get("/livez").status_code == 200


def test_another_port_in_use_is_named(stack):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = one_line(stack.run(check=False, HTTPS_PORT=port))
    assert f"port {port} is in use" in line and "HTTPS_PORT=" in line
    assert Souk(stack.state).get("/readyz").status_code == 200


@pytest.mark.parametrize("name,value", [("SHARDS", 3), ("DB_SERVERS", 2), ("MYSQLD", "/bin/true")])
def test_what_a_state_cannot_become_is_refused(stack, name, value):
    line = one_line(stack.run(check=False, **{name: value}))
    assert f"{name}=" in line and str(stack.state) in line and "STATE=another-folder" in line
    assert Souk(stack.state).get("/readyz").status_code == 200


@pytest.mark.parametrize("name,value", [("HTTP_PORT", "none"), ("HTTPS_PORT", 70000), ("SHARDS", 0), ("SHARDS", 65), ("DB_SERVERS", 0),
                                        ("LIMITS", "maybe"), ("PAYMENT_WINDOW_S", 0), ("PLAIN_PORT", "x"), ("MYSQLD", "/nonexistent/mysqld")])
def test_values_that_cannot_be_are_refused_before_anything_is_made(folder, name, value):
    state = folder / "refused"
    line = one_line(make("run", check=False, STATE=state, **{name: value}))
    assert f"{name}={value}" in line
    assert not (state / "db0").exists()


def seconds_to_pay(stack):
    """How long an order that is placed now may be paid."""
    guest = Souk(stack.state).new_guest()
    sku_id = guest.souk.skus_on_sale()[0]["sku_id"]
    placed = guest.post("/v1/orders", {"items": [{"sku_id": sku_id, "qty": 1}], "address": ADDRESS, "email": "a@example.com"}, key=True)
    order = guest.get(f"/v1/orders/{placed.json()['order_id']}").json()
    start, end = (datetime.datetime.fromisoformat(order[name].replace("Z", "+00:00")) for name in ("created_at", "expires_at"))
    return round((end - start).total_seconds())


def test_the_time_to_pay_is_a_setting_that_the_state_remembers(stack):
    assert seconds_to_pay(stack) == 1800
    try:
        stack.run(PAYMENT_WINDOW_S=90)
        assert seconds_to_pay(stack) == 90
        stack.run()
        assert seconds_to_pay(stack) == 90
    finally:
        stack.run(PAYMENT_WINDOW_S=1800)
    assert seconds_to_pay(stack) == 1800


def test_a_configuration_changed_by_hand_is_put_back_and_no_longer_in_use(stack):
    conf = stack.state / "souk.conf"
    written = conf.read_text()
    conf.write_text(written.replace("payment_window_s = 1800", "payment_window_s = 77"))
    os.kill(stack.pids()["api"], signal.SIGHUP)
    wait_for(lambda: seconds_to_pay(stack) == 77, every=1)
    stack.run()
    assert conf.read_text() == written
    assert seconds_to_pay(stack) == 1800


def test_sign_in_is_limited_per_address(stack):
    souk = Souk(stack.state)
    body = {"email": "nobody@example.com", "password": "not the password"}
    answers = [souk.post("/v1/sessions", body) for _ in range(40)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused and refused[-1].headers["Content-Type"] == "application/problem+json"
    assert int(refused[-1].headers["Retry-After"]) >= 1
    assert refused[-1].headers["RateLimit"] and refused[-1].headers["RateLimit-Policy"]
    assert refused[-1].json()["code"] == "rate_limited" and refused[-1].json()["request_id"]
    assert souk.get("/v1/products").status_code == 200


def test_a_buyer_at_a_flash_sale_is_limited_by_the_token(stack):
    souk = Souk(stack.state)
    answers = [souk.post("/v1/flash/1/queue", {}, headers={"Authorization": "Bearer one"}) for _ in range(40)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused and answers[0].status_code == 401
    assert refused[-1].headers["RateLimit-Policy"].startswith('"flash"') and refused[-1].json()["code"] == "rate_limited"
    assert souk.post("/v1/flash/1/queue", {}, headers={"Authorization": "Bearer two"}).status_code == 401


def test_limits_off_is_said_loudly_and_ends_with_the_next_run(stack):
    try:
        assert "RATE LIMITS ARE OFF" in stack.run(LIMITS="off").stdout
        assert "RATE LIMITS ARE OFF" in stack.make("status").stdout
        souk = Souk(stack.state)
        body = {"email": "nobody@example.com", "password": "not the password"}
        assert {souk.post("/v1/sessions", {**body, "email": souk.new_email()}).status_code for _ in range(40)} == {401}
    finally:
        assert "RATE LIMITS ARE OFF" not in stack.run().stdout
    assert "RATE LIMITS ARE OFF" not in stack.make("status").stdout


def test_plain_port_is_for_this_machine_only(stack):
    port = free_ports(1)[0]
    try:
        stack.run(PLAIN_PORT=port)
        assert Souk(stack.state).get(f"http://127.0.0.1:{port}/livez").status_code == 200
        listening = pathlib.Path("/proc/net/tcp").read_text()
        assert re.search(rf" 0100007F:{port:04X} 00000000:0000 0A", listening)
    finally:
        stack.run()

    def closed():
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) != 0
    wait_for(closed)


def test_status_tells_what_is_missing(stack):
    assert stack.make("status").returncode == 0
    os.kill(stack.pids()["worker"], signal.SIGKILL)
    time.sleep(0.1)
    done = stack.make("status", check=False)
    assert done.returncode != 0 and re.search(r"worker +down", done.stdout)
    stack.run()
    assert stack.make("status").returncode == 0


@pytest.mark.parametrize("service", SERVICES)
def test_what_was_killed_is_started_again(stack, service):
    before = stack.pids()
    os.kill(before[service], signal.SIGKILL)
    stack.run()
    after = stack.pids()
    assert after[service] != before[service]
    assert {name: pid for name, pid in after.items() if name != service} == \
        {name: pid for name, pid in before.items() if name != service}
    assert Souk(stack.state).get("/readyz").status_code == 200


def test_a_pid_that_belongs_to_somebody_else_is_left_alone(stack):
    stack.stop()
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        for name in SERVICES:
            (stack.state / "run" / f"{name}.pid").write_text(f"{stranger.pid}\n")
        stack.stop()
        assert stranger.poll() is None
        stack.run()
        assert stranger.pid not in stack.pids().values()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_stop_leaves_no_process_and_run_is_ready_again_quickly(stack):
    souk = Souk(stack.state)
    accounts = souk.db(0).value("SELECT COUNT(*) FROM account"), souk.db(1).value("SELECT COUNT(*) FROM account")
    assert stack.processes()
    kept = pathlib.Path(re.search(r"fastcgi_cache_path (\S+)", (pathlib.Path(stack.state) / "nginx/nginx.conf").read_text()).group(1))
    assert kept.is_dir()
    stack.stop()
    assert stack.processes() == set()
    assert pathlib.Path(stack.state) in kept.parents or not kept.parent.exists(), "nginx's answers stay in memory"
    assert seconds_of(stack.run) < RESTART_SECONDS_MAX
    assert souk.get("/readyz").status_code == 200
    assert (souk.db(0).value("SELECT COUNT(*) FROM account"), souk.db(1).value("SELECT COUNT(*) FROM account")) == accounts


def test_after_everything_was_killed_at_once_run_recovers(stack):
    for pid in stack.processes():
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not stack.processes())
    stack.run()
    assert Souk(stack.state).get("/readyz").status_code == 200


def test_two_servers_share_the_shards_in_a_deep_folder(folder):
    """Unix sockets have at most 107 bytes in their path; the state is deeper than that."""
    stack = Stack(folder / ("deep-" * 18) / "state")
    try:
        stack.run(DB_SERVERS=2, SHARDS=3)
        souk = Souk(stack.state)
        sockets = [souk.conf[f"shard.{n}"]["socket"] for n in range(3)]
        assert sockets[0] == sockets[2] != sockets[1]
        assert all(len(path) < 108 for path in sockets)
        assert souk.get("/readyz").status_code == 200
    finally:
        stack.stop()
    assert stack.processes() == set()


def test_missing_package_without_root_is_one_line():
    as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    with tempfile.NamedTemporaryFile("w", dir="/tmp", suffix=".txt") as packages:
        packages.write("souk-no-such-package - nothing has this name\n")
        packages.flush()
        os.chmod(packages.name, 0o644)
        done = subprocess.run([*as_nobody, "bash", "-s", packages.name], input=(ROOT / "stack/packages.sh").read_text(),
                              capture_output=True, text=True, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "souk-no-such-package" in done.stderr and "apt-get install" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="a small file system needs root")
def test_full_disk_is_said_before_anything_is_made(folder):
    small = folder / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64M", "tmpfs", small], capture_output=True).returncode != 0:
        pytest.skip("no file system can be mounted here")
    try:
        line = one_line(make("run", check=False, STATE=small / "state"))
        assert "MiB are free" in line and "STATE=" in line
        assert not (small / "state" / "db0").exists()
    finally:
        subprocess.run(["umount", small], check=True)


def test_database_that_does_not_start_is_one_line(folder):
    stack = Stack(folder / "broken")
    mysqld = folder / "mysqld"
    mysqld.write_text("#!/bin/sh\n[ \"$1\" != --version ] || { echo MariaDB; exit; }\necho 'ERROR: cannot hold a table' >&2\nexit 1\n")
    mysqld.chmod(0o755)
    try:
        line = one_line(stack.run(check=False, MYSQLD=mysqld))
        assert "database db0" in line and "log" in line
    finally:
        stack.stop()
    assert stack.processes() == set()
