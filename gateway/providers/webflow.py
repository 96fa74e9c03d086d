"""Webflow: form submissions, as the API's webhooks (v2) and the older ones (v1) send them.

Source of facts: Webflow's developer documentation ("Working with webhooks") and its JavaScript SDK. A webhook made in
the dashboard is not signed, says the documentation of v1.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import orjson
from pydantic import Field

from gateway.auth.schemes import Scheme, verify
from gateway.auth.signatures import Hmac
from gateway.auth.timestamps import Timestamp
from gateway.auth.tokens import PathToken
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.facts import as_object, first_text, object_at
from gateway.decoding.people import person_in_form
from gateway.decoding.selectors import moment_of, select, text_of
from gateway.fiction import invent_id, invent_person
from gateway.model import Event, JsonValue, Request
from gateway.policy import Strict

_SCHEME = Hmac(
    name="webflow",
    header="x-webflow-signature",
    signed="{timestamp}:{body}",
    timestamp=Timestamp(header="x-webflow-timestamp", unit="ms"),
)
_SUBMISSION = "form_submission"


class WebflowOptions(Strict):
    """Options of a `webflow` source."""

    signed: bool = Field(True, description="false: made in the dashboard, which signs nothing; needs a path_token")


def _authenticate(request: Request, source: Source, now: datetime) -> str:
    return verify([_scheme(source)], request, source, now)


def _scheme(source: Source) -> Scheme:
    options: WebflowOptions = source.options
    return _SCHEME if options.signed else PathToken()


def _decode(request: Request, _: Source) -> JsonValue:
    return strict_json.loads(request.body)


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    body = as_object(payload)
    form = object_at(body, "payload") if "payload" in body else body
    kind = text_of(body.get("triggerType")) or (_SUBMISSION if object_at(form, "data") else "")
    if kind != _SUBMISSION:
        return [Event(payload=body, type=kind)]
    submission = first_text(form, ("id", "_id"))
    return [
        Event(
            payload=body,
            type=kind,
            key=(kind, submission) if submission is not None else None,
            occurred_at=moment_of(select(form, "submittedAt")) or moment_of(select(form, "d")),
            person=person_in_form(object_at(form, "data")),
        )
    ]


def _sign(request: Request, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    return _scheme(source).sign(request, source, now)


def _check(source: Source) -> Sequence[str]:
    options: WebflowOptions = source.options
    if options.signed and not source.secrets:
        return ["webflow needs `secrets`, or `signed: false` and a path_token for a webhook made in the dashboard"]
    if not options.signed and source.secrets:
        return ["with `signed: false` nothing would use the `secrets`"]
    return _scheme(source).check(source)


def _sample_submission(now: datetime, random: Random) -> bytes:
    person = invent_person(random)
    data = {
        "First Name": person.first_name,
        "Last Name": person.last_name,
        "email": person.email,
        "Phone Number": person.phone,
    }
    return orjson.dumps(
        {
            "triggerType": _SUBMISSION,
            "payload": {
                "name": "Contact Us",
                "siteId": "65427cf400e02b306eaa049c",
                "data": data,
                "submittedAt": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "id": invent_id(random),
                "formId": "65429eadebe8a9f3a30f62d0",
            },
        }
    )


def _samples() -> Sequence[Sample]:
    return (Sample(name="form submission", make=_sample_submission),)


PROVIDER = Provider(
    name="webflow",
    title="Webflow",
    authenticate=_authenticate,
    decode=_decode,
    split=_split,
    sign=_sign,
    check=_check,
    samples=_samples,
    options=WebflowOptions,
    secrets_required=0,
    facts=ProviderFacts(
        authentication="HMAC-SHA256 over timestamp and body; made in the dashboard: none, so a secret address",
        dedupe="`payload.id`",
        retries="3, ten minutes apart, after anything but 200",
        certainty="documented",
    ),
)
