"""Waking workers after the acknowledgement: one thread, so that a slow Redis never holds up a webhook.

Handing over costs the same for one call as for fifty, and takes the interpreter from the receiver meanwhile: so what
comes right after a hand-over is gathered for a moment, the longer the more comes, and what comes after a pause goes at
once. Calls that a worker has heard of already are gathered for longer: should it not get to them, that is soon enough.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Protocol

import structlog
from redis.exceptions import RedisError

from gateway.failpoints import reach

_MOST_AT_ONCE = 500
_DRAIN_SECONDS = 5.0
_APART_SECONDS = 0.003
_APART_MOST = 0.02  # under load: workers have enough to do, and a hand-over every 3 ms costs the receiver dear
_MANY = 3  # orders in one hand-over
_CROWD, _APART_CROWD = 16, 0.05  # so many each 20 ms are more than workers dial: they have a second's work waiting
_HEARD_SECONDS = 0.05  # a worker that heard and then died is no longer missed than that, where another listens to RQ

log = structlog.stdlib.get_logger("dialgate.waker")


class WakesCalls(Protocol):
    """Whatever puts wake-ups into the queue; blocking."""

    def wake(self, call_ids: Sequence[str], /) -> None:
        """Wake for these calls."""
        ...


class Waker:
    """`with Waker(queue, failed) as waker:` — `waker.wake(ids)` returns at once; the thread does the rest.

    A wake-up that fails is logged, counted through `failed`, and forgotten: the sweeper wakes for what is due.
    Closing hands over what is still waiting, for at most five seconds.
    """

    def __init__(self, queue: WakesCalls, failed: Callable[[int], None]) -> None:
        self._queue = queue
        self._failed = failed
        self._waiting: SimpleQueue[Sequence[str] | None] = SimpleQueue()
        self._heard: list[str] = []
        self._gathers_until = time.monotonic()
        self._apart = _APART_SECONDS
        self._thread = threading.Thread(target=self._run, name="waker", daemon=True)

    def wake(self, call_ids: Sequence[str]) -> None:
        """Wake for these calls soon. Never blocks and never fails."""
        self._waiting.put(call_ids)

    def wake_later(self, call_ids: Sequence[str]) -> None:
        """The same for calls that a worker was told of as they were stored. Only in the event loop.

        They wait in a timer of the loop: waking the thread costs more than all else, just when an answer is written.
        """
        if not self._heard:
            asyncio.get_running_loop().call_later(_HEARD_SECONDS, self._wake_for_heard)
        self._heard.extend(call_ids)

    def _wake_for_heard(self) -> None:
        heard, self._heard = self._heard, []
        if heard:
            self.wake(heard)

    def __enter__(self) -> "Waker":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._wake_for_heard()
        self._waiting.put(None)
        self._thread.join(_DRAIN_SECONDS)
        if self._thread.is_alive():
            log.warning("waker_not_drained", detail="the sweeper will wake for the rest")

    def _run(self) -> None:
        open_ = True
        while open_:
            orders, open_ = self._collect()
            if orders:
                self._hand_over([call_id for order in orders for call_id in order])
                self._apart = self._pause_after(len(orders))
                self._gathers_until = time.monotonic() + self._apart

    def _pause_after(self, orders: int) -> float:
        if orders < _MANY:
            return _APART_SECONDS
        return min(self._apart * 2, _APART_CROWD if orders >= _CROWD else _APART_MOST)

    def _collect(self) -> tuple[list[Sequence[str]], bool]:
        """What is waiting, at least one order of it; False once the end was asked for."""
        orders: list[Sequence[str]] = []
        size = 0
        order = self._waiting.get()
        if order is not None:
            time.sleep(max(0.0, self._gathers_until - time.monotonic()))
        while order is not None:
            orders.append(order)
            size += len(order)
            if size >= _MOST_AT_ONCE:
                return orders, True
            try:
                order = self._waiting.get_nowait()
            except Empty:
                return orders, True
        return orders, False

    def _hand_over(self, batch: Sequence[str]) -> None:
        try:
            reach("wake", "before")
            self._queue.wake(batch)
            reach("wake", "after")
        except (RedisError, OSError) as error:
            self._failed(len(batch))
            log.warning("wake_failed", calls=len(batch), error=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - the thread's edge: it must outlive any one wake-up
            self._failed(len(batch))
            log.warning("wake_failed", calls=len(batch), error=type(error).__name__, unexpected=True)
