"""The same job under a stock RQ worker and in our own process."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from floor import ROOT, Floor, only_dialgate
from redis import Redis

from gateway.call_queue import DIAL_QUEUE, CallQueue
from gateway.errors import ConfigInvalid
from workers.handover import HANDOVER
from workers.jobs import dial

pytestmark = pytest.mark.anyio


@pytest.fixture
def surroundings(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process has the floor's environment, as a stock worker would."""
    for name, text in only_dialgate(floor.environ).items():
        monkeypatch.setenv(name, text)


def _wake(url: str, *ids: str) -> None:
    with Redis.from_url(url) as redis:
        CallQueue(redis).wake(ids)


@pytest.mark.parametrize("worker_class", ["rq.Worker", "rq.SimpleWorker"])
async def test_the_rq_command_rings(floor: Floor, valkey_url: str, worker_class: str) -> None:
    """`rq worker` with our job class and serializer: each due call once, however often the wake-up is repeated."""
    calls = await floor.leads(["ct_1", "ct_2"])
    for _ in range(2):
        _wake(valkey_url, *calls)
    words = ["--burst", "--url", valkey_url, "--worker-class", worker_class, "--path", str(ROOT)]
    words += ["--job-class", "gateway.call_queue.DialgateJob", "--serializer", "rq.serializers.JSONSerializer"]
    command = [str(Path(sys.executable).parent / "rq"), "worker", *words, DIAL_QUEUE]
    ran = await asyncio.to_thread(subprocess.run, command, env=floor.environ, cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert sorted(floor.rings()) == ["ct_1", "ct_2"]
    assert [await floor.state(call) for call in calls] == ["PLACED", "PLACED"]
    assert not any(contact in ran.stdout + ran.stderr for contact in ("ct_1", "ct_2"))


@pytest.mark.usefixtures("surroundings")
async def test_which_call_rings_is_the_ledgers_order(floor: Floor) -> None:
    """A wake-up's ids only say how many: the most urgent due call is rung, named or not."""
    await floor.leads(["ct_1", "ct_2", "ct_3"])
    await asyncio.to_thread(dial, "call_of_nobody")
    assert len(floor.rings()) == 1


@pytest.mark.usefixtures("surroundings")
async def test_nothing_due_nothing_happens(floor: Floor) -> None:
    """A late or invented wake-up is harmless."""
    await asyncio.to_thread(dial, "call_1", "call_2")
    assert floor.rings() == []


@pytest.mark.usefixtures("surroundings")
async def test_without_sandbox_or_token_nothing_rings(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stock worker refuses what `dialgate work` refuses."""
    monkeypatch.setenv("DIALGATE_SANDBOX", "false")
    call = await floor.lead("ct_1")
    with pytest.raises(ConfigInvalid, match="account main has no token"):
        await asyncio.to_thread(dial, call)
    assert await floor.state(call) == "READY"


def test_with_a_loop_the_job_only_tells_it() -> None:
    """Nothing is read from the environment, nothing is rung twice."""
    heard: list[float] = []

    def take(patience: float) -> bool:
        heard.append(patience)
        return True

    HANDOVER.attach(take)
    try:
        dial("call_1")
    finally:
        HANDOVER.detach()
    assert len(heard) == 1
