"""WPForms."""

from datetime import UTC, datetime

import pytest
from inbound import NOW, request_of, source_of
from one_event import one_event

from gateway.errors import NotAuthentic, Unreadable
from gateway.model import Person

HEADER = "X-WPForms-Webhook-Signature"
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
# Computed from the add-on's documented scheme: HMAC-SHA256 of time, dot and body.
BODY = (
    '{"event":"lead.created","data":{"id":"c_1","phone":"+15550100123","email":"ana@example.com","name":"Ana Pérez ♥"}}'
)
SIGNED = "t=1760000000,v=97dabe14990962b43aa0e44d1270ab9de7778f6f32384bbdffd6d8d5609020c8"


def test_a_known_signature_passes() -> None:
    """Over the bytes of a JSON body; under `v1` it is none."""
    source, now = source_of("wpforms", secrets=[b"test_secret_123"]), datetime.fromtimestamp(1760000000, UTC)
    taken = request_of(BODY.encode(), {HEADER: SIGNED})
    assert source.provider.authenticate(taken, source, now) == "wpforms, secret 1 of 1"
    with pytest.raises(NotAuthentic):
        source.provider.authenticate(request_of(BODY.encode(), {HEADER: SIGNED.replace("v=", "v1=")}), source, now)


def test_a_form_is_refused() -> None:
    """What is signed then is JSON that the request does not hold."""
    source = source_of("wpforms")
    signed = source.provider.sign(request_of(b'{"phone":"+15550100123"}'), source, NOW)
    with pytest.raises(NotAuthentic):
        source.provider.authenticate(request_of(b"phone=%2B15550100123", [*FORM.items(), *signed]), source, NOW)
    assert "GET" not in source.provider.methods


def test_a_submission_is_one_event() -> None:
    """Under the keys its owner gave the fields."""
    fields = {"entry_id": 7, "phone": "+1", "name": "Ana P", "when": {"value": "01/02/2026", "unix": 1767312000}}
    event = one_event("wpforms", fields, options={"event_id": "entry_id"})
    assert (event.type, event.key) == ("form_submission", ("7",))
    assert event.person == Person(phone="+1", first_name="Ana", last_name="P")
    assert one_event("wpforms", fields).key is None
    assert one_event("wpforms", fields, options={"person": {"phone": "mobile"}}).person == Person()


def test_a_body_that_is_no_json_cannot_be_read() -> None:
    """A failed event rather than a guess."""
    with pytest.raises(Unreadable):
        one_event("wpforms", b"phone=1")
