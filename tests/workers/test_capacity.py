"""A worker takes no more calls at once than it may open connections for, and says so."""

import json
import resource
import subprocess
import sys

import pytest

SCRIPT = """
import socket, sys
from gateway.logs import configure_logging
from workers.capacity import calls_at_once
configure_logging("info")
calls = calls_at_once(int(sys.argv[1]))
held = [socket.socket() for _ in range(2 * calls)]
print(calls)
"""


def asked(wanted: int, *, soft: int, hard: int) -> tuple[int, list[dict[str, object]]]:
    """How many calls at once a process with these limits would handle, and what it logs; it opens all connections."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(wanted)],
        check=True,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard)),
    )
    return int(done.stdout), [json.loads(line) for line in done.stderr.splitlines()]


@pytest.mark.parametrize(("soft", "hard"), [(256, 4096), (4096, 4096), (1024, 2200)])
def test_the_own_limit_is_raised_as_far_as_it_is_needed(soft: int, hard: int) -> None:
    """A shell's usual limit keeps nobody from a thousand calls at once; nothing is said of it."""
    assert asked(1000, soft=soft, hard=hard) == (1000, [])


def test_where_the_system_allows_fewer_fewer_are_taken_and_one_line_says_so() -> None:
    """Every call that is taken has its connections; the line says what to raise, and to what."""
    calls, lines = asked(1000, soft=256, hard=1024)
    assert calls == 412
    (line,) = lines
    assert (line["event"], line["wanted"], line["at_once"], line["open_files"]) == (
        "worker.fewer_calls_at_once",
        1000,
        412,
        1024,
    )
    assert "2200" in str(line["advice"])


def test_one_call_at_a_time_is_always_taken() -> None:
    """However low the limit is, a worker works."""
    assert asked(1000, soft=100, hard=100)[0] == 1
