"""Formspree: one submission of a form each.

Source of facts: Formspree's help page "Verify webhook signatures"; the payload's shape is as receivers in public
repositories have it.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import orjson

from gateway.auth.proofs import Proof
from gateway.auth.signatures import Hmac, Pairs
from gateway.auth.timestamps import Timestamp
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.facts import as_object, canonical_text, object_at
from gateway.decoding.people import person_in_form
from gateway.decoding.selectors import moment_of, text_of
from gateway.fiction import invent_person
from gateway.model import Event, JsonValue, Request

_PROOF = Proof(
    schemes=(
        Hmac(
            name="formspree",
            header="Formspree-Signature",
            pairs=Pairs(),
            signed="{timestamp}.{body}",
            timestamp=Timestamp(field="t"),
        ),
    )
)


def _decode(request: Request, _: Source) -> JsonValue:
    return strict_json.loads(request.body)


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    body = as_object(payload)
    fields = object_at(body, "submission") or body
    stamp = text_of(fields.get("_date"))
    return [
        Event(
            payload=body,
            type="form_submission",
            # No id is known of: the same content of the same moment is the same submission.
            key=None if stamp is None else (text_of(body.get("form")) or "", stamp, canonical_text(fields)),
            occurred_at=moment_of(stamp),
            person=person_in_form(fields),
        )
    ]


def _sample_submission(now: datetime, random: Random) -> bytes:
    person = invent_person(random)
    fields = {"name": f"{person.first_name} {person.last_name}", "email": person.email, "phone": person.phone}
    submission = {"_date": now.isoformat(), **fields}
    return orjson.dumps({"form": "xdoqzabc", "keys": list(fields), "submission": submission})


def _samples() -> Sequence[Sample]:
    return (Sample(name="submission", make=_sample_submission),)


PROVIDER = Provider(
    name="formspree",
    title="Formspree",
    authenticate=_PROOF.authenticate,
    decode=_decode,
    split=_split,
    sign=_PROOF.sign,
    check=_PROOF.check,
    samples=_samples,
    facts=ProviderFacts(
        authentication="HMAC-SHA256 over timestamp and body",
        dedupe="form, `_date` and the fields' content, else the body",
        retries="not documented",
        certainty="documented",
    ),
)
