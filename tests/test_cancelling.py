"""A task that is told to end does end, also where the library below it misses that it was told."""

import asyncio

import pytest

from gateway.cancelling import cancel

pytestmark = pytest.mark.anyio


class Deaf:
    """Misses the first so many cancellations, as `asyncio.wait_for` of Python 3.11 may miss one."""

    def __init__(self, misses: int) -> None:
        self.missed = 0
        self._misses = misses

    async def run(self) -> None:
        """For ever, unless it hears that it is cancelled."""
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if self.missed == self._misses:
                    raise
                self.missed += 1


@pytest.mark.timeout(20)
@pytest.mark.parametrize("misses", [0, 1, 3])
async def test_a_task_ends_though_it_missed_that_it_was_cancelled(misses: int) -> None:
    """It is told until it has heard."""
    deaf = Deaf(misses)
    task = asyncio.create_task(deaf.run())
    await asyncio.sleep(0)
    await cancel(task)
    assert task.cancelled()
    assert deaf.missed == misses


async def test_what_ended_by_itself_is_left_as_it_is() -> None:
    """Neither its error nor its result is anybody's trouble here."""

    async def fail() -> None:
        raise ValueError("of its own")

    task = asyncio.create_task(fail())
    await asyncio.wait({task})
    await cancel(task)
    assert isinstance(task.exception(), ValueError)


async def test_whoever_waits_may_be_cancelled_itself() -> None:
    """Its own cancellation is not missed in turn."""
    deaf = asyncio.create_task(Deaf(3).run())
    waiting = asyncio.create_task(cancel(deaf))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await cancel(deaf)
    assert deaf.cancelled()
