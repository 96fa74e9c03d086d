"""The person among a form's answers."""

from typing import Any

import pytest

from gateway.decoding.answers import Answer, first_known, person_among
from gateway.model import Person


def answer(name: str | None, value: Any, kind: Any = "") -> Answer:
    """One answered question."""
    return Answer(names=(name,), value=value, kind=kind)


@pytest.mark.parametrize(
    ("answers", "person"),
    [
        ([answer("How do we reach you?", "+1", "phone")], Person(phone="+1")),
        ([answer("Fax", "+1", "phone"), answer("Phone", "+2", "phone")], Person(phone="+2")),
        ([answer("Fax", " ", "phone"), answer("Desk", 4155550100, "phone")], Person(phone="4155550100")),
        ([answer("Phone", "later"), answer("Desk", "+1", "phone")], Person(phone="+1")),
        ([answer("Phone number", ["+1"]), answer("Email", "a@b.c")], Person(phone="+1", email="a@b.c")),
        ([answer("Where to write", "a@b.c", "email")], Person(email="a@b.c")),
        ([answer("Full name", "Ana P")], Person(first_name="Ana", last_name="P")),
        ([answer("What is your phone number?", "(415) 555-0100")], Person(phone="(415) 555-0100")),
        ([answer("Your mobile, please", 4155550100)], Person(phone="4155550100")),
        ([answer("Which phone do you have?", "iPhone 15")], Person()),
        ([answer("Which phone do you have?", "12"), answer("Phonetics?", "+14155550100")], Person()),
        ([answer(None, "+14155550100"), answer("Phone", True), answer("Email", {"x": 1})], Person()),
        ([], Person()),
    ],
)
def test_the_kind_of_field_counts_more_than_its_name(answers: list[Answer], person: Person) -> None:
    """And a question's wording only where its answer looks like a number."""
    assert person_among(answers) == person


def test_the_first_name_of_a_question_counts() -> None:
    """An author's own reference is more deliberate than the title people read."""
    question = Answer(names=("phone", "Company"), value="+1")
    assert person_among([question, Answer(names=("x", "phone"), value="+2")]) == Person(phone="+1")


def test_one_person_of_several_readings() -> None:
    """Facts from the first that has each; never one's first name with another's last."""
    first, second = Person(email="e", first_name="Ana"), Person(phone="+1", email="f", first_name="Bo", last_name="C")
    assert first_known(first, second) == Person(phone="+1", email="e", first_name="Ana")
    assert first_known() == Person()
