"""Ports of this machine for the tests: several suites' processes take some at the same time."""

import socket


def free_port() -> int:
    """A TCP port nobody listens on, and nobody else is given while this process lives.

    It stays bound: a server, which sets SO_REUSEADDR, may bind and listen beside that; the kernel chooses it for
    nobody else (socket(7)).
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    port = int(held.getsockname()[1])
    held.detach()  # never closed
    return port
