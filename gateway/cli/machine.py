"""The parts of `dialgate up` on one machine: their environments, and how each shows that it is ready."""

import errno
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
from redis import Redis
from redis.exceptions import RedisError

from gateway.call_queue import DIAL_QUEUE, ENRICH_QUEUE, NOTIFY_QUEUE
from gateway.cli.screen import CommandFailed
from gateway.model import record
from gateway.opening import SANDBOX_PROOF
from gateway.supervision import ChildPlan, python

_WORKER_PATIENCE = 50.0  # it lets rings under way end
_REPLACED = (
    "config", "redis_url", "call_api_url", "public_url", "api_key", "data_dir", "host", "port", "sandbox", "log_level",
)  # fmt: skip


@record
class Machine:
    """What `up` decided: where everything is."""

    config: Path
    data_dir: Path
    host: str
    port: int
    public_url: str
    api_key: str
    redis_url: str
    sandbox_port: int | None  # None: the real call API
    call_api_url: str
    log_level: str
    enriches: bool = False  # a source fetches records: that needs a worker of its own
    notifies: bool = False  # endpoints are told: so does that

    @property
    def url(self) -> str:
        """The receiver's address on this machine."""
        return f"http://{'127.0.0.1' if self.host in {'0.0.0.0', ''} else self.host}:{self.port}"  # noqa: S104 - compared, not bound

    @property
    def sandbox_url(self) -> str | None:
        """The sandbox's address, if it is in use."""
        return None if self.sandbox_port is None else f"http://127.0.0.1:{self.sandbox_port}"


def environment_of(machine: Machine, environ: Mapping[str, str]) -> dict[str, str]:
    """The children's environment: ours, with what `up` decided in place of what was set."""
    replaced = {f"DIALGATE_{name.upper()}{suffix}" for name in _REPLACED for suffix in ("", "_FILE")}
    kept = {name: value for name, value in environ.items() if name not in replaced}
    return kept | {
        "DIALGATE_CONFIG": str(machine.config),
        "DIALGATE_REDIS_URL": machine.redis_url,
        "DIALGATE_CALL_API_URL": machine.call_api_url,
        "DIALGATE_PUBLIC_URL": machine.public_url,
        "DIALGATE_API_KEY": machine.api_key,
        "DIALGATE_DATA_DIR": str(machine.data_dir),
        "DIALGATE_HOST": machine.host,
        "DIALGATE_PORT": str(machine.port),
        "DIALGATE_SANDBOX": "true" if machine.sandbox_port is not None else "false",
        "DIALGATE_LOG_LEVEL": machine.log_level,
        "PYTHONUNBUFFERED": "1",
    }


def plans_for(machine: Machine, environ: Mapping[str, str]) -> tuple[ChildPlan, ...]:
    """The children in the order they start; they stop in the order of `stop_order`."""
    environment = environment_of(machine, environ)
    plans = []
    if machine.sandbox_port is not None:
        words = ("--port", str(machine.sandbox_port), "--data-dir", str(machine.data_dir / "sandbox"))
        proof = f"{machine.sandbox_url}{SANDBOX_PROOF}"
        plans.append(_plan("sandbox", ("workers.sandbox", *words), environment, lambda _: answers(proof)))
    fetching = _registered(machine.redis_url, ENRICH_QUEUE)
    telling = _registered(machine.redis_url, NOTIFY_QUEUE)
    plans += [
        _plan("worker", ("workers", "work"), environment, _registered(machine.redis_url, DIAL_QUEUE), _WORKER_PATIENCE),
        *(
            [_plan("enricher", ("workers", "enrich"), environment, fetching, _WORKER_PATIENCE)]
            if machine.enriches
            else []
        ),
        *(
            [_plan("notifier", ("workers", "notify"), environment, telling, _WORKER_PATIENCE)]
            if machine.notifies
            else []
        ),
        _plan("sweeper", ("workers", "sweep"), environment, lambda _: True),
        _plan("receiver", ("gateway", "serve"), environment, lambda _: answers(f"{machine.url}/readyz?for=receiving")),
    ]
    return tuple(plans)


def stop_order(name: str) -> int:
    """First nothing comes in, then rings end, then nobody looks after them."""
    return ("receiver", "enricher", "worker", "notifier", "sweeper", "sandbox").index(name)


def answers(url: str) -> bool:
    """Whether a GET is answered with 200 at once."""
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


@contextmanager
def port_held(host: str, wanted: int, option: str) -> Iterator[int]:
    """The wanted port if it is free, any free one for 0; nobody is given it before who is to listen on it.

    Bound and never listening: whoever sets SO_REUSEADDR, as servers do, may bind and listen beside it, and the
    kernel chooses it for nobody else (socket(7)). Raises CommandFailed with one clear line.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, wanted))
        except OSError as error:
            taken = "is taken by another program" if error.errno == errno.EADDRINUSE else f"cannot be used: {error}"
            raise CommandFailed(f"port {wanted} on {host} {taken}: choose another with {option}") from None
        yield int(probe.getsockname()[1])


def _plan(
    name: str,
    words: tuple[str, ...],
    environment: Mapping[str, str],
    ready: Callable[[int], bool],
    patience: float = 10.0,
) -> ChildPlan:
    return ChildPlan(name=name, command=python(*words), environment=environment, ready=ready, patience=patience)


def _registered(redis_url: str, queue: str) -> Callable[[int], bool]:
    """Whether the process with this id is among a queue's RQ workers."""

    def ready(pid: int) -> bool:
        try:
            with Redis.from_url(redis_url, socket_timeout=2, decode_responses=True) as redis:
                workers = redis.smembers(f"rq:workers:{queue}")
                return any(redis.hget(worker, "pid") == str(pid) for worker in workers)
        except RedisError:
            return False

    return ready
