"""n8n: requests of its node HTTP Request, as you made them.

Source of facts: n8n's documentation of the node, by hearsay. One request for each item; headers, basic and query
authentication, JSON, form, multipart or raw bodies. It signs nothing by itself; its node Crypto can make an HMAC for
a header.
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
    lead = {"firstName": person.first_name, "lastName": person.last_name, "email": person.email, "phone": person.phone}
    return orjson.dumps({"id": invent_id(random), **lead})


def _samples() -> Sequence[Sample]:
    return (Sample(name="lead", make=_sample_lead),)


PROVIDER = configured_provider(
    name="n8n",
    title="n8n",
    samples=_samples,
    facts=ProviderFacts(
        authentication="a header, basic, an HMAC of your own, or an unguessable address",
        covers_body=False,
        replay_window=False,
        batch="a JSON list, up to 1,000",
        dedupe="the configured event id, else the body",
        retries="with *Retry On Fail*; none by default",
    ),
)
