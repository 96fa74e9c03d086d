"""Every line is one JSON object on stderr, and libraries are quiet."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from gateway.logs import configure_logging
from gateway.rules.endpoints import Endpoint


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Logging is the process's: leave it as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    """What was written, read back."""
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_our_events_and_theirs_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    """With level, logger and time; an exception is inside its line."""
    configure_logging("info")
    structlog.get_logger("dialgate.x").info("ours", call="c1")
    logging.getLogger("theirs").warning("a %s", "b")
    structlog.get_logger("dialgate.x").error("broken", exc_info=ValueError("quotes a payload"))
    ours, theirs, broken = lines(capsys)
    assert (ours["event"], ours["call"], ours["level"], ours["logger"]) == ("ours", "c1", "info", "dialgate.x")
    assert (theirs["event"], theirs["level"]) == ("a b", "warning")
    assert (broken["error"], "quotes" in str(broken)) == ("ValueError", False)


@pytest.mark.parametrize("value", ["\ud800", 2**70, {1: "a"}, object(), ValueError("x"), "ä€😀", 'a"\n'])
def test_a_line_is_written_whatever_it_holds(capsys: pytest.CaptureFixture[str], value: object) -> None:
    """What must hold: one line of JSON, also for what JSON knows nothing of; telling never fails what is told of."""
    configure_logging("info")
    structlog.get_logger("dialgate.x").info("odd", value=value)
    [line] = lines(capsys)
    assert line["event"] == "odd"
    assert "value" in line


def test_a_record_in_a_line_keeps_its_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    """What must hold: a record is written as it shows itself, never field by field."""
    configure_logging("info")
    told = Endpoint(
        name="crm", url="https://x/key", origin="", keys=(b"key",), headers=(("a", "key"),), full_phone=False
    )
    structlog.get_logger("dialgate.x").info("odd", value=told)
    assert lines(capsys)[0]["value"] == "Endpoint(crm)"


def test_a_log_that_cannot_be_written_fails_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What must hold: with stderr gone or the disk behind it full, work goes on."""
    configure_logging("info")
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(logging.getLogger().handlers[0], "stream", closed)
    structlog.get_logger("dialgate.x").info("unheard")


@pytest.mark.parametrize("name", ["httpx", "rq.worker"])
def test_libraries_that_would_tell_too_much_are_quiet(capsys: pytest.CaptureFixture[str], name: str) -> None:
    """Arguments of jobs and addresses are written at info: from warning on they are heard."""
    configure_logging("debug")
    logging.getLogger(name).info("arguments and addresses")
    logging.getLogger(name).warning("trouble")
    assert [line["event"] for line in lines(capsys)] == ["trouble"]


def test_a_stranger_cannot_fill_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    """Lines that anybody can cause with a few bytes are not written; the server's own troubles are."""
    configure_logging("info")
    for line in ("Invalid HTTP request received.", "Unsupported upgrade request.", "Started server process"):
        logging.getLogger("uvicorn.error").warning(line)
    assert [line["event"] for line in lines(capsys)] == ["Started server process"]


def test_the_level_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    """`warning` hides what is usual."""
    configure_logging("warning")
    structlog.get_logger("dialgate.x").info("usual")
    assert lines(capsys) == []
