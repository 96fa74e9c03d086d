"""The same rule on every provider's samples: what was written for one form works for the next."""

from dataclasses import replace

import pytest
from fuzz.trial import rulebook
from inbound import NOW
from provider_examples import PROVIDERS, example_sources, sent

from gateway.contracts import Sample, Source
from gateway.model import ContactFields, Event, EventState, Request
from gateway.phones import parse_phone
from gateway.reasons import Reason

SAMPLES = [
    pytest.param(name, sample, place, id=f"{name}-{sample.name}")
    for name, provider in PROVIDERS.items()
    for place, sample in enumerate(provider.samples())
]


def events_of(source: Source, request: Request) -> list[Event]:
    """What the source makes of a request."""
    return list(source.provider.split(source.provider.decode(request, source), request, source))


def fitting(source: Source, sample: Sample) -> Source:
    """The page's example; with the provider's own paths where the example's form has the phone elsewhere."""
    default = source.provider.options.model_fields.get("person")
    if default is None or any(event.person.phone for event in events_of(source, sent(source, sample))):
        return source
    return replace(source, options=source.options.model_copy(update={"person": default.default}))


@pytest.mark.parametrize(("name", "sample", "place"), SAMPLES)
def test_ringing_persons_phone_works_or_the_facts_say_thin(name: str, sample: Sample, place: int) -> None:
    """`phone: person.phone, region: US` plans a call, unless the provider's facts tell of events without a phone."""
    source = fitting(next(iter(example_sources(name).values())), sample)
    thin, request, rung = source.provider.facts.thin, sent(source, sample), []
    for event in events_of(source, request):
        decision = rulebook().match(event, event_id="ev_1", source=source, request=request, now=NOW)
        assert decision.state is EventState.MATCHED
        (plan,) = decision.plans
        if event.person.phone is None:
            assert plan.skip is Reason.PHONE_MISSING
            assert event.never_rings or thin, "an event without a phone, and no word of it"
        else:
            assert plan.skip is None
            assert isinstance(plan.contact, ContactFields)
            rung.append(plan.contact.phone)
    assert rung or place > 0 or thin == "every event", "the first sample must ring"
    assert [phone for phone in rung if parse_phone(phone, region=None).refused is not None] == []
