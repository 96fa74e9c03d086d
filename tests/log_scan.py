"""Every log line of the suite is read: one that holds a secret of the tests, or a whole phone number, fails its test.

In this process by what pytest caught, whichever worker ran the test; of child processes by what whoever started them
hands to `read_logs` as they end.
"""

import re
from collections.abc import Generator
from pathlib import Path

import pytest

SECRETS = (
    "fault-proofs-api-key",
    "fault-proofs-sender-secret",
    "acceptance-key",
    "a-long-enough-secret",
    "a-dialgate-demo-secret",
    "s3cret-s3cret-s3cret",
    "test-bearer-secret-0002",
    "test-signing-secret-0001",
    "test-hubspot-secret-0003",
    "browser-secret-0001",
    "plain-sender-secret",
    "hubspot-app-secret",
    "another-long-secret",
    "very-secret",
    "opt-out-secret-01",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "ZGlhbGdhdGUtZGVtby1zZWNyZXQtbmV2ZXItZm9yLXJlYWwtcGhvbmVz",
)
ON_PURPOSE = "logs_on_purpose"
_E164 = r"(?:\+|%2B)[1-9][\d ().-]{7,16}\d"
# Without a plus: of North America, with the exchange 555 that the tests use; not part of an id or of a number.
_BARE = r"(?<![\w.:-])1?[2-9]\d\d[ .-]?555[ .-]?\d{4}(?![\w.:])"
_PHONE = re.compile(f"{_E164}|{_BARE}", re.IGNORECASE)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_OURS = re.compile(r'^\s*\{.*"level": |^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S* +\[(?:debug|info|warning|error|critical)')
_UTC = re.compile(r"\d\d:\d\d(?::\d\d)?(?:\.\d+)?\+\d\d:?\d\d")


def leak_in(line: str) -> str:
    """What a log line must not hold, described without repeating it; empty is good."""
    for secret in SECRETS:
        if secret in line:
            return f"the secret {secret[:4]}…"
    found = _PHONE.search(_UTC.sub("", line))
    digits = re.sub(r"\D", "", found[0].replace("%2B", "")) if found else ""
    return f"a phone number ending in {digits[-2:]}" if len(digits) >= 10 else ""


def leaks_in(text: str, *, all_of_it: bool) -> list[str]:
    """Each bad line with its fault. Of a text that is not only a log, just what looks like a line of one is read."""
    lines = _COLOUR.sub("", text).splitlines()
    read = [line for line in lines if all_of_it or _OURS.match(line)]
    return [f"{fault} in the log line: {line[:400]}" for line in read if (fault := leak_in(line))]


def read_logs(*texts: str | Path) -> None:
    """What child processes wrote: text, or a folder of `.log` files. AssertionError with lines that tell too much."""
    written = [path.read_text(errors="replace") for one in texts if isinstance(one, Path) for path in one.glob("*.log")]
    written += [one for one in texts if isinstance(one, str)]
    found = [leak for text in written for leak in leaks_in(text, all_of_it=False)]
    assert not found, "\n".join(found)


def pytest_configure(config: pytest.Config) -> None:
    """The marker of a test that writes such a line itself, to see it scrubbed."""
    config.addinivalue_line("markers", f"{ON_PURPOSE}: writes log lines that hold what must not be logged")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """As a test ends, read what it logged."""
    report = yield
    if report.when == "teardown" and item.get_closest_marker(ON_PURPOSE) is None:
        found = [leak for title, text in report.sections for leak in leaks_in(text, all_of_it="log" in title.lower())]
        if found and report.outcome == "passed":
            report.outcome = "failed"
            report.longrepr = "a log line tells too much:\n" + "\n".join(found)
    return report
