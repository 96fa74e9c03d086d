"""Records of the ledger as the API shows them. `reveal` shows the person; everything else masks."""

import base64
from typing import Any

from gateway.ledger.records import Call, DeliveryRecord, EventRecord, TimelineEntry
from gateway.model import ContactFields, RuleTrace, Verdict
from gateway.phones import mask_phone
from gateway.reasons import Reason
from gateway.web.api.shapes import (
    CallDetailShape,
    CallShape,
    ContactShape,
    DeliveryShape,
    EventDetailShape,
    EventShape,
    TimelineShape,
    TraceShape,
    VerdictShape,
)
from gateway.web.masking import hidden, mask_text, outline


def call_view(call: Call, *, reveal: bool = False) -> CallShape:
    """A call in a list."""
    return CallShape(**_call_fields(call, reveal=reveal))


def call_detail_view(call: Call, timeline: tuple[TimelineEntry, ...], *, reveal: bool) -> CallDetailShape:
    """A call with its history."""
    return CallDetailShape(
        **_call_fields(call, reveal=reveal),
        contact=_contact(call, reveal=reveal),
        regions=None if call.regions is None else list(call.regions),
        zones=list(call.zones),
        joined=list(call.joined),
        lease_until=call.lease_until,
        response=call.response if reveal else hidden(call.response),
        verdicts=[_verdict(verdict) for verdict in call.verdicts],
        timeline=[timeline_view(entry, reveal=reveal) for entry in timeline],
    )


def event_view(event: EventRecord, *, reveal: bool = False) -> EventShape:
    """An event in a list."""
    return EventShape(**_event_fields(event, reveal=reveal))


def event_detail_view(event: EventRecord, *, reveal: bool) -> EventDetailShape:
    """An event with its payload."""
    return EventDetailShape(
        **_event_fields(event, reveal=reveal),
        payload=event.event.payload if reveal else outline(event.event.payload),
        record=event.event.record if reveal else outline(event.event.record),
        rulebook=event.rulebook,
        trace=[_trace(trace, reveal=reveal) for trace in event.trace],
        timeline=[timeline_view(entry, reveal=reveal) for entry in event.timeline],
    )


def delivery_view(delivery: DeliveryRecord, *, reveal: bool) -> DeliveryShape:
    """A delivery; its content only when revealed."""
    body, encoding = _body(delivery.body) if reveal else (None, None)
    return DeliveryShape(
        id=delivery.id,
        source=delivery.source,
        provider=delivery.provider,
        received_at=delivery.received_at,
        method=delivery.method,
        content_type=delivery.content_type,
        remote=delivery.remote,
        scheme=delivery.scheme,
        size=delivery.size,
        events=list(delivery.event_ids),
        headers=list(delivery.headers) if reveal else None,
        query=delivery.query if reveal else None,
        body=body,
        body_encoding=encoding,
    )


def timeline_view(entry: TimelineEntry, *, reveal: bool) -> TimelineShape:
    """One line of a history."""
    return TimelineShape(
        at=entry.at,
        state=entry.state,
        reason=entry.reason,
        reason_text=_text_of(entry.reason),
        by=entry.by,
        detail=_free(entry.detail, reveal=reveal),
        facts={name: _free(value, reveal=reveal) for name, value in entry.facts.items()},
    )


def _call_fields(call: Call, *, reveal: bool) -> dict[str, Any]:
    phone = call.contact.phone if isinstance(call.contact, ContactFields) else None
    same = (
        "id state reason source provider rule account number from_number_id contact_id campaign_id event_id "
        "delivery_id not_before expires_at received_at created_at updated_at granted_at finished_at attempts "
        "leader provider_call_id"
    )
    return {
        **{name: getattr(call, name) for name in same.split()},
        "reason_text": _text_of(call.reason),
        "detail": _free(call.detail, reveal=reveal),
        "phone": phone if reveal or phone is None else mask_phone(phone),
        "priority": call.priority.name.lower(),
    }


def _event_fields(event: EventRecord, *, reveal: bool) -> dict[str, Any]:
    same = "id delivery_id source provider state reason received_at decided_at duplicates"
    return {
        **{name: getattr(event, name) for name in same.split()},
        "type": event.event.type,
        "reason_text": _text_of(event.reason),
        "error": None if event.error is None else _free(event.error, reveal=reveal),
        "occurred_at": event.event.occurred_at,
        "calls": list(event.call_ids),
    }


def _contact(call: Call, *, reveal: bool) -> ContactShape:
    contact = call.contact
    if not isinstance(contact, ContactFields):
        return ContactShape(phone=None, first_name=None, last_name=None, email=None, tags=[], fields={})
    return ContactShape(
        phone=contact.phone if reveal else mask_phone(contact.phone),
        first_name=contact.first_name if reveal else hidden(contact.first_name),
        last_name=contact.last_name if reveal else hidden(contact.last_name),
        email=contact.email if reveal else hidden(contact.email),
        tags=list(contact.tags),
        fields={name: value if reveal else outline(value) for name, value in contact.fields.items()},
    )


def _verdict(verdict: Verdict) -> VerdictShape:
    return VerdictShape(
        guard=verdict.guard,
        allow=verdict.allow,
        reason=verdict.reason,
        until=verdict.until,
        hold=verdict.hold,
        valid_until=verdict.valid_until,
        facts={name: mask_text(value) for name, value in verdict.facts.items()},
    )


def _trace(trace: RuleTrace, *, reveal: bool) -> TraceShape:
    return TraceShape(
        rule=trace.rule,
        matched=trace.matched,
        error=None if trace.error is None else _free(trace.error, reveal=reveal),
        detail=_free(trace.detail, reveal=reveal),
    )


def _text_of(reason: Reason | None) -> str | None:
    return None if reason is None else reason.text


def _free(text: str, *, reveal: bool) -> str:
    return text if reveal else mask_text(text)


def _body(body: bytes | None) -> tuple[str | None, str | None]:
    if body is None:
        return None, None
    try:
        return body.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), "base64"
