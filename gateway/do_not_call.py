"""Whom the do-not-call list can name: a phone, an e-mail address or a contact id; and reading them, one or many."""

import csv
import re
from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias, get_args

from gateway.model import Contact, ContactFields, Decision, EventState, Person, record
from gateway.phones import parse_phone
from gateway.reasons import Reason
from gateway.subjects import Subject

__all__ = ["KINDS", "Kind", "Row", "decide_opt_out", "read_csv", "read_subject", "subjects_of"]

Kind: TypeAlias = Literal["phone", "email", "contact"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_E164 = re.compile(r"\+[1-9]\d{6,14}\Z", re.ASCII)  # ITU-T E.164: at most fifteen digits
_LONGEST = 320  # RFC 3696 and its erratum: no e-mail address is longer
_HEADINGS = {"phone": "phone", "email": "email", "e-mail": "email", "contact": "contact", "contactid": "contact"}


@record
class Row:
    """One line of an import: whom it names, and what is wrong with it, if anything."""

    line: int
    subjects: tuple[Subject, ...]
    problem: str | None = None


def read_subject(kind: Kind, text: str, *, region: str | None = None) -> Subject:
    """The subject as the list keeps it: E.164, lower case, or the id as it is. Raises ValueError saying what is wrong.

    A number that may never ring anyway can still be listed. `region` is for phones without a country code.
    """
    written = text.strip()
    if not written or len(written) > _LONGEST or not written.isprintable():
        raise ValueError("it is empty, far too long, or holds characters nobody can read")
    if kind == "phone":
        phone = parse_phone(written, region=region)
        if phone.e164 is None or phone.refused is Reason.PHONE_INVALID:
            raise ValueError("not a phone number; write it with its country code, for example +14155550123")
        return Subject(kind=kind, value=phone.e164)
    if kind == "email":
        name, at, host = written.rpartition("@")
        if not (name and at and host) or any(sign.isspace() for sign in written):
            raise ValueError("not an e-mail address")
        return Subject(kind=kind, value=written.lower())
    return Subject(kind=kind, value=written)


def subjects_of(contact: Contact, person_keys: Sequence[str], contact_id: str | None = None) -> tuple[Subject, ...]:
    """Everything a call is known by that the list may name. What cannot be read cannot be listed either."""
    given: list[tuple[Kind, str | None]] = [("contact", contact_id)]
    if isinstance(contact, ContactFields):
        given += [("phone", contact.phone), ("email", contact.email)]
    else:
        given.append(("contact", contact.contact_id))
    given += [("phone", key.removeprefix("tel:")) for key in person_keys if key.startswith("tel:")]
    found: dict[Subject, None] = {}
    for kind, text in given:
        try:
            found[_as_kept(kind, text or "")] = None
        except ValueError:
            continue
    return tuple(found)


def _as_kept(kind: Kind, text: str) -> Subject:
    """A call's phone is E.164 since its plan was made: read anew, it would cost more than the rest of the look."""
    if kind == "phone" and _E164.match(text):
        return Subject(kind=kind, value=text)
    return read_subject(kind, text)


def decide_opt_out(person: Person, *, region: str | None, version: str) -> Decision:
    """Everything that names the person goes on the list. FAILED, so that a person looks, where a part cannot be read.

    What can be read of such an event is listed all the same.
    """
    given: list[tuple[Kind, str | None]] = [
        ("phone", person.phone), ("email", person.email), ("contact", person.contact_id)
    ]  # fmt: skip
    found, problems = [], []
    for kind, text in given:
        if text is None or not text.strip():
            continue
        try:
            found.append(read_subject(kind, text, region=region))
        except ValueError as error:
            problems.append(f"{kind}: {error}")
    if not found and not problems:
        problems.append("it names no phone, e-mail address or contact id")
    return Decision(
        state=EventState.FAILED if problems else EventState.IGNORED,
        reason=Reason.OPT_OUT_UNREADABLE if problems else Reason.OPTED_OUT,
        error="; ".join(problems) or None,
        rulebook=version,
        opt_outs=tuple(found),
    )


def read_csv(text: str, *, first_line: int = 1, region: str | None = None) -> Iterator[Row]:
    """Rows under a heading with `phone`, `email` and `contactId`, any of them; other columns are not read.

    Lines are counted from `first_line`, which is the heading's. Raises ValueError where the heading names nothing.
    """
    reader = csv.reader(text.removeprefix("\ufeff").splitlines(), strict=False)
    columns = [_HEADINGS.get(name.strip().lower().replace("_", "")) for name in next(reader, [])]
    if not any(columns):
        raise ValueError("the first line must name its columns: phone, email or contactId")
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield _row(first_line + reader.line_num - 1, columns, cells, region)
    except csv.Error as error:
        yield Row(line=first_line + reader.line_num - 1, subjects=(), problem=f"cannot be read: {error}")


def _row(line: int, columns: Sequence[str | None], cells: Sequence[str], region: str | None) -> Row:
    subjects, problems = [], []
    for kind, cell in zip(columns, cells, strict=False):
        if kind is None or not cell.strip():
            continue
        try:
            subjects.append(read_subject(_kind(kind), cell, region=region))
        except ValueError as error:
            problems.append(f"{kind}: {error}")
    if not subjects and not problems:
        problems.append("names nobody")
    return Row(line=line, subjects=tuple(subjects), problem="; ".join(problems) or None)


def _kind(name: str) -> Kind:
    return next(kind for kind in KINDS if kind == name)
