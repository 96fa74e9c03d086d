"""Senders that sign nothing: a secret address, and a header besides."""

import pytest
from inbound import NOW, request_of
from pydantic import ValidationError

from gateway.auth.unsigned import UnsignedOptions, authenticate_unsigned, check_unsigned, sign_unsigned
from gateway.contracts import NoOptions, Provider, Source
from gateway.errors import NotAuthentic
from gateway.policy import Strict

PATH = "Vq3tR8xWmZ0aKp5sLc7dYe2f"
PROVIDER = Provider(
    name="unsigned",
    title="Signs nothing",
    authenticate=authenticate_unsigned,
    decode=lambda *_: None,
    split=lambda *_: (),
    sign=sign_unsigned,
    samples=lambda: (),
)


def source(options: Strict, *secrets: bytes, path_token: str | None = PATH) -> Source:
    """A source of such a sender."""
    return Source(name="demo", provider=PROVIDER, options=options, secrets=secrets, path_token=path_token)


WITH_HEADER = UnsignedOptions.model_validate({"header": "X-Secret"})


def test_the_address_alone_proves_where_no_header_is_asked_for() -> None:
    """And nothing else does: without a path token every request is refused."""
    for options in (NoOptions(), UnsignedOptions()):
        plain = source(options)
        assert authenticate_unsigned(request_of(path_token=PATH), plain, NOW) == "path token"
        assert sign_unsigned(request_of(), plain, NOW) == ()
        assert check_unsigned(plain) == []
        for request, open_source in (
            (request_of(path_token="elsewhere"), plain),
            (request_of(), plain),
            (request_of(), source(options, path_token=None)),
        ):
            with pytest.raises(NotAuthentic):
                authenticate_unsigned(request, open_source, NOW)


def test_with_a_header_both_must_be_right() -> None:
    """Either live secret; the header alone binds nothing."""
    guarded = source(WITH_HEADER, b"one", b"two")
    assert check_unsigned(guarded) == []
    assert sign_unsigned(request_of(), guarded, NOW) == (("x-secret", "one"),)
    passed = authenticate_unsigned(request_of(headers={"X-Secret": "two"}, path_token=PATH), guarded, NOW)
    assert passed == "path token, header token, secret 2 of 2"
    for headers, path_token in (({"X-Secret": "three"}, PATH), ({}, PATH), ({"X-Secret": "one"}, None)):
        with pytest.raises(NotAuthentic):
            authenticate_unsigned(request_of(headers=headers, path_token=path_token), guarded, NOW)
    bare = source(WITH_HEADER, b"one", path_token=None)
    with pytest.raises(NotAuthentic):
        authenticate_unsigned(request_of(headers={"X-Secret": "one"}), bare, NOW)


def test_secrets_and_header_need_each_other() -> None:
    """A secret nothing uses is a mistake that looks like safety."""
    assert check_unsigned(source(NoOptions(), b"one")) == [
        "this sender signs nothing, so nothing would use the `secrets`"
    ]
    assert check_unsigned(source(WITH_HEADER)) == ["`header` needs `secrets`"]
    assert check_unsigned(source(WITH_HEADER, b"")) == ["secret 1 is empty"]
    with pytest.raises(ValidationError):
        UnsignedOptions.model_validate({"header": 7})
