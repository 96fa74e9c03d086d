"""serve, work, sweep and sandbox become the part itself, and refuse what must not start."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from upstairs import ROOT, SHIPPED, Dialgate

TOKEN = "15c94c3c-1873-4a09-bfbb-03357c29ea50.abc123xyz"


def started(*words: str, **environ: str) -> subprocess.Popen[str]:
    """`dialgate …` as a process, in an environment without our settings."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith("DIALGATE_")}
    return subprocess.Popen(
        [sys.executable, "-m", "gateway", *words],
        cwd=ROOT,
        env={**clean, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize("command", ["serve", "work", "sweep"])
def test_a_shipped_secret_with_a_real_token_starts_nothing(command: str) -> None:
    """Exit 2 and one clear line, from each part that could let a stranger ring a phone."""
    part = started(command, "--config", str(SHIPPED), AGENTALK_TOKEN=TOKEN)
    written = part.communicate(timeout=90)[0]
    assert part.returncode == 2
    assert "source demo is guarded by a secret that is shipped" in written
    assert "Traceback" not in written


def test_the_sandbox_takes_its_flags_and_stops(tmp_path: Path) -> None:
    """The process is the sandbox itself: it hears the signal, and ends with 0."""
    part = started("sandbox", "--port", "0", "--data-dir", str(tmp_path / "rings"))
    assert part.stdout is not None
    assert "sandbox call API on http://127.0.0.1:" in part.stdout.readline()
    part.send_signal(signal.SIGTERM)
    part.communicate(timeout=90)
    assert part.returncode in {0, -signal.SIGTERM}


def test_a_part_gets_its_configuration_by_flag(
    dialgate: Dialgate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """--config wins over the environment; the process is replaced, so signals and exit codes are the part's own."""
    became: list[tuple[list[str], dict[str, str]]] = []

    def remember(path: str, words: list[str], environ: dict[str, str]) -> None:
        became.append((words, environ))

    monkeypatch.setenv("DIALGATE_CONFIG", "other.yaml")
    monkeypatch.setattr(os, "execve", remember)
    for command in ("work", "sweep"):
        assert dialgate(command, "--config", "mine.yaml").code == 0
    assert [words[1:] for words, _ in became] == [["-m", "workers", "work"], ["-m", "workers", "sweep"]]
    assert {environ["DIALGATE_CONFIG"] for _, environ in became} == {"mine.yaml"}
