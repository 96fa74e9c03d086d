"""Make: requests of the module HTTP, *Make a request*, as you made them.

Source of facts: Make's documentation of the HTTP module, by hearsay. It signs nothing and sends no id of its own;
headers, basic authentication and the body (JSON, form, multipart, raw) are yours.
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
    name = f"{person.first_name} {person.last_name}"
    return orjson.dumps({"id": invent_id(random), "name": name, "email": person.email, "phone": person.phone})


def _samples() -> Sequence[Sample]:
    return (Sample(name="lead", make=_sample_lead),)


PROVIDER = configured_provider(
    name="make",
    title="Make",
    samples=_samples,
    facts=ProviderFacts(
        authentication="a header, basic, or an unguessable address",
        covers_body=False,
        replay_window=False,
        batch="a JSON list, up to 1,000",
        dedupe="the configured event id, else the body",
        retries="as the scenario handles errors; none by default",
    ),
)
