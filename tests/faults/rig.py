"""Dialgate as separate processes, with a proxy before its Valkey and the far end behind it."""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import httpx
import plain_http
from faults.processes import ROOT, Processes
from faults.proxy import Proxy
from log_scan import read_logs
from ports import free_port
from redis import Redis
from waiting import eventually

from gateway.embedded import EmbeddedValkey
from gateway.ledger import Ledger
from gateway.ledger.connection import Connection
from gateway.ledger.records import Call, CallFilter
from gateway.ledger.scripts import load_scripts
from gateway.model import ContactFields

API_KEY = "fault-proofs-api-key"
SENDER = {"Authorization": "Bearer fault-proofs-sender-secret", "Content-Type": "application/json"}
CONFIG = Path(__file__).parent / "leads.yaml"
DEADLINE_SECONDS = 6
DIALGATE = {
    "serve": ("gateway", "serve"),
    "work": ("workers", "work"),
    "work-2": ("workers", "work"),
    "sweep": ("workers", "sweep"),
}
Lead = Mapping[str, str]


@dataclass(kw_only=True)
class Rig:
    """Everything of one proof. `url` takes webhooks; `rings()` is what the far end counted for each lead."""

    valkey: EmbeddedValkey
    proxy: Proxy
    parts: Processes
    url: str
    far_end_url: str
    far: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=20, trust_env=False))

    def faults(self, **operations: object) -> None:
        """Switch the far end's faults; without any, all are off."""
        self.far.put(f"{self.far_end_url}/faults", json=operations).raise_for_status()

    def rings(self) -> Counter[str]:
        """How often each contact id or phone rang."""
        phones = {one["id"]: one["phone"] for one in self.far.get(f"{self.far_end_url}/contacts").json()}
        rung = self.far.get(f"{self.far_end_url}/rings").raise_for_status().json()
        return Counter(phones.get(ring["contactId"], ring["contactId"]) for ring in rung)

    def tally(self) -> dict[str, int]:
        """How the far end answered."""
        answered: dict[str, int] = self.far.get(f"{self.far_end_url}/tally").raise_for_status().json()
        return answered

    def calls(self) -> dict[str, Call]:
        """Every call of the ledger by its lead's contact id or phone."""
        return {whom(call): call for call in anyio.run(all_calls, self.valkey.url)}

    def audit(self) -> dict[str, object]:
        """The ledger recounted by itself."""
        answer = self.far.get(f"{self.url}/v1/audit", headers={"Authorization": f"Bearer {API_KEY}"}, timeout=60)
        audit: dict[str, object] = answer.raise_for_status().json()
        return audit

    def load_scripts(self) -> None:
        """Tell a Valkey that has just started every script, so that a reply to one is always the script's own."""
        with Redis.from_url(self.valkey.url) as redis:
            for script in load_scripts().values():
                redis.script_load(script.source)

    def crash_valkey(self) -> None:
        """SIGKILL Valkey and start it again on its data."""
        self.valkey.kill()
        self.valkey.start()
        self.load_scripts()


def whom(call: Call) -> str:
    """Whose phone a call is about: the phone if the rule gave one, else the contact's id."""
    return call.contact.phone if isinstance(call.contact, ContactFields) else call.contact.contact_id


async def all_calls(url: str) -> list[Call]:
    """Every call in a ledger."""
    connection, found, cursor = Connection.open(url), [], None
    reads = Ledger.on(connection).reads
    while True:
        page, cursor = await reads.calls(CallFilter(), limit=200, cursor=cursor)
        found += page
        if cursor is None:
            await connection.close()
            return found


def answers(url: str) -> bool:
    """Whether a GET of it is answered 200."""
    try:
        return plain_http.get(url, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def environment(folder: Path, redis_url: str, port: int, far_end: str) -> dict[str, str]:
    """What every part of Dialgate is given."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("DIALGATE_")},
        "PYTHONPATH": str(ROOT / "tests"),
        "DIALGATE_CONFIG": str(CONFIG),
        "DIALGATE_REDIS_URL": redis_url,
        "DIALGATE_CALL_API_URL": far_end,
        "DIALGATE_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "DIALGATE_PORT": str(port),
        "DIALGATE_API_KEY": API_KEY,
        "DIALGATE_DATA_DIR": str(folder / "data"),
        "DIALGATE_SANDBOX": "true",
        "DIALGATE_DEADLINE_SECONDS": str(DEADLINE_SECONDS),
    }


@contextmanager
def rig(commands: Mapping[str, tuple[str, ...]] = DIALGATE, *, seed: int = 0) -> Iterator[Rig]:
    """Valkey, proxy and far end running; the parts are started by whoever uses it, and all stopped in the end."""
    folder = Path(tempfile.mkdtemp(prefix="dgf"))  # short: the socket's path must be
    valkey = EmbeddedValkey(folder / "valkey")
    port, far_port = free_port(), free_port()
    far_end = f"http://127.0.0.1:{far_port}"
    try:
        with valkey, Proxy(str(folder / "valkey" / "valkey.sock")) as proxy:
            environ = environment(folder, f"redis://127.0.0.1:{proxy.port}/0", port, far_end)
            far_command = ("faults.far_end", "--port", str(far_port), "--seed", str(seed))
            parts = Processes(folder=folder, environment=environ, commands={**commands, "far_end": far_command})
            running = Rig(valkey=valkey, proxy=proxy, parts=parts, url=f"http://127.0.0.1:{port}", far_end_url=far_end)
            running.load_scripts()
            try:
                parts.start("far_end")
                eventually(lambda: answers(f"{far_end}/rings"), message="the far end answers")
                yield running
            except AssertionError as error:
                raise AssertionError(f"{error}\n{parts.logs()}") from error
            finally:
                parts.stop_all()
                running.far.close()
            read_logs(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
