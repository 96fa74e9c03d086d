"""The person in a flat form, by the names website builders commonly give their fields."""

import re

from gateway.decoding.selectors import text_of
from gateway.model import JsonObject, Person

_NOT_NAMING = re.compile(r"[^a-z0-9]")
_PHONE = (
    "phone",
    "tel",
    "telephone",
    "mobile",
    "cell",
    "phonenumber",
    "mobilephone",
    "mobilenumber",
    "cellphone",
    "contactnumber",
    "yourphone",
    "yourtel",
)
_EMAIL = ("email", "mail", "emailaddress", "youremail")
_FIRST = ("firstname", "fname", "givenname", "forename", "yourfirstname")
_LAST = ("lastname", "lname", "familyname", "surname", "yourlastname")
_WHOLE = ("name", "fullname", "yourname", "contactname")


def person_in_form(fields: JsonObject) -> Person:
    """The person, where fields are named as usual: `Phone`, `your-tel`, `first_name`, `Full Name` …

    A whole name is split at its first space when the form has no separate first and last name.
    """
    named: dict[str, str] = {}
    for name, value in fields.items():
        text = text_of(value)
        if text is not None:
            named.setdefault(_NOT_NAMING.sub("", name.lower()), text)
    first, last = _first_of(named, _FIRST), _first_of(named, _LAST)
    if first is None and last is None:
        first, last = split_name(_first_of(named, _WHOLE))
    return Person(phone=_first_of(named, _PHONE), email=_first_of(named, _EMAIL), first_name=first, last_name=last)


def split_name(whole: str | None) -> tuple[str | None, str | None]:
    """A whole name as first and last name, split at its first space."""
    first, _, last = (whole or "").strip().partition(" ")
    return first or None, last.strip() or None


def _first_of(named: dict[str, str], names: tuple[str, ...]) -> str | None:
    return next((named[name] for name in names if name in named), None)
