"""From what was seen to what it means: every status, every failure, for calls, contacts and probes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contracts import ContactResolved
from gateway.model import Placed, Refused, Uncertain, Unsent
from gateway.reasons import Reason
from workers.classification import call_outcome, contact_outcome, probe_outcome
from workers.dialers import CALL_ID_PLACES, CONTACT_ID_PLACES
from workers.observation import Observation

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
ACCOUNT = {300, 301, 302, 304, 307, 308, 401, 402, 403, 407, 421, 426}
REFUSED = {400, 404, 405, 406, 410, 411, 412, 413, 414, 415, 417, 422, 428, 431, 451}
UNCLEAR = {303, 408, 409, 423, 424, 425, 418, 460, 499, 500, 501, 502, 503, 504, 520, 599, 600, 999}


def seen(status: int | None, body: bytes = b"{}", **more: object) -> Observation:
    """An exchange that began."""
    return Observation(started=True, status=status, body=body, **more)  # type: ignore[arg-type] # tests pass any


def of_call(observation: Observation) -> Placed | Refused | Unsent | Uncertain:
    """The outcome of a call with the default places."""
    return call_outcome(observation, now=NOW, call_id_places=CALL_ID_PLACES)


def of_contact(observation: Observation) -> ContactResolved | Refused | Unsent:
    """The outcome of a contact with the default places."""
    return contact_outcome(observation, now=NOW, contact_id_places=CONTACT_ID_PLACES)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 226, 299])
def test_any_2xx_is_placed(status: int) -> None:
    """Any 2xx means the call was initiated."""
    assert of_call(seen(status)) == Placed(status=status, provider_call_id=None, response="{}")


@pytest.mark.parametrize("status", sorted(REFUSED))
def test_a_request_turned_down_for_what_it_says_is_refused(status: int) -> None:
    """These prove that no phone rang, and trying again would not help."""
    assert of_call(seen(status, b'{"detail": "no"}')) == Refused(
        reason=Reason.REFUSED, status=status, detail=f"HTTP {status}: no"
    )
    contact = of_contact(seen(status))
    assert isinstance(contact, Refused)
    assert contact.reason is Reason.CONTACT_REFUSED


@pytest.mark.parametrize("status", sorted(ACCOUNT))
def test_a_wrong_account_or_address_stops_the_account(status: int) -> None:
    """Nothing was tried; nothing is lost; no other call of this account is tried."""
    for outcome in (of_call(seen(status)), of_contact(seen(status))):
        assert isinstance(outcome, Unsent)
        assert outcome.reason is Reason.ACCOUNT_STOPPED
        assert outcome.stops_account


@pytest.mark.parametrize("status", sorted(UNCLEAR))
def test_what_a_status_does_not_prove_is_uncertain(status: int) -> None:
    """Gateways and conflicts may answer after the call was placed; a contact may be sent again."""
    call = of_call(seen(status))
    assert isinstance(call, Uncertain)
    assert call.cause is Reason.SERVER_ERROR
    contact = of_contact(seen(status))
    assert isinstance(contact, Unsent)
    assert not contact.stops_account


@pytest.mark.parametrize("status", [100, 101, 103, 199])
def test_an_interim_answer_decides_nothing(status: int) -> None:
    """1xx is no answer."""
    call = of_call(seen(status))
    assert isinstance(call, Uncertain)
    assert call.cause is Reason.RESPONSE_UNREADABLE
    contact = of_contact(seen(status))
    assert isinstance(contact, Unsent)
    assert contact.reason is Reason.RESPONSE_UNREADABLE


@pytest.mark.parametrize(
    ("header", "delay"),
    [
        ((), None),
        ((("retry-after", "120"),), timedelta(seconds=120)),
        ((("retry-after", "Sun, 22 Nov 2026 15:00:30 GMT"),), timedelta(seconds=30)),
        ((("retry-after", "soon"),), None),
    ],
)
def test_429_is_unsent_with_the_delay_asked_for(header: tuple[tuple[str, str], ...], delay: timedelta | None) -> None:
    """A rate limit accepted nothing."""
    for outcome in (of_call(seen(429, headers=header)), of_contact(seen(429, headers=header))):
        assert isinstance(outcome, Unsent)
        assert outcome.reason is Reason.RATE_LIMITED
        assert outcome.retry_after == delay
        assert not outcome.stops_account


@pytest.mark.parametrize("reason", [Reason.CONNECT_FAILED, Reason.TLS_FAILED, Reason.NOT_STARTED, Reason.LEASE_LOST])
def test_what_never_began_is_unsent(reason: Reason) -> None:
    """No byte was written: proved, whatever else is known."""
    never = Observation(started=False, failure=reason, detail="why")
    assert of_call(never) == Unsent(reason=reason, detail="why")
    assert of_contact(never) == Unsent(reason=reason, detail="why")
    assert probe_outcome(never) == "why"


@pytest.mark.parametrize("reason", [Reason.RESPONSE_TIMEOUT, Reason.CONNECTION_LOST, Reason.INTERRUPTED])
def test_what_began_and_got_no_answer_is_uncertain(reason: Reason) -> None:
    """The phone may ring; a contact may simply be sent again."""
    lost = seen(None, b"", failure=reason, detail="why")
    assert of_call(lost) == Uncertain(cause=reason, detail="why")
    assert of_contact(lost) == Unsent(reason=reason, detail="why")


@given(
    status=st.integers(200, 999),
    failure=st.sampled_from([Reason.RESPONSE_TIMEOUT, Reason.CONNECTION_LOST]),
    body=st.binary(max_size=200),
)
def test_a_broken_body_never_changes_what_a_status_says(status: int, failure: Reason, body: bytes) -> None:
    """The status decides; the body only explains. And no bytes make the classification fail."""
    whole, broken = of_call(seen(status, body)), of_call(seen(status, body, failure=failure))
    assert type(whole) is type(broken)
    of_contact(seen(status, body))
    probe_outcome(seen(status, body))


@pytest.mark.parametrize("place", CALL_ID_PLACES)
def test_the_call_id_is_found_wherever_it_is(place: str) -> None:
    """Every documented guess of a place works."""
    body = '"call_7"'
    for name in reversed(place.split(".")):
        body = f'{{"{name}": {body}}}'
    outcome = of_call(seen(200, body.encode()))
    assert isinstance(outcome, Placed)
    assert outcome.provider_call_id == "call_7"


@pytest.mark.parametrize("size", [4096, 5000, 65536])
def test_the_kept_response_is_at_most_4_kb(size: int) -> None:
    """Also when its bytes are no text and each becomes three."""
    outcome = of_call(seen(200, b"\xff" * size))
    assert isinstance(outcome, Placed)
    assert len(outcome.response.encode()) <= 4096


def test_a_contact_without_an_id_is_a_clear_permanent_error() -> None:
    """It says where it looked and shows the answer, phone numbers masked."""
    outcome = of_contact(seen(200, b'{"contact": {"phone": "+14155550100"}}'))
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.CONTACT_ID_NOT_FOUND
    assert "data.contact.id" in outcome.detail
    assert "contact" in outcome.detail
    assert "4155550100" not in outcome.detail


def test_an_empty_contact_answer_says_so() -> None:
    """No body is told as no body."""
    outcome = of_contact(seen(204, b""))
    assert isinstance(outcome, Refused)
    assert "an empty body" in outcome.detail


def test_a_contact_answer_cut_short_is_tried_again() -> None:
    """The id may have been in what did not arrive, and the request is safe to repeat."""
    outcome = of_contact(seen(200, b'{"con', failure=Reason.CONNECTION_LOST))
    assert isinstance(outcome, Unsent)
    assert outcome.reason is Reason.CONNECTION_LOST


def test_a_contact_answer_cut_after_its_id_is_resolved() -> None:
    """A body that is whole as JSON counts, even if more was announced."""
    cut = seen(200, b'{"id": "ct_1"}', failure=Reason.CONNECTION_LOST)
    assert of_contact(cut) == ContactResolved(contact_id="ct_1")


@pytest.mark.parametrize(("status", "expected"), [(200, None), (204, None), (None, "why"), (199, "HTTP 199: {}: why")])
def test_a_probe_is_fine_only_with_2xx(status: int | None, expected: str | None) -> None:
    """Anything else is told."""
    body = b"" if status is None else b'"{}"'
    assert probe_outcome(seen(status, body, detail="why")) == expected


def test_a_redirect_tells_where_to_without_its_query() -> None:
    """People need to see the address; the query may hold secrets."""
    outcome = of_call(seen(302, b"", headers=(("location", "https://login.example.com/a?token=abc"),)))
    assert isinstance(outcome, Unsent)
    assert outcome.detail == "HTTP 302: redirects to https://login.example.com/a"
