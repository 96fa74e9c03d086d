"""The end of our patience with one connection: with its head, with its unread answers, with bodies nobody asked for.

uvicorn bounds how long a connection may idle between two requests, and nothing else.
"""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from gateway.web.brevity import HOOKS, brief_refusal
from gateway.web.crowd import Crowd
from gateway.web.problems import RETRY_SECONDS

HEAD_SECONDS = 10.0
ANSWER_SECONDS = 10.0
ANSWER_BYTES_PER_SECOND = 1024
SURPLUS_BYTES = 1024 * 1024
END_STREAM = "end_stream"  # in a request's state: how to end its endless answer

_NO_ROOM = (
    f"HTTP/1.1 503 Service Unavailable\r\nRetry-After: {RETRY_SECONDS}\r\n"
    "Content-Length: 0\r\nConnection: close\r\n\r\n"
).encode()


class PatientProtocol(H11Protocol):
    """h11 with bounds on what a client may keep waiting.

    A head must be complete in time. Of an answer so many bytes a second must be taken, also while the connection
    closes. What is sent of a body after its answer is thrown away, and past a bound the connection is.
    """

    crowd: Crowd
    address = "unknown"
    _head_timer: asyncio.TimerHandle | None = None
    _answer_timer: asyncio.TimerHandle | None = None
    _unread = (0, 0)  # the request, and what of the answers was waiting to be taken at the last look
    _surplus = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Start the clocks, if there is room; else say so and close."""
        super().connection_made(transport)
        self.address = self.client[0] if self.client else "unknown"
        self._answer_timer = self.loop.call_later(ANSWER_SECONDS, self._look_at_answers)
        if not self.crowd.enter(self):
            transport.write(_NO_ROOM)
            transport.close()
            return
        self.crowd.waits(self)
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._close_if_no_request)

    def data_received(self, data: bytes) -> None:
        """Take bytes; start the clock again for the head of a further request."""
        if data.startswith(HOOKS) and self._between_requests():
            refusal = brief_refusal(self.app_state.get("front"), data)
            if refusal:
                self.transport.write(refusal)
                return
        super().data_received(data)
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            self._await_head(len(data))
        else:
            self._stop_clock()
            if not cycle.more_body:
                self.crowd.served(self)

    def on_response_complete(self) -> None:
        """An answer is out: what comes next is waited for."""
        self.crowd.served(self)
        self.crowd.waits(self)
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        self._stop_clock()
        if self._answer_timer is not None:
            self._answer_timer.cancel()
        self.crowd.leave(self)
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """The server stops: an answer that would go on for ever is told to end, and this waits for the others."""
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            end = cycle.scope.get("state", {}).get(END_STREAM)
            if end is not None:
                end()
        super().shutdown()

    def drop(self) -> None:
        """Close at once, to make room."""
        self.transport.abort()

    def _between_requests(self) -> bool:
        idle = self.cycle is None or self.cycle.response_complete
        return idle and self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]

    def _await_head(self, size: int) -> None:
        body_goes_on = self.conn.their_state is h11.SEND_BODY
        self._surplus = self._surplus + size if body_goes_on else 0
        if self._surplus > SURPLUS_BYTES:
            self.transport.abort()
        elif self._head_timer is None and not self.transport.is_closing():
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._close_if_no_request)

    def _close_if_no_request(self) -> None:
        self._head_timer = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()

    def _look_at_answers(self) -> None:
        waiting = self.transport.get_write_buffer_size()
        request, before = self._unread
        stuck = waiting > before - ANSWER_BYTES_PER_SECOND * ANSWER_SECONDS
        if before and waiting and request == id(self.cycle) and stuck:
            self.transport.abort()
            return
        self._unread = (id(self.cycle), waiting)
        self._answer_timer = self.loop.call_later(ANSWER_SECONDS, self._look_at_answers)

    def _stop_clock(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def protocol_in(crowd: Crowd) -> type[Any]:
    """The protocol for the connections of one crowd."""
    return type("BoundedProtocol", (PatientProtocol,), {"crowd": crowd})
