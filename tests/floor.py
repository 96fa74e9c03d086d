"""A shop floor for worker tests: a real sandbox to ring at, leads in a real ledger, parts as processes."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import plain_http
from log_scan import read_logs

from gateway.ids import digest, new_id
from gateway.ledger import Ledger
from gateway.model import DecidedEvent, Delivery, Event, Request
from gateway.rules.loading import load
from gateway.rules.rulebook import Rulebook
from workers.runtime import Environment, read_environment
from workers.sandbox import build_sandbox, sandbox_server
from workers.sandbox.server import listening_socket

ROOT = Path(__file__).parent.parent
CONFIG = """
accounts: {main: {token: "${TOKEN:-}"}}
numbers: {east: {id: pn_east, account: main, pace: {}}}
sources: {crm: {provider: generic, secrets: [a-long-enough-secret], authentication: [{bearer: true}]}}
rules:
  - name: by id
    call: {from: east, contact: {id: payload.id}}
    hours: always
"""


@dataclass(kw_only=True)
class Floor:
    """Where a worker works: `environ` is what its process is given."""

    ledger: Ledger
    rulebook: Rulebook
    sandbox_url: str
    environ: dict[str, str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def environment(self) -> Environment:
        """The same as a worker in this process reads it."""
        return read_environment(only_dialgate(self.environ))

    def rings(self) -> list[str]:
        """Contact ids in the order they rang."""
        return [ring["contactId"] for ring in plain_http.get(f"{self.sandbox_url}/rings").json()]

    def faults(self, **operations: object) -> None:
        """Switch faults of the sandbox on."""
        plain_http.put(f"{self.sandbox_url}/faults", json=operations).raise_for_status()

    def forget_rings(self) -> None:
        """The sandbox as if no phone had rung."""
        plain_http.delete(f"{self.sandbox_url}/rings").raise_for_status()

    def process(self, *words: str, **environ: str) -> subprocess.Popen[bytes]:
        """Start `python -m …` in this environment; its output is piped."""
        started = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=ROOT,
            env={**self.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.processes.append(started)
        return started

    async def lead(self, contact: str, *, received: datetime | None = None) -> str:
        """Accept one event about a contact; the id of its call."""
        return (await self.leads([contact], received=received))[0]

    async def leads(self, contacts: Sequence[str], *, received: datetime | None = None) -> list[str]:
        """Accept one delivery with an event a contact; the ids of the calls."""
        now = received or datetime.now(UTC)
        source = self.rulebook.sources["crm"]
        request = Request(method="POST", url="", query="", headers=(), body=b"{}", remote="192.0.2.1", received_at=now)
        delivery_id = new_id("dl", now=now, random=os.urandom)
        events = []
        for number, contact in enumerate(contacts):
            event, event_id = Event(payload={"id": contact}), f"ev_{delivery_id}_{number}"
            decision = self.rulebook.match(event, event_id=event_id, source=source, request=request, now=now)
            window = timedelta(days=7)
            events.append(
                DecidedEvent(
                    id=event_id, event=event, dedupe_key=digest(event_id), dedupe_window=window, decision=decision
                )
            )
        answers = await self.ledger.intake.accept(_delivery(delivery_id, now), events, now=now)
        return [call_id for answer in answers for call_id in answer.call_ids]

    async def state(self, call_id: str) -> str:
        """A call's state as the ledger has it now."""
        call = await self.ledger.reads.call(call_id)
        assert call is not None
        return call.state.value


def _delivery(delivery_id: str, now: datetime) -> Delivery:
    return Delivery(
        id=delivery_id,
        source="crm",
        provider="generic",
        received_at=now,
        method="POST",
        content_type="application/json",
        remote="192.0.2.1",
        headers=(),
        query="",
        body=b"{}",
        scheme="bearer",
    )


def build_floor(ledger: Ledger, valkey_url: str, sandbox_url: str, folder: Path) -> Floor:
    """A floor whose configuration is in `folder`."""
    config = folder / "dialgate.yaml"
    config.write_text(CONFIG)
    environ = {
        **{name: text for name, text in os.environ.items() if not name.startswith("DIALGATE_")},
        "DIALGATE_CONFIG": str(config),
        "DIALGATE_REDIS_URL": valkey_url,
        "DIALGATE_CALL_API_URL": sandbox_url,
        "DIALGATE_DATA_DIR": str(folder / "data"),
        "DIALGATE_SANDBOX": "true",
    }
    return Floor(ledger=ledger, rulebook=load(config, {}), sandbox_url=sandbox_url, environ=environ)


@contextmanager
def sandbox_on_a_thread() -> Iterator[str]:
    """A sandbox of our own; its address."""
    sock = listening_socket("127.0.0.1", 0)
    server = sandbox_server(build_sandbox())
    thread = threading.Thread(target=lambda: server.run(sockets=[sock]))
    thread.start()
    yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    server.should_exit = True
    thread.join(60)


def output_of(process: subprocess.Popen[bytes], *, seconds: float = 60) -> str:
    """Everything a process that is ending wrote."""
    written = process.communicate(timeout=seconds)[0].decode()
    read_logs(written)
    return written


def only_dialgate(environ: Mapping[str, str]) -> dict[str, str]:
    """The settings of an environment."""
    return {name: text for name, text in environ.items() if name.startswith("DIALGATE_")}
