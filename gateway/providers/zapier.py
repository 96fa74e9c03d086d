"""Zapier: requests of the action Webhooks by Zapier (POST, PUT, GET, Custom Request), as you made them.

Source of facts: Zapier's help pages on Webhooks by Zapier: payload types form, JSON, XML and raw, *Wrap request in
array*, *Unflatten*, basic authentication, headers. It signs nothing and sends no id of its own.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import orjson

from gateway.configured import configured_provider
from gateway.contracts import ProviderFacts, Sample
from gateway.fiction import invent_id, invent_person


def _sample_lead(_: datetime, random: Random) -> bytes:
    person = invent_person(random)
    fields = {"first_name": person.first_name, "last_name": person.last_name}
    return orjson.dumps({"id": invent_id(random), **fields, "email": person.email, "phone": person.phone})


def _samples() -> Sequence[Sample]:
    return (Sample(name="lead", make=_sample_lead),)


PROVIDER = configured_provider(
    name="zapier",
    title="Zapier",
    samples=_samples,
    facts=ProviderFacts(
        authentication="a header, basic, or an unguessable address",
        covers_body=False,
        replay_window=False,
        batch="a JSON list, as *Wrap request in array* makes one",
        dedupe="the configured event id, else the body",
        retries="only with autoreplay",
        certainty="documented",
    ),
)
