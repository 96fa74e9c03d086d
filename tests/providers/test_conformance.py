"""One table every provider must pass, present and future: what is taken, what is refused, and never anything else.

The sources are those of the providers' pages, the requests their samples; what a provider claims in its facts
(whether the body is covered, whether a request grows old) is what it is held to.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from inbound import NOW
from provider_examples import PROVIDERS, example_sources, other_secret, sent

from gateway.auth.schemes import source_problems
from gateway.contracts import Reply, Sample, Source
from gateway.errors import NotAuthentic, Unreadable
from gateway.model import Event, Request

Change = Callable[[str], list[str]]

SAMPLES = [
    pytest.param(source, sample, id=f"{name}-{source.name}-{sample.name}")
    for name in PROVIDERS
    for source in example_sources(name).values()
    for sample in source.provider.samples()
]
EACH = pytest.mark.parametrize(("source", "sample"), SAMPLES)


def takes(source: Source, request: Request, late: timedelta = timedelta()) -> bool:
    """Whether the source takes the request; anything raised but NotAuthentic fails the test."""
    try:
        return bool(source.provider.authenticate(request, source, NOW + late))
    except NotAuthentic:
        return False


def is_signed(source: Source) -> bool:
    """Whether this source proves its sender by a secret at all."""
    return bool(source.secrets)


def flipped(text: str) -> str:
    """The text with one character changed that counts: not the last, whose bits base64 may not use."""
    at = max(len(text) - 4, 0)
    return text[:at] + ("0" if text[at : at + 1] != "0" else "1") + text[at + 1 :]


CHANGES: dict[str, Change] = {
    "missing": lambda _: [],
    "changed": lambda value: [flipped(value)],
    "twice": lambda value: [value, value],
    "not ascii": lambda value: [value + "é"],
    "empty": lambda _: [""],
}


def with_header(request: Request, name: str, change: Change) -> Request:
    """The request with one header written otherwise."""
    headers = [(key, new) for key, value in request.headers for new in (change(value) if key == name else [value])]
    return replace(request, headers=tuple(headers))


def proofs(source: Source, request: Request) -> list[str]:
    """The headers that are the sender's proof."""
    bare = tuple(one for one in request.headers if one[0] == "content-type")
    return [name for name, _ in source.provider.sign(replace(request, headers=bare), source, NOW)]


@EACH
def test_it_takes_what_its_sender_signs(source: Source, sample: Sample) -> None:
    """As the page has it set up; the record names the way and no secret."""
    request = sent(source, sample)
    passed = source.provider.authenticate(request, source, NOW)
    assert passed
    assert not [secret for secret in source.secrets if secret.decode() in passed]
    assert source_problems(source) == []


@EACH
def test_either_live_secret_passes_and_another_does_not(source: Source, sample: Sample) -> None:
    """A secret can be changed without losing a request, and only by its owner."""
    if is_signed(source):
        stranger = other_secret(source)
        request = sent(source, sample)
        assert takes(replace(source, secrets=(stranger, *source.secrets[:1])), request)
        assert not takes(replace(source, secrets=(stranger,)), request)


@EACH
def test_one_changed_byte_of_the_body_is_refused(source: Source, sample: Sample) -> None:
    """Wherever it is, if the provider says that the body is covered."""
    if source.provider.facts.covers_body and is_signed(source) and not _is_static(source, sample):
        request = sent(source, sample)
        for at in range(0, len(request.body), max(len(request.body) // 20, 1)):
            changed = request.body[:at] + bytes([request.body[at] ^ 1]) + request.body[at + 1 :]
            assert not takes(source, replace(request, body=changed))
        assert not takes(source, replace(request, body=request.body + b" "))


@EACH
def test_an_old_or_early_request_is_refused(source: Source, sample: Sample) -> None:
    """An hour late or early, if the provider says that requests grow old; five minutes are forgiven, six are not."""
    if source.provider.facts.replay_window and is_signed(source) and not _is_static(source, sample):
        request = sent(source, sample)
        for late in (timedelta(hours=1), timedelta(hours=-1), timedelta(days=400)):
            assert not takes(source, request, late)


@EACH
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_proof_written_otherwise_is_refused(source: Source, sample: Sample, change: Change) -> None:
    """Every header a sender proves itself by: missing, changed, twice, with a character beyond ASCII, empty."""
    request = sent(source, sample)
    for name in proofs(source, request):
        assert not takes(source, with_header(request, name, change)), name


@EACH
def test_a_query_token_is_needed_once(source: Source, sample: Sample) -> None:
    """Missing, changed or twice, it proves nothing."""
    token = source.provider.sign_query(source)
    if token:
        request = sent(source, sample)
        for query in ("", flipped(token), f"{token}&{token}", token + "%FF"):
            assert not takes(source, replace(request, query=query))


@EACH
def test_the_address_must_be_exactly_the_sources(source: Source, sample: Sample) -> None:
    """With a path token only there, without one nowhere else."""
    request = sent(source, sample)
    for token in ("elsewhere", "é", (source.path_token or "") + "x", *([None, ""] if source.path_token else [])):
        assert not takes(source, replace(request, path_token=token))


@EACH
def test_an_open_door_has_a_secret_address_or_is_public(source: Source, sample: Sample) -> None:
    """What has neither a secret nor a secret address could ring any phone."""
    assert source.secrets or source.path_token or source.provider.public
    assert source.path_token or not source.provider.requires_path_token


@EACH
def test_a_sample_is_events_and_no_handshake(source: Source, sample: Sample) -> None:
    """A lead is never taken for a challenge, and never lost on its way to events."""
    provider, request = source.provider, sent(source, sample)
    assert request.method in provider.methods
    if provider.handshake is not None:
        assert provider.handshake(request, source) is None
    assert list(provider.split(provider.decode(request, source), request, source))


@EACH
def test_a_mutilated_request_is_refused_unreadable_or_events(source: Source, sample: Sample) -> None:
    """Bytes cut, doubled, flipped and inserted anywhere: never another error, in any stage."""
    provider = source.provider
    for request in mutilated(sent(source, sample), Random(1)):
        takes(source, request)
        with suppress(NotAuthentic, Unreadable):
            events = provider.split(provider.decode(request, source), request, source)
            assert all(isinstance(event, Event) for event in events)
        if provider.handshake is not None:
            with suppress(NotAuthentic):
                assert isinstance(provider.handshake(request, source), Reply | None)


def mutilated(request: Request, draws: Random) -> Iterator[Request]:
    """Sixty requests that differ from this one somewhere."""
    for _ in range(60):
        at, end = sorted(draws.choices(range(len(request.body) + 1), k=2))
        filling = draws.choice([b"", b"\xff", b"null", b"[]", b'{"a":', b"=", b"&", b"<", request.body[at:end] * 2])
        body = request.body[:at] + filling + request.body[end:]
        headers = tuple(one for one in request.headers if draws.random() < 0.8)
        method = draws.choice([request.method, request.method, "GET", "HEAD", "OPTIONS", "PUT"])
        yield replace(request, body=body, headers=headers, method=method)


def _is_static(source: Source, sample: Sample) -> bool:
    """Whether this source's proof is the secret itself, sent as it stands."""
    request = sent(source, sample)
    sent_text = b" ".join([request.body, request.query.encode(), *(value.encode() for _, value in request.headers)])
    return any(secret in sent_text for secret in source.secrets)
