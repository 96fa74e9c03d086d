"""`make replica-cost`: what waiting for a replica costs, as ratios of the same work without.

Primary and replica run on this machine, so the way between them is nothing: what is measured is the waiting itself, and
the second write to a disk. Each round does both in turns; the median of the rounds' ratios is printed.
"""

import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from ledger.scenes import NOW, PLACED, Scene
from ports import free_port
from redis import Redis
from waiting import eventually

from gateway.embedded import EmbeddedValkey
from gateway.ledger import Ledger
from gateway.ledger.connection import Connection
from gateway.ledger.records import Hold

ROUNDS = 7
CALLS = 256
AT_ONCE = (1, 16, 64)
STEPS = ("accept", "grant", "finish")


@contextmanager
def pair() -> Iterator[str]:
    """The address of a primary whose replica is in step."""
    folder = Path(tempfile.mkdtemp(prefix="dgw"))
    try:
        with (
            EmbeddedValkey(folder / "first", port=free_port()) as first,
            EmbeddedValkey(folder / "second", port=free_port()) as second,
            Redis.from_url(second.url) as client,
        ):
            client.config_set("repl-diskless-sync-delay", 0)
            client.replicaof("127.0.0.1", int(first.url.rpartition(":")[2].partition("/")[0]))
            eventually(lambda: client.info("replication")["master_link_status"] == "up", message="in step")
            yield first.url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def seconds_of(work: Sequence[Awaitable[object]], at_once: int) -> float:
    """How long all of it takes, so many under way."""
    turn = asyncio.Semaphore(at_once)

    async def one(step: Awaitable[object]) -> None:
        async with turn:
            await step

    started = time.perf_counter()
    await asyncio.gather(*map(one, work))
    return time.perf_counter() - started


async def claimed(scene: Scene) -> list[Hold]:
    """Every call that is due, in a worker's hand."""
    holds: list[Hold] = []
    while found := (await scene.claims(limit=100)).calls:
        holds += [call.hold() for call in found]
    return holds


async def lived(url: str, replicas: int, at_once: int) -> list[float]:
    """Seconds of each step of so many calls, on an empty ledger."""
    connection = Connection.open(url, replicas=replicas)
    scene = Scene(Ledger.on(connection))
    await connection.redis.flushall()
    phones = [f"+1415{number:07}" for number in range(CALLS)]
    took = [await seconds_of([scene.add(phone) for phone in phones], at_once)]
    holds = await claimed(scene)
    took.append(await seconds_of([scene.grant(hold) for hold in holds], at_once))
    finishing = [scene.ledger.dials.finish(hold, PLACED, now=NOW) for hold in holds]
    took.append(await seconds_of(finishing, at_once))
    await connection.close()
    return took


async def ratios(url: str, at_once: int) -> list[float]:
    """With a replica's word, divided by without: one a step."""
    rounds = []
    for _ in range(ROUNDS):
        without, with_one = await lived(url, 0, at_once), await lived(url, 1, at_once)
        rounds.append([after / before for before, after in zip(without, with_one, strict=True)])
    return [median(column) for column in zip(*rounds, strict=True)]


def main() -> None:
    """Prints the table of docs/deploy.md."""
    sys.stdout.write("| at once | " + " | ".join(STEPS) + " |\n|" + "---|" * (1 + len(STEPS)) + "\n")
    with pair() as url:
        for at_once in AT_ONCE:
            row = " | ".join(f"{ratio:.2f}" for ratio in asyncio.run(ratios(url, at_once)))
            sys.stdout.write(f"| {at_once} | {row} |\n")


if __name__ == "__main__":
    main()
