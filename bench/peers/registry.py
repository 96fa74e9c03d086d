"""Which peers there are and how each is started."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.processes import ROOT
from bench.systems import TOOLS, Stage, Start, System
from bench.webhooks import SECRET, SIGNATURE

HERE = Path(__file__).parent
BIN = TOOLS / "peers" / "bin"
CELERY = TOOLS / "celery" / "bin"
ARQ = TOOLS / "arq" / "bin"
NODE = TOOLS / "node-red" / "node_modules"
HOOK = TOOLS / "webhook" / "usr" / "bin" / "webhook"
Words = Callable[[Stage], Sequence[str]]


def _environment(stage: Stage) -> dict[str, str]:
    return {
        "BENCH_REDIS_URL": stage.valkey.url,
        "BENCH_SINK": stage.sink,
        "BENCH_SECRET": SECRET.decode(),
    }


def _python_peer(name: str, folder: Path, *workers: Sequence[str]) -> Start:
    def start(stage: Stage) -> None:
        stage.parts.environment = _environment(stage)
        receiver = [str(folder / "uvicorn"), f"bench.peers.{name}:app", "--port", str(stage.port)]
        stage.parts.start("receiver", [*receiver, "--no-access-log", "--log-level", "warning"])
        stage.parts.wait_for_port("receiver", stage.port)
        for number, words in enumerate(workers):
            filled = [word.format(redis=stage.valkey.url) for word in words]
            stage.parts.start(f"worker-{number}", [str(folder / filled[0]), *filled[1:]])

    return start


def _start_node_red(stage: Stage) -> None:
    stage.parts.environment = _environment(stage)
    folder = stage.folder / "node-red"
    folder.mkdir(exist_ok=True)
    shutil.copy(HERE / "flow.json", folder / "flow.json")
    settings = {"uiPort": stage.port, "uiHost": "127.0.0.1", "flowFile": "flow.json", "httpAdminRoot": False}
    settings |= {"functionExternalModules": True, "logging": {"console": {"level": "warn"}}}
    (folder / "settings.js").write_text(f"module.exports = {json.dumps(settings)}")
    red, node = str(NODE / "node-red" / "red.js"), str(NODE / "node" / "bin" / "node")
    stage.parts.start("receiver", [node, red, "--userDir", str(folder)])
    stage.parts.wait_for_port("receiver", stage.port)


def _start_webhook(stage: Stage) -> None:
    stage.parts.environment = _environment(stage)
    rule = {"match": {"type": "payload-hmac-sha256", "secret": SECRET.decode()}}
    rule["match"]["parameter"] = {"source": "header", "name": SIGNATURE}  # type: ignore[assignment] # JSON of two depths
    hook = {"id": "leads", "execute-command": str(HERE / "call_sink"), "trigger-rule": rule}
    hook["pass-arguments-to-command"] = [{"source": "payload", "name": "lead.contact_id"}]
    (stage.folder / "hooks.json").write_text(json.dumps([hook]))
    words = [str(HOOK), "-hooks", str(stage.folder / "hooks.json"), "-ip", "127.0.0.1", "-port", str(stage.port)]
    stage.parts.start("receiver", words)
    stage.parts.wait_for_port("receiver", stage.port)


def _durable(name: str, module: str, words: Sequence[str], folder: Path = BIN) -> System:
    return System(name=name, start=_python_peer(module, folder, words), needs=(folder / words[0],))


_SIMPLE = ("rq", "worker", "--worker-class", "rq.SimpleWorker", "--url", "{redis}")
PEERS: tuple[System, ...] = (
    _durable("FastAPI + RQ", "rq_peer", ("rq", "worker", "--url", "{redis}")),
    _durable("RQ SimpleWorker", "rq_peer", _SIMPLE),
    _durable(
        "Celery, prefork 16",
        "celery_peer",
        ("celery", "-A", "bench.peers.celery_peer:queue", "worker", "-c", "16", "-l", "warning", "-E"),
        CELERY,
    ),
    _durable("arq, 100 jobs", "arq_peer", ("arq", "bench.peers.arq_peer.WorkerSettings"), ARQ),
    _durable(
        "Dramatiq, 2 × 8",
        "dramatiq_peer",
        ("dramatiq", "bench.peers.dramatiq_peer", "-p", "2", "-t", "8"),
    ),
    _durable(
        "taskiq, 100",
        "taskiq_peer",
        ("taskiq", "worker", "bench.peers.taskiq_peer:broker", "--workers", "1", "--max-async-tasks", "100"),
    ),
    _durable(
        "Huey, 100 threads",
        "huey_peer",
        ("huey_consumer", "bench.peers.huey_peer.huey", "-w", "100", "-k", "thread"),
    ),
    System(name="Node-RED", start=_start_node_red, keeps=False, needs=(NODE / "node-red", NODE / "node")),
    System(name="adnanh/webhook + curl", start=_start_webhook, keeps=False, needs=(HOOK,)),
)


def installed() -> tuple[System, ...]:
    """Those whose programs are here."""
    return tuple(peer for peer in PEERS if not peer.missing)


INSTALLER = ROOT / "bench" / "peers" / "install"
