"""Standard Webhooks and Svix."""

from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import digest

import pytest
from inbound import NOW, request_of, source_of

from gateway.contracts import Source
from gateway.errors import NotAuthentic
from gateway.model import Event, Person, Request

SECRETS = (b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b"plJ3nmyCDGBKInavdOK15jsl")


def standard(secrets: tuple[bytes, ...] = SECRETS) -> Source:
    """A source with two live secrets, one written without its prefix."""
    return source_of("standard_webhooks", secrets=secrets)


def signed(body: bytes = b'{"type":"a"}', *, family: str = "webhook", at: timedelta = timedelta()) -> Request:
    """A request signed here from the specification's text, not by our own code."""
    stamp = str(int((NOW + at).timestamp()))
    key = b64decode(SECRETS[0].removeprefix(b"whsec_"))
    signature = b64encode(digest(key, b"msg_1." + stamp.encode() + b"." + body, sha256)).decode()
    headers = {"id": "msg_1", "timestamp": stamp, "signature": f"v1a,{signature} v1,{signature}"}
    return request_of(body, {f"{family}-{name}": value for name, value in headers.items()})


def authenticate(request: Request, source: Source) -> str:
    """The scheme that passed."""
    return source.provider.authenticate(request, source, NOW)


@pytest.mark.parametrize("family", ["webhook", "svix"])
def test_either_family_of_headers_passes(family: str) -> None:
    """By the first secret or the second, with or without padding."""
    request = signed(family=family)
    assert authenticate(request, standard()) == "standard-webhooks-v1, secret 1 of 2"
    assert authenticate(request, standard(SECRETS[::-1])) == "standard-webhooks-v1, secret 2 of 2"
    unpadded = tuple((name, value.replace("=", "")) for name, value in request.headers)
    assert authenticate(replace(request, headers=unpadded), standard())


def test_families_do_not_mix() -> None:
    """With both, the specification's own headers count: the other family cannot rescue them."""
    good, bad = signed(family="svix"), ("webhook-signature", "v1,AAAA")
    with pytest.raises(NotAuthentic):
        authenticate(replace(good, headers=(*good.headers, bad)), standard())
    mixed = tuple((name.replace("svix-id", "webhook-id"), value) for name, value in good.headers)
    with pytest.raises(NotAuthentic):
        authenticate(replace(good, headers=mixed), standard())


def test_only_symmetric_signatures_count() -> None:
    """v1a and later versions are skipped, not guessed at."""
    request = signed()
    other = tuple((name, value.replace(" v1,", " v2,")) for name, value in request.headers)
    with pytest.raises(NotAuthentic):
        authenticate(replace(request, headers=other), standard())


@pytest.mark.parametrize("minutes", [-6, 6])
def test_five_minutes_either_way(minutes: int) -> None:
    """An old request is a replay, an early one a wrong clock."""
    with pytest.raises(NotAuthentic, match="replay window"):
        authenticate(signed(at=timedelta(minutes=minutes)), standard())


def test_each_part_is_signed() -> None:
    """Id, timestamp and body: one of them changed, repeated, or gone is not authentic."""
    request = signed()
    for name, value in request.headers:
        for headers in (
            tuple(pair for pair in request.headers if pair[0] != name),
            (*request.headers, (name, value)),
            tuple((key, text[:-3] + "!" + text[-2:] if key == name else text) for key, text in request.headers),
        ):
            with pytest.raises(NotAuthentic):
                authenticate(replace(request, headers=headers), standard())
    with pytest.raises(NotAuthentic):
        authenticate(replace(request, body=request.body + b" "), standard())


def test_the_message_id_is_the_key() -> None:
    """The same on every retry; type, time and person come from the payload."""
    body = b'{"type":"user.created","timestamp":"2026-01-02T03:04:05Z","data":{"phone":"+1","first_name":"Ana"}}'
    request, source = signed(body, family="svix"), standard()
    (event,) = source.provider.split(source.provider.decode(request, source), request, source)
    assert event == Event(
        payload=event.payload,
        type="user.created",
        key=("msg_1",),
        occurred_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        person=Person(phone="+1", first_name="Ana"),
    )


def test_any_json_is_an_event() -> None:
    """The specification leaves the body free; its time is the header's then."""
    request, source = signed(b"[1]"), standard()
    (event,) = source.provider.split(source.provider.decode(request, source), request, source)
    assert (event.payload, event.type, event.occurred_at) == ({"value": [1]}, "", NOW)
    bare = replace(request, headers=())
    assert source.provider.split([1], bare, source)[0].key is None


@pytest.mark.parametrize(
    ("secrets", "says"),
    [
        ((b"whpk_AAAA",), "secret 1 is no ed25519 public key"),
        ((SECRETS[0], b"whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="), "secret 1 is no ed25519 public key"),
        ((b"whsec_not base64",), "secret 1 is not written in base64"),
        ((b"",), "secret 1 is empty"),
    ],
)
def test_a_secret_it_cannot_use_does_not_load(secrets: tuple[bytes, ...], says: str) -> None:
    """Said at load rather than refusing every request later."""
    source = standard(secrets)
    assert source.provider.check(source)[0].startswith(says)
