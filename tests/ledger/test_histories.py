"""A history says as much in few bytes as it did in many: every line's time, state, reason, person, detail and facts."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger.scenes import NOW, PLACED, Scene, at, bring
from structlog.testing import capture_logs

from gateway.errors import RecordDamaged
from gateway.ledger.histories import timeline_of
from gateway.ledger.instants import to_ms
from gateway.ledger.records import EventFilter
from gateway.model import CallState, EventState
from gateway.reasons import Reason

pytestmark = pytest.mark.anyio
_BEGAN = to_ms(NOW)
_LINES, _HEAD = 200, 20  # a history keeps so many, the first of them always


def test_lines_of_both_forms_are_read() -> None:
    """A record of an earlier release goes on in today's form; `=` is whoever was named last."""
    lines = [
        b'{"t":%d,"s":"HELD","r":"burst","b":"old","d":"why","f":{"k":"v"}}' % (_BEGAN - 7),
        b"0\tREADY\treleased\t@Ann B\xc3\xa9",
        b'12\tCLAIMED\t@vm:1:ab\t{"stopped":"number:east"}',
        b'240\tREADY\tcall_api_unavailable\t=\t"no\\tanswer"',
        b"-3\tPLACED",
    ]
    found = timeline_of(lines, _BEGAN)
    assert [(line.at - NOW) // timedelta(milliseconds=1) for line in found] == [-7, 0, 12, 240, -3]
    assert [line.state for line in found] == ["HELD", "READY", "CLAIMED", "READY", "PLACED"]
    assert [line.by for line in found] == ["old", "Ann Bé", "vm:1:ab", "vm:1:ab", ""]
    assert [line.detail for line in found] == ["why", "", "", "no\tanswer", ""]
    assert [dict(line.facts) for line in found] == [{"k": "v"}, {}, {"stopped": "number:east"}, {}, {}]
    assert [line.reason for line in found][:2] == [Reason.BURST, Reason.RELEASED]


@given(st.lists(st.binary(max_size=40).filter(lambda word: not set(word) & set(b"\t\n{")), max_size=4))
def test_a_line_with_more_than_is_known_is_read(words: list[bytes]) -> None:
    """What a newer release adds, or bytes that are no UTF-8, take nothing of what is known from the reader."""
    line = b"\t".join([b"5", b"READY", *(b"@" + word for word in words)])
    assert (timeline_of([line], _BEGAN)[0].state, len(timeline_of([line], _BEGAN))) == ("READY", 1)


@given(st.lists(st.binary(max_size=20)))
def test_a_line_that_is_none_names_its_record(lines: list[bytes]) -> None:
    """Whatever stands in Redis is read, or is that record's damage and no error of a library's."""
    try:
        timeline_of(lines, _BEGAN, "ev_1")
    except RecordDamaged as error:
        assert str(error).startswith("ev_1: ")  # noqa: PT017 - most of what comes is damaged, some is not


async def test_an_event_whose_history_is_damaged_hides_no_other(scene: Scene) -> None:
    """The list is without it: people see the rest, and the log says which is missing."""
    whole, damaged = await scene.accept(now=at(1)), await scene.accept(now=at(2))
    await scene.ledger.connection.redis.hset(f"dialgate:event:{damaged.event_id}", "log", "0")
    with capture_logs() as logs:
        events, _ = await scene.ledger.reads.events(EventFilter())
    assert [event.id for event in events] == [whole.event_id]
    assert [damaged.event_id in str(line["problems"]) for line in logs] == [True]


async def test_who_did_what_stands_once(scene: Scene) -> None:
    """The worker's name is written where it takes the call, and understood in the lines that follow."""
    hold = await bring(scene, CallState.PLACED)
    log = await scene.ledger.connection.redis.hget(f"dialgate:call:{hold.call_id}", "log")
    assert log is not None
    assert log.count(hold.owner.encode()) == 1
    history = await scene.ledger.reads.timeline(hold.call_id)
    assert [(line.state, line.by) for line in history[1:]] == [
        (state, hold.owner) for state in ("CLAIMED", "DIALING", "PLACED")
    ]


async def test_a_long_history_keeps_its_names(scene: Scene) -> None:
    """It loses lines of its middle; whom a lost line named is still named by those that meant the same."""
    hold = await bring(scene, CallState.DIALING)
    redis, key = scene.ledger.connection.redis, f"dialgate:call:{hold.call_id}"
    lines = ["0\tREADY"] * _LINES
    lines[_HEAD] = "1\tCLAIMED\t@w7"
    lines[_HEAD + 3] = "2\tDIALING\t="
    await redis.hset(key, "log", "\n".join(lines))
    await scene.ledger.dials.finish(hold, PLACED, now=at(9))
    history = await scene.ledger.reads.timeline(hold.call_id)
    assert len(history) == _LINES
    assert [line.by for line in history if line.by] == ["w7", hold.owner]
    assert (history[-1].state, history[-1].at) == ("PLACED", at(9))


async def test_an_ended_call_says_nothing_twice(scene: Scene) -> None:
    """What its record leaves out is shown as it was: times that are equal, and whose it had been."""
    hold = await bring(scene, CallState.DIALING)
    before = await scene.call(hold.call_id)
    await scene.ledger.dials.finish(hold, PLACED, now=at(9))
    after = await scene.call(hold.call_id)
    assert (after.not_before, after.granted_at) == (before.not_before, before.granted_at)
    assert (after.updated_at, after.finished_at) == (at(9), at(9))
    fields = await scene.ledger.connection.redis.hgetall(f"dialgate:call:{hold.call_id}")
    assert not {b"owner", b"updated_at", b"granted_at"} & set(fields)
    assert b"" not in fields.values()


async def test_an_event_keeps_no_empty_field(scene: Scene) -> None:
    """Decided as it comes in, it says when once; decided later, it says so."""
    known = await scene.accept(state=EventState.IGNORED, now=at(1))
    found = await scene.ledger.reads.event(known.event_id)
    assert found is not None
    assert (found.decided_at, [line.at for line in found.timeline]) == (at(1), [at(1)])
    fields = await scene.ledger.connection.redis.hgetall(f"dialgate:event:{known.event_id}")
    assert b"decided_at" not in fields
    assert b"" not in fields.values()
    undecided = await scene.accept(state=EventState.RECEIVED, now=at(2))
    found = await scene.ledger.reads.event(undecided.event_id)
    assert found is not None
    assert found.decided_at is None
