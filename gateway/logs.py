"""Structured logs: one JSON object a line on stderr, for our events and for those of the libraries.

Our own lines hold ids and words, never a body, a phone or a secret. What libraries write is not in our hands, so
their lines are scrubbed, and of an exception only its kind and the places it passed are kept: its text may quote
a payload.
"""

import json
import logging
import re
import sys
import traceback
from contextlib import nullcontext, suppress
from functools import partial
from pathlib import PurePath
from typing import TextIO

import orjson
import structlog

_QUIET = ("httpx", "httpcore", "rq.worker", "rq.job", "rq", "asyncio", "uvicorn.access")
_HOOK_TOKEN = re.compile(r"(/hooks/[^/\s?\"']+/)[^\s?\"']+")
_QUERY = re.compile(r"(/hooks/[^\s?\"']*\?)[^\s\"']+")
_PHONE = re.compile(r"\+\d{5,13}(?=\d\d)")
_FRAMES = 8
_JSON = orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS  # a record by its repr, which keeps its secrets
_STRANGERS = ("Invalid HTTP request received.", "Unsupported upgrade request.", "No supported WebSocket library")


def configure_logging(level: str) -> None:
    """Send every log line of this process to stderr as JSON; `level` is debug, info, warning or error.

    Libraries are heard from `warning` on: RQ writes a job's arguments at info, httpx every address. uvicorn's
    access log stays off however the server was started: addresses may hold secrets. So do its lines that any stranger
    can have written as often as they like.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _places_of_exception,
    ]
    handler = logging.StreamHandler(sys.stderr)
    structlog.configure(
        processors=[*shared, _as_line],
        logger_factory=partial(_OwnLines, handler),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=False,
    )
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _scrub],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _as_line],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers, logging.getLogger(name).propagate = [], True
    logging.getLogger("uvicorn.error").addFilter(_not_for_strangers)
    access = logging.getLogger("uvicorn.access")
    access.handlers, access.propagate = [], False


class _OwnLines:
    """What writes the lines of one of our loggers, whole, among the libraries' lines.

    Ours need nothing of what the standard library does for a line: it takes longer than all the rest.
    """

    def __init__(self, handler: "logging.StreamHandler[TextIO]", name: str = "dialgate", *_: object) -> None:
        self.name = name
        self._handler = handler

    def msg(self, line: str) -> None:
        """Write a line. A stream that cannot be written to is no reason to fail what is told of."""
        with self._handler.lock or nullcontext(), suppress(OSError, ValueError):
            self._handler.stream.write(line + "\n")
            self._handler.flush()

    debug = info = warning = error = critical = fatal = exception = log = msg


def _as_line(_: structlog.typing.WrappedLogger, __: str, event: structlog.typing.EventDict) -> str:
    """The line, whatever it holds: orjson refuses what is not valid Unicode, and very large numbers."""
    try:
        return orjson.dumps(event, default=repr, option=_JSON).decode()
    except TypeError:
        return json.dumps(event, default=repr, skipkeys=True)


def _not_for_strangers(line: logging.LogRecord) -> bool:
    return not str(line.msg).startswith(_STRANGERS)


def _places_of_exception(
    _: structlog.typing.WrappedLogger, __: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
        event["error"] = type(error).__name__
        event["frames"] = [f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return event


def _scrub(_: structlog.typing.WrappedLogger, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    text = str(event.get("event", ""))
    text = _QUERY.sub(r"\1(hidden)", _HOOK_TOKEN.sub(r"\1(hidden)", text))
    event["event"] = _PHONE.sub("+•••", text)
    return event
