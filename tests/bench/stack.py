"""The stack a benchmark runs on: make run in a folder of its own, and what a benchmark asks of it."""
import functools
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def get(path, token=None):
    """The bytes of a request for tests/bench/load.c."""
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    return (head + (f"Authorization: Bearer {token}\r\n" if token else "") + "\r\n").encode()


def post(path, token, body):
    """As get(); load.c writes a fresh number over the ################ of each."""
    data = json.dumps(body).encode()
    return (f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nIdempotency-Key: bench-################\r\n"
            f"Content-Length: {len(data)}\r\n\r\n").encode() + data


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def children(pid):
    """Pids of the children of all threads of a process."""
    return [int(child) for task in Path(f"/proc/{pid}/task").glob("*/children") for child in task.read_text().split()]


class Stack:
    def __init__(self, folder, build, **settings):
        """settings: of make run, SHARDS for one."""
        folder.mkdir(exist_ok=True)
        self.folder, self.build = folder, build
        self.state = folder / "state"
        self.conf = self.state / "souk.conf"
        self.plain_port = free_port()
        self.noop = self.api = None
        self.env = {**os.environ, "STATE": str(self.state), "BUILD": str(build), "HTTP_PORT": str(free_port()),
                    "HTTPS_PORT": str(free_port()), "PLAIN_PORT": str(self.plain_port), "LIMITS": "off", "MAIL": "off", **settings}
        self.url = f"https://localhost:{self.env['HTTPS_PORT']}"

    def make(self, target):
        done = subprocess.run(["make", "-s", target], cwd=ROOT, env=self.env, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"make {target} failed: {done.stdout}{done.stderr}")

    def run(self):
        self.make("run")

    def stop(self):
        """Also takes back the no-op location: make run writes nginx's configuration anew, without its upstream."""
        (self.state / "nginx" / "plain.d" / "noop.conf").unlink(missing_ok=True)
        self.make("stop")

    def end(self):
        if self.noop and self.noop.poll() is None:
            self.noop.terminate()
            self.noop.wait()
        self.make("stop")

    def noop_start(self):
        """The bare libfcgi handler behind the same nginx, at /bench/noop of the plain port."""
        sock = self.state / "run" / "noop.sock"
        self.noop = subprocess.Popen([self.build / "bench-noop", sock, "2", "160"])
        plain = self.state / "nginx" / "plain.d"
        plain.mkdir(exist_ok=True)
        (plain / "noop.conf").write_text("location = /bench/noop { include snippets/fastcgi.conf; include snippets/headers-api.conf;"
                                         " fastcgi_pass souk_noop; }\n")
        conf = self.state / "nginx" / "nginx.conf"
        upstream = f"upstream souk_noop {{ server unix:{sock} max_fails=0; keepalive 128; keepalive_requests 100000; keepalive_time 5s; keepalive_timeout 2s; }}\n"
        conf.write_text(re.sub(r"(\n\s*upstream souk_sandbox)", "\n" + upstream + r"\1", conf.read_text(), count=1))
        subprocess.run(["nginx", "-s", "reload", "-c", conf], check=True, capture_output=True)
        for _ in range(100):
            time.sleep(0.05)
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.plain_port}/bench/noop") as got:
                    if got.status == 200:
                        return
            except urllib.error.URLError:
                pass
        raise SystemExit("the no-op handler does not answer")

    def call(self, method, path, body=None, token=None):
        request = urllib.request.Request(self.url + path, method=method, data=None if body is None else json.dumps(body).encode())
        request.add_header("Content-Type", "application/json")
        request.add_header("Idempotency-Key", uuid.uuid4().hex)
        if token:
            request.add_header("Authorization", "Bearer " + token)
        context = ssl.create_default_context(cafile=self.state / "tls" / "cert.pem")
        with urllib.request.urlopen(request, context=context) as got:
            return json.load(got)

    def admin_token(self):
        env = dict(line.split("=", 1) for line in (self.state / "demo.env").read_text().split("\n") if "=" in line)
        value = lambda name: env[name].strip("'\"")
        return self.call("POST", "/v1/sessions", {"email": value("SOUK_ADMIN_EMAIL"), "password": value("SOUK_ADMIN_PASSWORD")})["access_token"]

    def buyers(self, n):
        """Access tokens of n new buyers, on all shards."""
        tokens = []
        for _ in range(n):
            who = {"email": f"bench-{uuid.uuid4().hex}@example.com", "password": "correct horse battery"}
            self.call("POST", "/v1/accounts", who)
            tokens.append(self.call("POST", "/v1/sessions", who)["access_token"])
        return tokens

    def sku_ids(self):
        return self.sql("SELECT sku_id FROM souk_global.sku ORDER BY sku_id").split()

    def fill_stock(self, skus, qty):
        token = self.admin_token()
        for sku in skus:
            self.call("POST", "/v1/admin/stock/receipts", {"sku_id": sku, "qty": qty, "reference": uuid.uuid4().hex}, token)

    def sql(self, text):
        return subprocess.run(["mariadb", f"--defaults-file={self.state}/root.cnf", f"--socket={self.state}/run/db0.sock",
                               "--batch", "--skip-column-names", "-e", text], check=True, capture_output=True, text=True).stdout

    def sql_input(self, schema, text):
        """A longer script, on one schema."""
        return subprocess.run(["mariadb", f"--defaults-file={self.state}/root.cnf", f"--socket={self.state}/run/db0.sock",
                               "--batch", "--skip-column-names", schema], input=text, check=True, capture_output=True, text=True).stdout

    @functools.cached_property
    def slots(self):
        """The shard of each slot."""
        rows = self.sql("SELECT slot, shard FROM souk_global.slot_map").splitlines()
        return {int(slot): int(shard) for slot, shard in map(str.split, rows)}

    def durability(self):
        flush, binlog = self.sql("SELECT @@innodb_flush_log_at_trx_commit, @@sync_binlog").split()
        return f"flush_log_at_trx_commit={flush}, sync_binlog={binlog}, 2 shards on one server"

    def orders_n(self):
        shards = int(self.env.get("SHARDS") or 2)
        return int(self.sql("SELECT " + " + ".join(f"(SELECT COUNT(*) FROM souk_shard_{n}.orders)" for n in range(shards))))

    def reconfigure(self, section, key, value):
        """Another value for one key of souk.conf, and souk api reloaded with it."""
        text = re.sub(rf"^{key} = .*\n", "", self.conf.read_text(), flags=re.M)
        self.conf.write_text(text.replace(f"[{section}]\n", f"[{section}]\n{key} = {value}\n"))
        master = int((self.state / "run" / "api.pid").read_text())
        old = set(children(master))
        os.kill(master, signal.SIGHUP)
        until = time.monotonic() + 30
        while old & set(children(master)) or not children(master):
            if time.monotonic() > until:
                raise SystemExit("souk api does not reload")
            time.sleep(0.05)
        self.get_ready()

    def get_ready(self):
        for _ in range(200):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.plain_port}/readyz") as got:
                    if got.status == 200:
                        return
            except (urllib.error.URLError, ConnectionError):
                pass
            time.sleep(0.05)
        raise SystemExit("souk api does not get ready")

    def cpu_s(self):
        """Seconds of processor time so far, by service, children counted in."""
        ticks, taken, parents = os.sysconf("SC_CLK_TCK"), {}, {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                words = stat.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            pid = int(stat.parent.name)
            parents[pid], taken[pid] = int(words[1]), (int(words[11]) + int(words[12])) / ticks
        sums = {}
        for file in (self.state / "run").glob("*.pid"):
            root = int(file.read_text() or 0)
            of = [pid for pid in taken if pid == root or parents[pid] == root]
            if of and not file.name.endswith(".server.pid"):
                sums[file.stem] = sums.get(file.stem, 0) + sum(taken[pid] for pid in of)
        return sums

    def souk_pids(self):
        """(role, pid) of every souk process of this stack, children of a master too."""
        found = []
        for proc in Path("/proc").glob("[0-9]*"):
            try:
                words = (proc / "cmdline").read_bytes().decode().split("\0")
            except OSError:
                continue
            if words[0].endswith("souk") and str(self.conf) in words:
                found.append((words[1], int(proc.name)))
        return sorted(found)

    def souk_processes(self):
        read = lambda pid: int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1))
        return [(role, read(pid)) for role, pid in self.souk_pids()]

    def souk_pss_kib(self):
        read = lambda pid: int(re.search(r"Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text()).group(1))
        return sum(read(pid) for _, pid in self.souk_pids())

    def setting(self, key):
        """A number of souk.conf."""
        return int(re.search(rf"^{key} = (\d+)", self.conf.read_text(), re.M).group(1))

    def processes(self):
        return self.setting("processes")

    def api_threads(self):
        return self.processes() * self.setting("threads")

    def api_start_s(self):
        """Ends souk api and starts it again by hand: seconds from exec until /readyz answers 200."""
        pid_file = self.state / "run" / "api.pid"
        pid = int(pid_file.read_text())
        os.kill(pid, signal.SIGTERM)
        if self.api is not None:
            self.api.wait()
        while Path(f"/proc/{pid}").exists():
            time.sleep(0.02)
        start = time.monotonic()
        log = open(self.state / "log" / "api.log", "ab")
        self.api = subprocess.Popen([self.build / "souk", "api", "--config", self.conf], stdout=log, stderr=log, start_new_session=True)
        while time.monotonic() < start + 10:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.plain_port}/readyz") as got:
                    if got.status == 200:
                        return time.monotonic() - start
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.005)
        raise SystemExit("souk api does not get ready")
