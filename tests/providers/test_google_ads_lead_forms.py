"""Google Ads lead forms."""

from typing import Any

import orjson
import pytest
from inbound import NOW, json_request, source_of
from one_event import one_event

from gateway.errors import NotAuthentic
from gateway.model import Person
from gateway.reasons import Reason

PATH = "Vq3tR8xWmZ0aKp5sLc7dYe2f"


def column(column_id: Any, value: Any, name: Any = None) -> dict[str, Any]:
    """One column as Google writes it."""
    return {"column_id": column_id, "string_value": value, **({"column_name": name} if name else {})}


COLUMNS = [
    column("FULL_NAME", "Ana P", "Full Name"),
    column("EMAIL", "ana@example.com"),
    column("PHONE_NUMBER", "+15550100123"),
]
BODY = {"lead_id": "L1", "form_id": 40000000000, "google_key": "k", "is_test": False, "user_column_data": COLUMNS}


def test_a_lead_is_one_event_without_the_key() -> None:
    """The secret of the body is in no payload."""
    event = one_event("google_ads_lead_forms", BODY)
    assert event.payload == {name: value for name, value in BODY.items() if name != "google_key"}
    assert (event.type, event.key, event.occurred_at) == ("lead", ("lead", "L1"), None)
    assert event.person == Person(phone="+15550100123", email="ana@example.com", first_name="Ana", last_name="P")
    assert event.never_rings is None


def test_a_lead_without_an_id_counts_by_its_body() -> None:
    """As does what is no lead at all."""
    assert [one_event("google_ads_lead_forms", body).key for body in ({"lead_id": None}, {}, [1])] == [None] * 3


@pytest.mark.parametrize("marked", [True, "true", 1])
def test_a_test_lead_never_rings(marked: Any) -> None:
    """Whatever phone it holds."""
    assert one_event("google_ads_lead_forms", {**BODY, "is_test": marked}).never_rings is Reason.TEST_EVENT


@pytest.mark.parametrize(
    ("columns", "person"),
    [
        ([column("WORK_PHONE", "+2"), column("PHONE_NUMBER", "+1")], Person(phone="+1")),
        ([column("WORK_PHONE", 4155550100), column("WORK_EMAIL", "w@b.c")], Person(phone="4155550100", email="w@b.c")),
        ([column("GIVEN_NAME", "Ana"), column("FAMILY_NAME", "P")], Person(first_name="Ana", last_name="P")),
        ([column("q_17", "(415) 555-0100", "Your mobile?")], Person(phone="(415) 555-0100")),
        ([column("PHONE_NUMBER", None), column(None, "x"), column(["EMAIL"], {}), None], Person()),
        ({"column_id": "PHONE_NUMBER"}, Person()),
    ],
)
def test_the_person_among_the_columns(columns: Any, person: Person) -> None:
    """By the columns' ids, whose readable names may be missing."""
    assert one_event("google_ads_lead_forms", {**BODY, "user_column_data": columns}).person == person


def test_the_key_is_compared_and_not_kept() -> None:
    """Neither a wrong key passes nor the right one at another address."""
    source = source_of("google_ads_lead_forms", secrets=(b"k",), path_token=PATH)
    provider, request = source.provider, json_request(orjson.dumps(BODY), path_token=PATH)
    assert provider.authenticate(request, source, NOW) == "body token, secret 1 of 1"
    assert b"google_key" not in provider.kept_body(request, source)
    wrong = json_request(orjson.dumps({**BODY, "google_key": "x"}), path_token=PATH)
    for refused in (wrong, json_request(orjson.dumps(BODY))):
        with pytest.raises(NotAuthentic):
            provider.authenticate(refused, source, NOW)
