"""Whom the list can name: read strictly, with what is wrong said."""

import pytest

from gateway.do_not_call import decide_opt_out, read_subject, subjects_of
from gateway.model import ContactById, ContactFields, EventState, Person
from gateway.reasons import Reason
from gateway.subjects import Subject

PHONE = Subject(kind="phone", value="+14155550123")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("phone", " +1 (415) 555-0123 ", "+14155550123"),
        ("phone", "tel:+14155550123", "+14155550123"),
        ("email", "Ada@Example.COM", "ada@example.com"),
        ("contact", " ct_7 ", "ct_7"),
    ],
)
def test_what_is_read(kind: str, text: str, value: str) -> None:
    """However it is written, the same person is the same entry."""
    assert read_subject(kind, text).value == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [("phone", "(415) 555-0123"), ("phone", "ask Ada"), ("phone", ""), ("email", "ada"), ("email", "a b@c"),
     ("email", "@c"), ("contact", " "), ("contact", "a\x00b"), ("contact", "x" * 321)],
)  # fmt: skip
def test_what_is_not(kind: str, text: str) -> None:
    """What names nobody is an error with words, never an entry that matches nobody."""
    with pytest.raises(ValueError, match=r"."):
        read_subject(kind, text)


def test_everything_a_call_is_known_by() -> None:
    """Phone, e-mail and contact id, each once; a contact id with the phone given beside it."""
    fields = ContactFields(phone="+14155550123", email="Ada@example.com")
    found = subjects_of(fields, ("tel:+14155550123",), "ct_7")
    assert {(one.kind, one.value) for one in found} == {
        ("phone", "+14155550123"), ("email", "ada@example.com"), ("contact", "ct_7")
    }  # fmt: skip
    assert len(found) == 3
    by_id = subjects_of(ContactById(contact_id="ct_7"), ("id:main:ct_7", "tel:+14155550123"))
    assert {(one.kind, one.value) for one in by_id} == {("contact", "ct_7"), ("phone", "+14155550123")}


@pytest.mark.parametrize(
    ("person", "state", "reason", "listed"),
    [
        (Person(phone="+14155550123"), EventState.IGNORED, Reason.OPTED_OUT, 1),
        (Person(phone="(415) 555-0123", email="a@example.com"), EventState.IGNORED, Reason.OPTED_OUT, 2),
        (Person(phone="no", email="a@example.com"), EventState.FAILED, Reason.OPT_OUT_UNREADABLE, 1),
        (Person(first_name="Ada"), EventState.FAILED, Reason.OPT_OUT_UNREADABLE, 0),
    ],
)
def test_opt_outs(person: Person, state: EventState, reason: Reason, listed: int) -> None:
    """Everything that names the person is listed; what cannot be read is shown to a person, never passed over."""
    decision = decide_opt_out(person, region="US", version="v1")
    assert (decision.state, decision.reason, len(decision.opt_outs), decision.plans) == (state, reason, listed, ())
