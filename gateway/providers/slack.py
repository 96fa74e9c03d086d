"""Slack: the Events API, slash commands and interactions of an app.

Source of facts: Slack's documentation ("Verifying requests from Slack", "The Events API", "Slash commands",
"Interactivity payloads") and its SDKs.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from random import Random
from urllib.parse import quote, unquote_to_bytes, urlencode

import orjson

from gateway.auth.proofs import Proof
from gateway.auth.signatures import Hmac
from gateway.auth.timestamps import Timestamp
from gateway.contracts import Provider, ProviderFacts, Reply, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.answers import Answer, person_among
from gateway.decoding.content import content_type, decode_body, decode_json_field
from gateway.decoding.facts import as_object, first_text, object_at, objects_at
from gateway.decoding.fields import body_without_field, without_field
from gateway.decoding.selectors import is_true, moment_of, text_of
from gateway.fiction import invent_id, invent_person
from gateway.handshakes.challenges import echo_in_json
from gateway.model import Accepted, Event, JsonObject, JsonValue, Person, Request
from gateway.reasons import Reason

_PROOF = Proof(
    schemes=(
        Hmac(
            name="slack",
            header="X-Slack-Signature",
            prefix="v0=",
            signed="v0:{timestamp}:{body}",
            timestamp=Timestamp(header="X-Slack-Request-Timestamp"),
        ),
    )
)
_FORM = "application/x-www-form-urlencoded"
_NUMBER = re.compile(r"\+?[0-9(][0-9 ()./-]{5,24}")


def _decode(request: Request, _: Source) -> JsonValue:
    """JSON, a form, or the JSON in a form's `payload`; without the token Slack once proved itself by."""
    if content_type(request).media != _FORM:
        return without_field(strict_json.loads(request.body), "token")
    fields = decode_body(request, "form")
    return without_field(decode_json_field(fields, "payload") if "payload" in as_object(fields) else fields, "token")


def _kept(request: Request, _: Source) -> bytes:
    """The body for the ledger, without that token."""
    if content_type(request).media != _FORM:
        return body_without_field(request.body, "token")
    return b"&".join(_kept_pair(pair) for pair in request.body.split(b"&") if not pair.startswith(b"token="))


def _kept_pair(pair: bytes) -> bytes:
    name, _, value = pair.partition(b"=")
    if name != b"payload":
        return pair
    return b"payload=" + quote(body_without_field(unquote_to_bytes(value.replace(b"+", b" ")), "token")).encode("ascii")


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    body = as_object(payload)
    if text_of(body.get("command")) is not None:
        return [_command(body)]
    if is_true(body.get("ssl_check")):
        return [Event(payload=body, type="ssl_check", never_rings=Reason.HANDSHAKE)]
    if "event" in body:
        return [_event(body)]
    return [_interaction(body)]


def _command(body: JsonObject) -> Event:
    """A slash command. Its text is a phone number only where it is nothing else: `/call +12125550101`."""
    trigger, text = text_of(body.get("trigger_id")), text_of(body.get("text")) or ""
    return Event(
        payload=body,
        type=text_of(body.get("command")) or "",
        key=("command", trigger) if trigger is not None else None,
        person=Person(phone=text) if _NUMBER.fullmatch(text) else Person(),
    )


def _event(body: JsonObject) -> Event:
    event_id = text_of(body.get("event_id"))
    return Event(
        payload=body,
        type=first_text(body, ("event.type",)) or "",
        key=("event", event_id) if event_id is not None else None,
        occurred_at=moment_of(body.get("event_time")),
    )


def _interaction(body: JsonObject) -> Event:
    """A button, a menu, a shortcut, or a submitted form, whose answers may name a person."""
    trigger = text_of(body.get("trigger_id"))
    return Event(
        payload=body,
        type=text_of(body.get("type")) or "",
        key=("interaction", trigger) if trigger is not None else None,
        occurred_at=moment_of(first_text(body, ("actions[0].action_ts", "action_ts"))),
        person=person_among(_answers(object_at(body, "view"))),
    )


def _answers(view: JsonObject) -> list[Answer]:
    """What stands in the fields of a form, under their ids and labels."""
    labels = {text_of(block.get("block_id")): block for block in objects_at(view, "blocks")}
    answers = []
    for block, fields in object_at(view, "state.values").items():
        label = first_text(labels.get(block), ("label.text",))
        for action, field in as_object(fields).items():
            kind = first_text(field, ("type",))
            value = first_text(field, ("value",))
            answers.append(
                Answer(names=(action, block, label), value=value, kind="email" if kind == "email_text_input" else "")
            )
    return answers


def _handshake(request: Request, source: Source) -> Reply | None:
    """The signed challenge Slack sends when the address is entered."""
    return echo_in_json(request, source, type_is="url_verification", schemes=_PROOF.schemes)


def _reply(_: Request, __: Source, ___: Sequence[Accepted]) -> Reply:
    """200 with nothing: commands and forms show what the answer says, and complain about what they cannot read."""
    return Reply(body=b"", media_type="text/plain")


def _sample_command(_: datetime, random: Random) -> bytes:
    fields = {
        "team_id": "T0000000001",
        "team_domain": "example",
        "channel_id": "C0000000002",
        "channel_name": "leads",
        "user_id": "U0000000003",
        "user_name": "ana",
        "command": "/call",
        "text": invent_person(random).phone,
        "api_app_id": "A0000000004",
        "response_url": "https://hooks.slack.com/commands/T0000000001/1/example",
        "trigger_id": f"{random.randrange(10**12)}.{random.randrange(10**10)}.{invent_id(random)}",
    }
    return urlencode(fields).encode("ascii")


def _sample_mention(now: datetime, random: Random) -> bytes:
    seconds = int(now.timestamp())
    return orjson.dumps(
        {
            "team_id": "T0000000001",
            "api_app_id": "A0000000004",
            "event": {
                "type": "app_mention",
                "user": "U0000000003",
                "text": "<@U0000000005> a lead came in",
                "ts": f"{seconds}.{random.randrange(10**6):06d}",
                "channel": "C0000000002",
            },
            "type": "event_callback",
            "event_id": f"Ev{invent_id(random)}",
            "event_time": seconds,
        }
    )


def _samples() -> Sequence[Sample]:
    return (
        Sample(name="slash command", make=_sample_command, content_type=_FORM),
        Sample(name="mention", make=_sample_mention),
    )


PROVIDER = Provider(
    name="slack",
    title="Slack",
    authenticate=_PROOF.authenticate,
    decode=_decode,
    split=_split,
    sign=_PROOF.sign,
    check=_PROOF.check,
    samples=_samples,
    kept_body=_kept,
    handshake=_handshake,
    reply=_reply,
    facts=ProviderFacts(
        authentication="HMAC-SHA256 over timestamp and body",
        thin="the Events API",
        handshake="a signed `url_verification`, echoed",
        dedupe="`event_id`; of commands and interactions `trigger_id`",
        retries="the Events API 3 times in an hour; commands and interactions never",
        certainty="documented",
    ),
)
