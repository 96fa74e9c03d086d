"""Challenges: answered where they are meant, refused where they prove nothing, and never taken for an event."""

import hmac
from contextlib import suppress

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inbound import NOW, json_request, request_of, source_of

from gateway.auth.schemes import verify
from gateway.auth.signatures import Hmac
from gateway.contracts import Reply
from gateway.errors import NotAuthentic
from gateway.handshakes.challenges import echo_header, echo_in_json, echo_to_verified, echoed_header, sign_challenge

SOURCE = source_of("generic")
META = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={}"
CODE = "890e4665-4dfe-4ab1-b689-ed553bceeed0"
SIGNED = Hmac(header="X-Signature")


@pytest.mark.parametrize("token", ["first-secret", "second-secret"])
def test_a_challenge_is_echoed_to_who_knows_the_token(token: str) -> None:
    """As plain text that no browser takes for a page."""
    reply = echo_to_verified(request_of(b"", method="GET", query=META.format(token)), SOURCE.secrets)
    assert reply is not None
    assert (reply.status, reply.body, reply.media_type) == (200, b"1158201444", "text/plain")
    assert ("X-Content-Type-Options", "nosniff") in reply.headers


@pytest.mark.parametrize(
    "query",
    [
        META.format("wrong"),
        META.format(""),
        "hub.mode=subscribe&hub.challenge=1",
        META.format("first-secret&hub.verify_token=first-secret"),
        "hub.mode=subscribe&hub.verify_token=first-secret",
        "hub.mode=subscribe&hub.verify_token=first-secret&hub.challenge=a%0Ab",
        "hub.mode=subscribe&hub.verify_token=first-secret&hub.challenge=" + "1" * 1001,
    ],
)
def test_a_wrong_token_or_a_strange_challenge_is_refused(query: str) -> None:
    """A stranger learns nothing, and nothing but a short printable text is echoed."""
    request = request_of(b"", method="GET", query=query)
    with pytest.raises(NotAuthentic) as refusal:
        echo_to_verified(request, (*SOURCE.secrets, b""))
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("method", "query"),
    [("POST", META.format("first-secret")), ("GET", ""), ("GET", "hub.mode=unsubscribe"), ("GET", "%FF")],
)
def test_other_requests_are_no_verification(method: str, query: str) -> None:
    """They go the usual way."""
    assert echo_to_verified(request_of(b"", method=method, query=query), SOURCE.secrets) is None


def test_a_challenge_is_signed() -> None:
    """With the first live secret, as LinkedIn documents it."""
    reply = sign_challenge(request_of(b"", method="GET", query=f"challengeCode={CODE}&applicationId=1"), SOURCE)
    assert reply is not None
    expected = hmac.digest(b"first-secret", CODE.encode(), "sha256").hex()
    assert orjson.loads(reply.body) == {"challengeCode": CODE, "challengeResponse": expected}


@pytest.mark.parametrize(
    "challenge", ["", "1", 'hmacsha256={"type":"LEAD_ACTION"}', CODE + "x", CODE + "&challengeCode=2"]
)
def test_nothing_but_a_uuid_is_signed(challenge: str) -> None:
    """Else a stranger could have a delivery of his own signed, and send it."""
    with pytest.raises(NotAuthentic):
        sign_challenge(request_of(b"", method="GET", query=f"challengeCode={challenge}"), SOURCE)


@pytest.mark.parametrize("secrets", [(), (b"",)])
def test_without_a_secret_nothing_is_signed(secrets: tuple[bytes, ...]) -> None:
    """An empty key signs for everyone."""
    request = request_of(b"", method="GET", query=f"challengeCode={CODE}")
    with pytest.raises(NotAuthentic):
        sign_challenge(request, source_of("generic", secrets=secrets))


@pytest.mark.parametrize(("method", "query"), [("POST", f"challengeCode={CODE}"), ("GET", "code=1"), ("GET", "%FF=1")])
def test_other_requests_are_no_challenge(method: str, query: str) -> None:
    """They go the usual way."""
    assert sign_challenge(request_of(b"", method=method, query=query), SOURCE) is None


@pytest.mark.parametrize(
    ("body", "type_is"),
    [
        (b'{"challenge":"abc"}', None),
        (b'{"type":"url_verification","token":"t","challenge":"abc"}', "url_verification"),
    ],
)
def test_a_challenge_in_json_is_echoed(body: bytes, type_is: str | None) -> None:
    """In JSON."""
    reply = echo_in_json(json_request(body), SOURCE, type_is=type_is)
    assert reply is not None
    assert (reply.status, orjson.loads(reply.body)) == (200, {"challenge": "abc"})


@pytest.mark.parametrize(
    ("body", "type_is"),
    [
        (b'{"challenge":"abc","event":{}}', None),
        (b'{"challenge":"abc"}', "url_verification"),
        (b'{"type":"event_callback","challenge":"abc"}', "url_verification"),
        (b'{"challenge":1}', None),
        (b'{"challenge":""}', None),
        (b'{"challenge":"%s"}' % (b"x" * 1001), None),
        (b'{"challenge":"%s"}' % (b"x" * 9000), None),
        (b'["challenge"]', None),
        (b'{"challenge"', None),
        (b"{}", None),
        (b"", None),
    ],
)
def test_an_event_is_no_handshake(body: bytes, type_is: str | None) -> None:
    """A lead is never swallowed because it holds a field of that name."""
    assert echo_in_json(json_request(body), SOURCE, type_is=type_is) is None


def test_a_handshake_that_can_be_signed_must_be() -> None:
    """Slack signs it like any request."""
    body = b'{"challenge":"abc"}'
    request = json_request(body)
    with pytest.raises(NotAuthentic):
        echo_in_json(request, SOURCE, schemes=[SIGNED])
    signed = request_of(body, [*request.headers, *SIGNED.sign(request, SOURCE, NOW)])
    assert verify([SIGNED], signed, SOURCE, NOW)
    assert echo_in_json(signed, SOURCE, schemes=[SIGNED]) is not None


@pytest.mark.parametrize("body", [b"", b"{}", b" [] "])
def test_a_header_is_echoed(body: bytes) -> None:
    """As it came, by its own name."""
    assert echo_header(request_of(body, {"X-Hook-Secret": "abc"})) == Reply(headers=(("X-Hook-Secret", "abc"),))


@pytest.mark.parametrize(
    ("body", "headers", "method"),
    [
        (b'{"object_keys":[]}', [("X-Hook-Secret", "abc")], "POST"),
        (b"", [("X-Hook-Secret", "abc")], "GET"),
        (b"", [], "POST"),
        (b"", [("X-Hook-Secret", "a"), ("X-Hook-Secret", "b")], "POST"),
        (b"", [("X-Hook-Secret", "é")], "POST"),
    ],
)
def test_a_header_beside_an_event_is_no_handshake(body: bytes, headers: list[tuple[str, str]], method: str) -> None:
    """The event goes the usual way; the provider's reply may still carry the header."""
    assert echo_header(request_of(body, headers, method=method)) is None


def test_a_reply_may_carry_the_header() -> None:
    """Where a handshake also holds an event."""
    assert echoed_header(request_of(b"{}", {"x-other": "abc"}), name="X-Other") == (("X-Other", "abc"),)


@given(
    st.sampled_from(["GET", "POST", "HEAD"]),
    st.text(st.characters(max_codepoint=255), max_size=30) | st.sampled_from(["hub.mode=subscribe", "challengeCode=é"]),
    st.binary(max_size=40) | st.sampled_from([b'{"challenge":[]}', b'{"challenge":{"a":1}}']),
)
def test_any_request_is_answered_refused_or_passed_on(method: str, query: str, body: bytes) -> None:
    """Never another error."""
    request = request_of(body, method=method, query=query)
    for handshake in (
        lambda: echo_to_verified(request, SOURCE.secrets),
        lambda: sign_challenge(request, SOURCE),
        lambda: echo_in_json(request, SOURCE),
        lambda: echo_header(request),
    ):
        with suppress(NotAuthentic):
            assert isinstance(handshake(), Reply | None)
