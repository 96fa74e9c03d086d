"""Choosing schemes in YAML, and passing by any of several."""

from dataclasses import replace
from typing import Any

import pytest
from inbound import NOW, request_of, source_of
from pydantic import ValidationError

from gateway.auth.asymmetric import Asymmetric
from gateway.auth.jwt import Jwt
from gateway.auth.schemes import SchemeChoice, source_problems, verify
from gateway.auth.signatures import Hmac
from gateway.auth.tokens import BEARER, Basic, BodyToken, HeaderToken, PathToken, QueryToken
from gateway.errors import NotAuthentic

SOURCE = source_of("generic")


@pytest.mark.parametrize(
    ("choice", "scheme"),
    [
        ({"bearer": True}, BEARER),
        ({"header": "X-Api-Key"}, HeaderToken(name="X-Api-Key")),
        ({"header": {"name": "Authorization", "prefix": "Token "}}, HeaderToken(name="Authorization", prefix="Token ")),
        ({"query": "key"}, QueryToken(name="key")),
        ({"body": "google_key"}, BodyToken(name="google_key")),
        ({"basic": {"user": "zapier"}}, Basic(user="zapier")),
        ({"path": True}, PathToken()),
        ({"hmac": {"header": "X-Sig"}}, Hmac(header="X-Sig")),
        ({"asymmetric": {"header": "X-Sig"}}, Asymmetric(header="X-Sig")),
        ({"jwt": {"issuer": "netlify"}}, Jwt(issuer="netlify")),
    ],
)
def test_a_choice_becomes_its_scheme(choice: dict[str, Any], scheme: object) -> None:
    """One key, and a name alone where a name is enough."""
    assert SchemeChoice.model_validate(choice).scheme == scheme


@pytest.mark.parametrize(
    "choice",
    [
        {},
        {"bearer": True, "query": "key"},
        {"bearer": False},
        {"none": True},
        {"bearer": None},
        {"basic": {"user": "a:b"}},
    ],
)
def test_none_or_several_at_once_are_refused(choice: dict[str, Any]) -> None:
    """Two schemes in one entry would leave open whether both or either must pass; switching off is not offered."""
    with pytest.raises(ValidationError):
        SchemeChoice.model_validate(choice)


def test_any_of_several_passes() -> None:
    """Each is tried in order; what is recorded is the one that passed."""
    schemes = [BEARER, QueryToken(name="key")]
    assert verify(schemes, request_of(query="key=first-secret"), SOURCE, NOW) == "query token, secret 1 of 2"
    with pytest.raises(NotAuthentic, match=r"Authorization is missing; .*key is missing"):
        verify(schemes, request_of(), SOURCE, NOW)


def test_no_scheme_never_passes() -> None:
    """Nothing to prove is not proof."""
    with pytest.raises(NotAuthentic, match="no way to authenticate"):
        verify([], request_of(), SOURCE, NOW)


def test_the_address_comes_first() -> None:
    """A right token at a wrong address is refused, and the other way round."""
    source = replace(SOURCE, path_token="Vq3tR8xWmZ0aKp5sLc7dYe2f")
    request = request_of(headers={"Authorization": "Bearer first-secret"})
    with pytest.raises(NotAuthentic, match="address"):
        verify([BEARER], request, source, NOW)
    there = replace(request, path_token=source.path_token)
    assert verify([BEARER], there, source, NOW)
    with pytest.raises(NotAuthentic):
        verify([BEARER], replace(there, headers=()), source, NOW)


@pytest.mark.parametrize("secret", [b"first-secret", b"second-secret"])
def test_no_refusal_holds_a_secret(secret: bytes) -> None:
    """The texts of refusals are safe in a log."""
    choices = ["hmac", "header", "query", "body"]
    schemes = [
        SchemeChoice.model_validate({name: {"header": "X-Sig"} if name == "hmac" else "key"}).scheme for name in choices
    ]
    request = request_of(b'{"key":"nearly-%s"}' % secret, {"Key": "x" + secret.decode(), "X-Sig": "00" * 32})
    with pytest.raises(NotAuthentic) as refusal:
        verify([*schemes, BEARER, Basic(user="zapier")], request, SOURCE, NOW)
    assert secret.decode() not in str(refusal.value)


@pytest.mark.parametrize(
    ("path_token", "says"),
    [
        (
            None,
            ["X does not sign all it sends, so the address must be secret: authentication by path needs a path_token"],
        ),
        ("a" * 30, ["X does not sign all it sends, so the address must be secret: path_token can be guessed"]),
        ("Vq3tR8xWmZ0aKp5sLc7dYe2f", []),
    ],
)
def test_what_a_provider_leaves_unsigned_needs_a_secret_address(path_token: str | None, says: list[str]) -> None:
    """One that cannot be guessed; what the provider itself has to say is said too."""
    provider = replace(SOURCE.provider, title="X", requires_path_token=True, check=lambda _: ["other", "other"])
    problems = source_problems(replace(SOURCE, provider=provider, path_token=path_token))
    assert [problem.partition(": draw")[0] for problem in problems] == ["other", *says]
    assert source_problems(replace(SOURCE, provider=replace(provider, requires_path_token=False))) == ["other"]


def test_a_signature_that_leaves_the_body_open_says_so() -> None:
    """Its source needs a secret address, and a scheme that covers everything must not claim otherwise."""
    scheme = Hmac(header="X-Sig", signed="{body:first}", covers_body=False)
    assert scheme.check(SOURCE) == ["hmac: the signature does not cover the body, so the source needs a path_token too"]
    assert scheme.check(replace(SOURCE, path_token="Vq3tR8xWmZ0aKp5sLc7dYe2f")) == []
    for wrong in ({"signed": "{body}", "covers_body": False}, {"signed": "{body:first}"}):
        with pytest.raises(ValidationError, match="path_token"):
            Hmac.model_validate({"header": "X-Sig", **wrong})
