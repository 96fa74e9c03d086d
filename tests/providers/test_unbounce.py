"""Unbounce."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from one_event import FORM, one_event

from gateway.errors import Unreadable
from gateway.model import Event, Person

FIELDS = {
    "full_name": ["Ana P"],
    "email": ["ana@example.com"],
    "phone": ["+1"],
    "page_uuid": ["a2838d98"],
    "time_submitted": ["10:57 PM UTC"],
    "date_submitted": ["2026-06-06"],
}


def submission(fields: Any, **page: str) -> Event:
    """The event of a form that holds these fields as JSON."""
    body = urlencode({"page_id": "p1", **page, "data.json": orjson.dumps(fields), "data.xml": "<form/>"}).encode()
    return one_event("unbounce", body, content_type=FORM)


def test_a_submission_is_one_event() -> None:
    """Page and content are its key; the same as XML is left out."""
    event = submission(FIELDS)
    assert event.payload == {"page_id": "p1", "data": FIELDS}
    assert event.type == "form_submission"
    assert event.occurred_at == datetime(2026, 6, 6, 22, 57, tzinfo=UTC)
    assert event.person == Person(phone="+1", email="ana@example.com", first_name="Ana", last_name="P")


def test_the_same_submission_again_is_the_same_event() -> None:
    """Another minute, another field or another page is another."""
    key = submission(FIELDS).key
    assert key is not None
    assert submission(dict(reversed(FIELDS.items()))).key == key
    for changed in ({**FIELDS, "time_submitted": ["10:58 PM UTC"]}, {**FIELDS, "phone": ["+2"]}):
        assert submission(changed).key != key
    assert submission(FIELDS, page_id="p2").key != key


@pytest.mark.parametrize(
    ("day", "minute"),
    [([], ["10:57 PM UTC"]), (["2026-06-06"], None), (["06/06/2026"], ["10:57 PM UTC"]), ({}, ["22:57"])],
)
def test_without_its_minute_the_body_counts(day: Any, minute: Any) -> None:
    """The same person may ask again."""
    event = submission({**FIELDS, "date_submitted": day, "time_submitted": minute})
    assert (event.key, event.occurred_at) == (None, None)


def test_json_is_read_too() -> None:
    """The fields at the top level then; their page is the key's."""
    event = one_event("unbounce", FIELDS)
    assert (event.payload, event.person.phone) == (FIELDS, "+1")
    assert event.key is not None
    assert event.key[0] == "a2838d98"
    assert one_event("unbounce", [1]).person == Person()


def test_fields_that_are_no_json_cannot_be_read() -> None:
    """Kept as a failed event rather than guessed at."""
    with pytest.raises(Unreadable, match=r"data\.json"):
        one_event("unbounce", b"data.json=%7B", content_type=FORM)
