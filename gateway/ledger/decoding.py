"""What Redis holds → records. Reads only what encoding.py and the scripts wrote."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypedDict

import orjson

from gateway.ledger.instants import from_ms
from gateway.ledger.packing import unpack, unseal
from gateway.ledger.records import AccountStatus, Call, DeliveryRecord, EventRecord, PendingReplay, TimelineEntry
from gateway.model import (
    CallState,
    Consent,
    Contact,
    ContactById,
    ContactFields,
    Event,
    EventState,
    JsonObject,
    Person,
    Priority,
    RuleTrace,
    Verdict,
)
from gateway.reasons import Reason

Fields = Mapping[bytes, bytes]
_HELD_BY_OWNER = frozenset({CallState.CLAIMED, CallState.DIALING, CallState.UNKNOWN})
_REASONS: Mapping[str, Reason] = {reason.value: reason for reason in Reason}
_LEASED = frozenset({CallState.CLAIMED, CallState.DIALING})


def fields_of(flat: Sequence[bytes]) -> dict[bytes, bytes]:
    """A flat HGETALL answer as a mapping."""
    return dict(zip(flat[::2], flat[1::2], strict=True))


def text_list(flat: Sequence[bytes]) -> tuple[str, ...]:
    """Ids as text."""
    return tuple(item.decode() for item in flat)


def _text(fields: Fields, name: bytes) -> str:
    return fields.get(name, b"").decode()


def _number(fields: Fields, name: bytes) -> int:
    return int(fields.get(name) or 0)


def _instant(fields: Fields, name: bytes) -> datetime | None:
    return from_ms(int(fields[name])) if fields.get(name) else None


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_ms(milliseconds)


def reason_of(text: str | None) -> Reason | None:
    """The reason a code stands for; None for none.

    None, too, for one that only a newer release knows: while releases change, one such call must not keep an
    older worker from every other call it claimed.
    """
    return _REASONS.get(text or "")


def contact_of(fields: Mapping[str, Any]) -> Contact:
    """The contact of a plan."""
    if "id" in fields:
        return ContactById(contact_id=fields["id"])
    return ContactFields(
        phone=fields["phone"],
        first_name=fields.get("first_name"),
        last_name=fields.get("last_name"),
        email=fields.get("email"),
        tags=tuple(fields.get("tags", ())),
        fields=fields.get("fields", {}),
    )


def verdicts_of(raw: bytes | None, call_id: str) -> tuple[Verdict, ...]:
    """The guards' answers, as stored."""
    return tuple(
        Verdict(
            guard=line["guard"],
            allow=line["allow"],
            reason=reason_of(line["reason"]),
            until=_moment(line["until"]),
            hold=line["hold"],
            valid_until=_moment(line["valid_until"]),
            facts=line["facts"],
        )
        for line in (unseal(raw, call_id) if raw else ())
    )


class _Plan(TypedDict):
    """What accepting fixed about a call, for good."""

    delivery_id: str
    provider: str
    rule: str
    ordinal: int
    numbers: tuple[str, ...]
    contact: Contact
    campaign_id: str | None
    person_keys: tuple[str, ...]
    regions: tuple[str, ...] | None
    zones: tuple[str, ...]
    consent: Consent | None
    address: str | None
    priority: Priority
    received_at: datetime


def _plan_of(data: Mapping[str, Any]) -> _Plan:
    return _Plan(
        delivery_id=data["delivery"],
        provider=data["provider"],
        rule=data["rule"],
        ordinal=data["ordinal"],
        numbers=tuple(data.get("numbers", ())),
        contact=contact_of(data["contact"]),
        campaign_id=data["campaign"],
        person_keys=tuple(data["people"]),
        regions=None if data["regions"] is None else tuple(data["regions"]),
        zones=tuple(data["zones"]),
        consent=_consent(data.get("consent")),
        address=data.get("address"),
        priority=Priority(data["priority"]),
        received_at=from_ms(data["received"]),
    )


def _consent(data: Mapping[str, Any] | None) -> Consent | None:
    return None if data is None else Consent(basis=data["basis"], at=_moment(data["at"]), source=data["source"])


def _released(fields: Fields) -> frozenset[Reason]:
    return frozenset(_REASONS[code] for code in _text(fields, b"released").split() if code in _REASONS)


def call_of(
    call_id: str, fields: Fields, joined: tuple[str, ...] = (), *, unlisted: bool = False, handed: bool = False
) -> Call:
    """A call from its record; `handed` out just now, it has an owner in any state."""
    data = unseal(fields[b"data"], call_id)
    plan, state = _plan_of(data), CallState(_text(fields, b"state"))
    given = plan["contact"].contact_id if isinstance(plan["contact"], ContactById) else None
    created = from_ms(int(fields[b"created_at"]))
    return Call(
        **plan,
        id=call_id,
        event_id=_text(fields, b"event"),
        source=_text(fields, b"source"),
        account=_text(fields, b"account"),
        number=_text(fields, b"number") or data["number"],
        from_number_id=_text(fields, b"from") or data["from"],
        contact_id=_text(fields, b"contact_id") or given,
        cooldown=timedelta(milliseconds=_number(fields, b"cooldown")),
        state=state,
        reason=reason_of(_text(fields, b"reason")),
        detail=_text(fields, b"detail"),
        not_before=_instant(fields, b"not_before") or created,
        expires_at=from_ms(_number(fields, b"expires_at")),
        created_at=created,
        updated_at=_instant(fields, b"updated_at") or _instant(fields, b"finished_at") or created,
        granted_at=_instant(fields, b"granted_at") or _instant(fields, b"rang_at"),
        finished_at=_instant(fields, b"finished_at"),
        owner=_text(fields, b"owner") or None if handed or state in _HELD_BY_OWNER else None,
        fence=_number(fields, b"fence"),
        lease_until=_instant(fields, b"lease") if handed or state in _LEASED else None,
        attempts=_number(fields, b"attempts"),
        unsent=_number(fields, b"unsent"),
        leader=_text(fields, b"leader") or None,
        joined=joined,
        released=_released(fields),
        provider_call_id=_text(fields, b"provider_call_id") or None,
        response=fields.get(b"response", b"").decode("utf-8", "replace"),
        verdicts=verdicts_of(fields.get(b"verdicts"), call_id),
        unlisted=unlisted,
    )


def event_of(
    event_id: str,
    fields: Fields,
    payload: bytes | None,
    timeline: Sequence[TimelineEntry] = (),
    found: bytes | None = None,
) -> EventRecord:
    """An event from its record; payload and fetched record (`found`) are gone once their retention has passed.

    While it is still to be decided, what an earlier fetch found of it does not count.
    """
    data = unseal(fields[b"data"], event_id)
    if fields.get(b"found"):
        data["person"] = orjson.loads(fields[b"found"])
    received, came_in = from_ms(data["received"]), _instant(fields, b"created_at")
    state = EventState(_text(fields, b"state"))
    return EventRecord(
        id=event_id,
        delivery_id=_text(fields, b"delivery"),
        source=_text(fields, b"source"),
        provider=data["provider"],
        event=_event(data, unpack(payload, event_id), unpack(found, event_id) if fields.get(b"found") else None),
        state=state,
        reason=reason_of(_text(fields, b"reason")),
        error=_text(fields, b"error") or None,
        received_at=received,
        decided_at=_instant(fields, b"decided_at") or (came_in if state is not EventState.RECEIVED else None),
        duplicates=_number(fields, b"duplicates"),
        call_ids=tuple(_text(fields, b"calls").split()),
        trace=tuple(RuleTrace(**line) for line in unseal(fields.get(b"trace") or b"[]", event_id)),
        rulebook=_text(fields, b"rulebook"),
        timeline=tuple(timeline),
        tries=_number(fields, b"tries"),
        since=_instant(fields, b"since") or came_in or received,
        order=_order(fields),
    )


def _order(fields: Fields) -> PendingReplay | None:
    if not fields.get(b"replay"):
        return None
    return PendingReplay(
        actor=_text(fields, b"ordered_by"),
        again=_text(fields, b"ordered_again") == "1",
        nonce=_text(fields, b"replay"),
    )


def _event(data: Mapping[str, Any], payload: bytes | None, found: bytes | None) -> Event:
    content: JsonObject = orjson.loads(payload) if payload is not None else {}
    return Event(
        payload=content,
        type=data["type"],
        key=None if data["key"] is None else tuple(data["key"]),
        occurred_at=_moment(data["occurred"]),
        person=Person(**data["person"]),
        never_rings=reason_of(data["never"]),
        record=orjson.loads(found) if found is not None else None,
    )


def delivery_of(delivery_id: str, fields: Fields, body: bytes | None) -> DeliveryRecord:
    """A delivery from its record; `body` is None once its retention has passed."""
    data = unseal(fields[b"data"], delivery_id)
    return DeliveryRecord(
        id=delivery_id,
        source=data["source"],
        provider=data["provider"],
        received_at=from_ms(data["received"]),
        method=data["method"],
        content_type=data["content_type"],
        remote=data["remote"],
        headers=tuple((name, value) for name, value in data["headers"]),
        query=data["query"],
        scheme=data["scheme"],
        body=unpack(body, delivery_id),
        size=data["size"],
        event_ids=tuple(line[2:] for line in _text(fields, b"events").splitlines()),
    )


def account_of(name: str, fields: Fields) -> AccountStatus:
    """Whether an account is stopped; a resumed one keeps the last reason."""
    return AccountStatus(
        account=name,
        stopped=_text(fields, b"stopped") == "1",
        reason=_text(fields, b"reason"),
        since=_instant(fields, b"since"),
        probe_at=_instant(fields, b"probe_at"),
        ailing=_number(fields, b"doubts") > 0,
    )
