"""The reading of the suite's logs finds what must not be in one, and nothing else."""

from pathlib import Path

import pytest
from log_scan import leak_in, read_logs

TESTS = Path(__file__).parent
WRITES = """
import logging, structlog, sys

def test_by_logging():
    logging.getLogger("x").warning("%s", {line!r})

def test_by_structlog():
    structlog.get_logger("x").warning("event", field={line!r})

def test_as_json():
    print('{{"event": "' + {line!r} + '", "level": "info"}}', file=sys.stderr)
"""


@pytest.mark.parametrize(
    "line",
    [
        "calling +12125550100",
        "calling +1 (212) 555-0100.",
        "contact=+442079460100",
        "GET /x?phone=%2B12125550100",
        '{"to": "12125550100"}',
        "to 212-555-0100",
        "Bearer a-long-enough-secret refused",
    ],
)
def test_what_must_not_be_logged_is_found(line: str) -> None:
    """However it is written, and without the finding repeating it."""
    found = leak_in(line)
    assert found
    assert "55501" not in found
    assert "long-enough" not in found


@pytest.mark.parametrize(
    "line",
    [
        '{"timestamp": "2026-11-22T19:01:47.827865Z", "level": "info"}',
        "at 2026-11-22T19:01:47.827865+00:00 and 12:00+01:00",
        "rq_06h098mka4m15or1c90bj3fu ev_dd047ae1dd4b991ba404f4ff0e8436",
        "call_2125550100aabbccddeeff0011223344 pid 2125 at 1795374000123",
        "+•••00 was rung; ***00",
        "0.2125550100 s",
    ],
)
def test_ids_instants_and_masked_numbers_are_none(line: str) -> None:
    """No false alarm."""
    assert leak_in(line) == ""


def test_a_child_that_tells_too_much_fails_whoever_started_it(tmp_path: Path) -> None:
    """By its file or by what came through its pipe; what is no log may hold what it likes."""
    (tmp_path / "work.log").write_text('{"event": "rang +12125550100", "level": "info"}\n')
    with pytest.raises(AssertionError, match="ending in 00"):
        read_logs(tmp_path)
    with pytest.raises(AssertionError, match="ending in 00"):
        read_logs('{"event": "rang +12125550100", "level": "info"}')
    read_logs("Rang +12125550100, said a page for people", '{"event": "rang", "level": "info"}')


@pytest.mark.logs_on_purpose
@pytest.mark.parametrize("workers", [(), ("-n", "1")])
def test_a_test_that_logs_a_phone_fails(pytester: pytest.Pytester, workers: tuple[str, ...]) -> None:
    """By the standard library or structlog or as the product writes; in this process or in a worker of xdist."""
    pytester.makeconftest((TESTS / "log_scan.py").read_text(encoding="utf-8"))
    pytester.makepyfile(WRITES.format(line="rang +12125550100"))
    ran = pytester.runpytest_subprocess("-p", "no:cacheprovider", *workers)
    assert ran.ret == pytest.ExitCode.TESTS_FAILED
    ran.stdout.fnmatch_lines(["*a log line tells too much*"])
    assert ran.parseoutcomes()["errors"] == 3


def test_a_test_that_logs_nothing_of_the_kind_passes(pytester: pytest.Pytester) -> None:
    """The same lines without the phone."""
    pytester.makeconftest((TESTS / "log_scan.py").read_text(encoding="utf-8"))
    pytester.makepyfile(WRITES.format(line="rang call_2125550100aabb"))
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=3)
