"""What the simulators of payment providers have in common: an HTTP server in threads, a log of calls, faults on demand.

    provider.fault("/v1/refunds", "lost")            the next call is acted upon, and its answer never arrives
    provider.fault("/v1/refunds", "error", times=3)  the next three get HTTP 500 and are not acted upon
    provider.fault("/v1/refunds", "slow", seconds=2)
"""

import dataclasses
import http.server
import threading
import time
import urllib.parse

import requests


@dataclasses.dataclass
class Call:
    """One request as it came."""
    method: str
    target: str  # path and query
    headers: dict
    body: bytes

    @property
    def path(self):
        return self.target.partition("?")[0]

    @property
    def query(self):
        return dict(urllib.parse.parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    @property
    def form(self):
        return dict(urllib.parse.parse_qsl(self.body.decode(), keep_blank_values=True))


class Provider:
    """`answer(call)` gives (status, headers, body). Ended by close()."""

    def __init__(self, port, certificate):
        self.lock = threading.RLock()
        self.calls = []
        self.faults = []
        self.certificate = certificate  # of souk, for callbacks
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), self.handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, call):
        raise NotImplementedError

    def fault(self, where, kind, *, times=1, seconds=0.0):
        self.faults.append({"where": where, "kind": kind, "left": times, "seconds": seconds})

    def fault_of(self, call):
        with self.lock:
            for fault in self.faults:
                if fault["left"] > 0 and fault["where"] in f"{call.target} {call.body.decode(errors='replace')}":
                    fault["left"] -= 1
                    return fault
        return None

    def handler(self):
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                call = Call(self.command, self.path, dict(self.headers), body)
                fault = provider.fault_of(call)
                with provider.lock:
                    provider.calls.append(call)
                if fault and fault["kind"] == "slow":
                    time.sleep(fault["seconds"])
                if fault and fault["kind"] == "error":
                    status, headers, out = 500, {}, b"{}"
                else:
                    with provider.lock:
                        status, headers, out = provider.answer(call)
                if fault and fault["kind"] == "lost":
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(out)))
                self.end_headers()
                self.wfile.write(out)

            do_GET = do_POST = serve

            def log_message(self, *_):
                pass

        return Handler

    def count(self, where):
        with self.lock:
            return sum(where in f"{call.target} {call.body.decode(errors='replace')}" for call in self.calls)

    def call_back(self, url, body, headers):
        """POSTs a callback to souk as the provider's server would."""
        with requests.Session() as session:
            session.verify, session.trust_env = self.certificate, False
            return session.post(url, data=body, headers=headers, timeout=15)

    def close(self):
        self.server.shutdown()
        self.server.server_close()
