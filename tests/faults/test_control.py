"""The same faults on a plain receiver with RQ and Retry: it must fail, or the proofs prove nothing."""

import os
import signal

import pytest
from faults.control.product import CONTROL
from faults.matrix import send
from faults.processes import tree
from faults.rig import DIALGATE, Rig, rig
from waiting import eventually

LEAD = {"id": "lead-1", "contact": "ct_1"}
SLOW = {"latency_ms": 1500}
RESET_AFTER_RINGING = {"faults": [{"kind": "reset_after", "count": 1}]}


def started(running: Rig, *parts: str) -> None:
    """Start the receiver and these parts, and post one lead."""
    for part in ("serve", *parts):
        running.parts.start(part)
    send(running.url, LEAD)


def kill_whoever_rings(running: Rig) -> None:
    """SIGKILL to the process that placed the call, while its answer is on the way: RQ's forked one, or the worker."""
    eventually(lambda: running.rings()["ct_1"], message="the phone rings")
    *_, ringing = tree(running.parts.running["work"].pid)
    if ringing == running.parts.running["work"].pid:
        running.parts.kill("work")
        running.parts.start("work")
    else:
        os.kill(ringing, signal.SIGKILL)


@pytest.mark.timeout(90)
def test_the_control_rings_twice_when_killed_after_the_ring() -> None:
    """RQ takes the job for failed and tries again: the person is rung a second time."""
    with rig(CONTROL) as running:
        running.faults(calls=SLOW)
        started(running, "work")
        kill_whoever_rings(running)
        eventually(lambda: running.rings()["ct_1"] >= 2, message="the control rings again")


@pytest.mark.timeout(90)
def test_the_control_rings_twice_when_the_answer_is_lost() -> None:
    """The call was placed, its connection was reset: the control takes that for a failure."""
    with rig(CONTROL) as running:
        running.faults(calls=RESET_AFTER_RINGING)
        started(running, "work")
        eventually(lambda: running.rings()["ct_1"] >= 2, message="the control rings again")


@pytest.mark.timeout(90)
@pytest.mark.parametrize("fault", [SLOW, RESET_AFTER_RINGING], ids=["killed after the ring", "answer lost"])
def test_dialgate_rings_once_where_the_control_rings_twice(fault: dict[str, object]) -> None:
    """The same two faults leave one ring and an UNKNOWN that a person is shown."""
    with rig(DIALGATE) as running:
        running.faults(calls=fault)
        started(running, "work", "sweep")
        if fault is SLOW:
            kill_whoever_rings(running)
        eventually(lambda: running.calls()["ct_1"].state == "UNKNOWN", message="the call is UNKNOWN")
        assert running.rings()["ct_1"] == 1
