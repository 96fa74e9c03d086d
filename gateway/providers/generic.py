"""Any sender that posts JSON, a form, or a query string: code, plug-ins, what has no provider of its own.

Everything is options: how requests prove themselves, how the body is read, where the event's facts stand.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import orjson
from pydantic import Field

from gateway.configured import ConfiguredOptions, configured_provider
from gateway.contracts import ProviderFacts, Sample
from gateway.decoding.facts import PersonPaths
from gateway.fiction import invent_id, invent_person

_COMMON_NAMES = {name: (name,) for name in ("phone", "email", "first_name", "last_name")}


class GenericOptions(ConfiguredOptions):
    """Options of a `generic` source."""

    person: PersonPaths = Field(PersonPaths(**_COMMON_NAMES), description="where the payload holds the person")


def _sample_lead(_: datetime, random: Random) -> bytes:
    person = invent_person(random)
    return orjson.dumps(
        {
            "id": invent_id(random),
            "type": "lead.created",
            "phone": person.phone,
            "email": person.email,
            "first_name": person.first_name,
            "last_name": person.last_name,
            "interest": "demo",
        }
    )


def _samples() -> Sequence[Sample]:
    return (Sample(name="lead", make=_sample_lead),)


PROVIDER = configured_provider(
    name="generic",
    title="Anything that posts JSON or a form",
    samples=_samples,
    options=GenericOptions,
    facts=ProviderFacts(
        authentication="as configured: signature, token, basic, or an unguessable address",
        covers_body=False,
        replay_window=False,
        batch="a JSON list, up to 1,000",
        dedupe="the configured event id, else the body",
    ),
)
