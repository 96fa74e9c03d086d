"""Histories → timelines: the lines that lua/shared/1_records.lua writes, and those of earlier releases and of lists."""

from collections.abc import Mapping, Sequence

import orjson

from gateway.errors import RecordDamaged
from gateway.ledger.decoding import reason_of
from gateway.ledger.instants import from_ms
from gateway.ledger.records import TimelineEntry

_NAMED, _SAME, _DETAIL, _FACTS = b"@", b"=", b'"', b"{"


def history_of(earlier: Sequence[bytes], fields: Mapping[bytes, bytes]) -> tuple[bytes, ...]:
    """The lines of a record's history; the `earlier` ones stood in a list of their own before there was the field."""
    log = fields.get(b"log")
    return (*earlier, *(log.split(b"\n") if log else ()))


def timeline_of(lines: Sequence[bytes], began_ms: int = 0, of: str = "a history") -> tuple[TimelineEntry, ...]:
    """A history, oldest first, of a record that came in when it `began` (milliseconds since 1970).

    Raises RecordDamaged, which names what it is `of`, for what is no line of any release.
    """
    try:
        return _timeline(lines, began_ms)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise RecordDamaged(f"{of}: its history is damaged ({type(error).__name__})") from None


def _timeline(lines: Sequence[bytes], began_ms: int) -> tuple[TimelineEntry, ...]:
    entries: list[TimelineEntry] = []
    named = ""
    for line in lines:
        if line.startswith(_FACTS):
            entries.append(_of_json(line))
        else:
            entry, named = _of_fields(line, began_ms, named)
            entries.append(entry)
    return tuple(entries)


def _of_json(line: bytes) -> TimelineEntry:
    data = orjson.loads(line)
    return TimelineEntry(
        at=from_ms(data["t"]),
        state=data["s"],
        reason=reason_of(data.get("r")),
        by=data.get("b", ""),
        detail=data.get("d", ""),
        facts=data.get("f", {}),
    )


def _of_fields(line: bytes, began_ms: int, named: str) -> tuple[TimelineEntry, str]:
    """A line, and who is named last after it."""
    after, state, *told = line.split(b"\t")
    reason = by = detail = ""
    facts: Mapping[str, str] = {}
    for part in told:
        if part.startswith(_NAMED):
            by = named = part[1:].decode("utf-8", "replace")
        elif part == _SAME:
            by = named
        elif part.startswith(_DETAIL):
            detail = orjson.loads(part)
        elif part.startswith(_FACTS):
            facts = orjson.loads(part)
        else:
            reason = part.decode("utf-8", "replace")
    entry = TimelineEntry(
        at=from_ms(began_ms + int(after)),
        state=state.decode(),
        reason=reason_of(reason),
        by=by,
        detail=detail,
        facts=facts,
    )
    return entry, named
