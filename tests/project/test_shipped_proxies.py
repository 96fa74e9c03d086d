"""The shipped proxy configurations keep to the receiver's own bounds."""

import re

import pytest
from tree import ROOT

from gateway.web.patience import HEAD_SECONDS
from gateway.web.server import KEEP_ALIVE_SECONDS

NGINX = (ROOT / "deploy/proxy/nginx.conf").read_text(encoding="utf-8")
CADDY = (ROOT / "deploy/proxy/Caddyfile").read_text(encoding="utf-8")


def seconds(text: str, pattern: str) -> float:
    """A time of a configuration."""
    found = re.search(pattern + r"\s+(\d+)s", text, re.MULTILINE)
    assert found, pattern
    return float(found[1])


@pytest.mark.parametrize(
    ("text", "pattern"), [(NGINX, r"^    keepalive 32;\n.*\n    keepalive_timeout"), (CADDY, r"^\t+keepalive")]
)
def test_a_kept_connection_is_let_go_before_the_receiver_closes_it(text: str, pattern: str) -> None:
    """A webhook sent on one that is just closing would be a 502 that no sender deserves."""
    assert 0 < seconds(text, pattern) < KEEP_ALIVE_SECONDS


@pytest.mark.parametrize(("text", "pattern"), [(NGINX, "client_header_timeout"), (CADDY, "read_header")])
def test_a_head_has_no_longer_than_at_the_receiver(text: str, pattern: str) -> None:
    """Slow heads end at the proxy."""
    assert seconds(text, pattern) <= HEAD_SECONDS


def test_what_a_client_says_of_its_address_is_not_passed_on() -> None:
    """X-Forwarded-For is replaced; the receiver believes what its proxy says."""
    assert re.findall(r"X-Forwarded-For (\S+);", NGINX) == ["$remote_addr"]
    assert "$proxy_add_x_forwarded_for" not in NGINX
    assert "trusted_proxies" not in CADDY


def test_a_request_that_was_sent_is_not_sent_to_a_second_receiver() -> None:
    """A sender without an id would have made two events."""
    assert re.findall(r"proxy_next_upstream (.+);", NGINX) == ["error"]
    assert "non_idempotent" not in NGINX
    assert not re.search(r"^\s*lb_try_duration", CADDY, re.MULTILINE)
