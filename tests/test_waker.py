"""The waker: after the acknowledgement, beside the event loop, and harmless when it fails."""

import asyncio
import threading
from collections.abc import Sequence

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from waiting import eventually, soon

from gateway import waker as waker_module
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


@pytest.mark.anyio
async def test_what_workers_heard_of_is_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    """What must hold: it is handed over all the same, together, and what nobody heard of does not wait for it."""
    monkeypatch.setattr(waker_module, "_HEARD_SECONDS", 0.5)
    queue = Recorder()
    with Waker(queue, lambda _: None) as waker:
        for number in range(20):
            waker.wake_later([f"ca_{number}"])
            await asyncio.sleep(0)
        waker.wake(["at once"])
        await soon(lambda: _has(queue, 1))
        assert queue.woken == ["at once"]
        await soon(lambda: _has(queue, 21))
    assert (queue.woken[1:], queue.batches) == ([f"ca_{number}" for number in range(20)], 2)


@pytest.mark.anyio
async def test_closing_hands_over_what_is_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    """What must hold: a receiver that stops has queued a wake-up for every call, those of the last moment too."""
    monkeypatch.setattr(waker_module, "_HEARD_SECONDS", 3600)
    queue = Recorder()
    with Waker(queue, lambda _: None) as waker:
        waker.wake_later(["ca_1", "ca_2"])
    assert queue.woken == ["ca_1", "ca_2"]


async def _has(queue: Recorder, count: int) -> bool:
    return len(queue.woken) >= count


def test_a_queue_that_hangs_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """What must hold: closing waits a bounded time; what is left is the sweeper's."""
    monkeypatch.setattr(waker_module, "_DRAIN_SECONDS", 0.05)
    queue = Recorder()
    queue.gate.clear()
    with Waker(queue, lambda _: None) as waker:
        waker.wake(["ca_1"])
    assert queue.woken == []
    queue.gate.set()
    assert eventually(lambda: queue.woken == ["ca_1"])


def test_a_flood_goes_out_in_bounded_batches() -> None:
    """What must hold: thousands of calls at once are handed over without waiting for the last of them."""
    queue, ids = Recorder(), [f"ca_{number}" for number in range(2000)]
    with Waker(queue, lambda _: None) as waker:
        queue.gate.clear()
        for start in range(0, 2000, 100):
            waker.wake(ids[start : start + 100])
        queue.gate.set()
    assert queue.woken == ids
    assert queue.batches >= 4


def test_what_comes_right_after_a_hand_over_is_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    """What must hold: one that comes after a pause is handed over by itself, those right behind it together."""
    monkeypatch.setattr(waker_module, "_APART_SECONDS", 0.5)
    queue = Recorder()
    with Waker(queue, lambda _: None) as waker:
        waker.wake(["ca_0"])
        assert eventually(lambda: queue.woken == ["ca_0"])
        for number in range(1, 50):
            waker.wake([f"ca_{number}"])
            threading.Event().wait(0.001)  # long enough for a thread that did not gather to take each alone
    assert (len(queue.woken), queue.batches) == (50, 2)


def test_under_load_a_hand_over_carries_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """What must hold: while several orders come between two hand-overs, the next ones are gathered for longer."""
    monkeypatch.setattr(waker_module, "_APART_SECONDS", 1.0)
    monkeypatch.setattr(waker_module, "_APART_MOST", 60.0)
    queue = Recorder()
    with Waker(queue, lambda _: None) as waker:
        waker.wake(["first"])
        assert eventually(lambda: queue.woken == ["first"])
        for number in range(10):
            waker.wake([f"ca_{number}"])
        assert eventually(lambda: waker._apart == 2.0)
    assert len(queue.woken) == 11


@pytest.mark.parametrize(("orders", "longest"), [(2, 0.003), (3, 0.02), (15, 0.02), (16, 0.05), (500, 0.05)])
def test_only_a_flood_is_gathered_for_longer(orders: int, longest: float) -> None:
    """What must hold: what workers can dial is never kept back for more than 20 ms, whatever came before it."""
    waker = Waker(Recorder(), lambda _: None)
    for _ in range(10):
        waker._apart = waker._pause_after(500)
    for _ in range(10):
        waker._apart = waker._pause_after(orders)
    assert waker._apart == longest


@pytest.mark.parametrize("error", [RedisConnectionError("gone"), OSError("gone"), TypeError("a mistake of ours")])
def test_a_failure_is_counted_and_the_next_wake_up_goes_out(error: Exception) -> None:
    """What must hold: whatever breaks, the thread lives on, and the calls it could not wake for are counted."""
    queue, failed = Recorder(error), []
    with Waker(queue, failed.append) as waker:
        waker.wake(["ca_1", "ca_2"])
        assert eventually(lambda: failed == [2])
        waker.wake(["ca_3"])
        assert eventually(lambda: queue.woken == ["ca_3"])
