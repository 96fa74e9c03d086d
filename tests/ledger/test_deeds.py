"""Who did what: kept once, listed newest first, forgotten with the records."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.ledger import Ledger
from gateway.ledger.deeds import Deed, DeedFilter

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
pytestmark = pytest.mark.anyio


def deed(name: str, *, by: str = "anna", after: float = 0, action: str = "call.resolved") -> Deed:
    """One line of the log."""
    return Deed(
        id=name,
        at=NOW + timedelta(seconds=after),
        by=by,
        action=action,
        subject="ca_1",
        detail="placed",
        address="192.0.2.1",
    )


async def test_a_deed_is_kept_as_it_was(ledger: Ledger) -> None:
    """What is noted is read back, field by field."""
    await ledger.deeds.note(deed("dd_1"))
    found, more = await ledger.deeds.listed()
    assert (found, more) == ((deed("dd_1"),), None)


async def test_the_same_deed_twice_is_one(ledger: Ledger) -> None:
    """A write whose answer was lost, and which is sent again, leaves one line."""
    await ledger.deeds.note(deed("dd_1"))
    await ledger.deeds.note(deed("dd_1", after=5))
    found, _ = await ledger.deeds.listed()
    assert found == (deed("dd_1"),)


async def test_deeds_are_listed_by_page_and_by_person(ledger: Ledger) -> None:
    """Newest first; a cursor goes on where a page ended; a name keeps the others out."""
    for number in range(5):
        await ledger.deeds.note(deed(f"dd_{number}", by="anna" if number % 2 else "ben", after=number))
    first, cursor = await ledger.deeds.listed(limit=3)
    rest, end = await ledger.deeds.listed(limit=3, cursor=cursor)
    assert [one.id for one in (*first, *rest)] == ["dd_4", "dd_3", "dd_2", "dd_1", "dd_0"]
    assert end is None
    assert [one.id for one in (await ledger.deeds.listed(DeedFilter(by="ben")))[0]] == ["dd_4", "dd_2", "dd_0"]


async def test_what_is_past_its_retention_goes(ledger: Ledger) -> None:
    """The next deed after the retention takes the old one away, and nothing younger."""
    years = ledger.connection.retention.records.total_seconds()
    await ledger.deeds.note(deed("dd_old"))
    await ledger.deeds.note(deed("dd_young", after=10))
    await ledger.deeds.note(deed("dd_new", after=years + 5))
    assert [one.id for one in (await ledger.deeds.listed())[0]] == ["dd_new", "dd_young"]
    assert await ledger.connection.redis.hlen(ledger.connection.key("deeds")) == 2


async def test_texts_are_cut(ledger: Ledger) -> None:
    """A name somebody made up at the sign-in cannot fill the log."""
    await ledger.deeds.note(deed("dd_1", by="x" * 10_000))
    found, _ = await ledger.deeds.listed()
    assert len(found[0].by) == 300


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (DeedFilter(action="call.resolved"), [0, 3]),
        (DeedFilter(action="call"), [0, 1, 3]),
        (DeedFilter(action="cal"), []),
        (DeedFilter(action="signed_in", by="ben"), [2]),
        (DeedFilter(since=NOW + timedelta(seconds=2)), [2, 3]),
        (DeedFilter(until=NOW + timedelta(seconds=2)), [0, 1]),
        (DeedFilter(since=NOW + timedelta(seconds=1), until=NOW + timedelta(seconds=3), action="call"), [1]),
    ],
)
async def test_deeds_are_found_by_person_action_and_time(ledger: Ledger, where: DeedFilter, found: list[int]) -> None:
    """Each alone and together, also page by page: an action, or a group of them by its first word."""
    actions = ["call.resolved", "call.cancelled", "signed_in", "call.resolved"]
    for number, action in enumerate(actions):
        await ledger.deeds.note(deed(f"dd_{number}", by="ben" if number == 2 else "anna", after=number, action=action))
    seen: list[str] = []
    cursor = None
    while True:
        some, cursor = await ledger.deeds.listed(where, limit=1, cursor=cursor)
        seen += [one.id for one in some]
        if cursor is None:
            break
    assert seen == [f"dd_{number}" for number in reversed(found)]
