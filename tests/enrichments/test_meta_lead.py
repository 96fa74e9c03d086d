"""Meta's lead, flat."""

import pytest

from gateway.enrichments.meta_lead import ENRICHMENT
from gateway.errors import Unreadable
from gateway.model import Person

LEAD = {
    "id": "1459076748710713",
    "created_time": "2026-11-22T12:00:00+0000",
    "field_data": [
        {"name": "phone_number", "values": ["+14155550123"]},
        {"name": "email", "values": ["ann@example.com"]},
        {"name": "full_name", "values": ["Ann Lee"]},
        {"name": "id", "values": ["a question of that name"]},
        {"values": ["nameless"]},
    ],
}


def test_a_lead_becomes_a_person() -> None:
    """Each answer under its question's name, which cannot replace what Meta says of the lead."""
    record = ENRICHMENT.read(LEAD)
    assert (record["phone_number"], record["id"]) == ("+14155550123", "1459076748710713")
    assert ENRICHMENT.person(record) == Person(
        phone="+14155550123", email="ann@example.com", first_name="Ann", last_name="Lee"
    )


@pytest.mark.parametrize("answer", [None, [], {}, {"field_data": "x"}])
def test_another_answer_is_unreadable(answer: object) -> None:
    """What holds no answers is no lead."""
    with pytest.raises(Unreadable):
        ENRICHMENT.read(answer)
