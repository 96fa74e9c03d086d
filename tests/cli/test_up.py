"""dialgate up, from start to stop: nothing lost, nothing left behind, one clear line when it cannot."""

import os
import signal
import socket
from pathlib import Path

import pytest
from upstairs import SHIPPED, Dialgate, alive, start_up, started_up
from waiting import eventually

TOKEN = "15c94c3c-1873-4a09-bfbb-03357c29ea50.abc123xyz"


def test_data_survives_a_restart_and_nothing_else_does(
    tmp_path: Path, dialgate: Dialgate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped by Ctrl-C and started again: the same key, the same call, the same ring; no process left behind."""
    folder = tmp_path / "data"
    monkeypatch.setenv("DIALGATE_DATA_DIR", str(folder))
    with started_up(folder) as first:
        (answer,) = dialgate("send", "demo", "--json").json
        call = answer["body"]["events"][0]["calls"][0]
        eventually(lambda: len(first.rings()) == 1)
        children, key = first.children(), first.file["api_key"]
        assert len(children) == 5  # valkey, sandbox, worker, sweeper, receiver
        assert (folder / "up.json").stat().st_mode & 0o077 == 0
        assert (folder / "api_key").stat().st_mode & 0o077 == 0
        printed = first.stop(signal.SIGINT)
        assert first.process.returncode == 0
        assert [pid for pid in children if alive(pid)] == []
        assert not (folder / "up.json").exists()
    for said in (
        "Dialgate is running.",
        "/hooks/demo",
        "/console",
        "shown only now: dgc_",
        key,
        "send demo",
        "stopped; the data is kept",
    ):
        assert said in printed
    assert "Traceback" not in printed
    with started_up(folder) as second:
        assert second.file["api_key"] == key
        assert dialgate("calls", "show", call, "--json").json["state"] == "PLACED"
        assert len(second.rings()) == 1


def test_killed_parts_come_back_and_a_killed_up_takes_all_along(
    tmp_path: Path, dialgate: Dialgate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Worker and Valkey are started again and calls ring; when `up` itself is killed the kernel stops all."""
    monkeypatch.setenv("DIALGATE_DATA_DIR", str(tmp_path / "data"))
    with started_up(tmp_path / "data") as up:
        before = set(up.children())
        for part in (b"workers\0work", b"valkey-server"):
            os.kill(_child(before, part), signal.SIGKILL)
        eventually(lambda: len(set(up.children()) - before) == 2, message="a new worker and a new Valkey")
        eventually(lambda: dialgate("send", "demo").code == 0, message="a webhook is taken")
        eventually(lambda: len(up.rings()) > 0, message="and rings")
        children = up.children()
        up.process.kill()
        eventually(lambda: not any(alive(pid) for pid in children), seconds=90, message="every child ends")


def test_one_folder_one_up(tmp_path: Path) -> None:
    """A second `up` on the same folder is refused, whatever its ports."""
    with started_up(tmp_path / "data"):
        second = start_up(tmp_path / "data")
        written = second.communicate(timeout=90)[0]
    assert second.returncode == 1
    assert "another `dialgate up` is using" in written
    assert len(written.splitlines()) == 1


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    """Which port, and what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = start_up(tmp_path / "data", "--port", str(port))
        written = refused.communicate(timeout=90)[0]
    assert refused.returncode == 1
    assert written == f"port {port} on 127.0.0.1 is taken by another program: choose another with --port\n"


def test_live_with_a_shipped_secret_is_refused(tmp_path: Path) -> None:
    """The demo's secret is known to everybody: it never guards a source that can ring a real phone."""
    refused = start_up(tmp_path / "data", "--live", AGENTALK_TOKEN=TOKEN)
    written = refused.communicate(timeout=90)[0]
    assert refused.returncode == 2
    assert "source demo is guarded by a secret that is shipped" in written
    assert TOKEN not in written


def test_live_without_a_token_stays_in_the_sandbox(tmp_path: Path) -> None:
    """It says so loudly, and no real phone can ring."""
    folder = tmp_path / "data"
    with started_up(folder, "--live") as up:
        assert up.file["sandbox_url"]
        written = up.stop(signal.SIGTERM)
        assert up.process.returncode == 0
    assert "without one: main. The sandbox is used." in written


def test_a_bad_configuration_starts_nothing(tmp_path: Path) -> None:
    """Exit 2 with every problem, before anything is started or written."""
    bad = tmp_path / "bad.yaml"
    bad.write_text(SHIPPED.read_text().replace("account: main", "account: mian"))
    refused = start_up(tmp_path / "data", config=bad)
    written = refused.communicate(timeout=90)[0]
    assert refused.returncode == 2
    assert written.count("bad.yaml:") == 2
    assert not (tmp_path / "data").exists()


def _child(pids: set[int], part: bytes) -> int:
    return next(pid for pid in pids if part in Path(f"/proc/{pid}/cmdline").read_bytes())
