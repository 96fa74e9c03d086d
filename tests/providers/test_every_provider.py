"""What holds for every provider, present and future: found by discovery, with its page and its samples."""

import re
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inbound import NOW, request_of
from provider_examples import PAGES, PROVIDERS, example_sources, sent

from gateway.contracts import Source
from gateway.errors import NotAuthentic, Unreadable
from gateway.model import Event, Request
from gateway.phones import parse_phone

SECTIONS = ("Configuration", "Authentication", "Dedupe", "Person", "Answers", "Unsure")
EACH = pytest.mark.parametrize("name", PROVIDERS)


def events_of(source: Source, request: Request) -> list[Event]:
    """What the provider makes of a request."""
    provider = source.provider
    return list(provider.split(provider.decode(request, source), request, source))


@EACH
def test_it_has_a_page_whose_example_loads(name: str) -> None:
    """Every section is there, and what the page shows is a configuration that starts."""
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {name}\n")
    assert [section for section in SECTIONS if f"\n## {section}\n" not in page] == []
    sources = example_sources(name)
    assert sources
    for source in sources.values():
        assert source.provider.name == name
        assert len(source.secrets) >= source.provider.secrets_required
        assert list(source.provider.check(source)) == []


@EACH
def test_its_options_are_on_its_page(name: str) -> None:
    """No option is undocumented, and each has a description for the editor's schema."""
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    missing = [option for option in PROVIDERS[name].options.model_fields if option not in page]
    assert missing == []


@EACH
def test_its_samples_pass_as_their_sender_signs_them(name: str) -> None:
    """`dialgate send` works for every documented configuration, and each sample holds an event."""
    for source in example_sources(name).values():
        for sample in source.provider.samples():
            request = sent(source, sample)
            assert sample.method in source.provider.methods
            assert source.provider.authenticate(request, source, NOW)
            assert events_of(source, request)


@EACH
def test_a_sample_rings_a_number_that_belongs_to_nobody(name: str) -> None:
    """The first sample names a person with a valid phone number set aside for fiction; none can where all are thin."""
    source = next(iter(example_sources(name).values()))
    provider = replace(source, options=provider_defaults(source))
    events = events_of(source, sent(source, source.provider.samples()[0]))
    phones = [event.person.phone for event in events if event.person.phone] or [
        event.person.phone for event in events_of(provider, sent(source, source.provider.samples()[0]))
    ]
    if source.provider.facts.thin == "every event":
        assert set(phones) == {None}
        return
    assert phones
    assert all(re.fullmatch(r"\+1\d{3}55501\d\d", phone or "") for phone in phones)
    assert all(parse_phone(phone or "", region=None).refused is None for phone in phones)


def provider_defaults(source: Source) -> Any:
    """The source's options with the person's paths as they are by default."""
    default = source.provider.options.model_fields.get("person")
    return source.options if default is None else source.options.model_copy(update={"person": default.default})


@EACH
def test_each_send_is_a_fresh_event_and_a_repeatable_one(name: str) -> None:
    """The same draws give the same bytes; other draws another event."""
    for sample in PROVIDERS[name].samples():
        assert sample.make(NOW, Random(7)) == sample.make(NOW, Random(7))
        assert len({sample.make(NOW, Random(seed)) for seed in range(50)}) == 50


@EACH
def test_a_changed_request_does_not_become_an_error(name: str) -> None:
    """Stripped of its headers, sent to another address, or hours later: refused, or passed, never broken."""
    for source in example_sources(name).values():
        request = sent(source, source.provider.samples()[0])
        for changed, now in (
            (replace(request, headers=()), NOW),
            (replace(request, path_token="elsewhere"), NOW),
            (replace(request, query="", url="https://other.example/"), NOW),
            (request, NOW + timedelta(days=400)),
        ):
            with suppress(NotAuthentic):
                source.provider.authenticate(changed, source, now)
        with pytest.raises(NotAuthentic):
            source.provider.authenticate(replace(request, path_token="elsewhere"), source, NOW)


def refused(source: Source, request: Request, now: datetime) -> bool:
    """Whether the source does not take the request at this moment."""
    try:
        source.provider.authenticate(request, source, now)
    except NotAuthentic:
        return True
    return False


@EACH
def test_it_holds_what_its_facts_say(name: str) -> None:
    """As its page's first source is set up: one changed byte, an hour late, an hour early."""
    source = next(iter(example_sources(name).values()))
    facts = source.provider.facts
    assert facts.authentication
    assert facts.dedupe
    for sample in source.provider.samples():
        request = sent(source, sample)
        changed = replace(request, body=request.body[:-1] + b"!")
        assert refused(source, changed, NOW) >= facts.covers_body
        for hour in (timedelta(hours=-1), timedelta(hours=1)):
            assert refused(source, request, NOW + hour) >= facts.replay_window


SOURCES = [source for name in PROVIDERS for source in example_sources(name).values()]
SIGNING = ["webhook-id", "webhook-timestamp", "webhook-signature", "svix-signature", "x-signature", "authorization"]
HUBSPOT = [
    "x-hubspot-signature",
    "x-hubspot-signature-v3",
    "x-hubspot-signature-version",
    "x-hubspot-request-timestamp",
]
HEADERS = st.sampled_from([*SIGNING, *HUBSPOT, "origin", "referer", "content-type", "x-api-key"])
VALUES = st.sampled_from(["v1", "v2", "v3", "https://example.com", "application/json", "t=1,v1=00"]) | st.text(
    st.characters(max_codepoint=255), max_size=40
)
BODIES = st.binary(max_size=80) | st.sampled_from(
    [b"[]", b"{}", b"[{}]", b"null", b'"x"', b"[1]", b'[{"subscriptionType":{}}]', b'{"properties":[],"vid":{}}']
)
REQUESTS = st.builds(
    request_of,
    BODIES,
    st.lists(st.tuples(HEADERS, VALUES), max_size=5),
    method=st.sampled_from(["POST", "GET"]),
    query=st.text(st.characters(max_codepoint=255), max_size=20),
)


@given(st.sampled_from(SOURCES), REQUESTS)
def test_any_request_is_refused_unreadable_or_events(source: Source, request: Request) -> None:
    """Whatever comes, a provider answers with one of these and never another error."""
    with suppress(NotAuthentic):
        source.provider.authenticate(request, source, NOW)
    with suppress(Unreadable):
        assert all(isinstance(event.payload, dict) for event in events_of(source, request))
