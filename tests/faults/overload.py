"""How a receiver behaves as the load grows past what it can store: `python -m faults.overload` draws the curve.

A real receiver process on a real Valkey (fsync always). What it can do is measured first; then leads are sent at a
quarter of that to four times as much, open loop, with a calm sender beside, and hundreds of half-open connections.
"""

import argparse
import asyncio
import shutil
import socket
import sys
import tempfile
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import httpx
import uvloop
from faults import recorded
from faults.load import Answer, Load, Row, Stream, pause, row_of
from faults.processes import Processes
from faults.rig import API_KEY, all_calls, answers, environment, whom
from ports import free_port
from waiting import eventually

from gateway.embedded import EmbeddedValkey

FACTORS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0)
CALM = 10.0  # leads a second
_CONFIG = Path(__file__).parent / "overload.yaml"
_HALF = b"POST /hooks/mad HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n"


@dataclass(frozen=True, kw_only=True)
class Receiver:
    """A receiver under load."""

    port: int
    pid: int
    valkey_url: str
    folder: Path

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def megabytes(self) -> float:
        """What it holds in memory now."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * 4096 / 1e6


@dataclass(frozen=True, kw_only=True)
class Point:
    """The curve at one load: the senders who send much, the calm one, health, and memory."""

    factor: float
    crowd: Row
    calm: Row
    health: Sequence[tuple[int, float]]
    megabytes: float


@contextmanager
def receiver(*, level: str = "warning") -> Iterator[Receiver]:
    """A receiver process on a Valkey of its own; 127.0.0.1 is its proxy, so that senders may have many addresses."""
    folder = Path(tempfile.mkdtemp(prefix="dgo"))
    port = free_port()
    try:
        with EmbeddedValkey(folder / "valkey") as valkey:
            environ = environment(folder, valkey.url, port, "http://127.0.0.1:9")
            environ |= {"DIALGATE_CONFIG": str(_CONFIG), "DIALGATE_TRUSTED_PROXIES": "127.0.0.1"}
            environ |= {"DIALGATE_SANDBOX": "false", "DIALGATE_LOG_LEVEL": level}
            parts = Processes(folder=folder, environment=environ, commands={"serve": ("gateway", "serve")})
            parts.start("serve")
            try:
                eventually(lambda: answers(f"http://127.0.0.1:{port}/healthz"), message="the receiver answers")
                pid = parts.running["serve"].pid
                yield Receiver(port=port, pid=pid, valkey_url=valkey.url, folder=folder)
            except AssertionError as error:
                raise AssertionError(f"{error}\n{parts.logs()}") from error
            finally:
                parts.stop_all()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(what: Coroutine[object, object, None]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(what)


def capacity(on: Receiver, seconds: float) -> tuple[float, list[Answer]]:
    """How many leads a second it takes when asked for as many as it can."""
    warm, load = (Load(host="127.0.0.1", port=on.port, name=name) for name in ("warm", "capacity"))
    _run(warm.saturate("mad", 1.0))
    _run(load.saturate("mad", seconds))
    return sum(one.status == 200 for one in load.answers) / seconds, warm.answers + load.answers


def point(on: Receiver, factor: float, rate: float, seconds: float) -> tuple[Point, list[Answer]]:
    """The receiver at one load."""
    load = Load(host="127.0.0.1", port=on.port, name=f"at-{factor}-{rate:.0f}")
    health: list[tuple[int, float]] = []
    most = [on.megabytes()]
    _run(_under(on, load, rate, seconds, health, most))
    return Point(
        factor=factor,
        crowd=row_of([one for one in load.answers if one.source != "calm"], seconds),
        calm=row_of([one for one in load.answers if one.source == "calm"], seconds),
        health=health,
        megabytes=max(most),
    ), load.answers


async def _under(
    on: Receiver, load: Load, rate: float, seconds: float, health: list[tuple[int, float]], most: list[float]
) -> None:
    streams = [Stream(source=name, rate=rate / 2) for name in ("mad", "also")] + [Stream(source="calm", rate=CALM)]
    watching = asyncio.create_task(_watch(on, health, most))
    await load.run(streams, seconds)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


async def _watch(on: Receiver, health: list[tuple[int, float]], most: list[float]) -> None:
    """Health, readiness and the API, as a load balancer and an operator ask meanwhile."""
    headers = {"Authorization": f"Bearer {API_KEY}"}
    async with httpx.AsyncClient(base_url=on.url, timeout=10, trust_env=False, headers=headers) as client:
        while True:
            for path in ("/healthz", "/readyz?for=receiving", "/v1/stops"):
                answer = await client.get(path)
                health.append((answer.status_code, answer.elapsed.total_seconds()))
            most.append(on.megabytes())
            await pause(0.2)


@contextmanager
def half_open(on: Receiver, count: int) -> Iterator[None]:
    """So many connections that never finish their head."""
    with ExitStack() as held:
        for _ in range(count):
            connection = held.enter_context(socket.create_connection(("127.0.0.1", on.port), timeout=10))
            connection.sendall(_HALF)
        yield


def lost(on: Receiver, given: Sequence[Answer]) -> set[str]:
    """Leads that heard a 2xx and are not in the ledger: must be none."""
    stored = {whom(call) for call in anyio.run(all_calls, on.valkey_url)}
    return {one.lead for one in given if one.status == 200} - stored


def broken_promises(given: Sequence[Answer]) -> list[Answer]:
    """Answers that are neither 200 nor 503 with Retry-After: must be none."""
    return [one for one in given if one.status != 200 and not (one.status == 503 and one.retry_after)]


def table(points: Sequence[tuple[str, Point]]) -> str:
    """The curve as Markdown."""
    heads = ("load", "offered/s", "accepted/s", "refused/s", "accepted p50 / p99 ms", "refused p50 / p99 ms")
    heads += ("calm sender: accepted, p99 ms", "health p99 ms", "MB")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for name, one in points:
        crowd, calm = one.crowd, one.calm
        share = calm.accepted / calm.offered if calm.offered else 0.0
        slow = sorted(seconds for _, seconds in one.health)
        lines.append(
            f"| {name} | {crowd.offered:.0f} | {crowd.accepted:.0f} | {crowd.refused:.0f} "
            f"| {crowd.accepted_ms[0]:.0f} / {crowd.accepted_ms[1]:.0f} "
            f"| {crowd.refused_ms[0]:.0f} / {crowd.refused_ms[1]:.0f} | {share:.0%}, {calm.accepted_ms[1]:.0f} "
            f"| {slow[int(0.99 * len(slow))] * 1000:.0f} | {one.megabytes:.0f} |"
        )
    return "\n".join(lines)


def curve(
    on: Receiver, seconds: float, factors: Sequence[float]
) -> tuple[float, list[tuple[str, Point]], list[Answer]]:
    """Capacity, then each load, then half-open connections beside half the load."""
    able, given = capacity(on, seconds)
    points = []
    for factor in factors:
        found, heard = point(on, factor, able * factor, seconds)
        points.append((f"{factor:g} ×", found))
        given += heard
    with half_open(on, 500):
        found, heard = point(on, 0.51, able * 0.5, seconds)
        points.append(("0.5 × and 500 half-open connections", found))
        given += heard
    return able, points, given


def main(arguments: Sequence[str]) -> int:
    """Draw the curve; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="for each load")
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args(arguments)
    seconds = options.seconds
    with receiver() as on:
        able, points, given = curve(on, seconds, FACTORS)
        missing, wrong = lost(on, given), broken_promises(given)
    unwell = [status for _, one in points for status, _ in one.health if status != 200]
    sys.stdout.write(f"It takes {able:.0f} leads a second.\n\n{table(points)}\n")
    sys.stdout.write(
        f"\n{len(given)} leads: {len(missing)} accepted and lost, {len(wrong)} other answers, {len(unwell)} not well\n"
    )
    kept = not (missing or wrong or unwell)
    recorded.write(options.json, kept, {"able": able, "leads": len(given), "curve": table(points)})
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
