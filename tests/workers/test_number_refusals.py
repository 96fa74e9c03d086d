"""Only a refusal that names the number, and nothing else, is about the number."""

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.classification import call_outcome
from workers.number_refusals import is_about_the_number
from workers.observation import Observation

ABOUT = [
    {"fromNumberId": ["Invalid pk - object does not exist."]},
    {"from_number_id": "not active"},
    {"errors": {"fromNumberId": ["disabled"]}, "status": 400},
    {"detail": "The from number is suspended."},
    {"error": "fromNumberId not found"},
    {"message": "Phone number integration is inactive"},
    {"detail": [{"loc": ["body", "fromNumberId"], "msg": "unknown"}]},
    "From-number disabled",
]
NOT = [
    None,
    {},
    [],
    "no",
    {"detail": "Not found."},
    {"contactId": ["Invalid pk."]},
    {"fromNumberId": ["x"], "contactId": ["x"]},
    {"fromNumberId": ["This contact may not be called from it"]},
    {"errors": {"fromNumberId": ["x"], "campaignId": ["x"]}},
    {"detail": "The contact has no phone number"},
    {"detail": "The from number may not call this contact"},
    {"phone": ["not a number"]},
    {"detail": "Number +14155550100 is on the do-not-call list of the from number"},
    {"fromNumberId": ["x"], "weather": "fine"},
]


@pytest.mark.parametrize("answer", ABOUT)
def test_about_the_number(answer: object) -> None:
    """Its field, or a sentence that speaks of it."""
    assert is_about_the_number(answer)


@pytest.mark.parametrize("answer", NOT)
def test_not_about_it(answer: object) -> None:
    """Names nothing, another thing, or another thing too."""
    assert not is_about_the_number(answer)


@pytest.mark.parametrize("status", [401, 402, 403, 408, 409, 425, 429, 500, 503, 303, 200, None])
def test_only_a_definite_refusal_can_be(status: int | None) -> None:
    """The same words under a status that proves nothing, or that the account is at fault, change nothing."""
    body = orjson.dumps({"fromNumberId": ["no such number"]})
    outcome = _outcome(Observation(started=True, status=status, body=body))
    assert "number_refused" not in str(outcome)
    assert "number_refused" in str(_outcome(Observation(started=True, status=400, body=body)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_no_answer_breaks_it(answer: object) -> None:
    """Whatever comes, an answer."""
    assert is_about_the_number(answer) in (True, False)


def _outcome(seen: Observation) -> object:
    return call_outcome(seen, now=datetime(2026, 11, 22, tzinfo=UTC), call_id_places=("id",))
