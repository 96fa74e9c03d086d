"""Children are ready or say why not, come back when they die, and go when told."""

import sys
import time
from pathlib import Path

import pytest
from upstairs import alive
from waiting import eventually

from gateway.supervision import Child, ChildFailed, ChildPlan, python, readable

Said = list[tuple[str, str]]


def child(script: str, said: Said, *, ready: bool = True, patience: float = 5.0) -> Child:
    """A child that runs a few lines of Python."""
    plan = ChildPlan(
        name="part",
        command=(sys.executable, "-c", script),
        environment={"PYTHONUNBUFFERED": "1"},
        ready=lambda pid: ready,
        patience=patience,
    )
    return Child(plan, say=lambda name, text: said.append((name, text)))


def never() -> bool:
    """Nobody asks to stop."""
    return False


def test_a_child_that_ends_early_says_why() -> None:
    """The error holds the end of what it wrote."""
    part = child("print('no port'); raise SystemExit(3)", [], ready=False)
    part.start()
    with pytest.raises(ChildFailed, match="part did not start:\n  no port"):
        part.wait_until_ready(seconds=60, give_up=never)


def test_a_child_that_never_gets_ready_is_given_up() -> None:
    """After the patience it was given."""
    part = child("import time; time.sleep(60)", [], ready=False)
    part.start()
    with pytest.raises(ChildFailed, match="not ready within"):
        part.wait_until_ready(seconds=0.2, give_up=never)
    part.stop(at_once=never)
    assert not part.running


def test_waiting_ends_when_somebody_asks() -> None:
    """Ctrl-C during start-up does not wait for a slow child."""
    part = child("import time; time.sleep(60)", [], ready=False)
    part.start()
    part.wait_until_ready(seconds=60, give_up=lambda: True)
    part.stop(at_once=never)


def test_a_dead_child_comes_back_later_and_later() -> None:
    """Each restart is told, with its delay, which grows."""
    said: Said = []
    part = child("raise SystemExit(7)", said)
    part.start()

    def told_twice() -> bool:
        part.look_after()
        return len([text for _, text in said if "exit 7" in text]) == 2

    eventually(told_twice)
    delays = [float(text.split()[-2]) for _, text in said if "exit 7" in text]
    assert delays[1] > delays[0]
    part.stop(at_once=never)


@pytest.mark.parametrize(("patience", "at_once"), [(0.2, False), (60.0, True)])
def test_a_child_that_will_not_go_is_killed(tmp_path: Path, patience: float, at_once: bool) -> None:
    """SIGTERM first; SIGKILL when its patience is over, or when somebody insists."""
    script = (
        "import pathlib, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        f"pathlib.Path({str(tmp_path / 'up')!r}).touch(); time.sleep(60)"
    )
    part = child(script, [], patience=patience)
    part.start()
    eventually((tmp_path / "up").exists)
    before = time.monotonic()
    part.stop(at_once=lambda: at_once)
    assert not part.running
    assert time.monotonic() - before < 10


def test_what_a_child_writes_is_passed_on() -> None:
    """Line by line, with its name; log lines as a person reads them."""
    said: Said = []
    part = child("""print('{"event": "call.left", "level": "warning", "call": "c1", "timestamp": "x"}')""", said)
    part.start()
    eventually(lambda: said)
    part.stop(at_once=never)
    assert said == [("part", "warning call.left call=c1")]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("plain", "plain"),
        ("[1, 2]", "[1, 2]"),
        ('{"a": 1}', '{"a": 1}'),
        ('{"event": "e", "level": "error", "exception": "Trace"}', "error e\nTrace"),
    ],
)
def test_only_log_lines_are_rewritten(line: str, text: str) -> None:
    """Anything else stays as it is."""
    assert readable(line) == text


def test_a_stopped_child_leaves_no_process() -> None:
    """Not even one waiting to be buried."""
    part = child("import time; time.sleep(60)", [])
    part.stop(at_once=never)  # never started: nothing to do
    part.start()
    pid = part._process.pid
    part.stop(at_once=never)
    assert not alive(pid)


def test_our_modules_run_with_this_interpreter() -> None:
    """Not with whatever `python` is on the path."""
    assert python("workers", "work") == (sys.executable, "-m", "workers", "work")
