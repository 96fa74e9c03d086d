"""Files of people who must never be rung: CSV as spreadsheets write it, read line by line, whatever a line holds.

A bad line costs nobody else their place on the list: a quotation mark that is never closed would, read as RFC 4180
says, swallow all that follows it.
"""

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO, TextIOWrapper
from itertools import islice, takewhile

from gateway.do_not_call import Kind, read_subject
from gateway.model import record
from gateway.subjects import Subject

_HEADINGS: Mapping[str, Kind] = {
    "phone": "phone", "phonenumber": "phone", "telephone": "phone", "mobile": "phone", "mobilephone": "phone",
    "email": "email", "emailaddress": "email", "contact": "contact", "contactid": "contact",
}  # fmt: skip
_DELIMITERS = ",;\t"  # a comma, what spreadsheets write where the comma is in numbers, and "text" of a spreadsheet
_LONGEST_RECORD = 50  # lines; a cell of more is taken for a quotation mark that nobody closed
_LONGEST_HEADING = 32_000  # characters; a file in one line of megabytes would be looked at for half a minute
_LONGEST_QUOTED = 1_000_000  # characters of a line
_NO_TEXT = {b"PK\x03\x04": "a workbook or another archive", b"\x1f\x8b": "compressed", b"%PDF": "a PDF"}
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_UNREADABLE = "\ufffd"


@record
class Fault:
    """What is wrong in one column, counted from 1; 0: with the line as a whole. It quotes nothing of the file."""

    column: int
    kind: Kind | None
    problem: str


@record
class Row:
    """One line of a file: whom it names, and what is wrong with it, if anything."""

    line: int
    subjects: tuple[Subject, ...]
    faults: tuple[Fault, ...] = ()

    @property
    def problem(self) -> str | None:
        """All that is wrong in one sentence; None: nothing."""
        return "; ".join(f"{one.kind}: {one.problem}" if one.kind else one.problem for one in self.faults) or None


@record
class _Record:
    line: int
    cells: list[str]
    whole: bool  # False: its quotation marks do not match, and it was read as if there were none


def lines_of(raw: bytes) -> Iterator[str]:
    """The lines of a file in UTF-8, or in UTF-16 with its mark. Raises ValueError for what is no text.

    Bytes that are no UTF-8 become U+FFFD: they spoil a cell that names somebody, and no other.
    """
    kind = next((kind for start, kind in _NO_TEXT.items() if raw.startswith(start)), None)
    utf_16 = raw.startswith(_UTF_16)
    if kind is not None or (b"\0" in raw and not utf_16):
        raise ValueError(f"the file is {kind or 'no text'}; save the sheet as CSV (UTF-8) and choose that")
    return TextIOWrapper(BytesIO(raw), encoding="utf-16" if utf_16 else "utf-8", errors="replace")


def read_csv(lines: Iterable[str], *, first_line: int = 1, region: str | None = None) -> Iterator[Row]:
    """Rows under a heading with `phone`, `email` and `contactId`, any of them; other columns are not read.

    Lines are counted from `first_line`, which is the heading's. Raises ValueError, at once, where that names nothing.
    """
    rest = iter(lines)
    heading = next(rest, "").removeprefix("\ufeff")
    if len(heading) > _LONGEST_HEADING:
        raise ValueError(f"the first line must name its columns, and it is over {_LONGEST_HEADING:,} characters long")
    delimiter = max(_DELIMITERS, key=lambda sign: sum(kind is not None for kind in _columns(heading, sign)))
    columns = _columns(heading, delimiter)
    if not any(columns):
        raise ValueError("the first line must name its columns: phone, email or contactId")
    return (
        _row(found, columns, region)
        for found in _records(rest, delimiter, first_line + 1, most=len(columns))
        if any(cell.strip() for cell in found.cells) or not found.whole
    )


def _columns(heading: str, delimiter: str) -> list[Kind | None]:
    """What each column holds, as far as the list can name it."""
    names = (cell.strip().strip('"').lower() for cell in heading.split(delimiter))
    return [_HEADINGS.get("".join(sign for sign in name if sign.isalnum())) for name in names]


def _records(lines: Iterator[str], delimiter: str, line: int, *, most: int) -> Iterator[_Record]:
    """Each record's first `most` cells, or more."""
    ahead: deque[str] = deque()
    while True:
        ahead.extend(islice(lines, 1 if not ahead else 0))
        if not ahead:
            return
        if '"' not in ahead[0]:
            yield _Record(line=line, cells=_split(ahead.popleft(), delimiter, most), whole=True)
            line += 1
            continue
        ahead.extend(islice(lines, _LONGEST_RECORD - len(ahead)))
        cells, taken = _quoted(ahead, delimiter, most)
        yield _Record(line=line, cells=cells, whole=taken > 0)
        line += taken or 1
        for _ in range(taken or 1):
            ahead.popleft()


def _split(line: str, delimiter: str, most: int) -> list[str]:
    """Its cells, and the rest of it in one: millions of cells that nobody reads would take much memory."""
    return line.rstrip("\r\n").split(delimiter, most)


def _quoted(ahead: Sequence[str], delimiter: str, most: int) -> tuple[list[str], int]:
    """The next record and of how many lines it is; 0: the quotation marks of its first do not match."""
    short = takewhile(lambda line: len(line) <= _LONGEST_QUOTED, ahead)
    reader = csv.reader(short, delimiter=delimiter, strict=True)
    try:
        return next(reader), reader.line_num
    except (csv.Error, StopIteration):
        return _split(ahead[0].replace('"', ""), delimiter, most), 0


def _row(found: _Record, columns: Sequence[Kind | None], region: str | None) -> Row:
    subjects: list[Subject] = []
    faults: list[Fault] = []
    if not found.whole:
        faults.append(Fault(column=0, kind=None, problem="its quotation marks do not match"))
    for column, (kind, cell) in enumerate(zip(columns, found.cells, strict=False), 1):
        if kind is None or not cell.strip():
            continue
        try:
            subjects.append(_subject(kind, cell, region))
        except ValueError as error:
            faults.append(Fault(column=column, kind=kind, problem=str(error)))
    if not subjects and not faults:
        faults.append(Fault(column=0, kind=None, problem="names nobody"))
    return Row(line=found.line, subjects=tuple(subjects), faults=tuple(faults))


def _subject(kind: Kind, cell: str, region: str | None) -> Subject:
    if _UNREADABLE in cell:
        raise ValueError("it holds bytes that are not UTF-8; save the file as CSV (UTF-8)")
    return read_subject(kind, cell, region=region)
