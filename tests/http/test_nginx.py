"""What nginx does before and beside souk: sizes, slow clients, headers, errors of its own."""

import json
import socket
import ssl
import subprocess
import time

import pytest


def raw(souk, data, seconds=15):
    """Sends bytes over TLS (HTTP/1.1) and gives all that comes back until the server closes, and how long that took."""
    host, port = souk.base_url.removeprefix("https://").split(":")
    context = ssl.create_default_context(cafile=souk.certificate)
    start = time.monotonic()
    with socket.create_connection((host, int(port)), timeout=seconds) as plain, context.wrap_socket(plain, server_hostname=host) as tls:
        tls.sendall(data)
        answer = b""
        try:
            while part := tls.recv(65536):
                answer += part
        except (ConnectionResetError, ssl.SSLError):
            pass
    return answer, time.monotonic() - start


def is_problem(answer, status, code):
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status and body["code"] == code and body["title"]
    assert body["request_id"] == answer.headers["X-Request-Id"]


def test_a_body_that_is_too_large_is_a_problem(souk):
    is_problem(souk.post("/v1/accounts", b'{"email":"' + b"x" * 70000 + b'"}'), 413, "request.too_large")


def test_a_header_that_is_too_large_is_a_problem(souk):
    answer = souk.get("/v1/products", headers={"X-Long": "x" * 40000})
    assert answer.status_code in (400, 431, 494)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_line_that_is_not_http_is_a_problem(souk):
    answer, _ = raw(souk, b"NONSENSE\r\n\r\n")
    assert b" 400 " in answer.split(b"\r\n")[0] and b'"code":"request.malformed"' in answer


def test_a_slow_header_is_cut_off(souk):
    _, seconds = raw(souk, b"GET /livez HTTP/1.1\r\nHost: localhost\r\n")
    assert 4 < seconds < 8


def test_plain_http_at_the_https_port_is_led_back(souk):
    answer = souk.get(souk.base_url.replace("https://", "http://") + "/v1/products")
    assert answer.status_code == 308 and answer.headers["Location"] == souk.base_url + "/v1/products"


def test_http2(souk):
    done = subprocess.run(["curl", "-sS", "--http2", "--cacert", souk.certificate, "-o", "/dev/null", "-w", "%{http_version}",
                           souk.url("/livez")], capture_output=True, text=True)
    assert done.stdout == "2"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1")
@pytest.mark.parametrize("version,accepted", [(ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)])
def test_tls_versions(souk, version, accepted):
    host, port = souk.base_url.removeprefix("https://").split(":")
    context = ssl.create_default_context(cafile=souk.certificate)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = version, version
    try:
        with socket.create_connection((host, int(port))) as plain, context.wrap_socket(plain, server_hostname=host):
            assert accepted
    except ssl.SSLError:
        assert not accepted


def test_pages_have_a_strict_policy(souk):
    answer = souk.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert answer.status_code == 200 and "default-src 'none'" in policy and "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Strict-Transport-Security" not in answer.headers # it would reach every program on localhost
    assert souk.get("/", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_unknown_pages_and_hidden_files_are_not_found(souk):
    for path in ("/no-such-page", "/.git/config", "/js/.hidden", "/../../etc/passwd"):
        assert souk.get(path).status_code == 404, path


def test_pages_are_only_read(souk):
    assert souk.post("/", b"x").status_code in (403, 405)


def test_answers_of_the_api_are_not_guessed_at(souk):
    for path in ("/v1/products", "/v1/no-such-thing", "/livez"):
        assert souk.get(path).headers["X-Content-Type-Options"] == "nosniff", path


def test_the_request_id_is_in_the_access_log(souk):
    id = souk.get("/v1/products?limit=1").headers["X-Request-Id"]
    log = souk.state / "log" / "access.log"
    end = time.monotonic() + 5
    while not (lines := [line for line in log.read_text().splitlines() if id in line]):
        assert time.monotonic() < end
        time.sleep(0.1)
    entry = json.loads(lines[0])
    assert entry["request_id"] == id and entry["method"] == "GET" and entry["status"] == 200


def test_a_client_cannot_set_what_the_engine_trusts(souk):
    answer = souk.get("/livez", headers={"X-Request-Id": "mine", "Request-Id": "mine", "Proxy": "http://evil.example"})
    assert answer.status_code == 200 and answer.headers["X-Request-Id"] != "mine"
