"""Ninja Forms: submissions by its Webhooks add-on, one each.

Source of facts: the add-on's page and public code that meets it; hearsay beyond that. The owner maps fields to
arguments of any name, sent as a form, in the query, as JSON, or as JSON inside one argument. Nothing is signed.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from random import Random
from urllib.parse import urlencode

from gateway.auth.unsigned import authenticate_unsigned, check_unsigned, sign_unsigned
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding.content import decode_json_field
from gateway.decoding.flat_forms import FORM, FlatFormOptions, decode_flat_form, split_flat_form
from gateway.errors import Unreadable
from gateway.fiction import invent_person
from gateway.model import JsonValue, Request


class NinjaFormsOptions(FlatFormOptions):
    """Options of a `ninja_forms` source."""


def _decode(request: Request, source: Source) -> JsonValue:
    """The fields; a sole argument that holds a JSON object is all of them (`json_encode`)."""
    payload = decode_flat_form(request, source)
    texts = list(payload.items()) if isinstance(payload, dict) else []
    if len(texts) == 1 and isinstance(texts[0][1], str) and texts[0][1].lstrip().startswith("{"):
        with suppress(Unreadable):
            return decode_json_field(payload, texts[0][0])
    return payload


def _sample_submission(_: datetime, random: Random) -> bytes:
    person = invent_person(random)
    fields = {"first_name": person.first_name, "last_name": person.last_name}
    return urlencode({**fields, "email": person.email, "phone": person.phone}).encode()


def _samples() -> Sequence[Sample]:
    return (Sample(name="submission", make=_sample_submission, content_type=FORM),)


PROVIDER = Provider(
    name="ninja_forms",
    title="Ninja Forms",
    authenticate=authenticate_unsigned,
    decode=_decode,
    split=split_flat_form,
    sign=sign_unsigned,
    check=check_unsigned,
    samples=_samples,
    options=NinjaFormsOptions,
    methods=frozenset({"GET", "POST"}),
    secrets_required=0,
    requires_path_token=True,
    facts=ProviderFacts(
        authentication="a secret address",
        covers_body=False,
        replay_window=False,
        dedupe="the configured id, else the fields' content",
        retries="none known",
    ),
)
