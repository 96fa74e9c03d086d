"""What a call knows of whom it is for."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from scripted import Clock, ScriptedDialer, a_ringer, a_rulebook, accepted, claimed

from gateway import pipeline
from gateway.contacts import phone_of
from gateway.ledger import Ledger
from gateway.model import Contact, ContactById, ContactFields

BY_ID = ContactById(contact_id="ct_1")
THANKSGIVING_NOON = datetime(2026, 11, 26, 17, tzinfo=UTC)  # Alabama keeps it, New York does not
CONFIG = """
accounts: {main: {token: "${TOKEN:-}"}}
numbers: {east: {id: pn_east, account: main, pace: {}}}
sources: {crm: {provider: generic, secrets: [a-long-enough-secret], authentication: [{bearer: true}]}}
rules: [{name: known, call: {from: east, contact: {id: payload.id, phone: payload.phone}}}]
policy: {hours: {preset: us_strict}}
"""


@pytest.mark.parametrize(
    ("contact", "keys", "phone"),
    [
        (ContactFields(phone="+12125550100"), ("tel:+12125550199",), "+12125550100"),
        (BY_ID, ("id:main:ct_1", "tel:+12125550100"), "+12125550100"),
        (BY_ID, ("id:main:ct_1",), None),
    ],
    ids=["the contact's own", "beside the id", "none"],
)
def test_the_phone_is_the_contacts_own_or_the_one_beside_its_id(
    contact: Contact, keys: tuple[str, ...], phone: str | None
) -> None:
    """Whatever way the payload gave a phone, guards look at it."""
    assert phone == phone_of(contact, keys)


@pytest.mark.anyio
@pytest.mark.parametrize(("phone", "rings"), [("+12125550100", True), ("+12055550100", False)], ids=["NY", "AL"])
async def test_a_phone_beside_an_id_tells_the_state_whose_hours_bind(
    ledger: Ledger, tmp_path: Path, phone: str, rings: bool
) -> None:
    """New York's customer is not kept waiting by Alabama's holiday, nor Alabama's rung on it."""
    clock, dialer, rulebook = Clock(THANKSGIVING_NOON), ScriptedDialer(), a_rulebook(tmp_path, CONFIG)
    await accepted(ledger, rulebook, clock, {"id": "ct_1", "phone": phone})
    await pipeline.ring(a_ringer(ledger, rulebook, dialer, clock), await claimed(ledger, clock))
    assert rings == bool(dialer.dialled)
