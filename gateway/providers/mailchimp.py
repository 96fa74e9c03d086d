"""Mailchimp Marketing: changes of an audience, one a request, as a form with nested names.

Source of facts: Mailchimp's documentation ("Sync audience data with webhooks", "About webhooks"). Nothing is signed:
the documentation tells to put a secret into the address.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from urllib.parse import urlencode

from pydantic import Field

from gateway.auth.unsigned import authenticate_unsigned, check_unsigned, sign_unsigned
from gateway.contracts import Provider, ProviderFacts, Reply, Sample, Source
from gateway.decoding.content import decode_body
from gateway.decoding.facts import PersonPaths, as_object, canonical_text
from gateway.decoding.selectors import moment_of, text_of
from gateway.fiction import invent_id, invent_person
from gateway.handshakes.probes import answer_probe
from gateway.model import Event, JsonValue, Request
from gateway.policy import Strict


class MailchimpOptions(Strict):
    """Options of a `mailchimp` source."""

    person: PersonPaths = Field(
        PersonPaths(
            phone=("data.merges.PHONE", "data.merges.SMSPHONE"),
            email=("data.email", "data.new_email", "data.merges.EMAIL"),
            first_name=("data.merges.FNAME",),
            last_name=("data.merges.LNAME",),
            contact_id=("data.id", "data.new_id"),
        ),
        description="where the payload holds the person: the phone by your audience's merge tag",
    )


def _split(payload: JsonValue, _: Request, source: Source) -> Sequence[Event]:
    options: MailchimpOptions = source.options
    body = as_object(payload)
    fired = text_of(body.get("fired_at"))
    return [
        Event(
            payload=body,
            type=text_of(body.get("type")) or "",
            key=(canonical_text(body),) if fired is not None else None,  # no id, but all of it repeats on a retry
            occurred_at=moment_of(fired),
            person=options.person.person(body),
        )
    ]


def _handshake(request: Request, _: Source) -> Reply | None:
    """The GET by which Mailchimp looks whether the address answers."""
    return answer_probe(request, methods=("GET", "HEAD"))


def _sample_subscribe(now: datetime, random: Random) -> bytes:
    person = invent_person(random)
    fields = {
        "type": "subscribe",
        "fired_at": now.strftime("%Y-%m-%d %H:%M:%S"),
        "data[id]": invent_id(random)[:10],
        "data[email]": person.email,
        "data[email_type]": "html",
        "data[ip_opt]": "192.0.2.7",
        "data[web_id]": str(random.randrange(10**8, 10**9)),
        "data[merges][EMAIL]": person.email,
        "data[merges][FNAME]": person.first_name,
        "data[merges][LNAME]": person.last_name,
        "data[merges][PHONE]": person.phone,
        "data[list_id]": "a6b5da1054",
    }
    return urlencode(fields).encode("ascii")


def _samples() -> Sequence[Sample]:
    return (Sample(name="subscribe", make=_sample_subscribe, content_type="application/x-www-form-urlencoded"),)


PROVIDER = Provider(
    name="mailchimp",
    title="Mailchimp",
    authenticate=authenticate_unsigned,
    decode=lambda request, _: decode_body(request, "php_form"),
    split=_split,
    sign=sign_unsigned,
    check=check_unsigned,
    samples=_samples,
    options=MailchimpOptions,
    secrets_required=0,
    requires_path_token=True,
    handshake=_handshake,
    facts=ProviderFacts(
        authentication="none: a secret address",
        covers_body=False,
        replay_window=False,
        handshake="an empty GET, when a webhook is saved",
        dedupe="the whole content, with the second it was fired at",
        retries="for 75 minutes after any non-2xx; 10 s for an answer",
        certainty="documented",
    ),
)
