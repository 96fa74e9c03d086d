"""The worker and the sweeper as processes: started, stopped, killed, and left without Redis."""

import asyncio
import json
import signal
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from floor import Floor, build_floor, output_of
from redis import Redis
from waiting import soon

from gateway.call_queue import CallQueue
from gateway.embedded import EmbeddedValkey
from gateway.ledger import Ledger
from gateway.ledger.connection import Connection
from workers.clock import system_now
from workers.runtime import ringer_for

pytestmark = pytest.mark.anyio
SHIPPED = "a-dialgate-demo-secret"


def wake(floor: Floor, *calls: str) -> None:
    """Enqueue a wake-up, as the receiver does."""
    with Redis.from_url(floor.environ["DIALGATE_REDIS_URL"]) as redis:
        CallQueue(redis).wake(calls)


async def rang(floor: Floor, count: int) -> list[str]:
    """Wait for so many rings; who was rung."""

    async def enough() -> list[str]:
        heard = await asyncio.to_thread(floor.rings)
        return heard if len(heard) >= count else []

    return await soon(enough, seconds=30, message=f"{count} rings")


async def ended(process: subprocess.Popen[bytes]) -> str:
    """What a process wrote by its end."""
    return await asyncio.to_thread(output_of, process)


async def test_sigterm_lets_a_ring_end(floor: Floor) -> None:
    """The call under way is PLACED, nothing new is claimed, the exit code is 0; RQ's log shows no ids of ours."""
    floor.faults(calls={"latency_ms": 700})
    call = await floor.lead("ct_1")
    worker = floor.process("workers", "work")
    await rang(floor, 1)
    worker.send_signal(signal.SIGTERM)
    written = await ended(worker)
    assert worker.returncode == 0, written
    assert await floor.state(call) == "PLACED"
    assert json.loads(written.splitlines()[-1])["drained"] is True


async def test_a_wake_up_rings_within_a_second(floor: Floor) -> None:
    """With the loop asleep, RQ's thread rings the bell."""
    worker = floor.process("workers", "work")
    wake(floor, await floor.lead("ct_1"))
    await rang(floor, 1)
    before = system_now()
    wake(floor, await floor.lead("ct_2"))
    await rang(floor, 2)
    assert system_now() - before < timedelta(seconds=1)
    worker.terminate()
    assert "ct_" not in await ended(worker)


async def test_wake_ups_that_wait_at_the_start_ring_nothing_beside_the_loop(floor: Floor) -> None:
    """A worker of one call at a time that is told to stop while it rings has rung that call, and no other."""
    floor.faults(calls={"latency_ms": 1500})
    calls = await floor.leads(["ct_1", "ct_2"])
    wake(floor, *calls)
    worker = floor.process("workers", "work", DIALGATE_WORKER_CONCURRENCY="1")
    await rang(floor, 1)
    worker.send_signal(signal.SIGTERM)
    written = await ended(worker)
    assert worker.returncode == 0, written
    assert sorted([await floor.state(call) for call in calls]) == ["PLACED", "READY"]
    assert len(floor.rings()) == 1


async def test_a_second_signal_stops_at_once(floor: Floor) -> None:
    """Whoever insists does not wait for a stalled ring; one signal sent twice in a moment is one."""
    floor.faults(calls={"faults": [{"kind": "stall"}]})
    await floor.lead("ct_1")
    worker = floor.process("workers", "work")
    await rang(floor, 1)
    worker.send_signal(signal.SIGTERM)

    async def stopped() -> bool:
        await asyncio.to_thread(worker.send_signal, signal.SIGTERM)
        return worker.poll() is not None

    await soon(stopped, seconds=60)
    assert worker.returncode == 1


async def test_a_worker_killed_while_it_rings(floor: Floor) -> None:
    """SIGKILL: once its deadline has passed the call is UNKNOWN, and neither worker nor sweeper rings it again."""
    floor.faults(calls={"latency_ms": 5000})
    call = await floor.lead("ct_1")
    killed = floor.process("workers", "work")
    await rang(floor, 1)
    killed.kill()
    await asyncio.to_thread(killed.wait)
    floor.faults()
    async with ringer_for(floor.environment) as ringer:
        later = replace(ringer, now=lambda: system_now() + timedelta(minutes=2))
        swept = await later.ledger.sweeps.sweep(now=later.now())
        assert swept.unknown == (call,)
    floor.process("workers", "work")
    wake(floor, call)
    await floor.lead("ct_2")
    assert await rang(floor, 2) == ["ct_1", "ct_2"]
    assert await floor.state(call) == "UNKNOWN"


async def test_redis_may_be_away_at_start_and_later(floor: Floor, tmp_path: Path) -> None:
    """The worker waits for it, and works again when it is back: it never ends by itself."""
    own = EmbeddedValkey(tmp_path / "v")
    environ = {"DIALGATE_REDIS_URL": own.url}
    worker, sweeper = floor.process("workers", "work", **environ), floor.process("workers", "sweep", **environ)
    for contact in ("ct_1", "ct_2"):
        own.start()
        connection = Connection.open(own.url)
        there = build_floor(Ledger.on(connection), own.url, floor.sandbox_url, tmp_path)
        call_id = await there.lead(contact)

        async def ended_well(call_id: str = call_id, there: Floor = there) -> bool:
            return await there.state(call_id) == "PLACED"

        await soon(ended_well)  # an outcome that cannot be written is what a stop would wait for
        await connection.close()
        own.kill()
    assert (worker.poll(), sweeper.poll()) == (None, None)
    worker.terminate()
    sweeper.terminate()
    await ended(worker)
    await ended(sweeper)
    assert (worker.returncode, sweeper.returncode) == (0, 0)


async def test_the_sweeper_process_wakes_and_stops(floor: Floor) -> None:
    """A call nobody was told of is woken for; SIGTERM ends the process with 0."""
    await floor.lead("ct_1")
    sweeper = floor.process("workers", "sweep")
    with Redis.from_url(floor.environ["DIALGATE_REDIS_URL"]) as redis:
        queue = CallQueue(redis)

        async def woken() -> bool:
            return await asyncio.to_thread(queue.depth) > 0

        await soon(woken)
    sweeper.terminate()
    written = await ended(sweeper)
    assert sweeper.returncode == 0, written


@pytest.mark.parametrize("word", ["work", "sweep"])
async def test_the_collector_is_spared_what_stays(floor: Floor, word: str) -> None:
    """What must hold: no collection walks what the process began with, for a lead would wait for the end of that."""
    process = floor.process("workers", word, DIALGATE_LOG_LEVEL="debug")
    line = json.loads(await asyncio.to_thread(_line_with, process.stdout, "garbage.spared"))
    assert line["objects"] > 50_000
    process.terminate()
    await ended(process)


@pytest.mark.parametrize(
    ("words", "environ", "config", "said"),
    [
        (["work", "x"], {}, "", "usage: python -m workers work|sweep"),
        (["nap"], {}, "", "usage: python -m workers work|sweep"),
        (["work"], {"DIALGATE_COLOUR": "red"}, "", "DIALGATE_COLOUR: is not a setting"),
        (["sweep"], {"DIALGATE_SANDBOX": "false"}, "", "account main has no token"),
        (["work"], {"DIALGATE_CALL_API_URL": "https://api.agentalk.io"}, "", "is the real call API's address"),
        (["work"], {"TOKEN": "a.b.c"}, "", "looks like a JWT"),
        (
            ["work"],
            {"DIALGATE_SANDBOX": "false", "TOKEN": "15c94c3c-1873-4a09-bfbb-03357c29ea50.abc123xyz"},
            SHIPPED,
            "source crm is guarded by a secret that is shipped",
        ),
    ],
)
def test_what_must_not_start_says_why(
    tmp_path: Path, words: list[str], environ: dict[str, str], config: str, said: str
) -> None:
    """Exit code 2, the reason on stderr, and no secret in it."""
    floor = build_floor(Ledger.on(Connection.open("redis://127.0.0.1:1/0")), "redis://127.0.0.1:1/0", "", tmp_path)
    if config:
        path = tmp_path / "dialgate.yaml"
        path.write_text(path.read_text().replace("a-long-enough-secret", config))
    process = floor.process("workers", *words, **environ)
    written = output_of(process)
    assert process.returncode == 2
    assert said in written
    assert "abc123xyz" not in written
    assert SHIPPED not in written


@pytest.mark.parametrize("command", ["work", "sweep"])
async def test_a_redis_that_may_lose_data_is_refused(floor: Floor, tmp_path: Path, command: str) -> None:
    """Without an append-only file an acknowledged lead may be lost; by setting it is only said."""
    with EmbeddedValkey(tmp_path / "v") as own:
        with Redis.from_url(own.url) as redis:
            redis.config_set("appendonly", "no")
        refused = floor.process("workers", command, DIALGATE_REDIS_URL=own.url)
        assert "may lose what it acknowledges" in await ended(refused)
        assert refused.returncode == 2


async def test_something_else_at_the_sandboxs_address_is_refused(floor: Floor) -> None:
    """DIALGATE_SANDBOX with an address where the sandbox does not answer for itself: exit 2."""
    elsewhere = f"{floor.sandbox_url}/elsewhere"
    refused = floor.process("workers", "work", DIALGATE_CALL_API_URL=elsewhere)
    assert "is not the sandbox" in await ended(refused)
    assert refused.returncode == 2


async def test_a_bad_new_configuration_keeps_ringing_with_the_old(floor: Floor) -> None:
    """The worker says what is wrong with the file, and goes on."""
    worker = floor.process("workers", "work")
    await floor.lead("ct_1")
    await rang(floor, 1)
    await asyncio.to_thread(Path(floor.environ["DIALGATE_CONFIG"]).write_text, "rules: [")
    assert worker.stdout is not None
    line = await asyncio.to_thread(_line_with, worker.stdout, "rulebook.bad_file")
    assert json.loads(line)["level"] == "error"
    await floor.lead("ct_2")
    wake(floor, "call_any")
    await rang(floor, 2)


def _line_with(stream: object, text: str) -> bytes:
    """The first line of a process's output that holds the text."""
    return next(line for line in stream if text.encode() in line)
