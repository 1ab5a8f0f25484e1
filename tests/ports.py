"""Ports of this machine that nobody listens on: python3 ports.py N prints N of them, one per line."""

import socket
import sys


def free_ports(n):
    """Held together while they are chosen, so that they differ."""
    sockets = [socket.socket() for _ in range(n)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


if __name__ == "__main__":
    print(*free_ports(int(sys.argv[1])), sep="\n")
