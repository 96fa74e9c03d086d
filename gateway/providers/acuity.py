"""Acuity Scheduling: that an appointment was made or changed, by its id; nothing of the person.

Source of facts: Acuity's developer documentation on webhooks, and its JavaScript SDK (acuity-js).
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from urllib.parse import urlencode

from gateway.auth.proofs import Proof
from gateway.auth.signatures import Hmac
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding.content import decode_body
from gateway.decoding.facts import as_object
from gateway.decoding.selectors import text_of
from gateway.model import Event, JsonValue, Request

_PROOF = Proof(schemes=(Hmac(name="acuity", header="X-Acuity-Signature", encoding="base64"),))
_ONCE = frozenset({"scheduled", "canceled", "order.completed"})  # the rest may come again and mean something new


def _decode(request: Request, _: Source) -> JsonValue:
    return decode_body(request, "form")


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    fields = as_object(payload)
    action, subject = text_of(fields.get("action")) or "", text_of(fields.get("id"))
    once = action.removeprefix("appointment.") in _ONCE and subject is not None
    return [Event(payload=fields, type=action, key=(action, subject) if once and subject is not None else None)]


def _sample_appointment(_: datetime, random: Random) -> bytes:
    appointment = random.randrange(10**8, 10**9)
    fields = {"action": "scheduled", "id": appointment, "calendarID": 7000001, "appointmentTypeID": 9000001}
    return urlencode(fields).encode("ascii")


def _samples() -> Sequence[Sample]:
    media = "application/x-www-form-urlencoded"
    return (Sample(name="appointment scheduled", make=_sample_appointment, content_type=media),)


PROVIDER = Provider(
    name="acuity",
    title="Acuity Scheduling",
    authenticate=_PROOF.authenticate,
    decode=_decode,
    split=_split,
    sign=_PROOF.sign,
    check=_PROOF.check,
    samples=_samples,
    facts=ProviderFacts(
        authentication="HMAC-SHA256 over the body",
        replay_window=False,
        thin="every event",
        dedupe="action and `id`; `changed` and `rescheduled` by body",
        retries="said to be for 24 h; after 5 days of failures the webhook is switched off",
        certainty="documented",
    ),
)
