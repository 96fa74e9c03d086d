"""Whose address counts: X-Forwarded-For proves nothing unless a proxy of ours wrote it."""

import pytest

from gateway.errors import ConfigInvalid
from gateway.web.proxies import TrustedProxies


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "client"),
    [
        ("", "203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.0.0.0/8", "203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.0.0.0/8", "10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.0/8", "10.0.0.1", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.0/8", "10.0.0.1", ["6.6.6.6", "198.51.100.1"], "198.51.100.1"),
        ("10.0.0.0/8", "10.0.0.1", ["198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.0/8", "10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.0/8", "10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.0/8", "10.0.0.1", ["198.51.100.1, not-an-address"], "10.0.0.1"),
        ("10.0.0.0/8", "10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("10.0.0.0/8", "::ffff:10.0.0.1", ["[2001:db8::1]:443"], "2001:db8::1"),
        ("::1, 10.0.0.1", "::1", ["2001:db8::2"], "2001:db8::2"),
        ("10.0.0.1", "a-socket", ["198.51.100.1"], "a-socket"),
    ],
)
def test_the_rightmost_untrusted_address_counts(proxies: str, peer: str, forwarded: list[str], client: str) -> None:
    """What must hold: what a client writes into the header never becomes its address."""
    assert TrustedProxies(proxies).client(peer, forwarded) == client


def test_a_wrong_proxy_stops_the_start() -> None:
    """What must hold: text that is no address is an error at start, not a proxy that is silently not trusted."""
    with pytest.raises(ConfigInvalid, match="TRUSTED_PROXIES"):
        TrustedProxies("10.0.0.1, proxy.internal")
