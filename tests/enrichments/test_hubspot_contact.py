"""HubSpot's contact, flat."""

import pytest
from crm import CONTACT

from gateway.enrichments import load_enrichments
from gateway.enrichments.hubspot_contact import ENRICHMENT
from gateway.errors import Unreadable
from gateway.model import Person


def test_a_contact_becomes_a_person() -> None:
    """The record is the properties with the id; the person is where HubSpot keeps one."""
    record = ENRICHMENT.read(CONTACT)
    assert record == {"phone": "+14155550123", "firstname": "Ann", "lastname": "Lee", "id": "1801"}
    assert ENRICHMENT.person(record) == Person(
        phone="+14155550123", first_name="Ann", last_name="Lee", contact_id="1801"
    )


@pytest.mark.parametrize("answer", [None, [], {}, {"properties": []}])
def test_another_answer_is_unreadable(answer: object) -> None:
    """What holds no properties is no contact."""
    with pytest.raises(Unreadable):
        ENRICHMENT.read(answer)


def test_it_is_found_by_its_name() -> None:
    """A module with its constant is all it takes."""
    assert load_enrichments()["hubspot_contact"] is ENRICHMENT
