"""Lists: filters, pages that neither repeat nor skip, and cursors."""

from dataclasses import replace

import pytest
from ledger.scenes import NOW, Scene, at, bring, decision, plan

from gateway.ledger.records import Call, CallFilter, EventFilter
from gateway.model import CallPlan, CallState, ContactById, EventState
from gateway.reasons import Reason

S = CallState


async def _all(scene: Scene, where: CallFilter, *, limit: int = 3) -> list[Call]:
    found: list[Call] = []
    cursor = None
    while True:
        calls, cursor = await scene.ledger.reads.calls(where, limit=limit, cursor=cursor)
        found += calls
        if cursor is None:
            return found


@pytest.mark.anyio
async def test_pages(scene: Scene) -> None:
    """Pages together hold every call once, newest first, also those of one millisecond."""
    ids = [await scene.add(f"+1415555{number:04}", now=at(number // 10)) for number in range(25)]
    found = await _all(scene, CallFilter())
    assert sorted(call.id for call in found) == sorted(ids)
    assert [call.created_at for call in found] == sorted((call.created_at for call in found), reverse=True)


@pytest.mark.anyio
async def test_more_than_a_chunk_at_one_instant(scene: Scene) -> None:
    """Hundreds of calls of one batch, all of one millisecond, page without loss."""
    plans = [plan(f"+1415555{number:04}", ordinal=number) for number in range(250)]
    accepted = await scene.accept(*plans)
    found = await _all(scene, CallFilter(), limit=7)
    assert [call.id for call in found] == sorted(accepted.call_ids, reverse=True)


@pytest.mark.anyio
async def test_new_calls_do_not_shift_pages(scene: Scene) -> None:
    """What is accepted while someone pages does not repeat or hide what follows."""
    ids = [await scene.add(f"+1415555010{number}", now=at(number)) for number in range(4)]
    first, cursor = await scene.ledger.reads.calls(CallFilter(), limit=2)
    await scene.add("+14155550109", now=at(9))
    rest, _ = await scene.ledger.reads.calls(CallFilter(), limit=9, cursor=cursor)
    assert [call.id for call in (*first, *rest)] == list(reversed(ids))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (CallFilter(), {0, 1, 2, 3}),
        (CallFilter(state=S.SKIPPED), {2}),
        (CallFilter(state=S.PLACED), set()),
        (CallFilter(source="crm"), {1, 3}),
        (CallFilter(source="crm", state=S.READY), {1, 3}),
        (CallFilter(source="nowhere"), set()),
        (CallFilter(since=at(2)), {2, 3}),
        (CallFilter(contact="+14155550101"), {1}),
        (CallFilter(contact="ct_77"), {3}),
        (CallFilter(contact="ct_77", source="site"), set()),
    ],
)
async def test_filters(scene: Scene, where: CallFilter, expected: set[int]) -> None:
    """Filters hold together; a contact is found by its number or its id."""
    by_id = plan("+14155550103", now=at(3))
    plans = [
        (plan("+14155550100"), "site"),
        (plan("+14155550101", now=at(1)), "crm"),
        (plan("+14155550102", now=at(2), skip=Reason.PHONE_INVALID), "site"),
        (_with_contact_id(by_id), "crm"),
    ]
    ids = []
    for number, (made, source) in enumerate(plans):
        ids += (await scene.accept(made, now=at(number), source=source)).call_ids
    assert {ids.index(call.id) for call in await _all(scene, where)} == expected


def _with_contact_id(made: CallPlan) -> CallPlan:
    return replace(made, contact=ContactById(contact_id="ct_77"))


@pytest.mark.anyio
@pytest.mark.parametrize("cursor", ["", "x", "!!!", "bnVsbA", "W10", "WzEsMl0", "eyJhIjoxfQ", "é"])
async def test_foreign_cursors(scene: Scene, cursor: str) -> None:
    """A cursor that is not ours is refused with a ValueError, whatever it holds."""
    with pytest.raises(ValueError, match="cursor"):
        await scene.ledger.reads.calls(CallFilter(), cursor=cursor)
    with pytest.raises(ValueError, match="cursor"):
        await scene.ledger.reads.events(EventFilter(), cursor=cursor)


@pytest.mark.anyio
async def test_events(scene: Scene) -> None:
    """Events are listed newest first by state, source and age."""
    first = (await scene.accept(plan())).event_id
    second = (await scene.accept(state=EventState.FAILED, source="crm", now=at(1))).event_id
    third = (await scene.accept(state=EventState.IGNORED, now=at(2))).event_id

    async def ids(where: EventFilter) -> list[str]:
        return [event.id for event in (await scene.ledger.reads.events(where))[0]]

    assert await ids(EventFilter()) == [third, second, first]
    assert await ids(EventFilter(state=EventState.FAILED)) == [second]
    assert await ids(EventFilter(source="site", since=at(1))) == [third]
    assert await ids(EventFilter(state=EventState.MATCHED, source="crm")) == []
    page, cursor = await scene.ledger.reads.events(EventFilter(), limit=2)
    rest, end = await scene.ledger.reads.events(EventFilter(), limit=2, cursor=cursor)
    assert ([event.id for event in (*page, *rest)], end) == ([third, second, first], None)


@pytest.mark.anyio
async def test_events_without_their_content(scene: Scene) -> None:
    """What must hold: a list that shows no content reads none, and everything else of the event is the same."""
    await scene.accept(plan())
    ((whole,), _), ((head,), _) = [
        await scene.ledger.reads.events(EventFilter(), whole=asked) for asked in (True, False)
    ]
    assert whole.timeline != ()
    assert head == replace(whole, event=replace(whole.event, payload={}), timeline=())


@pytest.mark.anyio
async def test_nothing_there(scene: Scene) -> None:
    """What nobody stored is None or empty."""
    reads = scene.ledger.reads
    assert (await reads.call("x"), await reads.event("x"), await reads.delivery("x")) == (None, None, None)
    assert await reads.timeline("x") == ()
    assert await reads.calls(CallFilter()) == ((), None)


@pytest.mark.anyio
async def test_counts(scene: Scene) -> None:
    """Counts by state name every state, as the indexes have them."""
    await bring(scene, S.PLACED)
    await scene.add("+14155550108", now=NOW)
    counts = await scene.ledger.reads.counts()
    assert set(counts) == set(CallState)
    assert {state for state, count in counts.items() if count} == {S.PLACED, S.READY}


@pytest.mark.anyio
async def test_awkward_text(scene: Scene) -> None:
    """Quotes, controls, non-Latin text and long details come back as they went in."""
    text = 'quote " slash \\ / nul \x00 line\n ümläut 電話 🙂'
    made = decision(plan())
    event = scene.event(made)
    delivery = scene.delivery(body=bytes(range(256)) * 9)
    await scene.ledger.intake.accept(delivery, [event], now=NOW)
    (call,) = (await scene.claims(owner='wörker "1"')).calls
    await scene.ledger.dials.defer(call.hold(), not_before=NOW, reason=Reason.PACE, detail=text, now=NOW)
    assert (await scene.call(call.id)).detail == text
    last = (await scene.ledger.reads.timeline(call.id))[-1]
    assert (last.detail, last.by) == (text, 'wörker "1"')
    stored = await scene.ledger.reads.delivery(delivery.id)
    assert stored is not None
    assert stored.body == delivery.body
