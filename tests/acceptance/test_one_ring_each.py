"""The main promise, counted at the far end: every lead rings once, and never twice, also when a worker dies."""

from collections import Counter
from pathlib import Path

import anyio
import plain_http
import pytest
from acceptance.senders import post_all, webhooks
from acceptance.stack import Stack, running
from waiting import eventually

from gateway.embedded import EmbeddedValkey

CONFIG = Path(__file__).parent / "several_sources.yaml"
COUNT = 1000
ENOUGH = 400  # for many to be under way when a worker dies
WAITING = ("READY", "CLAIMED", "DIALING")


def states(stack: Stack) -> dict[str, int]:
    """Calls by state, recounted from the ledger's records."""
    audit = stack.ask("/v1/audit")
    assert audit["broken"] == []
    calls = audit["calls"]
    assert isinstance(calls, dict)
    return {state: number for state, number in calls.items() if number}


def nothing_waits(stack: Stack) -> bool:
    """True once every call has ended or is honestly unknown."""
    return not any(states(stack).get(state) for state in WAITING)


def rung(stack: Stack) -> Counter[tuple[str, str]]:
    """How often each number rang each contact."""
    return Counter((ring["fromNumberId"], ring["contactId"]) for ring in stack.rings())


@pytest.mark.timeout(300)
def test_a_thousand_webhooks_are_a_thousand_rings(
    tmp_path: Path, valkey_server: EmbeddedValkey, valkey_url: str
) -> None:
    """Posted at once from several sources: each rings exactly once, and the ledger adds up to the same."""
    with running(tmp_path, valkey_server, CONFIG) as stack:
        statuses = anyio.run(post_all, list(webhooks(CONFIG, stack.url, COUNT)))
        assert Counter(statuses) == {200: COUNT}
        eventually(lambda: len(stack.rings()) >= COUNT, seconds=90, message="every lead rings")
        eventually(lambda: nothing_waits(stack), seconds=30)
        assert set(rung(stack).values()) == {1}
        assert len(stack.rings()) == COUNT
        assert states(stack) == {"PLACED": COUNT}


@pytest.mark.timeout(300)
def test_a_worker_killed_in_the_middle_rings_nobody_twice(
    tmp_path: Path, valkey_server: EmbeddedValkey, valkey_url: str
) -> None:
    """What was in flight is UNKNOWN at worst, everything else rings, and the sums still agree."""
    with running(tmp_path, valkey_server, CONFIG, DIALGATE_DEADLINE_SECONDS="10") as stack:
        plain_http.put(f"{stack.sandbox_url}/faults", json={"calls": {"latency_ms": 2000}}).raise_for_status()
        statuses = anyio.run(post_all, list(webhooks(CONFIG, stack.url, ENOUGH)))
        assert Counter(statuses) == {200: ENOUGH}
        eventually(lambda: len(stack.rings()) >= ENOUGH // 4, seconds=60, message="a quarter has rung")
        stack.kill("work-0")
        eventually(lambda: nothing_waits(stack), seconds=150, message="nothing waits any more")
        counted, ended = rung(stack), states(stack)
        assert set(counted.values()) == {1}
        assert ended["PLACED"] + ended.get("UNKNOWN", 0) == ENOUGH
        assert ended.get("UNKNOWN", 0) > 0
        assert ended["PLACED"] <= len(counted) <= ENOUGH
