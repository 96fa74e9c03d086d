"""The person among a form's answers: by what kind of field each is, then by how it is named.

Form builders send questions with answers. A field that holds phone numbers is one whatever it is called; else the
names website builders commonly use count, and last a question that asks for a phone, answered by what looks like one.
"""

import re
from collections.abc import Sequence
from typing import Literal

from gateway.decoding.people import person_in_form
from gateway.decoding.selectors import text_of
from gateway.model import JsonObject, JsonValue, Person, record

_ASKS_FOR_PHONE = re.compile(
    r"\b(?:tele)?phone\b|\b(?:mobile|cell|whatsapp|tel[eé]fono|telefon|téléphone)\b", re.IGNORECASE
)
_LOOKS_LIKE_PHONE = re.compile(r"\+?(?:[ ()./-]*[0-9]){7,15}[ ]*")


@record
class Answer:
    """One answered question: its names, the most deliberate first, and what kind of field it is, if that is known."""

    names: tuple[str | None, ...]
    value: JsonValue
    kind: Literal["phone", "email", ""] = ""


def person_among(answers: Sequence[Answer]) -> Person:
    """The person the answers give. Of several phones the one named so, else the first."""
    named = _named(answers)
    phones = [answer for answer in answers if answer.kind == "phone"]
    emails = [answer for answer in answers if answer.kind == "email"]
    return Person(
        phone=_named(phones).phone or _first(phones) or named.phone or _asked_for(answers),
        email=_named(emails).email or _first(emails) or named.email,
        first_name=named.first_name,
        last_name=named.last_name,
    )


def first_known(*people: Person) -> Person:
    """One person of several readings: each fact from the first that has it, the names together from one."""
    names = next((one for one in people if one.first_name or one.last_name), Person())
    return Person(
        phone=next((one.phone for one in people if one.phone), None),
        email=next((one.email for one in people if one.email), None),
        first_name=names.first_name,
        last_name=names.last_name,
    )


def _named(answers: Sequence[Answer]) -> Person:
    fields: JsonObject = {}
    for answer in answers:
        for name in filter(None, answer.names):
            fields.setdefault(name, answer.value)
    return person_in_form(fields)


def _first(answers: Sequence[Answer]) -> str | None:
    return next((text for answer in answers if (text := text_of(answer.value)) is not None), None)


def _asked_for(answers: Sequence[Answer]) -> str | None:
    asking = [answer for answer in answers if any(_ASKS_FOR_PHONE.search(name) for name in answer.names if name)]
    texts = [text_of(answer.value) or "" for answer in asking]
    return next((text for text in texts if _LOOKS_LIKE_PHONE.fullmatch(text)), None)
