"""Connections only to addresses that were checked: a name is resolved once, and what was checked is connected to.

Between a check by name and a connect by name an attacker's DNS may change its answer (DNS rebinding); here there is
no second look. TLS still proves the name.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, TypeAlias

import httpcore

Resolver: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
_NAT64 = IPv6Network("64:ff9b::/96")
_UNICAST = IPv6Network("2000::/3")  # all that IANA has given out for the public internet
# Where clouds answer their own machines: Oracle's metadata is in the first (RFC 6890), Azure's WireServer the second.
_INSIDE_CLOUDS = (IPv4Network("192.0.0.0/24"), IPv4Network("168.63.129.16/32"))


class AddressRefused(Exception):
    """The host has an address that must not be asked."""


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """TCP for httpcore. With `allow_private` off, a host with any address that is not public is refused.

    `setting` is the one that would allow it, for whoever reads the refusal.
    """

    def __init__(self, *, allow_private: bool, resolver: Resolver, setting: str = "DIALGATE_ENRICH_PRIVATE") -> None:
        self._setting = setting
        self._allow_private = allow_private
        self._resolver = resolver
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first checked address that takes one. Raises AddressRefused, httpcore.ConnectError."""
        addresses = await self._resolver(host, port)
        if not self._allow_private and not all(is_public(address) for address in addresses):
            raise AddressRefused(f"{host} has an address that is not public; {self._setting} would allow it")
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def sleep(self, seconds: float) -> None:
        """Wait between retries, of which there are none."""
        await self._inner.sleep(seconds)


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, as the system gives them. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(text: str) -> bool:
    """Whether an address belongs to the public internet, also where it wraps an IPv4 address."""
    address = ip_address(text.partition("%")[0])
    inner = _wrapped(address) if isinstance(address, IPv6Address) else None
    if inner is not None and not is_public(str(inner)):
        return False
    if inner is not None:
        return True
    ours = (
        address in _UNICAST if isinstance(address, IPv6Address) else not any(address in net for net in _INSIDE_CLOUDS)
    )
    return ours and address.is_global and not address.is_multicast


def _wrapped(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address inside a mapped, 6to4, Teredo or NAT64 one."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)
