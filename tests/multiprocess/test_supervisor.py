"""What stands in the way of several processes is told as for one: once, and with the same exit code."""

import signal
import socket
import sys
from contextlib import closing
from pathlib import Path

import pytest
from receiver import SITE
from receiver_groups import COMMAND, begun, environment
from waiting import eventually

ALONE = (sys.executable, "-m", "gateway", "serve", "--port", "0")
SHIPPED = "test-bearer-secret-0002", "dialgate-demo-secret"


def told(folder: Path, command: tuple[str, ...], redis_url: str, **changes: str) -> tuple[int, list[str]]:
    """How the command ended, and what it said: our log lines by their event, other lines whole."""
    group = begun(environment(redis_url, folder, **changes), folder, command)
    code = group.process.wait(120)
    text = group.log.read_text()
    assert "Traceback" not in text
    assert not group.members()
    return code, [line for line in text.splitlines() if not line.startswith("{")]


@pytest.mark.parametrize(
    "changes",
    [
        {"CONFIG": "/nowhere.yaml"},
        {"POTR": "8080"},
        {"TRUSTED_PROXIES": "nobody"},
        {"CONFIG": "with a shipped secret"},
    ],
)
def test_a_wrong_configuration_is_told_as_for_one(valkey_url: str, tmp_path: Path, changes: dict[str, str]) -> None:
    """What must hold: exit 2 and the very text that one process writes, once."""
    shipped = tmp_path / "with a shipped secret"
    shipped.write_text(SITE.read_text().replace(*SHIPPED))
    given = {name: text.replace(shipped.name, str(shipped)) for name, text in changes.items()}
    alone = told(tmp_path / "alone", ALONE, valkey_url, **given)
    both = told(tmp_path / "both", COMMAND, valkey_url, **given)
    assert alone == both
    assert both[0] == 2
    assert both[1]


def test_what_one_finds_as_it_starts_ends_all(valkey_url: str, tmp_path: Path) -> None:
    """What must hold: a shipped secret without a proven sandbox is found by one process, told once, and exits 3."""
    config = tmp_path / "demo.yaml"
    config.write_text(SITE.read_text().replace(*SHIPPED))
    group = begun(environment(valkey_url, tmp_path, CONFIG=str(config), SANDBOX="true"), tmp_path)
    assert group.process.wait(120) == 3
    assert len(group.lines("Application startup failed. Exiting.")) == 1


def test_a_taken_port_is_told(valkey_url: str, tmp_path: Path) -> None:
    """What must hold: exit 3 with a line that names the port, as one process does, and no process started."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        group = begun(environment(valkey_url, tmp_path, PORT=port), tmp_path, (*COMMAND[:-2],))
        assert group.process.wait(120) == 3
    assert [line["port"] for line in group.lines("receivers.no_address")] == [int(port)]


def test_an_address_is_a_groups_while_it_starts(tmp_path: Path) -> None:
    """What must hold: a second group is told that the port is taken though nobody listens yet, as the first waits for
    Redis; and the first still ends at one signal."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
    environs = [environment("redis://127.0.0.1:9", tmp_path / name, PORT=port) for name in ("first", "second")]
    first = begun(environs[0], tmp_path / "first", COMMAND[:-2])
    try:
        eventually(lambda: first.lines("redis_away"), message="it waits for Redis")
        second = begun(environs[1], tmp_path / "second", COMMAND[:-2])
        assert second.process.wait(120) == 3
        assert "which are starting" in second.lines("receivers.no_address")[0]["problem"]
    finally:
        assert first.end() == -signal.SIGTERM
    assert list((tmp_path / "first" / "data").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(valkey_url: str, tmp_path: Path) -> None:
    """What must hold: exit 2 and the folder's name, where the processes can share nothing."""
    (tmp_path / "file").write_text("")
    code, said = told(tmp_path / "both", COMMAND, valkey_url, DATA_DIR=str(tmp_path / "file"))
    assert code == 2
    assert "receivers-" in "".join(said)


def test_one_process_has_no_supervisor(valkey_url: str, tmp_path: Path) -> None:
    """What must hold: `--processes 1` is the receiver itself: no child, no shared folder."""
    command = (*ALONE[:4], "--processes", "1", "--port", "0")
    group = begun(environment(valkey_url, tmp_path), tmp_path, command)
    try:
        eventually(lambda: "Uvicorn running on" in group.log.read_text() or group.process.poll() is not None)
        assert group.members() == []
        assert not (tmp_path / "data").exists()
    finally:
        assert group.end() == -signal.SIGTERM
