"""The do-not-call list: in force at accept, at the look and in the grant; unread, it lets nothing out."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from ledger.scenes import NOW, Scene, at, plan, terms
from scripted import Clock, ScriptedDialer, a_ringer, a_rulebook, accepted, claimed

from gateway import pipeline
from gateway.errors import LedgerUnavailable
from gateway.ledger import Ledger
from gateway.ledger.records import GrantAnswer
from gateway.ledger.terms import GrantTerms
from gateway.model import CallState, ContactFields, Decision, EventState
from gateway.reasons import Reason
from gateway.subjects import Subject

pytestmark = pytest.mark.anyio
PHONE = Subject(kind="phone", value="+14155550100")
EMAIL = Subject(kind="email", value="ada@example.com")
CONTACT = Subject(kind="contact", value="ct_1")
EVERY = (PHONE, EMAIL, CONTACT)
GIVEN: GrantTerms = replace(terms(), subjects=EVERY)


async def _list(scene: Scene, *subjects: Subject) -> tuple[bool, ...]:
    return await scene.ledger.do_not_call.add(subjects, by="ann", source="api", note="by letter", now=NOW)


async def _break(scene: Scene) -> None:
    """The list's key holds something else, as after a wrong restore."""
    connection = scene.ledger.connection
    await connection.redis.set(connection.key("do_not_call"), "not a list")


@pytest.mark.parametrize("subject", [PHONE, EMAIL])
async def test_a_listed_lead_is_skipped_as_it_comes_in(scene: Scene, subject: Subject) -> None:
    """It is stored with its reason, and never becomes due."""
    await _list(scene, subject)
    wanted = replace(plan(), contact=ContactFields(phone="+14155550100", email="Ada@Example.com"))
    call = await scene.call((await scene.accept(wanted)).call_ids[0])
    assert (call.state, call.reason, call.detail) == (
        CallState.SKIPPED,
        Reason.DO_NOT_CALL,
        f"listed by {subject.kind}",
    )
    await scene.sound()


@pytest.mark.parametrize("subject", [PHONE, EMAIL])
async def test_a_grant_that_names_nobody_asks_for_whom_the_call_was_accepted_for(
    scene: Scene, subject: Subject
) -> None:
    """A worker need not say again by what a call is known: the record says it, and nothing goes out."""
    wanted = replace(plan(), contact=ContactFields(phone="+14155550100", email="Ada@Example.com"))
    hold = await scene.claim((await scene.accept(wanted)).call_ids[0])
    await _list(scene, subject)
    grant = await scene.grant(hold, terms())
    assert (grant.answer, grant.reason) == (GrantAnswer.SKIPPED, Reason.DO_NOT_CALL)


@pytest.mark.parametrize("subject", EVERY)
async def test_the_grant_looks_in_its_own_write(scene: Scene, subject: Subject) -> None:
    """Listed after the claim, by whatever the call is known by: nothing goes out, and the repeat says the same."""
    hold = await scene.claim(await scene.add())
    await _list(scene, subject)
    for _ in range(2):
        grant = await scene.grant(hold, GIVEN)
        assert (grant.answer, grant.reason) == (GrantAnswer.SKIPPED, Reason.DO_NOT_CALL)
    call = await scene.call(hold.call_id)
    assert (call.state, call.attempts) == (CallState.SKIPPED, 0)
    await scene.sound()


async def test_an_unread_list_lets_nothing_out(scene: Scene) -> None:
    """The grant puts the call off with its reason; leads are taken as ever; once the list is back, it rings."""
    hold = await scene.claim(await scene.add())
    await _break(scene)
    with pytest.raises(LedgerUnavailable):
        await scene.ledger.do_not_call.find(EVERY)
    grant = await scene.grant(hold, GIVEN)
    assert (grant.answer, grant.reason) == (GrantAnswer.DEFERRED, Reason.DO_NOT_CALL_UNREAD)
    assert await scene.grant(hold, GIVEN) == grant
    assert await scene.state(await scene.add("+14155550177")) is CallState.READY
    await scene.ledger.connection.redis.delete(scene.ledger.connection.key("do_not_call"))
    again = await scene.claim(hold.call_id, now=at(60))
    assert (await scene.grant(again, GIVEN, now=at(60))).answer is GrantAnswer.GRANTED
    await scene.sound(now=at(60))


@pytest.mark.parametrize("broken", [False, True])
async def test_a_worker_looks_before_it_makes_a_contact(ledger: Ledger, tmp_path: Path, broken: bool) -> None:
    """A waiting call of a person listed meanwhile: no contact is made, nobody dialled; nor while the list is unread."""
    clock, rulebook, dialer = Clock(), a_rulebook(tmp_path), ScriptedDialer()
    call_id = await accepted(ledger, rulebook, clock, {"phone": "(212) 200-0001"})
    call = await claimed(ledger, clock)
    if broken:
        await _break(Scene(ledger))
    else:
        subject = Subject(kind="phone", value="+12122000001")
        await ledger.do_not_call.add([subject], by="ann", source="api", now=clock())
    await pipeline.ring(a_ringer(ledger, rulebook, dialer, clock), call)
    found = await ledger.reads.call(call_id)
    assert found is not None
    expected = (CallState.READY, Reason.DO_NOT_CALL_UNREAD) if broken else (CallState.SKIPPED, Reason.DO_NOT_CALL)
    assert ((found.state, found.reason), dialer.resolved, dialer.dialled) == (expected, [], [])


async def test_an_opt_out_lists_in_the_write_that_stores_it(scene: Scene) -> None:
    """Accepted, decided later or replayed: the person is listed once, with the source and the event."""
    opted = Decision(state=EventState.IGNORED, reason=Reason.OPTED_OUT, rulebook="v1", opt_outs=(PHONE, EMAIL))
    event = scene.event(opted)
    await scene.ledger.intake.accept(scene.delivery(source="optout"), [event], now=NOW)
    found = await scene.ledger.do_not_call.find(EVERY)
    assert {(one.subject, one.source, one.note) for one in found} == {
        (PHONE, "optout", event.id), (EMAIL, "optout", event.id)
    }  # fmt: skip
    waiting = (await scene.accept(state=EventState.RECEIVED)).event_id
    await scene.ledger.intake.claim_events("w1", limit=9, now=NOW, lease=at(30) - NOW)
    await scene.ledger.intake.decide(waiting, "w1", replace(opted, opt_outs=(CONTACT,)), now=NOW)
    assert len(await scene.ledger.do_not_call.find(EVERY)) == 3
    await scene.ledger.do_not_call.remove(EVERY, by="ann", source="api", now=NOW)
    await scene.ledger.actions.replay(event.id, opted, again=False, dry_run=True, actor="ann", now=at(1))
    assert await scene.ledger.do_not_call.find(EVERY) == ()
    await scene.ledger.actions.replay(event.id, opted, again=False, dry_run=False, actor="ann", now=at(1))
    assert len(await scene.ledger.do_not_call.find(EVERY)) == 2
    await scene.sound(now=at(1))


async def test_changes_are_remembered(scene: Scene) -> None:
    """Added once however often, removed once, and the history says by whom; no key's name holds a phone."""
    assert [await _list(scene, PHONE, EMAIL) for _ in range(2)] == [(True, True), (False, False)]
    removals = [await scene.ledger.do_not_call.remove((PHONE,), by="bob", source="api", now=at(1)) for _ in range(2)]
    assert removals == [(True,), (False,)]
    lines = await scene.ledger.do_not_call.history(PHONE)
    assert [(line.state, line.by, line.at) for line in lines] == [("LISTED", "ann", NOW), ("REMOVED", "bob", at(1))]
    assert [one.subject for one in (await scene.ledger.do_not_call.page())[0]] == [EMAIL]
    assert not any(b"4155550100" in key for key in await scene.ledger.connection.redis.keys("*"))
    assert await scene.state(await scene.add()) is CallState.READY


async def test_pages(scene: Scene) -> None:
    """Following the cursor shows every entry once."""
    subjects = [Subject(kind="contact", value=f"ct_{number}") for number in range(25)]
    await _list(scene, *subjects)
    found, cursor = [], None
    for _ in range(4):
        entries, cursor = await scene.ledger.do_not_call.page(limit=10, cursor=cursor)
        found += [entry.subject for entry in entries]
        if cursor is None:
            break
    assert (len(found), set(found)) == (25, set(subjects))
    with pytest.raises(ValueError, match="cursor"):
        await scene.ledger.do_not_call.page(cursor="nonsense")


async def test_not_one_grant_after_a_listing(scene: Scene) -> None:
    """Raced by grants, a listing that has been answered holds for every later one."""
    for number in range(10):
        await scene.add(f"+141555503{number:02}")
    holds = [call.hold() for call in (await scene.claims(limit=20)).calls]
    early = asyncio.gather(*(scene.grant(hold, GIVEN) for hold in holds[:5]))
    await _list(scene, EMAIL)
    late = await asyncio.gather(*(scene.grant(hold, GIVEN) for hold in holds[5:]))
    await early
    assert {grant.answer for grant in late} == {GrantAnswer.SKIPPED}


@pytest.mark.parametrize("subject", [PHONE, EMAIL])
async def test_calls_that_wait_are_skipped_in_the_write_that_lists_their_person(scene: Scene, subject: Subject) -> None:
    """A call that is due, one that waits for its hour, one that is held: nobody has to come by and look."""
    wanted = replace(plan(), contact=ContactFields(phone="+14155550100", email="ada@example.com"))
    waiting = replace(wanted, not_before=at(36000), expires_at=at(72000), rule="later", person_keys=())
    held = replace(wanted, rule="held", person_keys=())
    ids = [(await scene.accept(held)).call_ids[0]]
    await scene.ledger.dials.hold_back(await scene.claim(ids[0]), reason=Reason.ZONE_UNKNOWN, now=NOW)
    ids += [(await scene.accept(one)).call_ids[0] for one in (wanted, waiting)]
    await _list(scene, subject)
    calls = [await scene.call(call_id) for call_id in ids]
    assert {(call.state, call.reason, call.detail) for call in calls} == {
        (CallState.SKIPPED, Reason.DO_NOT_CALL, f"listed by {subject.kind}")
    }
    await scene.sound()


async def test_who_joined_a_listed_call_is_skipped_with_it_or_takes_its_place(scene: Scene) -> None:
    """Of two that joined one by a common phone, the one whose own e-mail is not listed rings instead."""
    first, second = (
        replace(plan(), rule=rule, contact=ContactFields(phone="+14155550100", email=email))
        for rule, email in (("a", "ada@example.com"), ("b", "bea@example.com"))
    )
    leader, joined = [(await scene.accept(one)).call_ids[0] for one in (first, second)]
    await _list(scene, EMAIL)
    assert [(await scene.call(one)).state for one in (leader, joined)] == [CallState.SKIPPED, CallState.READY]
    await _list(scene, PHONE)
    assert (await scene.call(joined)).state is CallState.SKIPPED
    await scene.sound()


async def test_a_claim_says_of_whom_the_list_names_nothing(scene: Scene) -> None:
    """So that a worker need not ask for those; who was listed meanwhile, or cannot be looked up, is not among them."""
    hold = await scene.claim(await scene.add())
    assert (await scene.call(hold.call_id)).unlisted is False  # only a claim has looked
    await scene.ledger.dials.defer(hold, not_before=NOW, reason=Reason.OUTSIDE_HOURS, now=NOW)
    (free,) = (await scene.claims()).calls
    await scene.ledger.do_not_call.add([PHONE], by="ann", source="api", now=NOW)
    await scene.ledger.dials.defer(free.hold(), not_before=NOW, reason=Reason.OUTSIDE_HOURS, now=NOW)
    (listed,) = (await scene.claims()).calls
    await scene.ledger.connection.redis.set(scene.ledger.connection.key("do_not_call"), "broken")
    await scene.ledger.dials.defer(listed.hold(), not_before=NOW, reason=Reason.OUTSIDE_HOURS, now=NOW)
    (unread,) = (await scene.claims()).calls
    assert (free.unlisted, listed.unlisted, unread.unlisted) == (True, False, False)
