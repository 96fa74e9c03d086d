"""Whom the do-not-call list can name: a phone, an e-mail address or a contact id; and how each is read."""

import re
from collections.abc import Sequence
from typing import Literal, TypeAlias, get_args

from gateway.model import Contact, ContactFields, Decision, EventState, Person
from gateway.phones import parse_phone
from gateway.reasons import Reason
from gateway.subjects import Subject

__all__ = ["KINDS", "Kind", "decide_opt_out", "read_subject", "subjects_of"]

Kind: TypeAlias = Literal["phone", "email", "contact"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_E164 = re.compile(r"\+[1-9]\d{6,14}\Z", re.ASCII)  # ITU-T E.164: at most fifteen digits
_LONGEST = 320  # RFC 3696 and its erratum: no e-mail address is longer


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
