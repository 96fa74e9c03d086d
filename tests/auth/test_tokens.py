"""Static secrets: each place a sender may put one."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inbound import NOW, request_of, source_of

from gateway.auth.schemes import Scheme
from gateway.auth.tokens import (
    BEARER,
    Basic,
    BodyToken,
    HeaderToken,
    PathToken,
    QueryToken,
    path_token_bits,
    require_path,
)
from gateway.decoding.content import BodyKind
from gateway.errors import NotAuthentic
from gateway.model import Request

SOURCE = source_of("generic", secrets=(b"first-secret", b"second secret"))
Make = Callable[[str], Request]


def basic(pair: str) -> str:
    """A basic authorization header's value."""
    return f"Basic {b64encode(pair.encode()).decode()}"


PLACES: dict[str, tuple[Scheme, Make, str]] = {
    "header": (HeaderToken(name="X-Api-Key"), lambda token: request_of(headers={"X-Api-Key": token}), "header token"),
    "prefix": (
        HeaderToken(name="Authorization", prefix="Token "),
        lambda token: request_of(headers={"Authorization": f"token {token}"}),
        "header token",
    ),
    "bearer": (BEARER, lambda token: request_of(headers={"Authorization": f"bearer {token}"}), "bearer token"),
    "query": (
        QueryToken(name="key"),
        lambda token: request_of(query=f"a=1&key={token.replace(' ', '+')}"),
        "query token",
    ),
    "json body": (
        BodyToken(name="google_key"),
        lambda token: request_of(b'{"google_key":"%s"}' % token.encode(), {"Content-Type": "application/json"}),
        "body token",
    ),
    "form body": (
        BodyToken(name="key"),
        lambda token: request_of(
            b"key=" + token.replace(" ", "+").encode(), {"Content-Type": "application/x-www-form-urlencoded"}
        ),
        "body token",
    ),
    "basic": (
        Basic(user="zapier"),
        lambda token: request_of(headers={"Authorization": basic(f"zapier:{token}")}),
        "basic",
    ),
}
CASES = pytest.mark.parametrize(("scheme", "make", "name"), PLACES.values(), ids=PLACES)


@CASES
def test_either_live_secret_passes(scheme: Scheme, make: Make, name: str) -> None:
    """Both pass, and the ledger learns which by its number."""
    assert scheme.verify(make("first-secret"), SOURCE, NOW) == f"{name}, secret 1 of 2"
    assert scheme.verify(make("second secret"), SOURCE, NOW) == f"{name}, secret 2 of 2"


@CASES
def test_any_other_token_fails(scheme: Scheme, make: Make, name: str) -> None:
    """Another, a part, a longer one, an empty one, and no token at all: refused."""
    for token in ("wrong", "first-secre", "first-secret-", "", "First-Secret", "null"):
        with pytest.raises(NotAuthentic):
            scheme.verify(make(token), SOURCE, NOW)
    with pytest.raises(NotAuthentic):
        scheme.verify(request_of(), SOURCE, NOW)


@CASES
def test_an_empty_secret_never_passes(scheme: Scheme, make: Make, name: str) -> None:
    """A secret left empty in the environment opens no door."""
    for secrets in ((), (b"",)):
        with pytest.raises(NotAuthentic):
            scheme.verify(make(""), replace(SOURCE, secrets=secrets), NOW)
    assert scheme.check(replace(SOURCE, secrets=(b"",)))[0] == "secret 1 is empty"
    assert scheme.check(SOURCE) == []


@pytest.mark.parametrize("scheme", [PLACES["header"][0], PLACES["bearer"][0], PLACES["query"][0], PLACES["basic"][0]])
def test_what_it_signs_it_takes(scheme: Scheme) -> None:
    """A sender's headers and query, as we write them, pass."""
    query = scheme.query(SOURCE)
    request = request_of(query=query)
    signed = replace(request, headers=(*request.headers, *scheme.sign(request, SOURCE, NOW)))
    assert scheme.verify(signed, SOURCE, NOW).endswith("secret 1 of 2")


def test_a_body_token_is_in_the_body_already() -> None:
    """Signing adds nothing where the token is part of what is sent."""
    scheme = BodyToken(name="key")
    assert scheme.sign(request_of(), SOURCE, NOW) == ()
    assert scheme.query(SOURCE) == ""


@pytest.mark.parametrize(
    ("body", "kind", "content_type"),
    [(b'{"a":1}', "auto", "application/json"), (b"a=1", "php_form", "application/x-www-form-urlencoded")],
)
def test_a_body_token_may_stand_deeper(body: bytes, kind: BodyKind, content_type: str) -> None:
    """At a path of names, in JSON and in a form; a sample is filled with it."""
    scheme = BodyToken(name="auth.key", kind=kind)
    request = request_of(body, {"Content-Type": content_type})
    with pytest.raises(NotAuthentic):
        scheme.verify(request, SOURCE, NOW)
    filled = replace(request, body=scheme.fill(request, SOURCE))
    assert scheme.verify(filled, SOURCE, NOW) == "body token, secret 1 of 2"


def test_nothing_can_be_sent_without_a_secret() -> None:
    """Signing for a source without secrets says so."""
    with pytest.raises(ValueError, match="no secret"):
        BEARER.sign(request_of(), replace(SOURCE, secrets=()), NOW)


@pytest.mark.parametrize(
    "authorization",
    [
        "Basic",
        "Basic !",
        "Basic YQ==",
        "Bearer " + b64encode(b"zapier:first-secret").decode(),
        "Basic é",
        basic("x:first-secret"),
    ],
)
def test_a_malformed_basic_header_fails(authorization: str) -> None:
    """Another scheme, no colon, bad base64, another user: refused."""
    with pytest.raises(NotAuthentic):
        Basic(user="zapier").verify(request_of(headers={"Authorization": authorization}), SOURCE, NOW)


@pytest.mark.parametrize(
    "body", [b"", b"[1]", b'{"key":1}', b'{"key":["first-secret"]}', b"\xff", b'{"key":"a","key":"b"}']
)
def test_a_body_without_the_token_fails(body: bytes) -> None:
    """A body that cannot be read, or holds something else there, is not authentic."""
    with pytest.raises(NotAuthentic):
        BodyToken(name="key").verify(request_of(body, {"Content-Type": "application/json"}), SOURCE, NOW)


def test_a_header_secret_must_be_sendable() -> None:
    """A secret no header can carry is named when the configuration loads."""
    for secret in ("é".encode(), b"a\nb"):
        assert "cannot stand in a header" in BEARER.check(replace(SOURCE, secrets=(secret,)))[0]


TOKEN = "Vq3tR8xWmZ0aKp5sLc7dYe2f"


@pytest.mark.parametrize(
    ("expected", "given_token", "passes"),
    [
        (TOKEN, TOKEN, True),
        (None, None, True),
        (TOKEN, None, False),
        (TOKEN, "x", False),
        (None, TOKEN, False),
        (TOKEN, "é", False),
    ],
)
def test_the_address_must_be_exactly_the_sources(expected: str | None, given_token: str | None, passes: bool) -> None:
    """A source with a path token is reached by it alone, one without has no address below its own."""
    source, request = replace(SOURCE, path_token=expected), request_of(path_token=given_token)
    if passes:
        require_path(request, source)
    else:
        with pytest.raises(NotAuthentic):
            require_path(request, source)


def test_a_path_token_authenticates() -> None:
    """The address is the secret; a source without one cannot pass by it."""
    assert PathToken().verify(request_of(path_token=TOKEN), replace(SOURCE, path_token=TOKEN), NOW) == "path token"
    with pytest.raises(NotAuthentic):
        PathToken().verify(request_of(), SOURCE, NOW)
    assert PathToken().sign(request_of(), SOURCE, NOW) == ()
    assert PathToken().query(SOURCE) == ""


@pytest.mark.parametrize(
    ("token", "problem"),
    [
        (None, "needs a path_token"),
        ("short", "can be guessed"),
        ("a" * 64, "can be guessed"),
        ("0123456789abcdef0123456789abcde", "can be guessed"),
        ("0123456789abcdef0123456789abcdef", ""),
        (TOKEN, ""),
        (TOKEN.lower(), "can be guessed"),
        (TOKEN.lower() + "9", ""),
    ],
)
def test_a_path_token_that_can_be_guessed_is_named(token: str | None, problem: str) -> None:
    """128 bits or more, by length and alphabet."""
    found = PathToken().check(replace(SOURCE, path_token=token))
    assert found == [] if not problem else problem in found[0]


@given(st.text(max_size=80))
def test_bits_are_never_more_than_the_text_could_hold(token: str) -> None:
    """At most six bits a character are counted."""
    assert 0 <= path_token_bits(token) <= 6 * len(token)


@given(st.text(max_size=60), st.sampled_from(sorted(PLACES)))
def test_no_token_raises_anything_else(token: str, place: str) -> None:
    """Whatever is sent, it passes or is NotAuthentic."""
    scheme: Any = PLACES[place][0]
    request = request_of(token.encode("utf-8", "replace"), {"Authorization": token, "X-Api-Key": token}, query=token)
    with pytest.raises(NotAuthentic):
        scheme.verify(request, SOURCE, NOW)
