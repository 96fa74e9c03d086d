"""The end of our patience with one connection: with its head, with its unread answers, with bodies nobody asked for.

uvicorn bounds how long a connection may idle between two requests, and nothing else; and llhttp, its parser in C, takes
heads of any size: what must be bounded is counted here.
"""

import asyncio
import socket
import struct
from collections import deque
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from gateway.web.brevity import HOOKS, brief_refusal
from gateway.web.crowd import Crowd
from gateway.web.parsing import PlainParser
from gateway.web.problems import RETRY_SECONDS
from gateway.web.whole_answers import WholeAnswer

HEAD_SECONDS = 10.0
HEAD_BYTES = 32 * 1024
ANSWER_SECONDS = 10.0
ANSWER_BYTES_PER_SECOND = 1024
SURPLUS_BYTES = 1024 * 1024
REQUESTS_AT_ONCE = 64  # of one connection: the parser does not wait for answers, and each takes memory
END_STREAM = "end_stream"  # in a request's state: how to end its endless answer

_AT_ONCE = struct.pack("ii", 1, 0)  # socket(7), SO_LINGER: what is unsent is thrown away, and the other side told
_BARE = b"Content-Length: 0\r\nConnection: close\r\n\r\n"
_NO_ROOM = STATUS_LINE[503] + f"Retry-After: {RETRY_SECONDS}\r\n".encode() + _BARE
_HEAD_TOO_LARGE = STATUS_LINE[431] + _BARE


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol over llhttp, with bounds on what a client may keep waiting and on what it may send.

    A head must be complete in time, and before it is too large; so must whatever else of a request is no body: the
    frames of chunks, their extensions, and trailers, which nobody reads. Of an answer so many bytes a second must be
    taken, also while the connection closes. What is sent of a body after its answer is thrown away, and past a bound
    the connection is.
    """

    crowd: Crowd
    address = "unknown"
    _head_timer: asyncio.TimerHandle | None = None
    _answer_timer: asyncio.TimerHandle | None = None
    _answered = 0
    _unread = (0, 0)  # how many were answered, and what of the answers was waiting to be taken at the last look
    _surplus = 0
    _begun = False  # a request of which not all has come
    _in_head = False
    _idle_bytes = 0  # how many came since anything came of them
    _last = False  # after a wish for another protocol, nobody knows in which one it would go on

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.parser = PlainParser(self)  # type: ignore[assignment]  # all that uvicorn asks of one

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Start the clocks, if there is room; else say so and close."""
        super().connection_made(transport)
        self.address = self.client[0] if self.client else "unknown"
        self._under_way: deque[RequestResponseCycle] = deque()
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
        self._idle_bytes += len(data)
        super().data_received(data)
        if self._idle_bytes > HEAD_BYTES and self._begun:
            self._refuse_size()
        elif self._unanswered():
            self._stop_clock()
            if not self.cycle.more_body:
                self.crowd.served(self)
        else:
            self._await_head(len(data))

    def on_message_begin(self) -> None:
        """A request begins."""
        self._begun = self._in_head = True
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A line of the head. A trailer is not one: it would be read as a header nobody has looked at."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is complete. Who wants another protocol gets an answer in this one, and no second."""
        self._idle_bytes = 0
        if len(self._under_way) >= REQUESTS_AT_ONCE:
            raise ValueError("too many requests at once")  # to the parser, which ends there
        if self.parser.should_upgrade():
            self._last = True
            return
        super().on_headers_complete()
        self.cycle.transport = WholeAnswer(self.transport, self.cycle)  # type: ignore[assignment]  # all it asks of one
        self._in_head = False
        self._under_way.append(self.cycle)
        if self._last or self.scope["method"] == "CONNECT":
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._idle_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All of a request is there; or of a head that is to come once more."""
        if self._in_head:
            return
        self._begun = False
        self._idle_bytes = 0
        super().on_message_complete()

    def plain_head(self) -> bytes:
        """The head that was read last, without its wish for another protocol."""
        lines = [b"%s: %s\r\n" % line for line in self.headers if line[0] != b"upgrade"]
        version = self.parser.get_http_version().encode()
        return b"%s %s HTTP/%s\r\n%s\r\n" % (self.parser.get_method(), self.url, version, b"".join(lines))

    def send_400_response(self, msg: str) -> None:
        """What came cannot be read on. Requests that were whole before it are answered, and the connection ends."""
        whole = [cycle for cycle in self._under_way if not cycle.more_body]
        if whole:
            whole[-1].keep_alive = False
            return
        for cycle in self._under_way:
            cycle.disconnected = True
            cycle.message_event.set()
        in_body = self._begun and not self._in_head
        if in_body and self.cycle.response_started:  # a second answer would be taken for another request's
            self.transport.close()
        else:
            super().send_400_response(msg)

    def on_response_complete(self) -> None:
        """An answer is out: what comes next is waited for."""
        self._answered += 1
        self._under_way.popleft()
        self.crowd.served(self)
        self.crowd.waits(self)
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks, and tell every request that nobody hears its answer: uvicorn tells the latest alone."""
        for cycle in self._under_way:
            cycle.disconnected = True
            cycle.message_event.set()
        self._stop_clock()
        if self._answer_timer is not None:
            self._answer_timer.cancel()
        self.crowd.leave(self)
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """The server stops: an answer that would go on for ever is told to end, and this waits for the others."""
        for cycle in self._under_way:
            end = cycle.scope.get("state", {}).get(END_STREAM)
            if end is not None:
                end()
        super().shutdown()

    def drop(self) -> None:
        """Close at once, to make room."""
        self._reset()

    def _reset(self) -> None:
        """Close, and leave nothing to the kernel: it would hold megabytes for a client that never reads."""
        connection = self.transport.get_extra_info("socket")
        if connection is not None and not self.transport.is_closing():
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self.transport.abort()

    def _unanswered(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _between_requests(self) -> bool:
        return not self._begun and not self._unanswered()

    def _refuse_size(self) -> None:
        if self._in_head and not self._unanswered():
            self.transport.write(_HEAD_TOO_LARGE)
            self.transport.close()
        else:
            self._reset()

    def _await_head(self, size: int) -> None:
        body_goes_on = self._begun and not self._in_head
        self._surplus = self._surplus + size if body_goes_on else 0
        if self._surplus > SURPLUS_BYTES:
            self._reset()
        elif self._head_timer is None and not self.transport.is_closing():
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._close_if_no_request)

    def _close_if_no_request(self) -> None:
        self._head_timer = None
        if not self._unanswered():
            self.transport.close()

    def _look_at_answers(self) -> None:
        waiting = self.transport.get_write_buffer_size()
        answered, before = self._unread
        stuck = waiting > before - ANSWER_BYTES_PER_SECOND * ANSWER_SECONDS
        if before and waiting and answered == self._answered and stuck:
            self._reset()
            return
        self._unread = (self._answered, waiting)
        self._answer_timer = self.loop.call_later(ANSWER_SECONDS, self._look_at_answers)

    def _stop_clock(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def protocol_in(crowd: Crowd) -> type[Any]:
    """The protocol for the connections of one crowd."""
    return type("BoundedProtocol", (PatientProtocol,), {"crowd": crowd})
