"""Writes shared by deliveries that arrive together: bounded, honest in failure, and nobody pays for another."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from ledger.scenes import NOW, Scene, at, decision, plan
from redis.exceptions import ResponseError

from gateway.errors import LedgerUnavailable
from gateway.ledger.groups import Groups, Written


def delivery(name: str, *, events: int = 1, size: int = 10) -> Written:
    """A delivery by its name."""
    return Written(fields=name.encode(), blobs=(b"x" * size,), events=events, now_ms=0)


class Writes:
    """Stands for Redis: holds each write until it is let go, and remembers what was in it."""

    def __init__(self) -> None:
        self.seen: list[list[str]] = []
        self.open = asyncio.Event()
        self.broken: str = ""
        self.away = False

    async def write(self, group: Sequence[Written]) -> Sequence[Any]:
        """Answers each delivery with its name."""
        names = [one.fields.decode() for one in group]
        self.seen.append(names)
        await self.open.wait()
        if self.away:
            raise LedgerUnavailable("gone")
        if self.broken in names:
            raise ResponseError(f"what {self.broken} holds cannot be stored")
        return names


async def start(groups: Groups, *deliveries: Written) -> "list[asyncio.Task[Any]]":
    """A task for each, all of them waiting."""
    tasks = [asyncio.create_task(groups.store(one)) for one in deliveries]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


@pytest.mark.anyio
async def test_whoever_waits_shares_the_next_write() -> None:
    """Two writes are under way at once; who comes meanwhile goes together in the next, each with its own answer."""
    writes = Writes()
    groups = Groups(writes.write)
    first = await start(groups, delivery("a"))
    second = await start(groups, delivery("b"))
    rest = await start(groups, *(delivery(str(n)) for n in range(5)))
    assert writes.seen == [["a"], ["b"]]
    writes.open.set()
    assert await asyncio.gather(*first, *second, *rest) == ["a", "b", "0", "1", "2", "3", "4"]
    assert writes.seen == [["a"], ["b"], ["0", "1", "2", "3", "4"]]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("waiting", "sizes"),
    [
        ([delivery(str(n)) for n in range(40)], [16, 16, 8]),
        ([delivery("a"), delivery("many", events=1000), delivery("b"), delivery("c")], [1, 1, 2]),
        ([delivery("a"), delivery("large", size=900_000), delivery("larger", size=900_000)], [2, 1]),
    ],
)
async def test_a_write_is_bounded(waiting: Sequence[Written], sizes: Sequence[int]) -> None:
    """No write holds more than 16 events or 1 MiB, but for one delivery that is larger by itself."""
    writes = Writes()
    writes.open.set()
    groups = Groups(writes.write)
    await asyncio.gather(*(groups.store(one) for one in waiting))
    assert sorted(len(each) for each in writes.seen) == sorted(sizes)


@pytest.mark.anyio
async def test_a_write_that_was_not_made_fails_for_everybody_in_it() -> None:
    """Nobody is told that something is stored which may not be; the next write is tried all the same."""
    writes = Writes()
    writes.away = True
    groups = Groups(writes.write)
    tasks = await start(groups, *(delivery(str(n)) for n in range(20)))
    writes.open.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answer) for answer in answers] == [LedgerUnavailable] * 20
    assert len(writes.seen) == 2
    writes.away = False
    assert await groups.store(delivery("later")) == "later"


@pytest.mark.anyio
async def test_a_fault_is_for_whoever_brought_it() -> None:
    """A delivery that breaks the write fails alone; the others of its group are stored."""
    writes = Writes()
    writes.broken = "b"
    writes.open.set()
    groups = Groups(writes.write)
    tasks = [groups.store(delivery(name)) for name in "abc"]
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [str(answer) for answer in answers] == ["a", "what b holds cannot be stored", "c"]


@pytest.mark.anyio
async def test_whoever_gives_up_takes_nobody_along() -> None:
    """Cancelled before it was sent, a delivery is not sent; cancelled under way, the others hear their answers."""
    writes = Writes()
    groups = Groups(writes.write)
    tasks = await start(groups, *(delivery(str(n)) for n in range(34)))
    tasks[0].cancel()
    tasks[32].cancel()
    await asyncio.sleep(0)
    writes.open.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answers[n]) for n in (0, 32)] == [asyncio.CancelledError] * 2
    assert [answer for answer in answers if isinstance(answer, str)] == [str(n) for n in range(34) if n not in {0, 32}]
    assert "32" not in [name for each in writes.seen for name in each]


@pytest.mark.anyio
async def test_nobody_waits_for_a_write_that_was_given_up() -> None:
    """When the writing itself is ended, those who wait for it hear so."""
    writes = Writes()
    groups = Groups(writes.write)
    first = await start(groups, *(delivery(str(n)) for n in range(16)))
    second = await start(groups, *(delivery(str(n)) for n in range(16, 34)))
    for writer in asyncio.all_tasks():
        if writer.get_name().startswith("group"):
            writer.cancel()
    answers = await asyncio.gather(*first, *second, return_exceptions=True)
    assert {str(answer) for answer in answers} == {"the write was given up: CancelledError"}


@pytest.mark.anyio
async def test_deliveries_of_one_write_are_each_stored_as_alone(scene: Scene) -> None:
    """Each has its own instant, body and payloads; a second of the same event is a duplicate also within one write."""
    deliveries = [scene.delivery(body=f"body {n}".encode() * 60) for n in range(6)]
    events = [[scene.event(decision(plan(f"+1415555010{n}"))) for _ in range(n)] for n in range(5)]
    events.append([replace(scene.event(decision()), dedupe_key=events[1][0].dedupe_key)])
    intake = scene.ledger.intake
    answers = await asyncio.gather(
        *(intake.accept(one, mine, now=at(n)) for n, (one, mine) in enumerate(zip(deliveries, events, strict=True)))
    )
    assert [[answer.duplicate for answer in mine] for mine in answers] == [[False] * n for n in range(5)] + [[True]]
    assert answers[5][0].event_id == events[1][0].id
    for n, (one, mine) in enumerate(zip(deliveries, events, strict=True)):
        stored = await scene.ledger.reads.delivery(one.id)
        assert stored is not None
        assert stored.body == one.body
        for event in mine[: 0 if n == 5 else None]:
            record = await scene.ledger.reads.event(event.id)
            assert record is not None
            assert (record.decided_at, record.event) == (at(n), event.event)
    audit = await scene.ledger.audit.recount(now=at(10))
    assert (audit.deliveries, audit.broken) == (6, ())


@pytest.mark.anyio
async def test_what_cannot_be_stored_poisons_no_other(scene: Scene) -> None:
    """The script refuses a write before it changes anything; all but the broken delivery are stored then."""
    broken = replace(decision(), rulebook=None)  # type: ignore[arg-type]  # what no code of ours makes
    events = [scene.event(broken if n == 3 else decision(plan())) for n in range(8)]
    deliveries = [scene.delivery() for _ in events]
    answers = await asyncio.gather(
        *(scene.ledger.intake.accept(one, [event], now=NOW) for one, event in zip(deliveries, events, strict=True)),
        return_exceptions=True,
    )
    assert [n for n, answer in enumerate(answers) if isinstance(answer, Exception)] == [3]
    assert [await scene.ledger.reads.delivery(one.id) is None for one in deliveries] == [n == 3 for n in range(8)]


@pytest.mark.anyio
async def test_who_comes_as_all_writes_end_is_written_too() -> None:
    """Answers of all writes may come in one turn of the loop, and the first answered may come again at once."""
    writes = Writes()
    groups = Groups(writes.write)

    async def twice(name: str) -> Any:
        await groups.store(delivery(name))
        return await groups.store(delivery(f"{name} again"))

    first = asyncio.create_task(twice("a"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    (other,) = await start(groups, delivery("b"))
    assert writes.seen == [["a"], ["b"]]
    writes.open.set()
    async with asyncio.timeout(30):
        assert await asyncio.gather(first, other) == ["a again", "b"]
