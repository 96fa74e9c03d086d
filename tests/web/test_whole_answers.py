"""An answer in one piece, and what must not wait for more: by uvicorn's own cycle, over a transport written down."""

import asyncio
from typing import Any, cast

import pytest
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from gateway.web.whole_answers import WholeAnswer

pytestmark = pytest.mark.anyio
KNOWN = [(b"content-length", b"4")]


class Written:
    """What a transport was given, in order."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        """A piece of its own."""
        self.pieces.append(data)

    def close(self) -> None:
        """The end."""
        self.closed = True

    def is_closing(self) -> bool:
        """Whether it ended."""
        return self.closed

    def resume_reading(self) -> None:
        """Nothing is read here."""


def cycle_over(written: Written, *, method: str = "GET", expects: bool = False, keep_alive: bool = True) -> Any:
    """One request's cycle whose answer goes through a WholeAnswer."""
    transport = cast("Any", written)
    given: dict[str, Any] = {
        "scope": {"method": method},
        "transport": transport,
        "flow": FlowControl(transport),
        "logger": None,
        "access_logger": None,
        "access_log": False,
        "default_headers": [],
        "message_event": asyncio.Event(),
        "expect_100_continue": expects,
        "keep_alive": keep_alive,
        "on_response": lambda: None,
    }
    cycle = RequestResponseCycle(**given)
    cycle.transport = cast("Any", WholeAnswer(transport, cycle))
    return cycle


async def answer(cycle: Any, headers: list[tuple[bytes, bytes]], *bodies: bytes, status: int = 200) -> None:
    """Start an answer, and send these parts of its body, the last of them as the last."""
    await cycle.send({"type": "http.response.start", "status": status, "headers": headers})
    for index, body in enumerate(bodies):
        await cycle.send({"type": "http.response.body", "body": body, "more_body": index < len(bodies) - 1})


async def test_an_answer_of_known_length_is_one_piece() -> None:
    """Head and body together; further parts of the body as they come."""
    written = Written()
    await answer(cycle_over(written), KNOWN, b"da", b"ta")
    assert written.pieces == [b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nda", b"ta"]


@pytest.mark.parametrize(
    ("method", "status", "headers"),
    [("GET", 200, []), ("HEAD", 200, KNOWN), ("GET", 204, []), ("GET", 304, [])],
)
async def test_a_head_that_need_not_wait_goes_at_once(
    method: str, status: int, headers: list[tuple[bytes, bytes]]
) -> None:
    """Who listens to a stream hears that it is open; and where no body comes, the head is the whole answer."""
    written = Written()
    await answer(cycle_over(written, method=method), headers, status=status)
    assert len(written.pieces) == 1
    assert written.pieces[0].endswith(b"\r\n\r\n")


async def test_an_empty_body_ends_the_wait() -> None:
    """A length of none is told too: the head goes with what is the end."""
    written = Written()
    await answer(cycle_over(written), [(b"content-length", b"0")], b"")
    assert b"".join(written.pieces) == b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


async def test_leave_to_send_is_given_before_the_answer() -> None:
    """Who asks whether to send its body hears so at once, and the answer is whole after it."""
    written = Written()
    cycle = cycle_over(written, method="POST", expects=True)
    cycle.body, cycle.more_body = b"x", False
    cycle.message_event.set()
    await cycle.receive()
    assert written.pieces == [b"HTTP/1.1 100 Continue\r\n\r\n"]
    await answer(cycle, KNOWN, b"data")
    assert written.pieces[1:] == [b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ndata"]


async def test_a_connection_that_ends_ends_after_its_answer() -> None:
    """Nothing that was said is kept back when it closes, be the answer whole or not."""
    written = Written()
    await answer(cycle_over(written, keep_alive=False), KNOWN, b"data")
    assert (written.pieces[0][-8:], written.closed) == (b"\r\n\r\ndata", True)
    broken = Written()
    cycle = cycle_over(broken)
    await answer(cycle, KNOWN)
    cycle.transport.close()
    assert (len(broken.pieces), broken.closed, cycle.transport.is_closing()) == (1, True, True)
