"""Shared-secret signatures: what passes, and everything that must not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inbound import NOW, request_of, source_of
from pydantic import ValidationError

from gateway.auth.signatures import Hmac, Pairs
from gateway.contracts import Source
from gateway.errors import NotAuthentic
from gateway.model import Request

SECRETS = (b"Zmlyc3Qtc2VjcmV0LTAwMDE=", b"c2Vjb25kLXNlY3JldC0wMDI=")
HEX_SECRETS = (b"00112233445566778899aabbccddeeff", b"ffeeddccbbaa99887766554433221100")
TIMED: dict[str, Any] = {"signed": "{timestamp}.{body}", "timestamp": {"header": "X-Time"}}

SCHEMES: dict[str, dict[str, Any]] = {
    "bare hex": {},
    "sha1 base64": {"algorithm": "sha1", "encoding": "base64"},
    "sha512 prefix": {"algorithm": "sha512", "prefix": "sha512="},
    "base64 key": {"key": "base64"},
    "whsec key": {"key": "whsec", "encoding": "base64"},
    "plain digest": {"keyed": False, "signed": "{secret}{method}{url}{body}"},
    "timestamp header": TIMED,
    "milliseconds": {**TIMED, "timestamp": {"header": "X-Time", "unit": "ms"}},
    "iso timestamp": {**TIMED, "timestamp": {"header": "X-Time", "unit": "iso8601"}},
    "http date": {**TIMED, "timestamp": {"header": "X-Time", "unit": "http-date"}},
    "formatted date": {**TIMED, "timestamp": {"header": "X-Time", "format": "%Y-%m-%d %H:%M:%S"}},
    "pairs": {**TIMED, "pairs": {}, "timestamp": {"field": "t"}},
    "semicolons": {**TIMED, "pairs": {"separator": ";", "signature": "s"}, "timestamp": {"field": "ts"}},
    "space list": {"pairs": {"separator": " ", "joiner": ","}, "encoding": "base64"},
    "url and header": {"signed": "{url:hubspot}{header:X-Id}{body}"},
}
TIMED_SCHEMES = {name: scheme for name, scheme in SCHEMES.items() if "timestamp" in scheme}
Change = Callable[[str], str]


def scheme_of(options: dict[str, Any]) -> Hmac:
    """The scheme under test, its signature in X-Signature."""
    return Hmac.model_validate({"name": "test", "header": "X-Signature", **options})


def source_with(secrets: tuple[bytes, ...] = SECRETS) -> Source:
    """A source with two live secrets, the current and the next."""
    return source_of("generic", secrets=secrets)


def signed(scheme: Hmac, source: Source, *, body: bytes = b'{"phone":"1"}', at: timedelta = timedelta()) -> Request:
    """A request as the sender would send it at NOW + at, signed with the source's first secret."""
    request = request_of(body, {"X-Id": "msg_1"}, query="a=%2F1")
    return replace(request, headers=(*request.headers, *scheme.sign(request, source, NOW + at)))


def with_header(request: Request, name: str, change: Change) -> Request:
    """The request with one header's value changed."""
    headers = tuple((key, change(value) if key == name else value) for key, value in request.headers)
    return replace(request, headers=headers)


def flipped(text: str) -> str:
    """The text with its fourth character from the end changed for another that may stand there.

    Not the last: the last character of base64 carries bits that mean nothing.
    """
    return text[:-4] + ("0" if text[-4] != "0" else "1") + text[-3:]


@pytest.mark.parametrize("options", SCHEMES.values(), ids=SCHEMES)
def test_a_signed_request_passes_and_says_by_which_secret(options: dict[str, Any]) -> None:
    """What a sender signs passes, and the ledger learns the scheme and the secret's number, never the secret."""
    scheme, source = scheme_of(options), source_with()
    assert scheme.verify(signed(scheme, source), source, NOW) == "test, secret 1 of 2"


@pytest.mark.parametrize("options", SCHEMES.values(), ids=SCHEMES)
def test_the_second_live_secret_passes(options: dict[str, Any]) -> None:
    """While a secret is being changed, both pass."""
    scheme, source = scheme_of(options), source_with()
    request = signed(scheme, source_with(SECRETS[::-1]))
    assert scheme.verify(request, source, NOW) == "test, secret 2 of 2"


@pytest.mark.parametrize("options", SCHEMES.values(), ids=SCHEMES)
def test_changed_body_signature_or_secret_fail_alike(options: dict[str, Any]) -> None:
    """One byte of the body, one of the signature, or another secret: refused, in the same words."""
    scheme, source = scheme_of(options), source_with()
    request = signed(scheme, source)
    body = replace(request, body=b'{"phone":"2"}')
    signature = with_header(request, "x-signature", flipped)
    stranger = signed(scheme, source_with((b"YW5vdGhlci1zZWNyZXQtMDAwMw==",)))
    texts = set()
    for forged in (body, signature, stranger):
        with pytest.raises(NotAuthentic) as refusal:
            scheme.verify(forged, source, NOW)
        texts.add(str(refusal.value))
    assert texts == {"test: the signature does not match"}


@pytest.mark.parametrize("options", SCHEMES.values(), ids=SCHEMES)
def test_a_header_missing_twice_or_not_ascii_fails(options: dict[str, Any]) -> None:
    """Each header a scheme needs must be there exactly once, in ASCII."""
    scheme, source = scheme_of(options), source_with()
    request = signed(scheme, source)
    needed = {name for name, _ in scheme.sign(request, source, NOW)}
    for name in needed:
        kept = tuple(pair for pair in request.headers if pair[0] != name)
        there = next(pair for pair in request.headers if pair[0] == name)
        for headers in (kept, (*request.headers, there), (*kept, (name, "é" + there[1])), (*kept, (name, ""))):
            with pytest.raises(NotAuthentic):
                scheme.verify(replace(request, headers=headers), source, NOW)


@pytest.mark.parametrize("options", TIMED_SCHEMES.values(), ids=TIMED_SCHEMES)
@pytest.mark.parametrize("sign", [-1, 1], ids=["old", "early"])
def test_the_replay_window_is_five_minutes_both_ways(options: dict[str, Any], sign: int) -> None:
    """A signed timestamp within the source's clock skew passes, one beyond it does not."""
    scheme, source = scheme_of(options), source_with()
    inside = signed(scheme, source, at=sign * timedelta(seconds=299))
    assert scheme.verify(inside, source, NOW)
    outside = signed(scheme, source, at=sign * timedelta(seconds=301))
    with pytest.raises(NotAuthentic, match="replay window"):
        scheme.verify(outside, source, NOW)


@pytest.mark.parametrize("options", TIMED_SCHEMES.values(), ids=TIMED_SCHEMES)
@pytest.mark.parametrize("stamp", ["", "x", "-1", "1e9", "9" * 400, "0x10", "٣", "1 2", "9999-12-31T23:59:59-23:59"])
def test_an_absurd_timestamp_fails(options: dict[str, Any], stamp: str) -> None:
    """A timestamp nobody can read is refused even under a correct signature, never another error."""
    scheme, source = scheme_of(options), source_with()
    forged = _Stamped.model_validate(scheme.model_dump(exclude_unset=True)).stamped(stamp)
    request = signed(forged, source)
    with pytest.raises(NotAuthentic):
        scheme.verify(request, source, NOW)


class _Stamped(Hmac):
    """The same scheme, signed by a sender whose clock writes nonsense."""

    def stamped(self, stamp: str) -> "Hmac":
        """This scheme with every timestamp written as `stamp`."""
        assert self.timestamp is not None
        clock = type("Clock", (type(self.timestamp),), {"write": lambda _self, _now: stamp})
        return self.model_copy(update={"timestamp": clock(**self.timestamp.model_dump())})


def test_its_own_tolerance_beats_the_clock_skew() -> None:
    """A sender that documents three minutes gets three minutes."""
    scheme = scheme_of({**TIMED, "timestamp": {"header": "X-Time", "tolerance": "3m"}})
    source = source_with()
    assert scheme.verify(signed(scheme, source, at=timedelta(seconds=-179)), source, NOW)
    with pytest.raises(NotAuthentic):
        scheme.verify(signed(scheme, source, at=timedelta(seconds=-181)), source, NOW)


def test_an_iso_timestamp_without_a_zone_is_utc() -> None:
    """ISO 8601 without an offset is read as UTC."""
    scheme, source = scheme_of(SCHEMES["iso timestamp"]), source_with()
    stamped = _Stamped.model_validate(scheme.model_dump(exclude_unset=True)).stamped("2026-03-04T12:00:00")
    assert scheme.verify(signed(stamped, source), source, NOW)


@pytest.mark.parametrize(
    "header",
    [
        "zz" * 32,
        "ab" * 31,
        "ab" * 33,
        " ".join(["ab"] * 32),
        "=" * 64,
        "a" * 9000,
        "v1=",
        ",,,",
        "\x00",
    ],
)
@pytest.mark.parametrize("options", SCHEMES.values(), ids=SCHEMES)
def test_a_malformed_signature_fails(options: dict[str, Any], header: str) -> None:
    """Wrong alphabet, wrong length, nothing, too long: refused, and never another error."""
    scheme, source = scheme_of(options), source_with()
    request = with_header(signed(scheme, source), "x-signature", lambda _: header)
    with pytest.raises(NotAuthentic):
        scheme.verify(request, source, NOW)


def test_any_of_several_signatures_may_match() -> None:
    """A sender that signs with its old and new secret at once passes; other versions are skipped."""
    scheme, source = scheme_of(SCHEMES["pairs"]), source_with()
    request = signed(scheme, source)
    decoys = f",v0={'11' * 32},v1={'22' * 32},loose"
    assert scheme.verify(with_header(request, "x-signature", lambda text: text + decoys), source, NOW)
    swapped = with_header(request, "x-signature", lambda text: f"v1={'22' * 32},{text}")
    assert scheme.verify(swapped, source, NOW)


def test_a_flood_of_signatures_fails() -> None:
    """One header may not make us compare hundreds of signatures."""
    scheme, source = scheme_of(SCHEMES["pairs"]), source_with()
    flood = ",".join([f"v1={'22' * 32}"] * 17)
    request = with_header(signed(scheme, source), "x-signature", lambda text: f"{text},{flood}")
    with pytest.raises(NotAuthentic, match="too many"):
        scheme.verify(request, source, NOW)


def test_two_timestamps_in_one_header_fail() -> None:
    """What is checked must be what was signed: a second timestamp makes that unclear."""
    scheme, source = scheme_of(SCHEMES["pairs"]), source_with()
    request = with_header(signed(scheme, source), "x-signature", lambda text: f"{text},t=1")
    with pytest.raises(NotAuthentic, match="or several"):
        scheme.verify(request, source, NOW)


def test_upper_case_hex_and_unpadded_base64_pass() -> None:
    """Both are the same signature, and some senders write them so."""
    source = source_with()
    for options, change in ((SCHEMES["bare hex"], str.upper), (SCHEMES["space list"], lambda text: text.rstrip("="))):
        scheme = scheme_of(options)
        assert scheme.verify(with_header(signed(scheme, source), "x-signature", change), source, NOW)


def test_the_hex_key_form() -> None:
    """A secret written in hex is decoded; one that is not hex never matches and is named as a problem."""
    scheme, source = scheme_of({"key": "hex"}), source_with(HEX_SECRETS)
    assert scheme.verify(signed(scheme, source), source, NOW)
    assert scheme.check(source) == []
    broken = source_with((b"not hex", HEX_SECRETS[0]))
    assert scheme.check(broken) == ["secret 1 is not written in hexadecimal"]
    assert scheme.verify(signed(scheme, source), broken, NOW) == "test, secret 2 of 2"


@pytest.mark.parametrize("options", SCHEMES.values(), ids=SCHEMES)
@pytest.mark.parametrize("secrets", [(), (b"",), (b"", b"")], ids=["none", "empty", "two empty"])
def test_no_secret_never_passes(options: dict[str, Any], secrets: tuple[bytes, ...]) -> None:
    """An empty secret is no secret: a signature made with it is refused, and cannot be made here."""
    scheme = scheme_of(options)
    request = signed(scheme, source_with((b"QUFBQUFBQUFBQUFBQUFBQQ==",)))
    with pytest.raises(NotAuthentic):
        scheme.verify(request, source_with(secrets), NOW)
    with pytest.raises(ValueError, match="no usable secret"):
        scheme.sign(request, source_with(secrets), NOW)


def test_every_secret_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first match ends nothing early: how long it takes does not tell which secret passed."""
    scheme, source, tried = scheme_of({}), source_with(), []
    original = Hmac._digest
    request = signed(scheme, source)
    monkeypatch.setattr(
        Hmac, "_digest", lambda self, secret, *rest: tried.append(secret) or original(self, secret, *rest)
    )
    scheme.verify(request, source, NOW)
    assert tried == list(SECRETS)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"signed": "{timestamp}", "timestamp": {"header": "X"}}, "must contain {body}"),
        ({"signed": "{secret}{body}"}, "plain digest"),
        ({"keyed": False}, "plain digest"),
        ({"signed": "{timestamp}{body}"}, "need each other"),
        ({"timestamp": {"header": "X"}}, "need each other"),
        ({"prefix": "v1=", "pairs": {}}, "not both"),
        ({**TIMED, "timestamp": {"field": "t"}}, "needs pairs"),
        ({**TIMED, "timestamp": {"field": "t", "header": "X"}}, "name one"),
        ({**TIMED, "timestamp": {}}, "name one"),
        ({"signed": "{nothing}{body}"}, "is not a part"),
        ({"algorithm": "md5"}, "sha256"),
        ({"encodings": "hex"}, "Extra inputs"),
    ],
)
def test_a_scheme_that_cannot_hold_is_refused(options: dict[str, Any], says: str) -> None:
    """A scheme that would not bind the body, or contradicts itself, does not load."""
    with pytest.raises(ValidationError, match=says):
        scheme_of(options)


@given(st.lists(st.tuples(st.sampled_from(["x-signature", "x-time", "x-id"]), st.text(max_size=80)), max_size=5))
def test_no_headers_raise_anything_else(headers: list[tuple[str, str]]) -> None:
    """Whatever the headers hold, the answer is NotAuthentic."""
    source = source_with()
    for options in SCHEMES.values():
        with pytest.raises(NotAuthentic):
            scheme_of(options).verify(request_of(b"{}", headers), source, NOW)


def test_a_signature_adds_nothing_to_the_query() -> None:
    """Signatures stand in headers."""
    assert scheme_of({}).query(source_with()) == ""


def test_pairs_keep_what_follows_the_first_joiner() -> None:
    """A value may itself contain the joiner, as base64's padding does."""
    assert Pairs().read("t=1, v1=ab==") == [("t", "1"), ("v1", "ab==")]
