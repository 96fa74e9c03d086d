"""`python -m workers.sandbox` as people run it."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import plain_http
import pytest
from dialers.dialing import TOKEN
from waiting import eventually

from workers.sandbox import __main__ as command

COMMAND = (sys.executable, "-m", "workers.sandbox")
ROOT = Path(__file__).parent.parent.parent


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A sandbox process and its address; stopped by SIGTERM at the end if it still runs."""
    process = subprocess.Popen(
        [*COMMAND, "--port", "0", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process, process.stdout, process.stderr:
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found, process.stderr.read()
        yield process, found.group()
        process.terminate()
        process.wait(60)


def test_rings_survive_a_kill(tmp_path: Path) -> None:
    """SIGKILL, start again on the same folder: the ring is there."""
    for expected in (1, 2):
        with running("--data-dir", str(tmp_path)) as (process, url):
            body = {"fromNumberId": "pn", "contactId": "ct"}
            plain_http.post(f"{url}/api/calls/outbound", json=body, headers={"Authorization": f"Bearer {TOKEN}"})
            assert len(plain_http.get(f"{url}/rings").json()) == expected
            process.kill()


def stalled_call(url: str) -> socket.socket:
    """A connection whose call was accepted and is never answered."""
    plain_http.put(f"{url}/faults", json={"calls": {"faults": [{"kind": "stall"}]}}).raise_for_status()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    body = {"fromNumberId": "pn", "contactId": "ct"}
    request = httpx.Request("POST", f"{url}/api/calls/outbound", json=body, headers=headers)
    lines = [f"{name}: {value}" for name, value in request.headers.items()]
    connection = socket.create_connection(("127.0.0.1", request.url.port or 0))
    connection.sendall("\r\n".join(["POST /api/calls/outbound HTTP/1.1", *lines, "", ""]).encode() + request.content)
    eventually(lambda: plain_http.get(f"{url}/rings").json())
    return connection


@pytest.mark.parametrize(("told", "code"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 0)])
def test_it_stops_when_told_and_says_nothing(told: signal.Signals, code: int) -> None:
    """It ends soon, even with an answer stalled, without a traceback, and requests leave no line behind."""
    with running() as (process, url), stalled_call(url):
        process.send_signal(told)
        assert process.wait(60) == code
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read() == ""
        assert process.stderr.read() == ""


def test_a_taken_port_is_told_clearly() -> None:
    """One line that says which address and what may be the matter; exit code 1; no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run([*COMMAND, "--port", str(port)], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 1
    assert f"127.0.0.1:{port}" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [["--port", "70000"], ["--host", "192.0.2.1"]])
def test_an_impossible_address_is_told_clearly(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A port or host nobody can have is no traceback either."""
    assert command.main(arguments) == 1
    assert capsys.readouterr().err.startswith("sandbox: cannot listen on")


def test_an_unusable_folder_is_told_clearly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file where the folder should be."""
    (tmp_path / "file").touch()
    assert command.main(["--data-dir", str(tmp_path / "file" / "deeper")]) == 1
    assert "cannot be used" in capsys.readouterr().err


def test_ipv6_is_written_as_an_address() -> None:
    """The printed address can be opened."""
    with running("--host", "::1") as (_, url):
        assert url.startswith("http://[::1]:")
        assert plain_http.get(f"{url}/rings").json() == []
