"""Failpoints: named places that strike once, at their time, and never unless the environment says so."""

import re
import subprocess
import sys

import pytest
from tree import ROOT, files

from gateway import failpoints
from gateway.errors import ConfigInvalid
from gateway.failpoints import PLACES, Reached, read_failpoint
from gateway.ledger.scripts import load_scripts


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("grant.befor:1", "no such place"),
        ("grant.before", "name:n"),
        ("grant.before:0", "name:n"),
        ("grant.before:-1", "name:n"),
        ("grant.before:²", "name:n"),
        ("grant.before:1:burn", "no such action"),
        (":::", "no such place"),
    ],
)
def test_a_failpoint_that_does_not_exist_stops_start_up(text: str, said: str) -> None:
    """A misspelt failpoint would strike nowhere, and whatever follows would prove nothing."""
    with pytest.raises(ConfigInvalid, match=said):
        read_failpoint(text)


def test_it_strikes_at_its_time_and_once() -> None:
    """`grant.before:2` lets the first pass, breaks the second, and lets the rest pass."""
    failpoint = read_failpoint("grant.before:2:raise")
    failpoint.reach("grant.before")
    failpoint.reach("grant.after")
    with pytest.raises(Reached):
        failpoint.reach("grant.before")
    failpoint.reach("grant.before")


@pytest.mark.parametrize(("action", "exit_code"), [("kill", -9), ("term", -15), ("raise", 1), ("", -9)])
def test_what_becomes_of_the_process(action: str, exit_code: int) -> None:
    """The process dies of exactly what was asked for; with no action named it is killed."""
    code = "from gateway import failpoints; import os; failpoints.arm(os.environ); failpoints.reach('job', 'begun')"
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"FAILPOINT": f"job.begun:1:{action}".rstrip(":")},
        capture_output=True,
        start_new_session=True,
        check=False,
    )
    assert ended.returncode == exit_code


def test_unset_means_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the variable every place is passed, however often."""
    monkeypatch.setattr(failpoints, "_armed", read_failpoint("claim.before:1:raise"))
    failpoints.arm({})
    failpoints.reach("claim", "before")


def test_every_place_is_in_the_code_and_in_the_documentation() -> None:
    """No place is only a name: the code reaches it, and docs/faults.md says where it is."""
    code = "".join(path.read_text(encoding="utf-8") for path in files("gateway/*.py", "workers/*.py"))
    reached = {f"{step}.{moment}" for step, moment in re.findall(r'reach\("(\w+)", "(\w+)"\)', code)}
    reached |= {f"dial.{moment}" for moment in re.findall(r'self\._(?:go_on|send)\([^"\n]*"(\w+)"', code)}
    reached |= {f"{script}.{moment}" for script in load_scripts() for moment in ("before", "after")}
    assert [place for place in PLACES if place not in reached] == []
    page = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    assert [place for place in PLACES if f"`{place}`" not in page] == []
