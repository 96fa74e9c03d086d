"""Asking other systems before a dial: what is kept how long, what a call waits for, whom nobody can ask about."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from registered import CONFIG, PHONE
from scripted import Clock, ScriptedDialer, a_ringer, a_rulebook, accepted, claimed

from gateway import pipeline
from gateway.alerts import AlertKind
from gateway.external_check import Answered, Check, Unanswered
from gateway.ledger import Ledger
from gateway.model import CallState
from gateway.parts import Ringer
from gateway.reasons import Reason
from gateway.subjects import Subject

pytestmark = pytest.mark.anyio


class ScriptedChecker:
    """Answers as told, and counts how often it was asked."""

    def __init__(self, *answers: Answered | Unanswered) -> None:
        self._answers = list(answers)
        self.asked: list[dict[str, str]] = []

    async def ask(self, _: Check, values: Mapping[str, str]) -> Answered | Unanswered:
        """The next answer, the last one for ever."""
        self.asked.append(dict(values))
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def ringer_with(
    ledger: Ledger, folder: Path, checker: ScriptedChecker, clock: Clock, more: str = ""
) -> tuple[Ringer, ScriptedDialer]:
    """A ringer whose rule is checked, and its dialer."""
    rulebook, dialer = a_rulebook(folder, CONFIG.format(url="https://dnc.test", more=more)), ScriptedDialer()
    return a_ringer(ledger, rulebook, dialer, clock, checker=checker), dialer


async def test_an_answer_is_kept_as_long_as_it_is_fresh(ledger: Ledger, tmp_path: Path) -> None:
    """Put back and claimed again within the hour: not asked twice. After it: asked anew, and the new answer counts."""
    clock, checker = Clock(), ScriptedChecker(Answered(listed=False), Answered(listed=True))
    ringer, dialer = ringer_with(ledger, tmp_path, checker, clock)
    call_id = await accepted(ledger, ringer.rulebook(), clock, {"id": PHONE})
    for minutes, asked in ((0, 1), (50, 1), (20, 2)):
        clock.advance(minutes=minutes)
        call = await claimed(ledger, clock)
        verdicts = await pipeline.look(ringer, call)
        assert verdicts is not None
        checked = await pipeline.ask(ringer, call, verdicts)
        assert len(checker.asked) == asked
        if checked is not None:
            soon_over = clock() + timedelta(milliseconds=1)
            await ledger.dials.defer(call.hold(), not_before=soon_over, reason=Reason.PACE, now=clock())
            clock.advance(seconds=1)
    call = await ledger.reads.call(call_id)
    assert call is not None
    assert (call.state, call.reason) == (CallState.SKIPPED, Reason.LISTED_ELSEWHERE)
    assert (dialer.dialled, dialer.resolved) == ([], [])


async def test_a_verdict_older_than_its_answer_is_not_granted(ledger: Ledger, tmp_path: Path) -> None:
    """A worker that slept between the answer and the grant asks again instead of dialling."""
    clock, checker = Clock(), ScriptedChecker(Answered(listed=False))
    ringer, dialer = ringer_with(ledger, tmp_path, checker, clock)
    await accepted(ledger, ringer.rulebook(), clock, {"id": PHONE})
    call = await claimed(ledger, clock)
    verdicts = await pipeline.ask(ringer, call, await pipeline.look(ringer, call) or ())
    assert verdicts is not None
    clock.advance(minutes=59)
    late = ringer.timing.lease + timedelta(hours=1)
    await ledger.dials.renew(call.hold(), now=clock() - timedelta(minutes=59), lease=late)
    clock.advance(seconds=59)
    assert await pipeline.grant(ringer, call, "ct_1", verdicts) is None
    found = await ledger.reads.call(call.id)
    assert found is not None
    assert (found.state, found.reason, dialer.dialled) == (CallState.READY, Reason.VERDICT_STALE, [])


async def test_without_an_answer_the_call_waits_longer_each_time_and_expires_honestly(
    ledger: Ledger, tmp_path: Path
) -> None:
    """Backoff doubles to a minute; at the lead's limit it is EXPIRED, and never rung."""
    clock, checker = Clock(), ScriptedChecker(Unanswered(error="HTTP 500"))
    ringer, dialer = ringer_with(ledger, tmp_path, checker, clock)
    call_id = await accepted(ledger, ringer.rulebook(), clock, {"id": PHONE})
    waits = []
    for _ in range(8):
        await pipeline.ring(ringer, await claimed(ledger, clock))
        call = await ledger.reads.call(call_id)
        assert call is not None
        assert (call.state, call.reason, call.detail) == (
            CallState.READY,
            Reason.CHECK_UNANSWERED,
            "registry: HTTP 500",
        )
        waits.append((call.not_before - clock()).total_seconds())
        clock.at = call.not_before
    assert waits == [0.5, 1, 2, 4, 8, 16, 30, 30]
    clock.advance(days=3)
    await ledger.sweeps.sweep(now=clock())
    call = await ledger.reads.call(call_id)
    assert call is not None
    assert (call.state, dialer.dialled) == (CallState.EXPIRED, [])


async def test_how_a_check_last_answered_is_known_to_all(ledger: Ledger, tmp_path: Path) -> None:
    """When it answered, when it did not and why: failing only as long as its latest answer was none."""
    clock = Clock()
    checker = ScriptedChecker(Unanswered(error="HTTP 500"), Answered(listed=False))
    ringer, _ = ringer_with(ledger, tmp_path, checker, clock)
    await accepted(ledger, ringer.rulebook(), clock, {"id": PHONE})
    asked = []
    for _ in range(2):
        asked.append((await ledger.checks.states(["registry"]))["registry"])
        await pipeline.ring(ringer, await claimed(ledger, clock))
        clock.advance(seconds=5)
    never, failing = asked
    assert (never.answered_at, never.failed_at, never.failing) == (None, None, False)
    assert (failing.answered_at, failing.error, failing.failing) == (None, "HTTP 500", True)
    again = (await ledger.checks.states(["registry"]))["registry"]
    assert again.answered_at is not None
    assert not again.failing
    assert again.error == "HTTP 500"
    assert await ledger.checks.states([]) == {}


@pytest.mark.parametrize(("more", "listed"), [("", False), (", add_listed: true", True)])
async def test_whom_a_check_lists_is_listed_here_where_that_is_wanted(
    ledger: Ledger, tmp_path: Path, more: str, listed: bool
) -> None:
    """By what the check was asked by, with the check as its source."""
    clock, checker = Clock(), ScriptedChecker(Answered(listed=True))
    ringer, dialer = ringer_with(ledger, tmp_path, checker, clock, more)
    call_id = await accepted(ledger, ringer.rulebook(), clock, {"id": PHONE})
    await pipeline.ring(ringer, await claimed(ledger, clock))
    found = await ledger.do_not_call.find([Subject(kind="phone", value=PHONE)])
    assert [(entry.source, entry.note) for entry in found] == ([("check registry", call_id)] if listed else [])
    assert dialer.resolved == []


async def test_of_workers_that_look_at_one_call_one_asks(ledger: Ledger, tmp_path: Path) -> None:
    """A question may cost money, and a contact made twice is two: both come after the write that takes the call up."""
    clock, checker = Clock(), ScriptedChecker(Answered(listed=False))
    ringer, dialer = ringer_with(ledger, tmp_path, checker, clock)
    await accepted(ledger, ringer.rulebook(), clock, {"id": PHONE})
    looks = [
        await ledger.dials.claim(f"w{n}", limit=1, now=clock(), lease=ringer.timing.lease, few=8) for n in range(3)
    ]
    outcomes = await asyncio.gather(*(pipeline.ring(ringer, call) for claims in looks for call in claims.calls))
    assert [outcome is None for outcome in outcomes].count(True) == 2
    assert (len(checker.asked), len(dialer.resolved), len(dialer.dialled)) == (1, 1, 1)


async def test_a_call_ends_by_the_check_and_not_by_the_listing_it_causes(ledger: Ledger, tmp_path: Path) -> None:
    """Also one that a worker only looks at, by an answer that is kept: its history names the check."""
    clock, checker = Clock(), ScriptedChecker(Answered(listed=True))
    ringer, _ = ringer_with(ledger, tmp_path, checker, clock, ", add_listed: true")
    for number in range(2):
        call_id = await accepted(ledger, ringer.rulebook(), clock, {"id": PHONE}, number)
        claims = await ledger.dials.claim(f"w{number}", limit=1, now=clock(), lease=ringer.timing.lease, few=8)
        await pipeline.ring(ringer, claims.calls[0])
        found = await ledger.reads.call(call_id)
        assert found is not None
        assert (found.state, found.reason) == (CallState.SKIPPED, Reason.LISTED_ELSEWHERE)
        assert len(await ledger.do_not_call.find([Subject(kind="phone", value=PHONE)])) == 1
        await ledger.do_not_call.remove([Subject(kind="phone", value=PHONE)], by="ann", source="console", now=clock())
    assert len(checker.asked) == 1


async def test_a_person_the_check_cannot_be_asked_about_is_held(ledger: Ledger, tmp_path: Path) -> None:
    """A contact's id alone has no phone to ask by: a person decides, and their word lets it ring."""
    clock, checker = Clock(), ScriptedChecker(Answered(listed=False))
    ringer, dialer = ringer_with(ledger, tmp_path, checker, clock)
    rulebook = a_rulebook(
        tmp_path, CONFIG.format(url="https://dnc.test", more="").replace("name: checked", "name: a\n    when: false")
    )
    ringer = replace(ringer, rulebook=lambda: rulebook)
    call_id = await accepted(ledger, rulebook, clock, {"id": "ct_7"})
    await pipeline.ring(ringer, await claimed(ledger, clock))
    call = await ledger.reads.call(call_id)
    assert call is not None
    assert (call.state, call.reason, call.detail) == (
        CallState.HELD,
        Reason.CHECK_UNASKABLE,
        "registry asks by phone",
    )
    await ledger.actions.release(call_id, actor="ann", now=clock())
    await pipeline.ring(ringer, await claimed(ledger, clock))
    assert ([order.contact_id for order in dialer.dialled], checker.asked) == (["ct_7"], [])


async def test_a_rule_may_be_left_out_by_name(ledger: Ledger, tmp_path: Path) -> None:
    """`checks: []` asks nobody; every other rule is checked without naming anything."""
    clock, checker = Clock(), ScriptedChecker(Answered(listed=True))
    text = CONFIG.format(url="https://dnc.test", more="").replace(
        "hours: always", "hours: always\n    do_not_call: {checks: []}", 1
    )
    rulebook, dialer = a_rulebook(tmp_path, text), ScriptedDialer()
    ringer = a_ringer(ledger, rulebook, dialer, clock, checker=checker)
    await accepted(ledger, rulebook, clock, {"id": PHONE})
    await pipeline.ring(ringer, await claimed(ledger, clock))
    assert (len(dialer.dialled), checker.asked) == (1, [])
    assert [check.name for check in rulebook.checks_for("by id")] == ["registry"]


async def test_what_is_kept_names_nobody(ledger: Ledger, tmp_path: Path) -> None:
    """Neither the key nor the value of a kept answer holds the phone, and Redis lets it go by itself."""
    clock, checker = Clock(), ScriptedChecker(Answered(listed=False))
    ringer, _ = ringer_with(ledger, tmp_path, checker, clock)
    await accepted(ledger, ringer.rulebook(), clock, {"id": PHONE})
    await pipeline.ring(ringer, await claimed(ledger, clock))
    redis, prefix = ledger.connection.redis, ledger.connection.key("check")
    kept = [key async for key in redis.scan_iter(match=f"{prefix}:*")]
    assert len(kept) == 1
    assert PHONE[1:].encode() not in kept[0]
    assert set(json.loads(await redis.get(kept[0]))) == {"listed", "asked_at"}
    assert await redis.pttl(kept[0]) > 0


async def test_a_check_that_keeps_failing_is_told_until_it_answers(ledger: Ledger, tmp_path: Path) -> None:
    """Not for a moment's fault, but from the third time in vain for one call on; its next plain answer ends it."""
    down = Unanswered(error="HTTP 503")
    clock, checker = Clock(), ScriptedChecker(down, down, down, Answered(listed=False))
    ringer, dialer = ringer_with(ledger, tmp_path, checker, clock)
    await accepted(ledger, ringer.rulebook(), clock, {"id": PHONE})
    told = []
    for _ in range(4):
        await pipeline.ring(ringer, await claimed(ledger, clock))
        told.append([(alert.kind, alert.subject, alert.detail) for alert in await ledger.alerts.listed()])
        clock.advance(minutes=2)
    assert told == [[], [], [(AlertKind.CHECK_FAILING.value, "registry", "HTTP 503")], []]
    assert len(dialer.dialled) == 1
