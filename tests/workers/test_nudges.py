"""Nudges: a worker hears at once that calls are due, through any outage, and whoever does not listen loses nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog
from floor import Floor
from ledger.scenes import Scene, plan
from redis.asyncio import Redis
from waiting import soon

from gateway.embedded import EmbeddedValkey
from gateway.ledger import Ledger
from gateway.ledger.connection import Connection
from workers.dialing import DialingLoop, Pacing
from workers.nudges import Patience, listening
from workers.runtime import ringer_for

pytestmark = pytest.mark.anyio
QUICK = Patience(retry_first=0.01, retry_longest=0.05)  # what is killed is heard to be gone at once


class Bell:
    """Counts how often it was rung."""

    def __init__(self) -> None:
        self.rings = 0

    def ring(self) -> None:
        """Once more."""
        self.rings += 1

    async def rung(self, more_than: int) -> bool:
        """Whether it rang more often than that."""
        return self.rings > more_than


async def told(lines: list[structlog.types.EventDict], event: str) -> bool:
    """Whether this was logged."""
    return any(line["event"] == event for line in lines)


async def refusing(valkey: EmbeddedValkey, *, tries: int) -> None:
    """In the place of a Valkey that is away: hang up on whoever connects, so many times."""
    path, connected = valkey.url.removeprefix("unix://").partition("?")[0], []

    def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.append(writer)
        writer.close()

    async def often() -> bool:
        return len(connected) >= tries

    async with await asyncio.start_unix_server(hang_up, path):
        await soon(often)


@asynccontextmanager
async def heard(url: str, patience: Patience | None = None) -> AsyncIterator[Bell]:
    """A bell that nudges of this ledger ring; they are listened for as it is given."""
    bell = Bell()
    async with listening(url, "dialgate:due", bell.ring, patience=patience):
        await soon(lambda: bell.rung(0))
        yield bell


async def test_accepting_rings_the_bell(ledger: Ledger, valkey_url: str) -> None:
    """A call that is due is told in the write that stored it, and the answer says that somebody heard."""
    scene = Scene(ledger)
    async with heard(valkey_url) as bell:
        before = bell.rings
        assert (await scene.accept(plan())).heard
        await soon(lambda: bell.rung(before))


async def test_nobody_listens(ledger: Ledger) -> None:
    """Under stock `rq worker`s nobody hears, and the receiver is told so: its wake-up goes at once."""
    assert not (await Scene(ledger).accept(plan())).heard


async def test_an_acl_without_the_channel_keeps_everything_else(ledger: Ledger, valkey_url: str) -> None:
    """Who may not publish has its leads stored all the same, and nobody heard."""
    admin = Redis.from_url(valkey_url)
    await admin.execute_command("ACL", "SETUSER", "mute", "on", ">pass", "~*", "resetchannels", "+@all")
    mute = Connection(Redis.from_url(valkey_url, username="mute", password="pass"))
    try:
        async with heard(valkey_url):
            accepted = await Scene(Ledger.on(mute)).accept(plan())
        assert (accepted.heard, len(accepted.due_call_ids)) == (False, 1)
    finally:
        await mute.close()
        await admin.execute_command("ACL", "DELUSER", "mute")
        await admin.aclose()


async def test_a_crowd_is_not_told_one_by_one(ledger: Ledger, valkey_url: str) -> None:
    """With more due than workers take at once nobody is nudged: they have enough to do."""
    scene = Scene(ledger)
    async with heard(valkey_url) as bell:
        for number in range(33):
            await scene.accept(plan(f"+14155550{number:03}"))
        assert not (await scene.accept(plan("+14155550999"))).heard
        assert bell.rings <= 34


async def test_an_outage_is_told_once_and_heard_through(tmp_path: Path) -> None:
    """Redis dies and comes back: one line each, and the bell rings for what was missed and for what comes."""
    own = EmbeddedValkey(tmp_path / "v")
    own.start()
    try:
        with structlog.testing.capture_logs() as lines:
            async with heard(own.url, QUICK) as bell:
                own.kill()
                await soon(lambda: told(lines, "nudges.away"))
                before = bell.rings
                await refusing(own, tries=6)
                own.start()
                await soon(lambda: told(lines, "nudges.back"))
                await soon(lambda: bell.rung(before))
                before = bell.rings
                connection = Connection.open(own.url)
                assert (await Scene(Ledger.on(connection)).accept(plan())).heard
                await connection.close()
                await soon(lambda: bell.rung(before))
    finally:
        own.kill()
    assert [line["event"] for line in lines] == ["nudges.away", "nudges.back"]


async def test_a_quiet_connection_is_asked_and_kept(valkey_url: str) -> None:
    """Where nothing comes for long Redis is asked whether it is there: its answer rings nothing and loses nothing."""
    redis = Redis.from_url(valkey_url)
    async with heard(valkey_url, Patience(quiet=0.5)) as bell:  # longer than a busy machine takes to answer

        async def asked_often() -> bool:
            return (await redis.info("commandstats")).get("cmdstat_ping", {}).get("calls", 0) >= 3

        await redis.config_resetstat()
        await soon(asked_often)
        assert bell.rings == 1
        assert await redis.publish("dialgate:due", "") == 1
        await soon(lambda: bell.rung(1))
    await redis.aclose()


async def test_a_loop_rings_what_it_only_heard_of(floor: Floor) -> None:
    """What comes in is rung though no wake-up was queued and no poll was due."""
    url = floor.environ["DIALGATE_REDIS_URL"]
    async with ringer_for(floor.environment) as ringer:
        loop = DialingLoop(ringer, owner="w1", concurrency=8, pacing=Pacing(poll=3600))
        running = asyncio.create_task(loop.run(grace=10))
        async with listening(url, ringer.ledger.connection.key("due"), loop.nudge), Redis.from_url(url) as redis:

            async def listens() -> bool:
                return (await redis.pubsub_numsub("dialgate:due"))[0][1] == 1

            await soon(listens)
            call = await floor.lead("ct_1")

            async def placed() -> bool:
                return await floor.state(call) == "PLACED"

            await soon(placed)
        loop.stop()
        await running


async def test_a_worker_process_listens(floor: Floor) -> None:
    """`dialgate work` is on the channel of its ledger, with nothing to be set for it."""
    floor.process("workers", "work")
    async with Redis.from_url(floor.environ["DIALGATE_REDIS_URL"]) as redis:

        async def listens() -> bool:
            return (await redis.pubsub_numsub("dialgate:due"))[0][1] == 1

        await soon(listens)
