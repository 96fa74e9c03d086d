"""The embedded Valkey keeps what it acknowledged and never outlives the process that started it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis
from waiting import eventually

from gateway.embedded import EmbeddedValkey
from gateway.errors import LedgerUnavailable

ORPHAN = """
import sys, time
from pathlib import Path
from gateway.embedded import EmbeddedValkey
server = EmbeddedValkey(Path(sys.argv[1])).start()
print(server.pid, flush=True)
time.sleep(600)
"""


def test_it_is_durable(tmp_path: Path) -> None:
    """Append-only with fsync always and no eviction: what the defaults of the package are not."""
    with EmbeddedValkey(tmp_path / "data") as server:
        client = Redis.from_url(server.url, decode_responses=True)
        assert client.config_get("appendonly", "appendfsync", "maxmemory-policy") == {
            "appendonly": "yes",
            "appendfsync": "always",
            "maxmemory-policy": "noeviction",
        }
        client.close()


def test_a_record_is_one_piece_of_memory(tmp_path: Path) -> None:
    """With a sealed plan and a history in it too; a hash of the many things there are by name is not one."""
    with EmbeddedValkey(tmp_path / "data") as server:
        client = Redis.from_url(server.url, decode_responses=True)
        client.hset("record", mapping={f"field {n}": "x" * 30 for n in range(40)} | {"log": "x" * 2000})
        client.hset("many", mapping={f"name {n}": "x" for n in range(100)})
        assert (client.object("encoding", "record"), client.object("encoding", "many")) == ("listpack", "hashtable")
        client.close()


def test_a_kill_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """Every write answered before a SIGKILL is there after the next start."""
    server = EmbeddedValkey(tmp_path / "data").start()
    client = Redis.from_url(server.url)
    for number in range(200):
        client.rpush("kept", number)
    server.kill()
    client.close()
    with EmbeddedValkey(tmp_path / "data") as again:
        client = Redis.from_url(again.url)
        assert client.llen("kept") == 200
        client.close()


def test_it_dies_with_its_parent(tmp_path: Path) -> None:
    """A SIGKILL of the owner leaves no server behind."""
    owner = subprocess.Popen(
        [sys.executable, "-c", ORPHAN, str(tmp_path / "data")], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    assert owner.stdout is not None
    server_pid = int(owner.stdout.readline())
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    owner.stdout.close()
    eventually(lambda: not _alive(server_pid), message="the server stops with its owner")


def test_a_start_that_fails_says_why(tmp_path: Path) -> None:
    """The error carries the server's own last words."""
    folder = tmp_path / "data"
    (folder / "appendonlydir").mkdir(parents=True)
    (folder / "appendonlydir" / "appendonly.aof.manifest").write_text("nonsense\n")
    with pytest.raises(LedgerUnavailable, match="did not start"):
        EmbeddedValkey(folder).start()


def test_a_server_that_is_not_running_has_no_pid(tmp_path: Path) -> None:
    """Asking for the pid before the start is our own error, not a crash."""
    with pytest.raises(LedgerUnavailable):
        _ = EmbeddedValkey(tmp_path).pid


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2:3]
