"""Imports of files: people and progress in one write, counted once, and ended for good."""

import asyncio
from datetime import timedelta

import pytest
from ledger.scenes import NOW, Scene, at

from gateway.do_not_call_csv import Fault, Row
from gateway.ledger.file_imports import BAD_LINES, FileImport, FileTold, ImportState, Step
from gateway.ledger.records import Transition
from gateway.model import CallState
from gateway.reasons import Reason
from gateway.subjects import Subject

pytestmark = pytest.mark.anyio
TOLD = FileTold(by="anna", name="people.csv", region="US", registry="national")
PHONE = Subject(kind="phone", value="+14155550100")
EMAIL = Subject(kind="email", value="ada@example.com")
FAULT = Fault(column=1, kind="phone", problem="not a phone number")


def a_step(number: int = 1, *, good: tuple[Subject, ...] = (PHONE, EMAIL), bad: int = 1) -> Step:
    """A part of a file: one good row and so many bad ones."""
    rows = [Row(line=number * 10, subjects=good)]
    rows += [Row(line=number * 10 + place, subjects=(), faults=(FAULT,)) for place in range(1, bad + 1)]
    return Step(number=number, read=number * 10, rows=rows)


async def begun(scene: Scene, import_id: str = "im_1") -> None:
    """An import of thirty lines, under way."""
    assert await scene.ledger.imports.begin(import_id, TOLD, lines=30, now=NOW) is Transition.DONE


async def known(scene: Scene, import_id: str = "im_1") -> FileImport:
    """As the ledger has it."""
    found = await scene.ledger.imports.find(import_id)
    assert found is not None
    return found


async def test_a_step_lists_and_counts_once(scene: Scene) -> None:
    """Its people are listed by who imported, progress and bad lines are kept; the same step again changes nothing."""
    await begun(scene)
    imports = scene.ledger.imports
    assert await imports.enlist("im_1", TOLD, a_step(), now=at(1)) is Transition.DONE
    assert await imports.enlist("im_1", TOLD, a_step(), now=at(2)) is Transition.REPEATED
    assert await imports.enlist("im_1", TOLD, a_step(2), now=at(3)) is Transition.DONE
    found = await known(scene)
    assert (found.read, found.added, found.same, found.bad, found.updated_at) == (20, 2, 2, 2, at(3))
    assert (found.told, found.lines, found.state) == (TOLD, 30, ImportState.RUNNING)
    assert [(line.line, line.faults) for line in await imports.bad_lines("im_1")] == [(11, (FAULT,)), (21, (FAULT,))]
    [first, _] = await scene.ledger.do_not_call.find([PHONE, EMAIL])
    assert (first.by, first.source, first.note, first.at) == ("anna", "import", "people.csv", at(1))


async def test_a_call_that_waits_ends_with_its_row(scene: Scene) -> None:
    """In force in the write that lists, also for calls that wait."""
    await begun(scene)
    call_id = await scene.add(PHONE.value, wait=timedelta(hours=1))
    await scene.ledger.imports.enlist("im_1", TOLD, a_step(), now=at(1))
    call = await scene.call(call_id)
    assert (call.state, call.reason) == (CallState.SKIPPED, Reason.DO_NOT_CALL)


@pytest.mark.parametrize("state", [ImportState.CANCELLED, ImportState.STOPPED, ImportState.DONE])
async def test_what_has_ended_lists_nobody(scene: Scene, state: ImportState) -> None:
    """Whoever still reads the file is told, and it stays as it ended; the same end again is a repeat."""
    await begun(scene)
    imports = scene.ledger.imports
    assert await imports.end("im_1", state, by="bob", now=at(1), detail="why") is Transition.DONE
    assert await imports.end("im_1", state, by="bob", now=at(2)) is Transition.REPEATED
    assert await imports.end("im_1", ImportState.CANCELLED, by="eve", now=at(2)) is Transition.WRONG_STATE
    assert await imports.enlist("im_1", TOLD, a_step(), now=at(3)) is Transition.WRONG_STATE
    found = await known(scene)
    assert (found.state, found.ended_by, found.detail, found.updated_at) == (state, "bob", "why", at(1))
    assert await scene.ledger.do_not_call.find([PHONE]) == ()


async def test_what_nobody_began(scene: Scene) -> None:
    """No step and no end makes an import; an id that names another key is none."""
    imports = scene.ledger.imports
    assert await imports.enlist("im_9", TOLD, a_step(), now=NOW) is Transition.MISSING
    assert await imports.end("im_9", ImportState.DONE, by="x", now=NOW) is Transition.MISSING
    for name in ("im_9", "im_9:bad"):
        assert await imports.find(name) is None
        assert await imports.bad_lines(name) == ()
    assert await imports.newest(5) == ()
    await begun(scene)
    assert await imports.begin("im_1", TOLD, lines=9, now=at(1)) is Transition.REPEATED
    assert (await known(scene)).lines == 30


async def test_bad_lines_are_bounded_and_all_counted(scene: Scene) -> None:
    """The first thousand are kept."""
    await begun(scene)
    for number in (1, 2, 3):
        await scene.ledger.imports.enlist("im_1", TOLD, a_step(number, bad=400), now=at(number))
    assert len(await scene.ledger.imports.bad_lines("im_1")) == BAD_LINES
    assert (await known(scene)).bad == 1200


async def test_old_ones_go_and_the_one_under_way_stays(scene: Scene) -> None:
    """The newest hundred are kept, and what is under way whatever its age; nothing stays behind."""
    await begun(scene)
    for number in range(2, 110):
        name = f"im_{number}"
        await scene.ledger.imports.begin(name, TOLD, lines=1, now=NOW + timedelta(seconds=number))
        await scene.ledger.imports.end(name, ImportState.DONE, by="anna", now=NOW + timedelta(seconds=number))
    assert await scene.ledger.imports.find("im_2") is None
    assert (await known(scene)).state is ImportState.RUNNING
    assert [one.id for one in await scene.ledger.imports.newest(2)] == ["im_109", "im_108"]
    assert len(await scene.ledger.imports.newest(200)) <= 102


async def test_silence_is_told(scene: Scene) -> None:
    """An import nobody works on any more looks so after a minute."""
    await begun(scene)
    found = await known(scene)
    assert not found.silent(NOW + timedelta(seconds=59))
    assert found.silent(NOW + timedelta(seconds=61))


async def test_two_at_once_count_each_of_their_own(scene: Scene) -> None:
    """The same file by two people: everybody is listed once, and added once in the sum."""
    await begun(scene, "im_1")
    await begun(scene, "im_2")
    people = [tuple(Subject(kind="contact", value=f"ct_{n}_{m}") for m in range(20)) for n in range(10)]

    async def read(name: str) -> None:
        for number, good in enumerate(people, 1):
            await scene.ledger.imports.enlist(name, TOLD, a_step(number, good=good, bad=0), now=at(number))

    await asyncio.gather(read("im_1"), read("im_2"))
    sums = [await known(scene, name) for name in ("im_1", "im_2")]
    assert sum(one.added for one in sums) == sum(one.same for one in sums) == 200
    assert await scene.ledger.do_not_call.count() == 200
