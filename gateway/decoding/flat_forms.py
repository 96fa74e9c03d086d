"""Submissions of form plug-ins: one flat object of fields whose names the website's owner chose.

Its facts are where the source's options say, else under the names and kinds fields usually have.
"""

import re
from collections.abc import Sequence

from pydantic import Field

from gateway.contracts import Source
from gateway.decoding.answers import Answer, first_known, person_among
from gateway.decoding.content import decode_body
from gateway.decoding.facts import PersonPaths, as_object, canonical_text
from gateway.decoding.people import person_in_form
from gateway.decoding.selectors import Selector, select, text_of
from gateway.model import Event, JsonObject, JsonValue, Person, Request
from gateway.policy import Strict

SUBMISSION = "form_submission"
FORM = "application/x-www-form-urlencoded"
_BY_KIND = re.compile(r"(?P<kind>tel|email)[-_]?[0-9]+")  # how form editors name fields nobody named


class FlatFormOptions(Strict):
    """Options of a source whose fields are named by the website's owner."""

    person: PersonPaths | None = Field(
        None, description="where the fields hold the person; default: fields named as usual"
    )
    event_id: Selector | None = Field(None, description="the field that holds the entry's id, if one does")


def decode_flat_form(request: Request, _: Source) -> JsonValue:
    """The fields, by the content type; JSON counts as such whatever it is labelled. Raises Unreadable."""
    is_json = request.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")  # a form would have it percent-encoded
    return decode_body(request, "json" if is_json else "auto")


def split_flat_form(payload: JsonValue, _: Request, source: Source) -> Sequence[Event]:
    """One event: by the configured id, else by the fields' content."""
    fields = as_object(payload)
    entry = entry_id(fields, source)
    return [
        Event(
            payload=fields,
            type=SUBMISSION,
            key=None if entry is None else (entry,),
            content_key=(canonical_text(fields),),
            person=person_of(fields, source),
        )
    ]


def entry_id(fields: JsonObject, source: Source) -> str | None:
    """The entry's id, where the source's options say which field holds it."""
    place = source.options.event_id if isinstance(source.options, FlatFormOptions) else None
    return text_of(select(fields, place)) if place else None


def person_of(fields: JsonObject, source: Source) -> Person:
    """The person, where the source's options say, and only there; without options by the fields' names."""
    paths = source.options.person if isinstance(source.options, FlatFormOptions) else None
    if paths is not None:
        return paths.person(fields)
    return first_known(person_in_form(fields), person_among([_answer(name, value) for name, value in fields.items()]))


def _answer(name: str, value: JsonValue) -> Answer:
    match = _BY_KIND.fullmatch(name.lower())
    if match is None:
        return Answer(names=(name,), value=value)
    return Answer(names=(name,), value=value, kind="phone" if match["kind"] == "tel" else "email")
