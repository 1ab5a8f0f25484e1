"""Processes come and go under load: not one request may notice, unless its own process was killed outright."""

import os
import signal
import socket
import subprocess
import threading
import time

import pytest

from busy import Busy
from cache_tools import crowd
from client import wait_for
from own_api import OwnApi

RELOADS = 10
THREADS = 6


class Load(Busy):
    """Mutations in a closed loop from several threads; what failed is kept."""

    def __init__(self, souk):
        super().__init__([souk.new_buyer() for _ in range(THREADS)])
        self.souk = souk
        self.done = 0
        self.failed = []

    def one(self, buyer, n):
        if n % 3 == 0:
            return self.souk.post("/v1/guests", {}), 201
        if n % 3 == 1:
            return buyer.get("/v1/me"), 200
        return buyer.patch("/v1/me", {"name": f"name {n}"}), 200

    def run(self, buyer):
        n = 0
        while not self.stop.is_set():
            n += 1
            try:
                answer, status = self.one(buyer, n)
                wrong = None if answer.status_code == status else f"{answer.status_code} {answer.text[:200]}"
            except Exception as error:
                wrong = repr(error)
            with self.lock:
                self.done += 1
                if wrong:
                    self.failed.append(wrong)


def children(souk):
    pid = souk.pid("api")
    text = open(f"/proc/{pid}/task/{pid}/children").read()
    return [int(child) for child in text.split()]


def threads_of(pid):
    try:
        return len(os.listdir(f"/proc/{pid}/task"))
    except FileNotFoundError:
        return 0


def serving(souk):
    """Children that have their threads, the checker and those still starting left out."""
    return [child for child in children(souk) if threads_of(child) > 3]


def settled(souk):
    return len(children(souk)) == len(serving(souk)) == int(souk.conf["api"]["processes"])


@pytest.fixture(autouse=True)
def calm(souk):
    yield
    wait_for(lambda: settled(souk), 30)
    wait_for(lambda: souk.get("/readyz").status_code == 200, 10)


def test_reloads_lose_nothing(souk):
    wait_for(lambda: settled(souk), 30)
    master, before = souk.pid("api"), set(children(souk))
    with Load(souk) as load:
        for _ in range(RELOADS):
            known = set(children(souk))
            os.kill(master, signal.SIGHUP)
            wait_for(lambda: set(serving(souk)) - known, 15)
            time.sleep(0.4)
        done_while_reloading = load.done
        # The last of the retired leave while the load goes on.
        wait_for(lambda: settled(souk), 40)
    assert load.failed == []
    assert done_while_reloading > 100
    assert souk.pid("api") == master
    assert not before & set(children(souk))


def test_terminated_children_are_replaced_unnoticed(souk):
    wait_for(lambda: settled(souk), 30)
    with Load(souk) as load:
        for _ in range(3):
            victim = serving(souk)[0]
            os.kill(victim, signal.SIGTERM)
            wait_for(lambda: victim not in children(souk), 20)
            wait_for(lambda: len(serving(souk)) >= 2, 10)
    assert load.failed == []
    assert load.done > 50


def test_killed_child_is_replaced(souk):
    wait_for(lambda: settled(souk), 30)
    with Load(souk) as load:
        victim = serving(souk)[0]
        os.kill(victim, signal.SIGKILL)
        wait_for(lambda: victim not in children(souk) and settled(souk), 10)
        time.sleep(0.5)
    # Only what the killed process had under way or kept open may have failed: answered by nginx, never hung.
    assert len(load.failed) <= THREADS * 8
    assert souk.get("/livez").status_code == 200


def test_reload_with_broken_configuration_is_refused(souk):
    wait_for(lambda: settled(souk), 30)
    path = souk.state / "souk.conf"
    good, before = path.read_text(), set(children(souk))
    try:
        path.write_text(good + "\n[api]\nnonsense = 1\n")
        os.kill(souk.pid("api"), signal.SIGHUP)
        time.sleep(1)
        assert set(children(souk)) == before
        assert souk.get("/readyz").status_code == 200
    finally:
        path.write_text(good)


def test_row_that_disagrees_keeps_the_old_serving(souk):
    """A reload into a build whose routines are gone: the children of before serve on until it is put right."""
    wait_for(lambda: settled(souk), 30)
    before = set(children(souk))
    try:
        souk.db("global").run("DROP PROCEDURE category_list; DELETE FROM routine_loaded WHERE name = 'category_list'")
        os.kill(souk.pid("api"), signal.SIGHUP)
        time.sleep(1.5)
        assert before <= set(children(souk))
        assert souk.get("/livez").status_code == 200
        assert "category_list" in (souk.state / "log" / "api.log").read_text()
    finally:
        souk.admin_command("routines")
    wait_for(lambda: not before & set(children(souk)), 40)


def test_socket_in_use_is_said(souk, tmp_path):
    done = souk.command("api", "--config", souk.state / "souk.conf", check=False)
    assert done.returncode == 1
    assert "already served by another process" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_open_connections_hold_no_thread(souk, tmp_path):
    """With two threads: hundreds of connections that say nothing, and one that stops in the middle of its first line."""
    api = OwnApi(souk, tmp_path, {"api.processes": 1, "api.threads": 2, "api.drain_ms_max": 500})
    silent = [socket.socket(socket.AF_UNIX) for _ in range(300)]
    try:
        for connection in silent:
            connection.connect(str(api.socket))
        silent[0].sendall(b"\x01\x01\x00")
        time.sleep(0.3)
        began = time.monotonic()
        for uri in ("/livez", "/v1/products?limit=1", "/readyz") * 3:
            assert api.request("GET", uri).status == 200
        assert time.monotonic() - began < 2
        began = time.monotonic()
        silent[0].close()
        api.stop()
        assert api.process.returncode == 0
        assert time.monotonic() - began < 5  # connections that nobody closes are closed
    finally:
        api.process.kill()
        for connection in silent:
            connection.close()


def test_clients_that_never_close_hold_no_thread(souk, tmp_path):
    """With two threads: hundreds that had their answer, asked for no further one and leave their connection open."""
    api = OwnApi(souk, tmp_path, {"api.processes": 1, "api.threads": 2})
    try:
        began = time.monotonic()
        assert all(b"Status: 200" in head for head, _, _ in crowd(api.socket, "/livez", 300))
        assert time.monotonic() - began < 5
    finally:
        api.process.kill()


SLOW_RESOLVER = """
#include <netdb.h>
#include <unistd.h>
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
    (void)node, (void)service, (void)hints, (void)out;
    sleep(3);
    return EAI_FAIL;
}
"""


def test_a_database_whose_name_nobody_knows_holds_up_nobody_else(souk, tmp_path):
    """One shard is named by host and the resolver is slow: who waits for that keeps no thread that another could use."""
    slow = tmp_path / "slow.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-x", "c", "-o", slow, "-"], input=SLOW_RESOLVER, text=True, check=True)
    api = OwnApi(souk, tmp_path, {"api.processes": 1, "api.threads": 32, "shard.1.socket": "", "shard.1.host": "db.example",
                                  "shard.1.port": 3306}, env={"LD_PRELOAD": str(slow)}, ready="/livez")
    order_id = next(slot for slot in range(256) if souk.shard_of(slot) == 1) + (1 << 40)
    token = {"HTTP_AUTHORIZATION": f"Bearer {souk.new_buyer().token}"}
    waiting = [threading.Thread(target=api.request, args=("GET", f"/v1/orders/{order_id}"), kwargs=token) for _ in range(16)]
    try:
        for thread in waiting:
            thread.start()
        time.sleep(0.05)
        began = time.monotonic()
        assert api.request("GET", "/livez").status == 200
        assert time.monotonic() - began < 0.5
    finally:
        api.process.kill()
        for thread in waiting:
            thread.join()


def test_more_connections_than_descriptors_wait(souk, tmp_path):
    """The process stays, and goes on as soon as some have ended."""
    api = OwnApi(souk, tmp_path, {"api.processes": 1, "api.threads": 2}, files=200)
    many = [socket.socket(socket.AF_UNIX) for _ in range(300)]
    children = lambda: open(f"/proc/{api.process.pid}/task/{api.process.pid}/children").read().split()
    before = children()
    try:
        for connection in many:
            connection.connect(str(api.socket))
        wait_for(lambda: "who comes waits" in (tmp_path / "log").read_text())
        for connection in many:
            connection.close()
        began = time.monotonic()
        assert api.request("GET", "/livez").status == 200
        assert time.monotonic() - began < 2
        assert children() == before
    finally:
        api.process.kill()
        for connection in many:
            connection.close()


def own_configuration(souk, folder):
    """The state's configuration with a socket and pid file of its own."""
    text = (souk.state / "souk.conf").read_text()
    run = str(souk.state / "run")
    path = folder / "souk.conf"
    path.write_text(text.replace(f"{run}/api.", f"{folder}/api."))
    path.chmod(0o600)
    return path


def serves(path):
    """Does something accept on this socket?"""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


@pytest.mark.parametrize("manner", ["systemd", "spawn-fcgi"])
def test_inherited_socket(souk, tmp_path, manner):
    conf = own_configuration(souk, tmp_path)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "inherited.sock"))
    listener.listen(64)

    if manner == "systemd":
        # The environment of the program is set by the shell that becomes it: its pid is the one that counts.
        script = f"export LISTEN_PID=$$ LISTEN_FDS=1; exec '{souk.binary}' api --config '{conf}' 3<&{listener.fileno()}"
        process = subprocess.Popen(["bash", "-c", script], pass_fds=[listener.fileno()], stdin=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
    else:
        process = subprocess.Popen([str(souk.binary), "api", "--config", str(conf)], stdin=listener,
                                   stderr=subprocess.DEVNULL)
    listener.close()
    try:
        wait_for(lambda: (tmp_path / "api.pid").exists(), 5)
        time.sleep(0.5)
        assert process.poll() is None
        assert serves(tmp_path / "inherited.sock")
        assert not (tmp_path / "api.sock").exists()
        # Still the same socket after a reload.
        process.send_signal(signal.SIGHUP)
        time.sleep(1)
        assert process.poll() is None
        assert serves(tmp_path / "inherited.sock")
    finally:
        process.terminate()
        assert process.wait(timeout=20) == 0
    # Not ours: it stays.
    assert (tmp_path / "inherited.sock").exists()


def test_tcp_socket_is_refused(souk, tmp_path):
    conf = own_configuration(souk, tmp_path)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        done = souk.command("api", "--config", conf, check=False, stdin=listener)
    assert done.returncode == 1
    assert "not a listening unix socket" in done.stderr
