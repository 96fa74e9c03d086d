"""The receiver's stages: from raw bytes to durable events and calls."""

import re
from collections.abc import Sequence
from functools import lru_cache

from gateway.contracts import Source
from gateway.errors import TooManyRequests, Unreadable
from gateway.ids import derived_id, digest, new_id
from gateway.model import Accepted, DecidedEvent, Decision, Delivery, Event, EventState, JsonValue, Request
from gateway.parts import Receiver
from gateway.reasons import Reason

_SECRET_NAME = re.compile(r"auth|cookie|token|secret|signature|password|api-?_?key|hmac|credential", re.IGNORECASE)
_KEPT_HEADERS = 64
_HIDDEN = "(hidden)"


def authenticate(receiver: Receiver, source: Source, request: Request) -> Delivery:
    """Prove on the raw bytes that the source's sender sent this. Raises NotAuthentic."""
    now = receiver.now()
    scheme = source.provider.authenticate(request, source, now)
    content_type = request.header("content-type") or ""
    return Delivery(
        id=new_id("dl", now=now, random=receiver.random),
        source=source.name,
        provider=source.provider.name,
        received_at=request.received_at,
        method=request.method,
        content_type=content_type[:200],
        remote=request.remote,
        headers=_without_secrets(request, source),
        query=_query_without_secrets(request.query, source),
        body=source.provider.kept_body(request, source),
        scheme=scheme,
    )


def decode(source: Source, request: Request) -> JsonValue:
    """Raw bytes → one value. Raises Unreadable."""
    return source.provider.decode(request, source)


def split(source: Source, request: Request, decoded: JsonValue) -> Sequence[Event]:
    """One delivery → its events. Raises Unreadable."""
    return source.provider.split(decoded, request, source)


def match(
    receiver: Receiver, source: Source, request: Request, delivery: Delivery, events: Sequence[Event]
) -> Sequence[DecidedEvent]:
    """What the rules in force say of each event; RECEIVED for one whose record is to be fetched first.

    Never raises for what a payload holds.
    """
    rulebook, now, decided = receiver.rulebook(), receiver.now(), []
    for index, event in enumerate(events):
        event_id = derived_id("ev", delivery.id, str(index))
        if event.never_rings is not None:
            decision = Decision(state=EventState.IGNORED, reason=event.never_rings, rulebook=rulebook.version)
        elif source.enrich is not None and source.enrich.completes(event):
            decision = Decision(state=EventState.RECEIVED, rulebook=rulebook.version)
        else:
            decision = rulebook.match(event, event_id=event_id, source=source, request=request, now=now)
        decided.append(_decided(event_id, event, source, request, index, decision))
    return decided


def unreadable(delivery: Delivery, source: Source, request: Request, error: Unreadable) -> Sequence[DecidedEvent]:
    """An authentic body nobody can read, as one FAILED event: kept, shown, replayable."""
    decision = Decision(state=EventState.FAILED, reason=Reason.UNREADABLE, error=str(error))
    event_id = derived_id("ev", delivery.id, "0")
    return [_decided(event_id, Event(payload={}), source, request, 0, decision)]


async def accept(
    receiver: Receiver, source: Source, delivery: Delivery, decided: Sequence[DecidedEvent]
) -> tuple[Accepted, ...]:
    """Everything of one delivery in one durable write. Raises TooManyRequests, LedgerUnavailable."""
    now, limit = receiver.now(), source.address_limit
    if limit is not None:
        wait = await receiver.ledger.limits.take(
            digest("address", source.name, delivery.remote), limit=limit.limit, window=limit.window, now=now
        )
        if wait is not None:
            raise TooManyRequests(
                f"too many posts to {source.name} from one address", retry_after=max(1, round(wait.total_seconds()))
            )
    return await receiver.ledger.intake.accept(delivery, decided, now=now, bounds=source.bounds)


def wake(receiver: Receiver, accepted: Sequence[Accepted]) -> None:
    """Say which calls are due now, and which events wait for their record: hints, which may be lost without harm."""
    thin = [event.event_id for event in accepted if event.state is EventState.RECEIVED and not event.duplicate]
    if thin:
        receiver.wake_enrichment(thin)
    due = [call_id for event in accepted for call_id in event.due_call_ids]
    if due and all(event.heard for event in accepted):
        receiver.wake_later(due)
    elif due:
        receiver.wake(due)


def _decided(
    event_id: str, event: Event, source: Source, request: Request, index: int, decision: Decision
) -> DecidedEvent:
    if event.key is not None:
        key, window = digest(source.name, source.provider.name, "key", *event.key), source.dedupe_window
    else:
        content = event.content_key or (request.body,)
        raw = (request.method, request.query, *content, str(index))
        key, window = digest(source.name, source.provider.name, "body", *raw), source.body_dedupe_window
    return DecidedEvent(id=event_id, event=event, dedupe_key=key, dedupe_window=window, decision=decision)


def _without_secrets(request: Request, source: Source) -> tuple[tuple[str, str], ...]:
    secrets = {secret.decode("utf-8", "replace") for secret in source.secrets}
    return tuple(
        (name, _HIDDEN if value in secrets or _names_a_secret(name) else value[:500])
        for name, value in request.headers[:_KEPT_HEADERS]
    )


@lru_cache(maxsize=128)
def _names_a_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


def _query_without_secrets(query: str, source: Source) -> str:
    secrets = {secret.decode("utf-8", "replace") for secret in source.secrets}
    parts = []
    for part in query.split("&"):
        name, equals, value = part.partition("=")
        hidden = equals and (value in secrets or _SECRET_NAME.search(name))
        parts.append(f"{name}={_HIDDEN}" if hidden else part)
    return "&".join(parts)
