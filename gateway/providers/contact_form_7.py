"""Contact Form 7: submissions by the plug-in CF7 to Webhook, one each.

Source of facts: the source of CF7 to Webhook (mariovalney/cf7-to-zapier, WordPress plug-in directory). Fields are
named by the form's tags (`your-name`, `tel-480`) or by a tag's `webhook:` option; a body of the owner's own that is
no JSON is labelled `text/plain`; with GET the fields stand in the query. Nothing is signed; headers can be added.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import orjson

from gateway.auth.unsigned import UnsignedOptions, authenticate_unsigned, check_unsigned, sign_unsigned
from gateway.contracts import Provider, ProviderFacts, Sample
from gateway.decoding.flat_forms import FlatFormOptions, decode_flat_form, split_flat_form
from gateway.fiction import invent_person


class ContactForm7Options(UnsignedOptions, FlatFormOptions):
    """Options of a `contact_form_7` source."""


def _sample_submission(_: datetime, random: Random) -> bytes:
    person = invent_person(random)
    return orjson.dumps(
        {
            "your-name": f"{person.first_name} {person.last_name}",
            "your-email": person.email,
            "your-tel": person.phone,
            "your-message": "Please call me about a demo.",
            "interests": ["demo"],
        }
    )


def _samples() -> Sequence[Sample]:
    media = "application/json; charset=UTF-8"
    return (Sample(name="submission", make=_sample_submission, content_type=media),)


PROVIDER = Provider(
    name="contact_form_7",
    title="Contact Form 7",
    authenticate=authenticate_unsigned,
    decode=decode_flat_form,
    split=split_flat_form,
    sign=sign_unsigned,
    check=check_unsigned,
    samples=_samples,
    options=ContactForm7Options,
    methods=frozenset({"GET", "POST", "PUT", "PATCH"}),
    secrets_required=0,
    requires_path_token=True,
    facts=ProviderFacts(
        authentication="a secret address, and a header if you add one",
        covers_body=False,
        replay_window=False,
        dedupe="the configured id, else the fields' content",
        retries="none: a failure is mailed to the site's owner",
        certainty="documented",
    ),
)
