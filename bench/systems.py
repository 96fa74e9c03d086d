"""What is compared: each does the same job, webhook in, one POST to the call API out."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bench.processes import ROOT, Processes, free_port, wait_for
from gateway.embedded import EmbeddedValkey

Start = Callable[["Stage"], None]
CONFIG = Path(__file__).parent / "dialgate.yaml"
_STAND_IN = "00000000-0000-4000-8000-000000000000.bench"  # for the token `up` asks for without its sandbox


@dataclass(kw_only=True)
class Stage:
    """Where a system runs: a Valkey of its own with fsync always, the sink, a folder. Its parts start themselves."""

    folder: Path
    valkey: EmbeddedValkey
    sink: str
    parts: Processes
    port: int
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where webhooks go."""
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True, kw_only=True)
class System:
    """One competitor: how it is started, whether it keeps what it accepts, and where its webhooks go."""

    name: str
    start: Start
    keeps: bool = True
    path: str = "/hooks/leads"
    dials: bool = True
    needs: tuple[Path, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def missing(self) -> str:
        """What is not installed, empty when everything is."""
        return ", ".join(path.name for path in self.needs if not path.exists())


@contextmanager
def staged(system: System, folder: Path, sink: str, **options: str) -> Iterator[Stage]:
    """A system running, ready for webhooks; ended in the end."""
    folder.mkdir(parents=True, exist_ok=True)
    with EmbeddedValkey(folder / "valkey", port=free_port()) as valkey:
        parts = Processes(folder=folder)
        parts.adopt("redis", valkey.pid)
        given = {**system.options, **options}
        stage = Stage(folder=folder, valkey=valkey, sink=sink, parts=parts, port=free_port(), options=given)
        try:
            system.start(stage)
            yield stage
        finally:
            parts.stop()


def start_dialgate(stage: Stage) -> None:
    """Receiver, worker and sweeper as processes of their own, as `dialgate serve`, `work` and `sweep` start them."""
    options = stage.options
    stage.parts.environment = {
        "DIALGATE_CONFIG": options.get("config", str(CONFIG)),
        "DIALGATE_REDIS_URL": stage.valkey.url,
        "DIALGATE_CALL_API_URL": stage.sink,
        "DIALGATE_PUBLIC_URL": stage.url,
        "DIALGATE_PORT": str(stage.port),
        "DIALGATE_API_KEY": "bench-api-key",
        "DIALGATE_DATA_DIR": str(stage.folder / "data"),
        "DIALGATE_SANDBOX": "true",
        "DIALGATE_LOG_LEVEL": options.get("log_level", "info"),
    }
    _start_receivers(stage, options.get("receivers", "1"))
    for number in range(int(options.get("workers", "1"))):
        start_worker(stage, number)
    if int(options.get("sweepers", "1")):
        stage.parts.start("sweeper", [sys.executable, "-m", "workers", "sweep"])


def _start_receivers(stage: Stage, count: str) -> None:
    """So many receiver processes behind the port; measured together, with their supervisor if they have one."""
    stage.parts.start("receiver", [sys.executable, "-m", "gateway", "serve", "--processes", count])
    stage.parts.wait_for_port("receiver", stage.port)
    log = stage.folder / "receiver.log"
    wait_for(lambda: count == "1" or "receivers.ready" in log.read_text(), what=f"all receivers serve: {log}")


def start_worker(stage: Stage, number: int = 0) -> None:
    """One worker process more."""
    name = f"worker-{number}"
    stage.parts.start(name, [sys.executable, "-m", "workers", "work"])
    log = stage.folder / f"{name}.log"
    wait_for(lambda: "worker.starting" in log.read_text(), what=f"{name} starts: {log}")


def start_up(stage: Stage) -> None:
    """Everything as `dialgate up` starts it, with its own Valkey; the sink stands where the call API would."""
    text = CONFIG.read_text(encoding="utf-8")
    config = stage.folder / "up.yaml"
    config.write_text(text.replace("main: {pace", f"main: {{token: {_STAND_IN}, pace"), encoding="utf-8")
    stage.parts.environment = {"DIALGATE_CALL_API_URL": stage.sink, "DIALGATE_PUBLIC_URL": stage.url}
    words = ["up", "--live", "--config", str(config), "--data-dir", str(stage.folder / "up"), "--port", str(stage.port)]
    stage.parts.start("up", [sys.executable, "-m", "gateway", *words])
    stage.parts.wait_for_port("up", stage.port)


@contextmanager
def far_end(folder: Path) -> Iterator["Far"]:
    """The sink, running."""
    folder.mkdir(parents=True, exist_ok=True)
    parts, port = Processes(folder=folder), free_port()
    parts.start("sink", [sys.executable, "-m", "bench.sink", str(port)])
    try:
        parts.wait_for_port("sink", port)
        with Far(f"http://127.0.0.1:{port}") as far:
            yield far
    finally:
        parts.stop()


class Far:
    """What the sink saw, asked over HTTP."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._http = httpx.Client(base_url=address, trust_env=False, timeout=60)

    def __enter__(self) -> "Far":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def forget(self) -> None:
        """Begin anew."""
        self._http.delete("/seen")

    def delay(self, milliseconds: int) -> None:
        """How long the call API takes from here on."""
        self._http.put(f"/delay/{milliseconds}")

    def counts(self) -> dict[str, int]:
        """requests, contacts, most_in_flight, last (instant of the last, ns)."""
        counted: dict[str, int] = self._http.get("/counts").json()
        return counted

    def first(self) -> dict[str, int]:
        """Per contact id the instant it was first asked for, ns."""
        seen: dict[str, int] = self._http.get("/seen").json()["first"]
        return seen


DIALGATE = System(name="dialgate", start=start_dialgate)
TWO_WORKERS = System(name="dialgate, 2 workers", start=start_dialgate, options={"workers": "2"})
UP = System(name="dialgate up", start=start_up)
ALONE = System(
    name="dialgate, receiver alone", start=start_dialgate, dials=False, options={"workers": "0", "sweepers": "0"}
)
TWO_ALONE = System(
    name="dialgate, 2 receivers alone", start=start_dialgate, dials=False, options={**ALONE.options, "receivers": "2"}
)
TOOLS = ROOT / ".bench"
