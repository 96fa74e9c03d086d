"""Ninja Forms."""

from urllib.parse import urlencode

import pytest
from one_event import FORM, one_event

from gateway.model import JsonObject

JSON = '{"phone":"+1","interest":"demo"}'
FIELDS = {"phone": "+1", "interest": "demo"}


@pytest.mark.parametrize(
    ("body", "content_type", "payload"),
    [
        (urlencode(FIELDS).encode(), FORM, FIELDS),
        (JSON.encode(), "application/json", FIELDS),
        (JSON.encode(), FORM, FIELDS),
        (urlencode({"data": JSON}).encode(), FORM, FIELDS),
        (urlencode({"phone": "{not JSON"}).encode(), FORM, {"phone": "{not JSON"}),
        (urlencode({"phone": JSON, "more": "x"}).encode(), FORM, {"phone": JSON, "more": "x"}),
        (b'{"phone":["+1"]}', FORM, {"phone": ["+1"]}),
        (b"[1]", "application/json", {"value": [1]}),
    ],
)
def test_the_fields_are_found_however_they_are_sent(body: bytes, content_type: str, payload: JsonObject) -> None:
    """As arguments, as JSON whatever its label, as JSON in a sole argument."""
    event = one_event("ninja_forms", body, content_type=content_type)
    assert (event.type, event.payload) == ("form_submission", payload)


def test_the_same_submission_is_the_same_event() -> None:
    """By the configured id, else by its content."""
    assert one_event("ninja_forms", {"sub": 7}, options={"event_id": "sub"}).key == ("7",)
    first, again = (
        one_event("ninja_forms", FIELDS),
        one_event("ninja_forms", urlencode(FIELDS).encode(), content_type=FORM),
    )
    assert first.key is None
    assert first.content_key == again.content_key
    assert first.person.phone == "+1"
