"""The shipped proxy configurations keep to the receiver's own bounds."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tree import ROOT

from gateway.web.bodies import BODY_SECONDS
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


def test_nginx_bounds_everything_a_stranger_may_send() -> None:
    """Heads, bodies, their times, connections and requests of one address: none is left to its default."""
    size = re.search(r"large_client_header_buffers (\d+) (\d+)k;", NGINX)
    assert size is not None
    assert int(size[1]) * int(size[2]) <= 64
    for pattern in ("client_body_timeout", "send_timeout"):
        assert 0 < seconds(NGINX, pattern) <= BODY_SECONDS
    assert re.search(r"client_max_body_size 1m;", NGINX)
    assert re.search(r"limit_conn dialgate_connections \d+;", NGINX)
    assert re.search(r"limit_req zone=dialgate_hooks ", NGINX)


def test_caddy_bounds_everything_a_stranger_may_send() -> None:
    """Heads, bodies and their times; how many connections there are, Dialgate bounds itself."""
    assert 0 < seconds(CADDY, "read_body") <= BODY_SECONDS
    assert re.search(r"max_header_size 32KB", CADDY)
    assert re.search(r"max_size 1MB", CADDY)


@pytest.mark.parametrize("text", [NGINX, CADDY], ids=["nginx", "caddy"])
def test_health_and_metrics_stay_inside(text: str) -> None:
    """Only what senders and people with a key need is passed on."""
    assert not re.search(r"metrics|readyz|healthz", re.sub(r"#.*", "", text))
    assert re.search(r"return 404;|respond 404", text)


def test_nginx_takes_its_configuration(tmp_path: Path) -> None:
    """Every line is one that nginx knows, where it is there to be asked; its braces are read in any case."""
    code = re.sub(r"#.*", "", NGINX)
    assert code.count("{") == code.count("}")
    assert all(line.strip().endswith((";", "{", "}")) for line in code.splitlines() if line.strip())
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if nginx is not None:
        plain = re.sub(r"^\s*ssl_certificate.*$", "", NGINX.replace("443 ssl", "8443"), flags=re.MULTILINE)
        whole = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; {plain} }}"
        (tmp_path / "nginx.conf").write_text(whole, encoding="utf-8")
        asked = [nginx, "-t", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
        found = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=60)
        assert "syntax is ok" in found.stderr, found.stderr
