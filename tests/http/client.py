"""The shop as its tests see it: HTTPS through nginx, people with tokens, SQL into every database.

    def test_orders(souk):
        buyer = souk.new_buyer()
        answer = buyer.post("/v1/orders", {...}, key=True)     # key=True: a fresh Idempotency-Key
        assert answer.status_code == 201
        assert souk.db_of(buyer.account_id).value("SELECT COUNT(*) FROM orders") == "1"

Answers are those of the requests library. Nothing here retries or asserts on the shop's behalf, except where a person is
made who has to exist, and that what succeeds does so with a status that the OpenAPI document names.
"""

import configparser
import contextlib
import functools
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time
import uuid

import pymysql
import requests
from pymysql.constants import CLIENT

ROOT = pathlib.Path(__file__).resolve().parents[2]
SESSION = "SET SESSION group_concat_max_len = 4194304"  # as souk's sessions have; MySQL cuts at 1024


def text(value):
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else value


class Database:
    """One schema, as the server's administrator (tests look and meddle where souk itself may not).

    `command` starts a client of its own, for what a test keeps open or pipes in.
    """

    def __init__(self, state, socket, schema):
        self.defaults, self.socket, self.schema = f"{state}/root.cnf", socket, schema
        self.command = ["mariadb", f"--defaults-file={self.defaults}", f"--socket={socket}", f"--init-command={SESSION}", schema]

    def rows(self, sql):
        """Rows of the last result set as dicts of text or None; [] when there is none. A connection each time: nothing of one
        call is seen by the next but what it wrote."""
        rows = []
        try:
            with pymysql.connect(read_default_file=self.defaults, unix_socket=self.socket, database=self.schema, charset="utf8mb4",
                                 init_command=SESSION, autocommit=True, client_flag=CLIENT.MULTI_STATEMENTS, conv={},
                                 read_timeout=60, connect_timeout=10) as connection, connection.cursor() as cursor:
                cursor.execute(sql)
                while True:
                    if cursor.description:
                        names = [column[0] for column in cursor.description]
                        rows = [dict(zip(names, map(text, row))) for row in cursor.fetchall()]
                    if not cursor.nextset():
                        return rows
        except pymysql.MySQLError as error:
            raise RuntimeError(f"ERROR {error.args[0]}: {error.args[1:]}") from error

    def value(self, sql):
        """First column of the first row as text or None; None too when there is no row."""
        rows = self.rows(sql)
        return next(iter(rows[0].values())) if rows else None

    run = rows

    def run_unchecked(self, sql):
        """Without the checks of single rows where the server can be told so; MySQL cannot, and may refuse (3819)."""
        mariadb = "MariaDB" in self.value("SELECT VERSION()")
        return self.run(("SET SESSION check_constraint_checks = 0; " if mariadb else "") + sql)


class Caller:
    """Requests with somebody's token, or with none."""

    def __init__(self, souk, token=None):
        self.souk = souk
        self.token = token

    def request(self, method, path, body=None, *, key=None, headers=None, **options):
        """`body`: sent as JSON unless it is bytes. `key`: Idempotency-Key, True for a fresh one."""
        headers = dict(headers or {})
        if self.token and "Authorization" not in headers:
            headers["Authorization"] = f"Bearer {self.token}"
        if key:
            headers["Idempotency-Key"] = str(uuid.uuid4()) if key is True else key
        if isinstance(body, bytes):
            options["data"] = body
            headers.setdefault("Content-Type", "application/json")
        elif body is not None:
            options["json"] = body
        options.setdefault("timeout", 15)
        options.setdefault("allow_redirects", False)
        answer = self.souk.session.request(method, self.souk.url(path), headers=headers, **options)
        self.souk.check_documented(method, path, answer.status_code)
        return answer

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.request("POST", path, body, **options)

    def put(self, path, body=None, **options):
        return self.request("PUT", path, body, **options)

    def patch(self, path, body=None, **options):
        return self.request("PATCH", path, body, **options)

    def delete(self, path, **options):
        return self.request("DELETE", path, **options)


class Person(Caller):
    """An account that is signed in: account_id, token, and for buyers email, password, refresh_token."""

    def __init__(self, souk, *, account_id, token, email=None, password=None, refresh_token=None):
        super().__init__(souk, token)
        self.account_id = account_id
        self.email = email
        self.password = password
        self.refresh_token = refresh_token


class Souk(Caller):
    """A running souk in the state folder `state`. Its own requests carry no token."""

    def __init__(self, state, build=None):
        super().__init__(self)
        self.state = pathlib.Path(state)
        self.binary = pathlib.Path(build or os.environ.get("BUILD") or ROOT / "build") / "souk"
        if not self.binary.is_absolute():
            self.binary = ROOT / self.binary
        self.conf = configparser.ConfigParser(interpolation=None)
        self.conf.read(self.state / "souk.conf")
        self.demo = dict(line.split("=", 1) for line in (self.state / "demo.env").read_text().splitlines())
        self.settings = dict(line.split("=", 1) for line in (self.state / "settings").read_text().splitlines())
        self.base_url = self.demo["SOUK_URL"]
        self.shards = int(self.settings["SHARDS"])
        self.certificate = str(self.state / "tls" / "cert.pem")
        self._local = threading.local()
        self._admin = None
        self._admin_until = 0.0
        self._slots = None

    @property
    def session(self):
        """One connection pool per thread: requests' sessions are not shared between threads."""
        if not hasattr(self._local, "session"):
            self._local.session = self.new_session()
        return self._local.session

    def new_session(self):
        session = requests.Session()
        session.verify = self.certificate
        session.trust_env = False
        return session

    @functools.cached_property
    def document(self):
        """The OpenAPI document."""
        return json.loads(self.command("admin", "openapi").stdout)

    @functools.cached_property
    def _operations(self):
        """Pattern of a path and its operations; a word stands before a parameter in its place."""
        paths = sorted(self.document["paths"].items(), key=lambda item: item[0].replace("{", "\x7f"))
        return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path.replace(".", r"\."))), operations) for path, operations in paths]

    def check_documented(self, method, path, status):
        """Fails where a request succeeded with a status that the document does not name; it knows nothing of hidden rows."""
        if not 200 <= status <= 299:
            return
        path = path.removeprefix(self.base_url).split("?")[0]
        operations = next((operations for pattern, operations in self._operations if pattern.fullmatch(path)), {})
        operation = operations.get({"HEAD": "get"}.get(method, method.lower()))
        assert operation is None or str(status) in operation["responses"], \
            f"{method} {path} answered {status}; the OpenAPI document names {list(operation['responses'])}"

    def url(self, path):
        return path if path.startswith("http") else self.base_url + path

    # People

    def as_token(self, token):
        return Caller(self, token)

    def new_email(self):
        return f"{uuid.uuid4().hex[:16]}@example.com"

    def sign_in(self, email, password):
        answer = self.post("/v1/sessions", {"email": email, "password": password})
        assert answer.status_code == 201, answer.text
        body = answer.json()
        return Person(self, account_id=body["account"]["account_id"], token=body["access_token"], email=email,
                      password=password, refresh_token=body["refresh_token"])

    def new_buyer(self, name="Test Buyer", email=None, password="correct horse"):
        email = email or self.new_email()
        answer = self.post("/v1/accounts", {"email": email, "password": password, "name": name})
        assert answer.status_code == 201, answer.text
        return self.sign_in(email, password)

    def new_guest(self):
        answer = self.post("/v1/guests", {})
        assert answer.status_code == 201, answer.text
        body = answer.json()
        return Person(self, account_id=body["account_id"], token=body["access_token"])

    @property
    def admin(self):
        """The demo shop's administrator, signed in anew before the token ends."""
        if time.monotonic() > self._admin_until:
            self._admin = self.sign_in(self.demo["SOUK_ADMIN_EMAIL"], self.demo["SOUK_ADMIN_PASSWORD"])
            self._admin_until = time.monotonic() + 600
        return self._admin

    def new_staff(self, role):
        """A buyer who holds `role` as well."""
        buyer = self.new_buyer()
        self.admin_command("role", "grant", buyer.email, role)
        return self.sign_in(buyer.email, buyer.password)

    # What is behind

    def skus_on_sale(self, at_least=1):
        """SKUs that can be bought, in the demo shop's currency; tests beside may sell in others."""
        found = [sku for product in self.get("/v1/products?limit=100").json()["items"]
                 for sku in self.get(f"/v1/products/{product['product_id']}").json()["skus"]
                 if sku["state"] == "active" and sku["price"] > 0 and sku["currency"] == "USD"]
        assert len(found) >= at_least, "the demo shop sells too little"
        return found

    def _database(self, section, prefix=""):
        part = self.conf[section]
        return Database(self.state, part[prefix + "socket"], part[prefix + "schema"])

    def db(self, which):
        """Database `which`: a shard's number, "global" or "sandbox"."""
        if which == "sandbox":
            return self._database("sandbox", "db_")
        return self._database("global" if which == "global" else f"shard.{which}")

    def shard_of(self, id):
        """Number of the shard that the slot of any id lives on."""
        if self._slots is None:
            self._slots = {int(row["slot"]): int(row["shard"])
                           for row in self.db("global").rows("SELECT slot, shard FROM slot_map")}
        return self._slots[int(id) & 255]

    def db_of(self, id):
        return self.db(self.shard_of(id))

    def command(self, *arguments, check=True, **options):
        """Runs the binary `souk` with arguments, giving the finished process (texts in stdout and stderr)."""
        options.setdefault("timeout", 120)
        done = subprocess.run([str(self.binary), *map(str, arguments)], capture_output=True, text=True, **options)
        assert not check or done.returncode == 0, done.stderr or done.stdout
        return done

    def admin_command(self, *arguments, check=True, **options):
        """`souk admin …` with this state's configuration."""
        return self.command("admin", "--config", self.state / "souk.conf", *arguments, check=check, **options)

    def make(self, target, check=True, **variables):
        """`make TARGET` on this state with this binary, and with what `make run` would not remember."""
        kept = {"LIMITS": self.settings["LIMITS"], "PLAIN_PORT": self.settings["PLAIN_PORT"]}
        return make(target, check=check, STATE=self.state, BUILD=self.binary.parent, **{**kept, **variables})

    def pid(self, service):
        """Pid of a service as make run wrote it: db0, redis, nginx, api, worker, sandbox."""
        return int((self.state / "run" / f"{service}.pid").read_text())

    @contextlib.contextmanager
    def worker_held(self):
        """The worker does nothing until this ends."""
        worker = self.pid("worker")
        os.kill(worker, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(worker, signal.SIGCONT)


def make(target, check=True, timeout=300, **variables):
    """Runs make in the repository as a person would, giving the finished process."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "STATE", "HTTP_PORT", "HTTPS_PORT", "PLAIN_PORT",
                                   "LIMITS", "SHARDS", "DB_SERVERS", "PAYMENT_WINDOW_S")}
    done = subprocess.run(["make", "--no-print-directory", target, *(f"{name}={value}" for name, value in variables.items())],
                          cwd=ROOT, capture_output=True, text=True, timeout=timeout, env=environment,
                          stdin=subprocess.DEVNULL)
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


def wait_for(condition, seconds=30, every=0.05, explain=lambda: ""):
    """Calls `condition` until it gives something true, and gives that; fails after `seconds`, with what `explain` says."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"did not come true within {seconds} s: {condition} {explain()}"
        time.sleep(every)
