"""WPForms: submissions by its Webhooks add-on, signed, one each.

Source of facts: the add-on's source. It signs the bytes of a JSON body. Of a form it signs the fields as JSON in
PHP's spelling, which the request does not hold: such a request is refused, and so is GET. The owner names the fields.
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
from gateway.decoding.flat_forms import FlatFormOptions, split_flat_form
from gateway.fiction import invent_id, invent_person
from gateway.model import JsonValue, Request

_PROOF = Proof(
    schemes=(
        Hmac(
            name="wpforms",
            header="X-WPForms-Webhook-Signature",
            pairs=Pairs(signature="v"),
            signed="{timestamp}.{body}",
            timestamp=Timestamp(field="t"),
        ),
    )
)


class WpformsOptions(FlatFormOptions):
    """Options of a `wpforms` source."""


def _decode(request: Request, _: Source) -> JsonValue:
    return strict_json.loads(request.body)


def _sample_submission(_: datetime, random: Random) -> bytes:
    person = invent_person(random)
    fields = {"first_name": person.first_name, "last_name": person.last_name}
    return orjson.dumps({"entry_id": invent_id(random), **fields, "email": person.email, "phone": person.phone})


def _headers(_: datetime, __: Random) -> tuple[tuple[str, str], ...]:
    return (("X-WPForms-Webhook-Id", "7"),)


def _samples() -> Sequence[Sample]:
    media = "application/json; charset=utf-8"
    return (Sample(name="submission", make=_sample_submission, content_type=media, headers=_headers),)


PROVIDER = Provider(
    name="wpforms",
    title="WPForms",
    authenticate=_PROOF.authenticate,
    decode=_decode,
    split=split_flat_form,
    sign=_PROOF.sign,
    check=_PROOF.check,
    samples=_samples,
    options=WpformsOptions,
    methods=frozenset({"POST", "PUT", "PATCH"}),
    facts=ProviderFacts(
        authentication="HMAC-SHA256 over timestamp and body; JSON only",
        dedupe="the configured id, else the fields' content",
        retries="none",
        certainty="documented",
    ),
)
