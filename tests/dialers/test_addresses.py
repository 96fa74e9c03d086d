"""The base address: what is taken, and what would put a token at risk."""

import pytest

from gateway.errors import ConfigInvalid
from workers.addresses import checked_base_url, is_loopback


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://api.agentalk.io", "https://api.agentalk.io"),
        ("https://api.agentalk.io/", "https://api.agentalk.io"),
        ("https://proxy.example.com/agentalk/v1", "https://proxy.example.com/agentalk/v1"),
        ("http://127.0.0.1:8090", "http://127.0.0.1:8090"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://[::1]:8090", "http://[::1]:8090"),
        ("http://localhost:8090/", "http://localhost:8090"),
    ],
)
def test_good_addresses(text: str, url: str) -> None:
    """https anywhere, http on this machine, with or without a prefix."""
    assert checked_base_url(text, allow_plain_http=False) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "api.agentalk.io",
        "ftp://api.agentalk.io",
        "https://",
        "https://user:pass@api.agentalk.io",
        "https://api.agentalk.io?x=1",
        "https://api.agentalk.io/#a",
        "https://exa mple.com:port",
        "http://api.agentalk.io",
        "http://127.0.0.1.example.com",
        "http://10.0.0.1",
    ],
)
def test_bad_addresses(text: str) -> None:
    """Refused with a clear error that never shows a password."""
    with pytest.raises(ConfigInvalid) as refused:
        checked_base_url(text, allow_plain_http=False)
    assert "pass" not in str(refused.value)


def test_plain_http_can_be_allowed() -> None:
    """Inside a private network, by an explicit choice."""
    assert checked_base_url("http://sandbox:8090", allow_plain_http=True) == "http://sandbox:8090"


@pytest.mark.parametrize(("host", "loopback"), [("localhost", True), ("::1", True), ("0.0.0.0", False), ("x", False)])
def test_loopback(host: str, loopback: bool) -> None:
    """This machine and nothing else."""
    assert is_loopback(host) is loopback
