"""The preview of a replay in bulk: what it would do, slice by slice, and the list behind each figure."""

import asyncio
import os
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from bulk_orders import BROKEN, FAILED, MENDED, calls_by_phone, failed, previewed, soon
from lived import came_in
from rules.written import NOW, with_rules

from gateway import bulk_replaying, replay_preview
from gateway.ledger import Ledger, pages
from gateway.ledger import replays as ledger_replays
from gateway.ledger.records import EventFilter, Transition
from gateway.ledger.replays import BulkReplay, ReplayState
from gateway.ledger.stops import Stoppable
from gateway.model import EventState
from gateway.replay_preview import ReplayFilter
from gateway.rules.rulebook import Rulebook

pytestmark = pytest.mark.anyio


@pytest.fixture
def broken(tmp_path: Path) -> Rulebook:
    """A rule that fails for every event."""
    return with_rules(tmp_path, BROKEN)


@pytest.fixture
def mended(tmp_path: Path) -> Rulebook:
    """The same rule, right."""
    return with_rules(tmp_path, MENDED)


async def test_a_preview_says_what_would_happen(ledger: Ledger, broken: Rulebook, mended: Rulebook) -> None:
    """What must hold: who rings now, who waits, who is skipped and why; asked of every guard; nothing changes."""
    await failed(ledger, broken, 3)
    await failed(ledger, broken, 2, area=415)  # seven in the morning there
    await came_in(ledger, broken, {"kind": "lead", "phone": "911"}, now=NOW)
    await came_in(ledger, broken, {"kind": "news"}, now=NOW)
    await came_in(ledger, broken, b"{", now=NOW)
    found = await previewed(ledger, mended, now=soon(60))
    told = found.preview
    assert [told[name] for name in ("events", "complete", "ring", "wait", "phones")] == [8, True, 3, 2, 5]
    assert told["outcomes"] == {
        "waits: outside_hours": 2, "ignored: no_rule_matched": 1, "failed: unreadable": 1,
        "skipped: phone_emergency": 1,
    }  # fmt: skip
    shown = await bulk_replaying.phones_of(ledger, found.id)
    assert len(shown) == 5
    assert not any("2000001" in one for one in shown)
    assert await calls_by_phone(ledger) == {}
    await ledger.stops.stop(Stoppable.RULE, "leads", actor="ann", now=NOW)
    stopped = (await previewed(ledger, mended, now=soon(60))).preview["outcomes"]
    assert isinstance(stopped, dict)
    assert stopped["waits: stopped"] == 5


async def _listed(ledger: Ledger, made: BulkReplay, outcome: str) -> list[str]:
    found, start = [], 0
    while True:
        page = await bulk_replaying.seen_calls(ledger, made.id, outcome, limit=3, start=start)
        found += page.calls
        if page.start is None:
            return [one.outcome for one in found]
        start = page.start


async def test_each_figure_of_a_preview_has_its_list(
    ledger: Ledger, broken: Rulebook, mended: Rulebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What must hold: in whatever slices it was looked at, a list holds as many as its figure says, and no number."""
    monkeypatch.setattr(replay_preview, "_REHEARSED", 2)
    monkeypatch.setattr(ledger_replays, "_LINES", 4)
    await failed(ledger, broken, 7)
    await failed(ledger, broken, 4, area=415)
    await came_in(ledger, broken, {"kind": "lead", "n": 99, "phone": "+12122000001"}, now=NOW)  # again the second one
    await came_in(ledger, broken, b"{", now=NOW)
    made = await previewed(ledger, mended, now=soon(60))
    told = made.preview
    assert (told["events"], made.looked_at, told["phones"]) == (13, 13, 11)
    assert await _listed(ledger, made, "rings") == ["rings"] * int(told["ring"])
    assert await _listed(ledger, made, "waits") == ["waits: outside_hours"] * int(told["wait"])
    assert await _listed(ledger, made, "failed: unreadable") == ["failed: unreadable"]
    assert len(await _listed(ledger, made, "phones")) == told["ring"] + told["wait"]
    assert len(await _listed(ledger, made, "")) == 13
    seen = await bulk_replaying.seen_calls(ledger, made.id, "", limit=50)
    assert not any("2002000" in one.who or "tel:" in one.person for one in seen.calls)


async def test_a_preview_two_look_at_counts_once(ledger: Ledger, broken: Rulebook, mended: Rulebook) -> None:
    """What must hold: the same look taken twice adds once; what is not looked at to the end cannot be approved."""
    await failed(ledger, broken, 60)
    made = await bulk_replaying.order(ledger, mended, FAILED, by="ann", again=False, now=soon(60), random=os.urandom)
    assert (made.state, made.total) == (ReplayState.PREVIEWING, 50)
    assert await ledger.replays.approve(made.id, actor="bob", now=soon(61)) is Transition.WRONG_STATE
    again = [bulk_replaying.look_on(ledger, mended, made, now=soon(60)) for _ in range(3)]
    for found in await asyncio.gather(*again):
        assert (found.state, found.total, found.preview["ring"]) == (ReplayState.PREVIEWED, 60, 60)
    assert (await bulk_replaying.look_on(ledger, mended, found, now=soon(61))).total == 60


@pytest.mark.parametrize(
    ("where", "count"),
    [
        (ReplayFilter(reason="rule_error"), 3),
        (ReplayFilter(reason="unreadable"), 1),
        (ReplayFilter(rule="leads"), 3),
        (ReplayFilter(rule="other"), 0),
        (ReplayFilter(source="other"), 0),
        (ReplayFilter(since=NOW + timedelta(seconds=1)), 1),
        (ReplayFilter(before=NOW + timedelta(seconds=1)), 3),
    ],
)
async def test_only_what_is_meant(ledger: Ledger, broken: Rulebook, where: ReplayFilter, count: int) -> None:
    """What must hold: each part of a filter narrows."""
    await failed(ledger, broken, 3)
    await came_in(ledger, broken, b"{", now=soon(30))
    assert (await previewed(ledger, broken, where, now=soon(60))).total == count


async def test_a_look_that_finds_nothing_ends_soon(
    ledger: Ledger, broken: Rulebook, mended: Rulebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What must hold: with few or none meant among many, a look reads one page of records, and the next goes on."""
    monkeypatch.setattr(pages, "_LOOKED_AT", 1)
    await failed(ledger, broken, 1)
    for n in range(130):
        await came_in(ledger, mended, {"kind": "news", "n": n}, now=soon(1))
    where = ReplayFilter(state=EventState.FAILED, reason="rule_error")
    every = partial(pages.events_along, where=EventFilter())
    monkeypatch.setattr(pages, "events_along", lambda connection, _: every(connection))
    made = await bulk_replaying.order(ledger, mended, where, by="ann", again=False, now=soon(60), random=os.urandom)
    looks = [(made.state, made.total)]
    while made.state is ReplayState.PREVIEWING:
        made = await bulk_replaying.look_on(ledger, mended, made, now=soon(60))
        looks.append((made.state, made.total))
    assert looks == [(ReplayState.PREVIEWING, 0)] * 2 + [(ReplayState.PREVIEWING, 1), (ReplayState.PREVIEWED, 1)]
