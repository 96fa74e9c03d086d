"""The waker: after the acknowledgement, beside the event loop, and harmless when it fails."""

import threading
from collections.abc import Sequence

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from waiting import eventually

from gateway.waker import Waker


class Recorder:
    """A queue that remembers, and may be held up or fail."""

    def __init__(self, error: Exception | None = None) -> None:
        self.woken: list[str] = []
        self.batches = 0
        self.gate = threading.Event()
        self.gate.set()
        self.error = error

    def wake(self, call_ids: Sequence[str]) -> None:
        """Remember the ids once the gate is open."""
        self.gate.wait(10)
        self.batches += 1
        if self.error is not None and self.batches == 1:
            raise self.error
        self.woken.extend(call_ids)


def test_waking_does_not_wait_and_closing_drains() -> None:
    """What must hold: wake returns while the queue hangs; what piled up goes in few batches, all of it, in order."""
    queue = Recorder()
    queue.gate.clear()
    with Waker(queue, lambda _: None) as waker:
        for number in range(100):
            waker.wake([f"ca_{number}"])
        assert queue.woken == []
        queue.gate.set()
    assert queue.woken == [f"ca_{number}" for number in range(100)]
    assert queue.batches < 10


@pytest.mark.parametrize("error", [RedisConnectionError("gone"), OSError("gone"), TypeError("a mistake of ours")])
def test_a_failure_is_counted_and_the_next_wake_up_goes_out(error: Exception) -> None:
    """What must hold: whatever breaks, the thread lives on, and the calls it could not wake for are counted."""
    queue, failed = Recorder(error), []
    with Waker(queue, failed.append) as waker:
        waker.wake(["ca_1", "ca_2"])
        assert eventually(lambda: failed == [2])
        waker.wake(["ca_3"])
        assert eventually(lambda: queue.woken == ["ca_3"])
