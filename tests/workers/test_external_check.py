"""Before a dial other systems are asked: no plain answer, no dial, seen from the call API's side."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import plain_http
import pytest
from crm import Answer, Crm, crm_on_a_thread
from floor import Floor, build_floor, output_of
from registered import CLEAR, CONFIG, LISTED, PHONE
from scripted import Clock
from waiting import soon

from gateway.embedded import EmbeddedValkey
from gateway.ledger import Ledger
from gateway.ledger.connection import Connection
from gateway.model import CallState
from gateway.reasons import Reason
from gateway.rules.loading import load

pytestmark = pytest.mark.anyio


@pytest.fixture
def registry() -> Iterator[Crm]:
    """A registry that lists nobody."""
    with crm_on_a_thread() as running:
        running.answers = [CLEAR]
        yield running


def configured(floor: Floor, url: str, more: str = "") -> Floor:
    """The floor, whose rule has its people checked there."""
    path = Path(floor.environ["DIALGATE_CONFIG"])
    path.write_text(CONFIG.format(url=url, more=more))
    floor.environ["DIALGATE_CHECK_PRIVATE"] = "true"
    return replace(floor, rulebook=load(path, {}))


def forget_contacts(floor: Floor) -> None:
    """The sandbox as if nobody had ever been created."""
    plain_http.delete(f"{floor.sandbox_url}/contacts").raise_for_status()


def contacts(floor: Floor) -> int:
    """How many people the sandbox was told of."""
    return len(plain_http.get(f"{floor.sandbox_url}/contacts").raise_for_status().json())


async def settled(floor: Floor, call_id: str, *reasons: Reason) -> str:
    """Wait until the call has one of the reasons, or has rung; its state then."""

    async def found() -> str | None:
        call = await floor.ledger.reads.call(call_id)
        done = call is not None and (call.reason in reasons or call.state is CallState.PLACED)
        return call.state.value if call is not None and done else None

    return await soon(found, message=f"{reasons}", seconds=20)


@pytest.mark.parametrize(
    ("answer", "state", "rings"),
    [
        pytest.param(CLEAR, "PLACED", 1, id="clear"),
        pytest.param(replace(CLEAR, slow=0.2), "PLACED", 1, id="slow"),
        pytest.param(LISTED, "SKIPPED", 0, id="listed"),
        pytest.param(Answer(hangs=True), "READY", 0, id="hanging"),
        pytest.param(Answer(status=500, body=CLEAR.body), "READY", 0, id="500"),
        pytest.param(Answer(body=b"clear"), "READY", 0, id="garbage"),
        pytest.param(Answer(status=302, headers={"Location": "/x"}), "READY", 0, id="redirect"),
        pytest.param(None, "READY", 0, id="down"),
    ],
)
async def test_a_real_worker_dials_only_after_a_plain_clear(
    floor: Floor, registry: Crm, answer: Answer | None, state: str, rings: int
) -> None:
    """A worker process, the sandbox and a registry: what the call API was asked is counted there, contacts too."""
    with crm_on_a_thread() as gone:
        url = registry.url if answer else gone.url
    registry.answers = [answer or CLEAR]
    floor = configured(floor, url)
    forget_contacts(floor)
    call_id = await floor.lead(PHONE)
    worker = floor.process("workers", "work")
    assert await settled(floor, call_id, Reason.CHECK_UNANSWERED, Reason.LISTED_ELSEWHERE) == state
    worker.terminate()
    said = output_of(worker)
    assert len(floor.rings()) == rings
    assert contacts(floor) == rings  # whom nobody may call is not created
    assert PHONE[1:] not in said
    assert (await floor.ledger.audit.recount(now=Clock()())).broken == ()


async def test_a_registry_that_comes_back_lets_what_waited_ring(floor: Floor, registry: Crm) -> None:
    """The call waits with its reason, is looked at again by itself, and rings once."""
    registry.answers = [Answer(status=500), Answer(body=b"?"), CLEAR]
    floor = configured(floor, registry.url)
    call_id = await floor.lead(PHONE)
    floor.process("workers", "work", DIALGATE_LOG_LEVEL="error")
    floor.process("workers", "sweep", DIALGATE_LOG_LEVEL="error")
    assert await settled(floor, call_id) == "PLACED"
    assert len(floor.rings()) == 1


@pytest.mark.parametrize("moment", ["before the answer", "after the answer"])
async def test_redis_killed_between_the_look_and_the_grant_dials_nobody(
    registry: Crm, shared_sandbox: str, tmp_path: Path, moment: str
) -> None:
    """The registry's answer leaves a worker no ledger to ask for the grant: no contact, no ring. Then Redis is back
    and the call rings, once."""
    folder = Path(tempfile.mkdtemp(prefix="dg"))
    with EmbeddedValkey(folder) as valkey:
        connection = Connection.open(valkey.url)
        try:
            floor = build_floor(Ledger.on(connection), valkey.url, shared_sandbox, tmp_path)
            await _killed_meanwhile(configured(floor, registry.url), registry, valkey, moment)
        finally:
            await connection.close()
    shutil.rmtree(folder, ignore_errors=True)


async def _killed_meanwhile(floor: Floor, registry: Crm, valkey: EmbeddedValkey, moment: str) -> None:
    floor.faults(contacts={"latency_ms": 600})
    floor.forget_rings()
    registry.answers = [replace(CLEAR, slow=0.4 if moment == "before the answer" else 0)]
    call_id = await floor.lead(PHONE)
    worker = floor.process("workers", "work", DIALGATE_DEADLINE_SECONDS="4")
    try:
        await soon(lambda: _reached(floor, registry, moment), message=moment)
        valkey.kill()
        over = time.monotonic() + 1.5  # longer than everything that is under way
        await soon(lambda: _is(time.monotonic() > over))
        assert floor.rings() == []
        valkey.start()
        floor.faults()
        sweeper = floor.process("workers", "sweep", DIALGATE_LOG_LEVEL="error")
        assert await settled(floor, call_id) == "PLACED"
        assert len(floor.rings()) == 1
        sweeper.terminate()
        output_of(sweeper)
    finally:
        worker.terminate()
        output_of(worker)


async def _reached(floor: Floor, registry: Crm, moment: str) -> bool:
    """The registry is asked and answers slowly; or its answer is there and the contact is slowly made."""
    (check,) = floor.rulebook.checks_for("checked")
    if moment == "before the answer":
        return bool(registry.asked)
    return await floor.ledger.checks.find(check, {"phone": PHONE}) is not None


async def _is(value: bool) -> bool:
    return value
