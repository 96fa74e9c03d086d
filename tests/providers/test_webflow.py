"""Webflow."""

from datetime import UTC, datetime
from typing import Any

import pytest
from inbound import NOW, request_of, source_of
from one_event import one_event

from gateway.errors import NotAuthentic
from gateway.model import Person

PATH = "Vq3tR8xWmZ0aKp5sLc7dYe2f"
DATA = {"First Name": "Zaphod", "Last Name": "B", "email": "z@example.com", "Phone Number": 15550100123}
BODY = {
    "triggerType": "form_submission",
    "payload": {"name": "Contact Us", "data": DATA, "submittedAt": "2026-09-01T12:00:00.000Z", "id": "66b1"},
}
PERSON = Person(phone="15550100123", email="z@example.com", first_name="Zaphod", last_name="B")


def test_a_submission_is_one_event() -> None:
    """A phone written as a number keeps its digits."""
    event = one_event("webflow", BODY)
    assert event.payload == BODY
    assert (event.type, event.key) == ("form_submission", ("form_submission", "66b1"))
    assert event.occurred_at == datetime(2026, 9, 1, 12, tzinfo=UTC)
    assert event.person == PERSON


def test_the_older_shape_is_read_too() -> None:
    """Without an envelope, with an underscore before the id."""
    event = one_event("webflow", {"name": "Contact", "data": DATA, "d": "2026-09-01T12:00:00Z", "_id": "5f"})
    assert (event.type, event.key, event.person) == ("form_submission", ("form_submission", "5f"), PERSON)
    assert event.occurred_at == datetime(2026, 9, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"triggerType": "site_publish", "payload": {"id": "s", "data": DATA}}, "site_publish"),
        ({"triggerType": "form_submission", "payload": {"data": "none"}}, "form_submission"),
        ({"triggerType": "form_submission", "payload": None}, "form_submission"),
        ({"payload": {"data": []}}, ""),
        ([DATA], ""),
    ],
)
def test_what_is_no_submission_names_nobody(body: Any, kind: str) -> None:
    """Another trigger's id may come again and mean something new, so the body counts."""
    event = one_event("webflow", body)
    assert (event.type, event.key, event.person) == (kind, None, Person())


def test_a_webhook_of_the_dashboard_passes_by_its_address() -> None:
    """Only where the source says so."""
    source = source_of("webflow", {"signed": False}, secrets=(), path_token=PATH)
    assert source.provider.authenticate(request_of(path_token=PATH), source, NOW) == "path token"
    assert source.provider.sign(request_of(), source, NOW) == ()
    signed = source_of("webflow", path_token=PATH)
    with pytest.raises(NotAuthentic):
        signed.provider.authenticate(request_of(path_token=PATH), signed, NOW)


@pytest.mark.parametrize(
    ("signed", "secrets", "path", "problem"),
    [
        (True, (), None, "webflow needs `secrets`"),
        (True, (b"",), None, "secret 1 is empty"),
        (False, (b"secret",), PATH, "nothing would use the `secrets`"),
        (False, (), None, "needs a path_token"),
        (False, (), "short", "can be guessed"),
        (False, (), PATH, None),
        (True, (b"secret",), None, None),
    ],
)
def test_a_source_without_proof_does_not_load(
    signed: bool, secrets: tuple[bytes, ...], path: str | None, problem: str | None
) -> None:
    """Neither without a secret nor with an address that is none; nor with a secret nothing would use."""
    source = source_of("webflow", {"signed": signed}, secrets=secrets, path_token=path)
    problems = source.provider.check(source)
    assert [problem in said for said in problems if problem] == ([True] if problem else [])
