"""A dialer told to stop: the caller can still record what is true."""

import asyncio
import contextlib
from collections.abc import Callable

import pytest
from dialers.conftest import MakeDialer
from dialers.dialing import CREDENTIALS, order, summary
from dialers.raw_server import Conversation, RawServer
from waiting import soon

from gateway.contracts import DialInterrupted
from gateway.model import ContactFields, Outcome, Uncertain, Unsent
from gateway.reasons import Reason

pytestmark = pytest.mark.anyio


def silence(conversation: Conversation) -> None:
    """Read everything and never answer."""
    conversation.read_request()
    conversation.say_nothing()


async def test_cancelled_while_waiting_is_uncertain(make_dialer: MakeDialer) -> None:
    """Stopped after the request went out: the caller gets an honest Uncertain to record, and stays cancelled."""
    with RawServer(silence) as server:
        dialer = make_dialer(server.url, read_seconds=30.0, total_seconds=30.0)
        outcome = await cancelled_when(dialer.dial(order(), CREDENTIALS), lambda: server.bytes_received > 0)
    assert summary(outcome) == (Uncertain, Reason.INTERRUPTED)


async def test_cancelled_before_the_first_byte_is_unsent(make_dialer: MakeDialer) -> None:
    """Stopped while still shaking hands: proved unsent."""
    with RawServer(lambda conversation: conversation.say_nothing()) as server:
        dialer = make_dialer(server.url.replace("http:", "https:"), connect_seconds=30.0, total_seconds=30.0)
        outcome = await cancelled_when(dialer.dial(order(), CREDENTIALS), lambda: server.connections > 0)
    assert summary(outcome) == (Unsent, Reason.LEASE_LOST)


async def cancelled_when(dialling: object, condition: Callable[[], bool]) -> Outcome:
    """Run a dial, cancel it when `condition` holds, and return the outcome it leaves behind."""
    left: list[Outcome] = []

    async def run() -> None:
        try:
            await dialling  # type: ignore[misc] # a coroutine of dial
        except DialInterrupted as stop:
            left.append(stop.outcome)
            raise

    async def holds() -> bool:
        return condition()

    task = asyncio.create_task(run())
    await soon(holds)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert task.cancelled()
    return left[0]


@pytest.mark.parametrize("operation", ["resolve_contact", "probe"])
async def test_other_requests_are_cancelled_plainly(operation: str, make_dialer: MakeDialer) -> None:
    """Repeating these is safe, so cancelling them just cancels."""
    with RawServer(silence) as server:
        dialer = make_dialer(server.url, read_seconds=30.0, total_seconds=30.0)
        asking = {
            "resolve_contact": dialer.resolve_contact(ContactFields(phone="+14155550100"), CREDENTIALS)
            if operation == "resolve_contact"
            else None,
            "probe": dialer.probe(CREDENTIALS) if operation == "probe" else None,
        }[operation]
        assert asking is not None
        task = asyncio.ensure_future(asking)

        async def sent() -> bool:
            return server.bytes_received > 0

        await soon(sent)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
