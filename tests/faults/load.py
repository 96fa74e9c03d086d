"""Leads at a given rate, each at its own instant, whatever became of those before it.

Latency counts from the instant a lead was due, so a receiver that stalls cannot hide it.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

from faults.rig import SENDER

_PATIENCE_SECONDS = 10.0
_CONNECTIONS = 600  # fewer than a receiver holds: past that it drops some, which is another promise


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What became of one lead. Status 0: no answer. `seconds` from the instant it was due."""

    lead: str
    source: str
    status: int
    retry_after: bool
    seconds: float


@dataclass(kw_only=True)
class Stream:
    """So many leads a second to one source, from so many addresses behind a proxy; 0 is as fast as answers come."""

    source: str
    rate: float
    addresses: int = 50


@dataclass(kw_only=True)
class Load:
    """Sends streams to a receiver; `answers` is what came of every lead."""

    host: str
    port: int
    name: str
    answers: list[Answer] = field(default_factory=list)
    _idle: list["_Line"] = field(default_factory=list)
    _sent: int = 0
    _lines: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_CONNECTIONS))

    async def run(self, streams: Sequence[Stream], seconds: float) -> None:
        """Everything that is due within so many seconds, and its answers."""
        async with asyncio.TaskGroup() as group:
            for stream in streams:
                group.create_task(self._stream(stream, seconds))
        await self._hang_up()

    async def saturate(self, source: str, seconds: float, *, lines: int = 32) -> None:
        """As fast as so many connections are answered: what it can do."""
        until = time.monotonic() + seconds

        async def again() -> None:
            while time.monotonic() < until:
                await self._send(source, "192.0.2.9", time.monotonic())

        async with asyncio.TaskGroup() as group:
            for _ in range(lines):
                group.create_task(again())
        await self._hang_up()

    async def _stream(self, stream: Stream, seconds: float) -> None:
        began, sent = time.monotonic(), 0
        async with asyncio.TaskGroup() as group:
            while (due := sent / stream.rate) < seconds:
                wait = began + due - time.monotonic()
                if wait > 0:
                    await pause(wait)
                elif sent % 20 == 0:
                    await pause(0)
                address = f"198.51.100.{sent % stream.addresses}"
                group.create_task(self._send(stream.source, address, began + due))
                sent += 1

    async def _send(self, source: str, address: str, due: float) -> None:
        self._sent += 1
        lead = f"{self.name}-{self._sent}"
        status, retry_after = 0, False
        with suppress(OSError, TimeoutError):
            async with self._lines, asyncio.timeout(_PATIENCE_SECONDS):
                line = await self._line()
                try:
                    status, retry_after = await line.post(source, address, lead)
                    self._idle.append(line)
                except BaseException:
                    line.close()
                    raise
        seconds = time.monotonic() - due
        self.answers.append(Answer(lead=lead, source=source, status=status, retry_after=retry_after, seconds=seconds))

    async def _hang_up(self) -> None:
        for line in self._idle:
            line.close()
        self._idle.clear()
        await pause(0.05)  # the loop closes them in a later turn

    async def _line(self) -> "_Line":
        if self._idle:
            return self._idle.pop()
        return await _Line.open(self.host, self.port)


class _Line(asyncio.Protocol):
    """One kept connection, one lead at a time."""

    def __init__(self) -> None:
        self._heard = b""
        self._answer: asyncio.Future[tuple[int, bool]] | None = None

    @classmethod
    async def open(cls, host: str, port: int) -> "_Line":
        _, line = await asyncio.get_running_loop().create_connection(cls, host, port)
        return line

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    async def post(self, source: str, address: str, lead: str) -> tuple[int, bool]:
        """The status, and whether it says when to come again."""
        if self._transport.is_closing():
            raise ConnectionResetError
        self._heard, self._answer = b"", asyncio.get_running_loop().create_future()
        self._transport.write(_request(source, address, lead))
        return await self._answer

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, end, body = self._heard.partition(b"\r\n\r\n")
        if not end or self._answer is None or self._answer.done():
            return
        head = head.lower()
        if len(body) >= int(head.partition(b"content-length:")[2].partition(b"\r\n")[0]):
            self._answer.set_result((int(head[9:12]), b"retry-after:" in head))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError())

    def close(self) -> None:
        self._transport.close()


def _request(source: str, address: str, lead: str) -> bytes:
    body = json.dumps({"id": lead, "contact": lead, "note": "x" * 900}).encode()
    head = [f"POST /hooks/{source} HTTP/1.1", "Host: x", f"X-Forwarded-For: {address}"]
    head += [f"{name}: {value}" for name, value in SENDER.items()] + [f"Content-Length: {len(body)}"]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


async def pause(seconds: float) -> None:
    """Until an instant of the schedule; nothing is waited for."""
    loop = asyncio.get_running_loop()
    over = loop.create_future()
    loop.call_later(seconds, lambda: over.done() or over.set_result(None))
    await over


@dataclass(frozen=True, kw_only=True)
class Row:
    """One point of the curve, in leads a second and milliseconds."""

    offered: float
    accepted: float
    refused: float
    accepted_ms: tuple[float, float]
    refused_ms: tuple[float, float]
    statuses: Counter[int]


def row_of(answers: Sequence[Answer], seconds: float) -> Row:
    """The figures of some answers."""
    good = [one.seconds for one in answers if one.status == 200]
    bad = [one.seconds for one in answers if one.status != 200]
    return Row(
        offered=len(answers) / seconds,
        accepted=len(good) / seconds,
        refused=len(bad) / seconds,
        accepted_ms=(quantile(good, 0.5), quantile(good, 0.99)),
        refused_ms=(quantile(bad, 0.5), quantile(bad, 0.99)),
        statuses=Counter(one.status for one in answers),
    )


def quantile(seconds: Sequence[float], part: float) -> float:
    """A quantile in milliseconds; 0 of nothing."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] * 1000 if ordered else 0.0
