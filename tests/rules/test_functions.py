"""The functions expressions have beyond CEL's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model import JsonValue
from gateway.rules.functions import as_text, digits, first_of, lower, phone, upper


@pytest.mark.parametrize(
    ("values", "expected"),
    [(("", "a"), "a"), ((None, 0), 0), ((" \t", None), None), ((False, "a"), False), ((), None)],
)
def test_first_of_passes_over_null_and_blank(values: tuple[JsonValue, ...], expected: JsonValue) -> None:
    """Zero and false are values."""
    assert first_of(*values) == expected


def test_phone_gives_e164_or_says_why_not() -> None:
    """A number that must not ring is refused here too."""
    assert phone("(415) 555-0132", "US") == "+14155550132"
    with pytest.raises(ValueError, match="premium-rate"):
        phone("+1 900 555 1234")


def test_letters_change_case_in_any_alphabet() -> None:
    """Not only ASCII."""
    assert (lower("ÅNGSTRÖM Ж"), upper("straße ж")) == ("ångström ж", "STRASSE Ж")


@given(st.text())
def test_digits_are_ascii_digits(text: str) -> None:
    """Nothing but 0-9 comes out."""
    assert set(digits(text)) <= set("0123456789")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (3, "3"),
        (3.0, "3"),
        (0.5, "0.5"),
        (1e300, "1e+300"),
        (True, "true"),
        (False, "false"),
        (None, None),
        ([], None),
        ({}, None),
    ],
)
def test_text_of_a_scalar(value: JsonValue, text: str | None) -> None:
    """Whole floats lose their .0: a phone number sent as a number stays a phone number."""
    assert as_text(value) == text
