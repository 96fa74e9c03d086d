"""Signed tokens: one algorithm, pinned; claims checked; the body bound only by its hash."""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inbound import NOW, URL, json_request, request_of, source_of

from gateway.auth.jwt import Jwt
from gateway.errors import NotAuthentic

SOURCE = source_of("generic")
PLAIN = Jwt()
NETLIFY = Jwt(header="X-Webhook-Signature", issuer="netlify", expires=False, body_hash="sha256")
MONDAY = Jwt(audience="{url}")
REQUEST = json_request(b'{"phone":"1"}', query="a=1")
SECONDS = int(NOW.timestamp())
SCHEMES = {"plain": PLAIN, "body hash": NETLIFY, "audience": MONDAY}
EACH = pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)


def token(claims: Any, header: Any = None, secret: bytes = b"first-secret", digest: str = "sha256") -> str:
    """A token of any header and claims, signed."""
    parts = [header or {"alg": "HS256", "typ": "JWT"}, claims]
    written = [part if isinstance(part, bytes) else orjson.dumps(part) for part in parts]
    message = b".".join(urlsafe_b64encode(part).rstrip(b"=") for part in written)
    return (message + b"." + urlsafe_b64encode(hmac.digest(secret, message, digest)).rstrip(b"=")).decode()


def takes(scheme: Jwt, text: str) -> bool:
    """Whether a request with this header passes."""
    request = request_of(REQUEST.body, [(scheme.header, text)], query="a=1")
    try:
        return bool(scheme.verify(request, SOURCE, NOW))
    except NotAuthentic:
        return False


@EACH
def test_what_it_signs_it_takes(scheme: Jwt) -> None:
    """With either live secret, with or without `Bearer` before the token."""
    for live in (SOURCE, replace(SOURCE, secrets=SOURCE.secrets[::-1])):
        ((name, text),) = scheme.sign(REQUEST, live, NOW)
        assert name == scheme.header
        assert takes(scheme, text)
        assert takes(scheme, f"bearer {text}")
        assert not takes(scheme, f"Basic {text}")
        assert not takes(scheme, text[:-4] + ("A" if text[-4] != "A" else "B") + text[-3:])
    stranger = replace(SOURCE, secrets=(b"another",))
    assert not takes(scheme, scheme.sign(REQUEST, stranger, NOW)[0][1])
    assert scheme.query(SOURCE) == ""


@pytest.mark.parametrize(
    ("header", "digest"),
    [
        ({"alg": "none"}, "sha256"),
        ({"alg": "HS512"}, "sha512"),
        ({"alg": "HS512"}, "sha256"),
        ({"alg": "hs256"}, "sha256"),
        ({"alg": ["HS256"]}, "sha256"),
        ({"typ": "JWT"}, "sha256"),
        ({"alg": "HS256", "crit": ["exp"]}, "sha256"),
        (b"[]", "sha256"),
        (b'{"alg":"HS256","alg":"none"}', "sha256"),
        (b"\xff", "sha256"),
    ],
)
def test_the_token_does_not_choose_its_algorithm(header: Any, digest: str) -> None:
    """HS256, whatever its header says, and no extension it calls critical."""
    assert not takes(PLAIN, token({"exp": SECONDS + 60}, header, digest=digest))


@pytest.mark.parametrize(
    ("claims", "passes"),
    [
        ({"exp": SECONDS + 60}, True),
        ({"exp": SECONDS - 200}, True),
        ({"exp": SECONDS - 400}, False),
        ({"exp": SECONDS + 60.5}, True),
        ({}, False),
        ({"exp": str(SECONDS)}, False),
        ({"exp": True}, False),
        ({"exp": None}, False),
        ({"exp": SECONDS + 60, "nbf": SECONDS + 200}, True),
        ({"exp": SECONDS + 60, "nbf": SECONDS + 400}, False),
        ({"exp": SECONDS + 60, "iat": SECONDS + 400}, False),
        ({"exp": SECONDS + 60, "iat": "now"}, False),
        ([], False),
        (b'{"exp":1', False),
        (b'{"exp":99999999999,"exp":1}', False),
    ],
)
def test_a_token_counts_in_its_time(claims: Any, passes: bool) -> None:
    """Within the source's five minutes of skew; without an expiry, or with one that is no time, never."""
    assert takes(PLAIN, token(claims)) == passes


@pytest.mark.parametrize(
    ("audience", "passes"),
    [(URL, True), ([URL, "https://other.example"], True), ("https://other.example", False), ([], False), (None, False),
     ({}, False), (URL + "?a=1", False)],
)  # fmt: skip
def test_a_token_is_for_this_address(audience: Any, passes: bool) -> None:
    """The address without its query; one of several is enough."""
    assert takes(MONDAY, token({"exp": SECONDS + 60, "aud": audience})) == passes


@pytest.mark.parametrize(
    "claims", [{"iss": "netlify"}, {"iss": "netlify", "sha256": 1}, {"iss": "netlify", "sha256": "é"}]
)
def test_a_token_without_the_bodys_hash_does_not_pass(claims: Any) -> None:
    """Nor with one that is no hash."""
    assert not takes(NETLIFY, token(claims))


def test_another_body_or_issuer_does_not_pass() -> None:
    """The hash binds the body, in either case of letters."""
    ((name, text),) = NETLIFY.sign(REQUEST, SOURCE, NOW)
    with pytest.raises(NotAuthentic, match="another body"):
        NETLIFY.verify(request_of(b"{}", [(name, text)]), SOURCE, NOW)
    foreign = NETLIFY.model_copy(update={"issuer": "other"})
    with pytest.raises(NotAuthentic, match="another issuer"):
        foreign.verify(request_of(REQUEST.body, [(name, text)]), SOURCE, NOW)


def test_it_grows_old() -> None:
    """Signed here it lasts five minutes, and the skew is forgiven."""
    ((name, text),) = PLAIN.sign(REQUEST, SOURCE, NOW)
    assert name == name.lower()  # as requests hold their headers, also for the header by default
    request = request_of(b"{}", [(name, text)])
    assert PLAIN.verify(request, SOURCE, NOW + timedelta(minutes=9))
    for late in (timedelta(minutes=11), timedelta(minutes=-6)):
        with pytest.raises(NotAuthentic, match="outside its time"):
            PLAIN.verify(request, SOURCE, NOW + late)


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "....", "A" * 43, f"A.A.{'A' * 43}", f"AAAAA.AA.{'A' * 43}"])
def test_what_is_no_token_is_refused(text: str) -> None:
    """Three parts of base64url, the last 43 characters long."""
    assert not takes(PLAIN, text)


def test_a_part_that_is_no_base64_is_refused() -> None:
    """Even under a right signature."""
    message = b"AAAAA.AA"
    signature = urlsafe_b64encode(hmac.digest(b"first-secret", message, "sha256")).rstrip(b"=")
    assert not takes(PLAIN, (message + b"." + signature).decode())


def test_what_is_wrong_with_a_source_is_said() -> None:
    """A token that does not bind the body needs a secret address; a secret may be in the wrong form."""
    uncovered = "jwt: the token does not cover the body, so the source needs a path_token too"
    assert PLAIN.check(SOURCE) == [uncovered]
    assert PLAIN.check(replace(SOURCE, path_token="Vq3tR8xWmZ0aKp5sLc7dYe2f")) == []
    assert NETLIFY.check(SOURCE) == []
    assert Jwt(key="hex", body_hash="h").check(SOURCE)[0] == "secret 1 is not written in hexadecimal"
    for secrets in ((), (b"",)):
        with pytest.raises(ValueError, match="no usable secret"):
            PLAIN.sign(REQUEST, replace(SOURCE, secrets=secrets), NOW)


@given(
    st.text(st.characters(max_codepoint=255), max_size=100)
    | st.from_regex(r"[\w-]{2,9}\.[\w-]{2,9}\.[\w-]{43}", fullmatch=True)
)
def test_any_header_is_refused(text: str) -> None:
    """Never another error."""
    assert not takes(PLAIN, text)
