"""ActiveCampaign: webhooks and the automation action "Webhook", as forms in PHP's bracket notation.

Source of facts: ActiveCampaign's developer documentation on webhooks (delivery, retries, switching off); the names of
the fields are general knowledge. Nothing is signed: a secret address, and a header where the plan can send one.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from urllib.parse import urlencode

from gateway.auth.unsigned import UnsignedOptions, authenticate_unsigned, check_unsigned, sign_unsigned
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding.content import decode_body
from gateway.decoding.facts import PersonPaths, as_object, canonical_text
from gateway.decoding.selectors import moment_of, text_of
from gateway.fiction import invent_person
from gateway.model import Event, JsonObject, JsonValue, Request

_PERSON = PersonPaths(
    phone=("contact.phone", "deal.contact_phone"),
    email=("contact.email", "deal.contact_email"),
    first_name=("contact.first_name", "deal.contact_firstname"),
    last_name=("contact.last_name", "deal.contact_lastname"),
    contact_id=("contact.id", "deal.contactid"),
)


class ActiveCampaignOptions(UnsignedOptions):
    """Options of an `activecampaign` source."""


def _decode(request: Request, _: Source) -> JsonValue:
    return decode_body(request, "php_form")


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    body = as_object(payload)
    return [
        Event(
            payload=body,
            type=text_of(body.get("type")) or "",
            key=_key(body),
            occurred_at=_moment(body.get("date_time")),
            person=_PERSON.person(body),
        )
    ]


def _key(body: JsonObject) -> tuple[str, ...] | None:
    """No id is known of: the same content with the same time in it is the same event."""
    return (canonical_text(body),) if text_of(body.get("date_time")) is not None else None


def _moment(value: JsonValue) -> datetime | None:
    """When it happened, if the text names its offset: a local time of an unknown zone may be hours off."""
    text = text_of(value) or ""
    try:
        named = datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return None
    return moment_of(text) if named else None


def _sample_subscribe(now: datetime, random: Random) -> bytes:
    person = invent_person(random)
    return urlencode(
        {
            "type": "subscribe",
            "date_time": now.isoformat(timespec="seconds"),
            "initiated_from": "public",
            "initiated_by": "contact",
            "list": "1",
            "contact[id]": str(random.randrange(1, 10**6)),
            "contact[email]": person.email,
            "contact[first_name]": person.first_name,
            "contact[last_name]": person.last_name,
            "contact[phone]": person.phone,
            "contact[tags]": "website, demo",
            "contact[fields][1]": "demo",
        }
    ).encode()


def _samples() -> Sequence[Sample]:
    return (Sample(name="subscribe", make=_sample_subscribe, content_type="application/x-www-form-urlencoded"),)


PROVIDER = Provider(
    name="activecampaign",
    title="ActiveCampaign",
    authenticate=authenticate_unsigned,
    decode=_decode,
    split=_split,
    sign=sign_unsigned,
    check=check_unsigned,
    samples=_samples,
    options=ActiveCampaignOptions,
    requires_path_token=True,
    secrets_required=0,
    facts=ProviderFacts(
        authentication="none: a secret address, and a header where the plan can send one",
        covers_body=False,
        replay_window=False,
        dedupe="the content with its time",
        retries="never",
        certainty="unsure",
    ),
)
