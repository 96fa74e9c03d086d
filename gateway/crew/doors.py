"""The listening sockets of a crew: each member has its own on the shared address, and all of them stay open.

The kernel spreads connections over sockets that share an address (SO_REUSEPORT, socket(7)), where processes that wait
at one socket are woken so that the first takes nearly everything. The supervisor holds every socket, so none is closed
when a member dies: what waits there is taken by the others.
"""

import socket
from collections.abc import Sequence

Doors = Sequence[socket.socket]  # one for each address that the host's name has


def open_doors(host: str, port: int, count: int) -> Sequence[Doors]:
    """For each of `count` members its sockets: bound, not listening yet, none of them inherited unless passed on.

    Raises OSError when the address cannot be had, also when another crew of ours listens on it.
    """
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    rows: list[list[socket.socket]] = []
    try:
        for family, address in dict.fromkeys((one[0], one[4]) for one in found):
            row: list[socket.socket] = []
            rows.append(row)
            row.append(_bound(family, address, among_others=False))
            row += [_bound(family, row[0].getsockname(), among_others=True) for _ in range(count - 1)]
    except OSError:
        close_doors(rows)
        raise
    return tuple(zip(*rows, strict=True))


def close_doors(doors: Sequence[Doors]) -> None:
    """Give them up."""
    for each in doors:
        for one in each:
            one.close()


def _bound(family: int, address: object, *, among_others: bool) -> socket.socket:
    """A bound socket. The first one is bound alone, so that it fails where anybody listens already."""
    door = socket.socket(family, socket.SOCK_STREAM)
    try:
        door.setblocking(False)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            door.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if among_others:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        door.bind(address)  # type: ignore[arg-type]  # as getaddrinfo gave it
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    except OSError:
        door.close()
        raise
    return door
