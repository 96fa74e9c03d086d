"""The listening sockets of a group: each member has its own on the shared address, and all of them stay open.

The kernel spreads connections over sockets that share an address (SO_REUSEPORT, socket(7)), where processes that wait
at one socket are woken so that the first takes nearly everything. The supervisor holds every socket, so none is closed
when a member dies: what waits there is taken by the others.
"""

import errno
import os
import socket
from collections.abc import Sequence

from gateway.model import record

Listeners = Sequence[socket.socket]  # one for each address that the host's name has


@record
class Entrance:
    """A group's sockets: those of each member, and its claims to their addresses."""

    listeners: Sequence[Listeners]
    claims: Listeners

    def close(self) -> None:
        """Give them up."""
        _close([*self.listeners, self.claims])


def open_listeners(host: str, port: int, count: int) -> Entrance:
    """For each of `count` members its sockets: bound, not listening yet, none of them inherited unless passed on.

    Raises OSError when the address cannot be had, also when another group of ours has it and does not listen yet.
    """
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    rows: list[list[socket.socket]] = []
    claims: list[socket.socket] = []
    try:
        for family, address in dict.fromkeys((one[0], one[4]) for one in found):
            row: list[socket.socket] = []
            rows.append(row)
            row.append(_bound(family, address, among_others=False))
            claims += _claimed(row[0].getsockname())
            row += [_bound(family, row[0].getsockname(), among_others=True) for _ in range(count - 1)]
    except OSError:
        _close([*rows, claims])
        raise
    return Entrance(listeners=tuple(zip(*rows, strict=True)), claims=claims)


def _close(listeners: Sequence[Listeners]) -> None:
    for each in listeners:
        for one in each:
            one.close()


def _claimed(address: tuple[object, ...]) -> Listeners:
    """A name in the abstract namespace of unix(7), which is as wide as the ports and as short-lived as its process.

    The kernel lets sockets that may be shared be bound beside each other while none listens: for the seconds until the
    first member serves only this keeps two groups apart. Only Linux has such names.
    """
    if os.uname().sysname != "Linux":
        return ()
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        claim.bind("\0dialgate receivers {} {}".format(*address))
    except OSError:
        claim.close()
        message = f"{os.strerror(errno.EADDRINUSE)} by other receiver processes of ours, which are starting"
        raise OSError(errno.EADDRINUSE, message) from None
    return (claim,)


def _bound(family: int, address: object, *, among_others: bool) -> socket.socket:
    """A bound socket. The first one is bound alone, so that it fails where anybody listens already."""
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setblocking(False)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if among_others:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(address)  # type: ignore[arg-type]  # as getaddrinfo gave it
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    except OSError:
        listener.close()
        raise
    return listener
