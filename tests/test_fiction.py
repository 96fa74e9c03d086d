"""Invented people."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from gateway.fiction import invent_id, invent_person
from gateway.phones import parse_phone


@given(st.integers())
def test_a_person_can_be_rung_and_is_nobody(seed: int) -> None:
    """A valid number set aside for fiction, an address in a reserved domain, the same for the same draws."""
    person = invent_person(Random(seed))
    phone = parse_phone(person.phone, region=None)
    assert (phone.e164, phone.refused) == (person.phone, None)
    assert person.phone[5:10] == "55501"
    assert person.email.endswith("@example.com")
    assert person == invent_person(Random(seed))


def test_ids_differ() -> None:
    """Each draw is another id of one length."""
    random = Random(1)
    ids = {invent_id(random) for _ in range(1000)}
    assert (len(ids), {len(one) for one in ids}) == (1000, {24})


def test_two_inventions_rarely_meet() -> None:
    """A thousand people have nearly as many phones: a demo must not join strangers into one person."""
    random = Random(1)
    assert len({invent_person(random).phone for _ in range(1000)}) > 970
