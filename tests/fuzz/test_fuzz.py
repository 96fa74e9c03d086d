"""The short form of `make fuzz`: whatever is sent to whichever provider, it is refused, unreadable, or valid events."""

from dataclasses import replace
from typing import Any

from fuzz.storm import ALLOWED_GROWTH, blow, inputs, table
from fuzz.trial import ending, every_source

from gateway.model import Event, Person


def test_nothing_but_refusals_unreadables_and_events_comes_out() -> None:
    """1,500 requests over all providers, through every stage up to the ledger, each in bounded memory."""
    storm = blow(1500, seed=1, traced=True)
    assert storm.broken == [], table(storm)
    assert storm.growth < ALLOWED_GROWTH
    assert {source.provider.name for source in every_source()} == set(storm.ends)


def test_the_storm_reaches_every_stage() -> None:
    """It would prove little if all it sent were refused at the door: each provider takes some, and refuses some."""
    storm = blow(4000, seed=2)
    assert [name for name, ends in storm.ends.items() if not ends["accepted"]] == []
    assert [name for name, ends in storm.ends.items() if not ends["refused"] + ends["unreadable"]] == []


def test_the_same_seed_sends_the_same() -> None:
    """An input can be tried again by its number."""

    def bodies() -> list[tuple[str, bytes]]:
        return [(request.query, request.body) for _, source, request in inputs(300, seed=3) if not source.secrets]

    assert bodies() == bodies()


def test_a_broken_provider_is_noticed() -> None:
    """An error of its own, and events that could not be stored."""
    whole: list[Event] = [Event(payload={})]
    broken: list[Any] = [
        lambda *_: {}["missing"],
        lambda *_: [replace(whole[0], person=Person(phone="\ud800"))],
        lambda *_: [replace(whole[0], payload={"n": 2**64})],
        lambda *_: [replace(whole[0], type=None)],
        lambda *_: [replace(whole[0], key=("",))],
    ]
    source = next(one for one in every_source() if one.provider.name == "leadpages")
    requests = [request for _, one, request in inputs(1000, seed=4) if one is source]
    assert "accepted" in {ending(source, request) for request in requests}
    for split in broken:
        assert any(_breaks(replace(source, provider=replace(source.provider, split=split)), one) for one in requests)


def _breaks(source: Any, request: Any) -> bool:
    try:
        ending(source, request)
    except (KeyError, UnicodeEncodeError, TypeError, AttributeError, AssertionError):
        return True
    return False
