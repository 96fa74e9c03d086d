"""Whose address a request came from: X-Forwarded-For is believed only from configured proxies."""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache

from gateway.errors import ConfigInvalid, Problem

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class TrustedProxies:
    """The configured proxies. Raises ConfigInvalid for text that is neither an address nor a network."""

    def __init__(self, configured: str) -> None:
        self._networks = tuple(_network(part) for part in map(str.strip, configured.split(",")) if part)

    def client(self, peer: str, forwarded: Iterable[str]) -> str:
        """The rightmost address that is not a proxy of ours; `forwarded` are the X-Forwarded-For values in order.

        What stands further left was written by the client and proves nothing. Text that is not an address
        ends the search: the hop before it is the last one known.
        """
        current = _address(peer)
        if current is None:
            return peer
        hops = [hop.strip() for value in forwarded for hop in value.split(",")]
        while hops and self._trusts(current):
            hop = _address(hops.pop())
            if hop is None:
                break
            current = hop
        return str(current)

    def trusts(self, peer: str) -> bool:
        """Whether a peer is one of the configured proxies."""
        address = _address(peer)
        return address is not None and self._trusts(address)

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._networks if network.version == address.version)


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        message = f"{text!r} is neither an address nor a network such as 10.0.0.0/8"
        raise ConfigInvalid(
            [Problem(file="environment variable DIALGATE_TRUSTED_PROXIES", line=0, column=0, message=message)]
        ) from None


@lru_cache(maxsize=4096)
def _address(text: str) -> Address | None:
    """An address as proxies write it: bare, `1.2.3.4:5678`, `[2001:db8::1]` or `[2001:db8::1]:5678`."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
