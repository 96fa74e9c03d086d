"""Logs: one JSON object a line, and nothing in it that identifies a person or opens a door."""

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from gateway.logs import configure_logging


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What a process of ours writes to stderr once logging is set up; undone afterwards."""
    written = io.StringIO()
    root, access = logging.getLogger(), logging.getLogger("uvicorn.access")
    handlers, level, propagate = root.handlers, root.level, access.propagate
    monkeypatch.setattr(sys, "stderr", written)
    configure_logging("info")
    monkeypatch.undo()
    yield written
    root.handlers, access.propagate = handlers, propagate
    root.setLevel(level)
    structlog.reset_defaults()


def test_our_events_are_json_lines(lines: io.StringIO) -> None:
    """What must hold: an event is one line of JSON with its name, level, time and fields."""
    structlog.stdlib.get_logger("dialgate.test").info("delivery", source="crm", ms=3)
    [line] = lines.getvalue().splitlines()
    written = json.loads(line)
    assert (written["event"], written["level"], written["source"], written["ms"]) == ("delivery", "info", "crm", 3)
    assert written["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    "said",
    [
        "POST /hooks/crm/s3cr3t-token HTTP/1.1",
        "POST /hooks/crm?token=s3cr3t-token HTTP/1.1",
        "POST /hooks/crm/s3cr3t-token?token=s3cr3t-token",
        "calling +14155550123 now",
    ],
)
def test_what_libraries_say_is_scrubbed(lines: io.StringIO, said: str) -> None:
    """What must hold: tokens in addresses and phone numbers do not pass, whoever writes them."""
    logging.getLogger("some.library").warning("%s", said)
    written = lines.getvalue()
    assert "s3cr3t" not in written
    assert "4155550" not in written
    assert json.loads(written)["logger"] == "some.library"


def test_an_exception_is_told_by_its_places(lines: io.StringIO) -> None:
    """What must hold: an exception's kind and frames are logged, its text, which may quote a payload, is not."""
    try:
        int("the phone was +14155550123")
    except ValueError:
        logging.getLogger("some.library").exception("it broke")
        structlog.stdlib.get_logger("dialgate.test").exception("it_broke")
    foreign, ours = (json.loads(line) for line in lines.getvalue().splitlines())
    assert foreign["error"] == ours["error"] == "ValueError"
    assert foreign["frames"][0].startswith("test_logs.py:")
    assert "415" not in json.dumps([foreign, ours])


def test_servers_write_no_addresses(lines: io.StringIO) -> None:
    """What must hold: uvicorn's access log is off, also where uvicorn set up its own handlers first."""
    logging.getLogger("uvicorn.access").error("GET /somewhere")
    logging.getLogger("uvicorn.error").warning("something")
    [line] = lines.getvalue().splitlines()
    assert json.loads(line)["event"] == "something"
