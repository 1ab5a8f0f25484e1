"""A FastCGI client for what nginx would hide: a request with any parameters straight to a socket of souk.

    answer = request("/run/api.sock", "POST", "/v1/sessions", {"email": …}, REMOTE_ADDR="2001:db8::1")
    answer.status, answer.headers["Retry-After"], answer.body
"""

import dataclasses
import json
import socket
import struct

BEGIN, END, PARAMS, STDIN, STDOUT = 1, 3, 4, 5, 6


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    def json(self):
        return json.loads(self.body)


def record(kind, content):
    return struct.pack("!BBHHBB", 1, kind, 1, len(content), 0, 0) + content


def length(number):
    return struct.pack("!B", number) if number < 128 else struct.pack("!I", number | 1 << 31)


def pair(name, value):
    name, value = name.encode(), value.encode()
    return length(len(name)) + length(len(value)) + name + value


def read_exactly(connection, count):
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            raise ConnectionError("the socket was closed in mid-answer")
        data += part
    return data


def read_answer(connection):
    """Standard output of the one request on this connection."""
    out = b""
    while True:
        _, kind, _, content_length, padding, _ = struct.unpack("!BBHHBB", read_exactly(connection, 8))
        content = read_exactly(connection, content_length + padding)[:content_length]
        if kind == END:
            return out
        if kind == STDOUT:
            out += content


def request_bytes(method, uri, body=None, **params):
    """What nginx would send. `params` are added to those that it sends, or replace them."""
    data = b"" if body is None else json.dumps(body).encode()
    params = {"REQUEST_METHOD": method, "REQUEST_URI": uri, "QUERY_STRING": "", "CONTENT_TYPE": "application/json" if data else "",
              "CONTENT_LENGTH": str(len(data)), "REMOTE_ADDR": "192.0.2.1", "SERVER_PROTOCOL": "HTTP/1.1", "HTTPS": "on"} | params
    return (record(BEGIN, struct.pack("!HB5x", 1, 0)) + record(PARAMS, b"".join(pair(*item) for item in params.items())) +
            record(PARAMS, b"") + (record(STDIN, data) if data else b"") + record(STDIN, b""))


def read_whole(connection):
    """The answer to the one request on this connection, which is closed then."""
    with connection:
        head, _, content = read_answer(connection).partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
    return Answer(int(headers.pop("Status", "200").split()[0]), headers, content)


def request(path, method, uri, body=None, **params):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(10)
    connection.connect(str(path))
    connection.sendall(request_bytes(method, uri, body, **params))
    return read_whole(connection)
