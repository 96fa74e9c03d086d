"""Jotform."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from one_event import FORM, one_event

from gateway.errors import Unreadable
from gateway.model import Event, Person


def multipart(fields: dict[str, str], boundary: str = "b1") -> bytes:
    """A body as a form library writes it."""
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items()]
    return ("".join(parts) + f"--{boundary}--\r\n").encode()


def submission(raw: Any, boundary: str = "b1", **fields: str) -> Event:
    """The event of a submission with these answers."""
    named = {"formID": "f1", "submissionID": "s1", **fields, "rawRequest": orjson.dumps(raw).decode()}
    return one_event("jotform", multipart(named, boundary), content_type=f"multipart/form-data; boundary={boundary}")


ANSWERS = {
    "slug": "submit/f1",
    "q3_name": {"first": "Ana", "last": "P"},
    "q4_email4": "ana@example.com",
    "q5_phoneNumber": {"full": "(555) 010-0123"},
    "submitDate": "1772625600000",
}


def test_a_submission_is_one_event() -> None:
    """The answers are read out of their JSON; form and submission are the key."""
    event = submission(ANSWERS)
    assert event.payload == {"formID": "f1", "submissionID": "s1", "rawRequest": ANSWERS}
    assert (event.type, event.key) == ("form_submission", ("f1", "s1"))
    assert event.occurred_at == datetime(2026, 3, 4, 12, tzinfo=UTC)
    assert event.person == Person(phone="(555) 010-0123", email="ana@example.com", first_name="Ana", last_name="P")


def test_the_boundary_is_not_content() -> None:
    """Where there is no id, the same fields under another boundary are the same event."""
    first, second = (submission(ANSWERS, boundary, submissionID="") for boundary in ("b1", "b2"))
    assert first.key is second.key is None
    assert first.content_key == second.content_key
    assert first.content_key != submission({**ANSWERS, "q4_email4": "b@example.com"}).content_key


@pytest.mark.parametrize(
    ("answers", "person"),
    [
        ({"q5_phoneNumber": {"area": "555", "phone": "0100123"}}, Person(phone="555 0100123")),
        ({"q5_tel": {"country": "44", "area": "20", "phone": "7946 0018"}}, Person(phone="+44 20 7946 0018")),
        ({"q5_tel": {"country": "+44", "phone": "2079460018"}}, Person(phone="+44 2079460018")),
        ({"q2_address": {"city": "X"}, "q5_fax": {"full": "+1"}, "q6_phone": {"full": "+2"}}, Person(phone="+2")),
        ({"q5_phoneNumber12": "+1 555 010 0123"}, Person(phone="+1 555 010 0123")),
        ({"q5_whatIsYourPhone": 15550100123}, Person(phone="15550100123")),
        ({"q3_fullName3": "Ana P"}, Person(first_name="Ana", last_name="P")),
        ({"q3_name": {"last": "P"}, "q4_parent": {"first": "Bo"}}, Person(last_name="P")),
        ({"phone": "+1", "q_phone": "+1", "q5_phone": True, "q6_email": []}, Person()),
        ({"q5_phone": {"full": {}}, "q6_name": {"first": []}}, Person()),
        ([1], Person()),
    ],
)
def test_the_person_among_the_answers(answers: Any, person: Person) -> None:
    """By the questions' names and the parts of compound fields; other members are not answers."""
    assert submission(answers).person == person


def test_a_submission_without_answers_is_kept_as_it_is() -> None:
    """A form of another kind names nobody; answers that are no JSON cannot be read."""
    event = one_event("jotform", b"formID=f1&submissionID=7", content_type=FORM)
    assert (event.payload, event.key, event.person) == ({"formID": "f1", "submissionID": "7"}, ("f1", "7"), Person())
    with pytest.raises(Unreadable, match="rawRequest"):
        one_event("jotform", b"rawRequest=%7B", content_type=FORM)
