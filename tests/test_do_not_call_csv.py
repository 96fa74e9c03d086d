"""Files of people: as spreadsheets write them, and each bad line named without harm to the others."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.do_not_call_csv import Row, lines_of, read_csv

GOOD = "+14155550123"


def rows_of(text: str) -> list[Row]:
    """A file's rows, by way of its bytes."""
    return list(read_csv(lines_of(text.encode())))


def test_a_file_with_bad_lines() -> None:
    """Each bad line is named with what is wrong; its good part, and every good line, is read."""
    text = "\ufeffPhone,name,E-mail\n+14155550123,Ada,ada@example.com\n\n"
    text += "nobody,Bob,bob@example.com\n,Eve,\n(415) 555-0124,,\n"
    rows = list(read_csv(text.splitlines(), first_line=101, region="US"))
    assert [(row.line, len(row.subjects), row.problem is None) for row in rows] == [
        (102, 2, True), (104, 1, False), (105, 0, False), (106, 1, True)
    ]  # fmt: skip
    assert str(rows[1].problem).startswith("phone: ")
    assert [(fault.column, fault.kind) for fault in rows[1].faults] == [(1, "phone")]


@pytest.mark.parametrize("text", ["", "name,city\nAda,London", "+14155550123"])
def test_a_file_must_say_what_it_holds(text: str) -> None:
    """A file without a heading could not be told from one whose heading was forgotten; said before any row is read."""
    with pytest.raises(ValueError, match="first line"):
        read_csv(text.splitlines())


def test_a_file_in_one_line_is_refused_at_a_glance() -> None:
    """Whoever chooses another file by mistake, all of it one line, must not keep the receiver busy by that."""
    with pytest.raises(ValueError, match=r"first line .* 32,000 characters"):
        rows_of("phone," * 6_000)


@pytest.mark.parametrize("cell", [",ab", ',"ab"'])
def test_of_a_line_without_end_no_more_is_kept_than_the_heading_names(cell: str) -> None:
    """The columns that are named are read, and the millions behind them are not made cells of."""
    line = GOOD + cell * 500_000
    tracemalloc.start()
    [row] = read_csv(["phone,note\n", line])
    taken = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [str(one.value) for one in row.subjects] == [GOOD]
    assert taken < 4 * len(line)


@given(st.text(max_size=200))
def test_no_file_breaks_it(text: str) -> None:
    """Whatever a file holds, every row is a subject or a problem."""
    for row in read_csv(("phone,email,contactId\n" + text).splitlines()):
        assert row.subjects or row.problem


@given(st.binary(max_size=200))
def test_no_bytes_break_it(raw: bytes) -> None:
    """The same for bytes, unless they are refused as no text."""
    try:
        rows = list(read_csv(lines_of(b"phone,email\n" + raw)))
    except ValueError as error:
        assert "no text" in str(error)  # noqa: PT017 - what may be raised, not what must
        return
    assert all(row.subjects or row.problem for row in rows)


@pytest.mark.parametrize(
    "bad",
    ['"+14155550124', '+14155550124,"never closed', '"a"b,', 'no,"one', f'x,"{"y" * 200_000}', 'a"b'],
)
def test_a_bad_line_swallows_no_other(bad: str) -> None:
    """A quotation mark nobody closes, or a cell of any length: the good lines around it are read all the same."""
    after = "\n".join(f'+1415555{number:04d},"quoted, well"' for number in range(200, 280))
    rows = rows_of(f"phone,note\n{GOOD},\n{bad}\n{after}\n")
    listed = [one.value for row in rows for one in row.subjects]
    assert set(listed) >= {GOOD, *(f"+1415555{number:04d}" for number in range(200, 280))}
    assert [row.line for row in rows if row.problem][:1] == [3]
    assert rows[-1].line == 83


def test_a_quoted_cell_may_hold_lines_and_commas() -> None:
    """As RFC 4180 has it; the lines after it keep their numbers."""
    rows = rows_of(f'note,phone\n"one, two\nthree ""four""",{GOOD}\nx,nobody\n')
    assert [(row.line, len(row.subjects)) for row in rows] == [(2, 1), (4, 0)]


@pytest.mark.parametrize(
    "heading", ["Phone;Name", '"Phone Number";"Name"', "phone\tname", "MOBILE;x", "phone-number;x"]
)
def test_what_spreadsheets_write(heading: str) -> None:
    """Semicolons, tabs and the names people give their columns are understood."""
    sign = "\t" if "\t" in heading else ";"
    [row] = rows_of(f"{heading}\r\n{GOOD}{sign}Ada, of London\r\n")
    assert [one.value for one in row.subjects] == [GOOD]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_with_a_mark(encoding: str) -> None:
    """Both of Unicode's that spreadsheets save."""
    raw = f"phone,name\n{GOOD},Zoë\n".encode(encoding)
    assert [len(row.subjects) for row in read_csv(lines_of(raw))] == [1]


def test_other_bytes_spoil_only_a_cell_that_names_somebody() -> None:
    """A name in Windows-1252 does no harm; an e-mail address in it is no address we know."""
    raw = f"phone,name,email\n{GOOD},Zoë,\n,,zoë@example.com\n".encode("cp1252")
    fine, spoilt = read_csv(lines_of(raw))
    assert fine.problem is None
    assert "UTF-8" in str(spoilt.problem)
    assert spoilt.faults[0].column == 3


@pytest.mark.parametrize("raw", [b"PK\x03\x04rest", b"\x1f\x8brest", b"%PDF-1.7", b"phone\n\x00\x01"])
def test_what_is_no_text_is_refused(raw: bytes) -> None:
    """With what to do instead, not as a thousand bad lines."""
    with pytest.raises(ValueError, match="save the sheet as CSV"):
        lines_of(raw)


def test_nothing_of_the_file_is_quoted() -> None:
    """A report may be shown and sent on: no problem holds what stood in the file."""
    rows = rows_of('phone,email\n+14155550177x,secret\n"+14155550177\n')
    assert len(rows) == 2
    assert not any("0177" in str(row.problem) or "secret" in str(row.problem) for row in rows)
