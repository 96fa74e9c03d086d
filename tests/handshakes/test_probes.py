"""Requests that only ask whether the address answers."""

from dataclasses import replace

import pytest
from inbound import request_of

from gateway.contracts import Reply
from gateway.handshakes.probes import FUNNEL_TEST, address_parts, answer_ping, answer_probe, answer_subpath

DIGITS = {"webhook_id": "0123456789"}


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_an_empty_request_is_answered(method: str) -> None:
    """200, which is all such a sender looks at."""
    assert answer_probe(request_of(b"", method=method)) == Reply()


@pytest.mark.parametrize(
    ("method", "body", "query"), [("GET", b"", "a=1"), ("POST", b"{}", ""), ("PUT", b"", ""), ("DELETE", b"", "")]
)
def test_anything_that_may_be_an_event_is_no_probe(method: str, body: bytes, query: str) -> None:
    """A query string or a body may hold a lead."""
    assert answer_probe(request_of(body, method=method, query=query)) is None


def test_only_the_methods_named_are_probes() -> None:
    """An empty POST is an error for a sender that never probes with one."""
    assert answer_probe(request_of(b"", method="POST"), methods={"HEAD"}) is None


def test_a_ping_is_answered() -> None:
    """The form WooCommerce posts when a webhook is saved."""
    assert answer_ping(request_of(b"webhook_id=9"), DIGITS) == Reply()


@pytest.mark.parametrize(
    ("body", "method"),
    [
        (b"webhook_id=9&phone=1", "POST"),
        (b"webhook_id=9x", "POST"),
        (b"webhook_id=9&webhook_id=8", "POST"),
        (b"webhook_id=", "POST"),
        (b"webhook_id=%FF", "POST"),
        (b"phone=1", "POST"),
        (b"", "POST"),
        (b"webhook_id=" + b"9" * 300, "POST"),
        (b"webhook_id=9", "PUT"),
    ],
)
def test_anything_else_is_no_ping(body: bytes, method: str) -> None:
    """It goes the usual way, and must be signed."""
    assert answer_ping(request_of(body, method=method), DIGITS) is None


def test_a_subpath_is_answered() -> None:
    """Below a source's address, the provider's own test address."""
    request = request_of(b"{}")
    assert answer_subpath(request) is None
    assert answer_subpath(replace(request, subpath=FUNNEL_TEST)) == Reply()


@pytest.mark.parametrize(
    ("rest", "parts"),
    [
        ("", (None, "")),
        ("abc", ("abc", "")),
        (FUNNEL_TEST, (None, FUNNEL_TEST)),
        (f"abc/{FUNNEL_TEST}", ("abc", FUNNEL_TEST)),
        ("abc/other", ("abc/other", "")),
        (f"{FUNNEL_TEST}/abc", (f"{FUNNEL_TEST}/abc", "")),
    ],
)
def test_an_address_is_a_token_and_a_subpath(rest: str, parts: tuple[str | None, str]) -> None:
    """What is no known subpath is part of the token, and so refused."""
    assert address_parts(rest, {FUNNEL_TEST}) == parts
    assert address_parts("abc", ()) == ("abc", "")
