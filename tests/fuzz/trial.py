"""One changed request through the receiver's own stages, up to what the ledger would be given."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote, urlencode

from fuzz import oddities
from fuzz.mutations import mutated_around, mutated_body, odd
from inbound import NOW, URL
from provider_examples import PROVIDERS, example_entries, signed, unsigned

from gateway import receiving
from gateway.auth.tokens import require_path
from gateway.contracts import Reply, Source
from gateway.errors import NotAuthentic, Unreadable
from gateway.ledger import Ledger
from gateway.ledger.connection import Connection
from gateway.ledger.encoding import delivery_data, event_fields
from gateway.ledger.packing import carried, pack
from gateway.model import Accepted, DecidedEvent, Delivery, Event, Request
from gateway.parts import Receiver
from gateway.rules.loading import load
from gateway.rules.rulebook import Rulebook

WORDS = ("accepted", "handshake", "refused", "unreadable", "other")
RULES = """
accounts: {main: {token: "11111111-2222-4333-8444-555555555555.not-a-real-token"}}
numbers: {east: {id: pn_212, account: main}}
sources: SOURCES
rules:
  - name: by phone
    call: {from: east, contact: {phone: person.phone, region: US, first_name: person.?first_name}}
    regions: [US]
"""


@cache
def every_entry() -> dict[str, dict[str, Any]]:
    """What all providers' pages have under `sources:`, under names of their own."""
    return {f"{name}--{source}": entry for name in PROVIDERS for source, entry in example_entries(name).items()}


@cache
def every_source() -> tuple[Source, ...]:
    """The same, ready to use."""
    return tuple(rulebook().sources.values())


@cache
def rulebook() -> Rulebook:
    """All sources, and one rule for them: ring the person's phone."""
    with TemporaryDirectory() as folder:
        return load(configuration(Path(folder)), {})


def configuration(folder: Path) -> Path:
    """The file of that rulebook."""
    path = folder / "dialgate.yaml"
    path.write_text(RULES.replace("SOURCES", json.dumps(every_entry(), ensure_ascii=False)), encoding="utf-8")
    return path


@cache
def receiver() -> Receiver:
    """A receiver whose ledger is never asked."""
    ledger = Ledger.on(Connection.open("redis://127.0.0.1:9/0"))
    return Receiver(ledger=ledger, rulebook=rulebook, wake=lambda _: None, now=lambda: NOW, random=Random(1).randbytes)


def drawn(source: Source, draws: Random, now: datetime = NOW) -> Request:
    """One changed request to a source: mostly signed after its body was changed, often changed around it then."""
    at = now + timedelta(seconds=draws.choice([0, 0, 0, 290, -290, 310, 10**9, -(10**9)]))
    request = unsigned(source, draws.choice(source.provider.samples()), draws.randrange(1000), now)
    request = replace(request, url=request.url.replace(URL, address(source)))
    greets = draws.random() < (0.04 if source.provider.handshake is None else 0.3)
    request = _greeting(request, source, draws) if greets else mutated_body(request, draws)
    if draws.random() < 0.85:
        with suppress(NotAuthentic, Unreadable, ValueError):  # what cannot be signed for is sent without
            request = signed(request, source, at)
    return mutated_around(request, draws) if draws.random() < 0.4 else request


def _greeting(request: Request, source: Source, draws: Random) -> Request:
    """What looks like a handshake of some sender, with this source's secret where theirs has one."""
    known = source.secrets[0].decode() if source.secrets else "x"
    if source.provider.subpaths:
        request = replace(request, subpath=draws.choice(sorted(source.provider.subpaths)))
    if draws.random() < 0.5:
        query = draws.choice(oddities.GREETINGS).format(secret=known, odd=quote(str(odd(draws)), errors="replace"))
        url = f"{request.url.partition('?')[0]}?{query}"
        return replace(request, method="GET", body=b"", query=query, url=url)
    body = {draws.choice(oddities.GREETING_KEYS): draws.choice([odd(draws), known, "url_verification"]) for _ in "12"}
    return replace(
        request, body=draws.choice([json.dumps(body).encode(), b"", urlencode({"webhook_id": "1"}).encode()])
    )


def address(source: Source) -> str:
    """The URL the source is reached at."""
    return f"https://hooks.example.com/hooks/{source.name}" + (f"/{source.path_token}" if source.path_token else "")


def ending(source: Source, request: Request) -> str:
    """One of WORDS but the last; anything else that happens is raised."""
    provider = source.provider
    try:
        require_path(request, source)
        if provider.handshake is not None and (answer := provider.handshake(request, source)) is not None:
            _check_reply(answer)
            return "handshake"
        delivery = receiving.authenticate(receiver(), source, request)
    except NotAuthentic:
        return "refused"
    try:
        events = receiving.split(source, request, receiving.decode(source, request))
    except Unreadable as error:
        _store(receiving.unreadable(delivery, source, request, error), delivery)
        if provider.refusal is not None:
            _check_reply(provider.refusal(request, source, error))
        return "unreadable"
    decided = receiving.match(receiver(), source, request, delivery, events)
    _store(decided, delivery)
    if provider.reply is not None:
        _check_reply(provider.reply(request, source, [_accepted(one) for one in decided]))
    return "accepted"


def _store(decided: Sequence[DecidedEvent], delivery: Delivery) -> None:
    """Everything the ledger writes can be written, and is what its types say."""
    assert len(pack(delivery.body)) < 2 * len(delivery.body) + 1000
    carried(delivery_data(delivery))
    for one in decided:
        _check_event(one.event)
        carried(event_fields(one, delivery, NOW))


def _check_event(event: Event) -> None:
    assert isinstance(event.payload, dict)
    person = event.person
    found = (person.phone, person.email, person.first_name, person.last_name, person.contact_id)
    texts = (*(text for text in found if text is not None), event.type, *(event.key or ()), *(event.content_key or ()))
    for text in texts:
        assert isinstance(text, str | bytes), type(text)
        if isinstance(text, str):
            text.encode()
    assert event.key is None or any(event.key), "a key of nothing makes strangers duplicates"
    assert event.occurred_at is None or event.occurred_at.utcoffset() is not None


def _check_reply(answer: Reply | None) -> None:
    if answer is not None:
        assert isinstance(answer.body, bytes)
        assert 200 <= answer.status < 500
        for name, value in answer.headers:
            assert not set("\r\n\0") & set(name + value), "a header the server could not send"
            (name + value).encode("latin-1")


def _accepted(one: DecidedEvent) -> Accepted:
    return Accepted(event_id=one.id, duplicate=False, state=one.decision.state, call_ids=(), due_call_ids=())
