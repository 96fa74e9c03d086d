"""What the receiver keeps of a delivery: everything but secrets, and one dedupe key per fact."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway import receiving
from gateway.contracts import Provider, Source
from gateway.errors import Unreadable
from gateway.model import Accepted, Delivery, Event, EventState, Request
from gateway.parts import Receiver
from gateway.reasons import Reason

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECRET = b"top-secret-value"


def a_request(**changes: object) -> Request:
    """A plain POST, changed as asked."""
    fields: dict[str, object] = {
        "method": "POST",
        "url": "http://gate/hooks/crm",
        "query": "",
        "headers": (("content-type", "application/json"),),
        "body": b"{}",
        "remote": "192.0.2.1",
        "received_at": NOON,
    }
    return Request(**{**fields, **changes})


def a_source(name: str = "crm", provider: str = "fake") -> Source:
    """A source whose provider accepts everything."""
    fake = Provider(
        name=provider,
        title="Fake",
        authenticate=lambda request, source, now: "nothing",
        decode=lambda request, source: {},
        split=lambda decoded, request, source: [],
        sign=lambda request, source, now: (),
        samples=list,
    )
    return Source(name=name, provider=fake, options=None, secrets=(SECRET,))


def a_receiver() -> Receiver:
    """A receiver that can authenticate and match; it has no ledger."""
    return Receiver(
        ledger=None,
        rulebook=lambda: None,
        wake=lambda call_ids: None,
        now=lambda: NOON,
        random=os.urandom,
    )


@pytest.mark.parametrize(
    ("events", "at_once", "later"),
    [
        ([(True, ("ca_1",)), (True, ("ca_2",))], [], ["ca_1", "ca_2"]),
        ([(False, ("ca_1",))], ["ca_1"], []),
        ([(False, ("ca_1",)), (True, ("ca_2",))], ["ca_1", "ca_2"], []),
        ([(True, ())], [], []),
    ],
)
def test_only_what_nobody_heard_of_is_woken_for_at_once(
    events: list[tuple[bool, tuple[str, ...]]], at_once: list[str], later: list[str]
) -> None:
    """A wake-up goes out for every due call; it may take its time only where a worker was told of all of them."""
    woken: dict[str, list[str]] = {"at once": [], "later": []}
    receiver = replace(a_receiver(), wake=woken["at once"].extend, wake_later=woken["later"].extend)
    accepted = [
        Accepted(
            event_id="ev_1", duplicate=False, state=EventState.MATCHED, call_ids=due, due_call_ids=due, heard=heard
        )
        for heard, due in events
    ]
    receiving.wake(receiver, accepted)
    assert woken == {"at once": at_once, "later": later}


def keep(request: Request) -> Delivery:
    """What would be stored of a request."""
    return receiving.authenticate(a_receiver(), a_source(), request)


@pytest.mark.parametrize(
    "header",
    [
        ("authorization", "Bearer abc"),
        ("cookie", "session=abc"),
        ("x-api-key", "abc"),
        ("x-hub-signature-256", "sha256=abc"),
        ("x-webhook-token", "abc"),
        ("x-anything", SECRET.decode()),
    ],
)
def test_a_secret_header_is_not_kept(header: tuple[str, str]) -> None:
    """Headers that carry credentials, by name or because their value is the source's secret, are hidden."""
    kept = dict(keep(a_request(headers=(header, ("user-agent", "HubSpot")))).headers)
    assert kept == {header[0]: "(hidden)", "user-agent": "HubSpot"}


def test_a_secret_in_the_body_is_kept_as_its_provider_says() -> None:
    """A provider whose senders put one there takes it out of what the ledger keeps."""
    source = a_source()
    discreet = replace(source, provider=replace(source.provider, kept_body=lambda request, source: b"{}"))
    kept = receiving.authenticate(a_receiver(), discreet, a_request(body=b'{"key": "secret"}'))
    assert kept.body == b"{}"
    assert keep(a_request(body=b"as it is")).body == b"as it is"


def test_a_secret_in_the_query_is_not_kept() -> None:
    """Query tokens are hidden, other parameters stay as they were."""
    query = f"form=4&token=abc&k={SECRET.decode()}&flag"
    assert keep(a_request(query=query)).query == "form=4&token=(hidden)&k=(hidden)&flag"


def key_of(event: Event, request: Request | None = None, source: Source | None = None, index: int = 0) -> str:
    """The dedupe key of one event of a delivery."""
    events = [Event(payload={}, never_rings=Reason.TEST_EVENT)] * index + [event]
    receiver, source, request = a_receiver(), source or a_source(), request or a_request()
    delivery = receiving.authenticate(receiver, source, request)

    class AnyRulebook:
        version = "v"

    quiet = [Event(payload=e.payload, key=e.key, never_rings=Reason.TEST_EVENT) for e in events]
    receiver = Receiver(
        ledger=receiver.ledger,
        rulebook=AnyRulebook,
        wake=receiver.wake,
        now=receiver.now,
        random=os.urandom,
    )
    return receiving.match(receiver, source, request, delivery, quiet)[index].dedupe_key


def test_one_fact_has_one_key() -> None:
    """The sender's id decides: the body, the address and the moment do not matter."""
    event = Event(payload={}, key=("evt", "1"))
    assert key_of(event) == key_of(event, a_request(body=b"other", remote="192.0.2.2"))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (key_of(Event(payload={}, key=("ab", "c"))), key_of(Event(payload={}, key=("a", "bc")))),
        (key_of(Event(payload={}, key=("1",))), key_of(Event(payload={}, key=("1",)), source=a_source("other"))),
        (key_of(Event(payload={}, key=("1",))), key_of(Event(payload={}, key=("1",)), source=a_source(provider="x"))),
        (key_of(Event(payload={})), key_of(Event(payload={}), a_request(body=b"{ }"))),
        (key_of(Event(payload={})), key_of(Event(payload={}), a_request(query="a=1"))),
        (key_of(Event(payload={})), key_of(Event(payload={}), index=1)),
    ],
)
def test_different_facts_have_different_keys(left: str, right: str) -> None:
    """Parts are delimited, sources and providers apart, and a body without an id is known by all it carries."""
    assert left != right


def test_windows_follow_the_kind_of_key() -> None:
    """A sender's id is remembered for days, a bare body for minutes: a person may submit a form again."""
    source, request, receiver = a_source(), a_request(), a_receiver()
    delivery = receiving.authenticate(receiver, source, request)
    decided = receiving.unreadable(delivery, source, request, Unreadable("line 1: not JSON"))
    assert decided[0].dedupe_window == timedelta(minutes=10)


def test_an_unreadable_body_is_an_event() -> None:
    """It is FAILED with the reader's words, so that it is shown and can be replayed."""
    source, request, receiver = a_source(), a_request(), a_receiver()
    delivery = receiving.authenticate(receiver, source, request)
    decision = receiving.unreadable(delivery, source, request, Unreadable("line 1: not JSON"))[0].decision
    assert (decision.state, decision.reason, decision.error) == (
        EventState.FAILED,
        Reason.UNREADABLE,
        "line 1: not JSON",
    )
