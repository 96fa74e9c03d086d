"""Masking: what may be shown of a person who was not asked for by name."""

import pytest

from gateway.web.masking import hidden, mask_text, outline


@pytest.mark.parametrize(
    "phone", ["+14155550123", "4155550123", "(415) 555-0123", "415.555.0123", "+1 415-555-01-23", "1 415 555 0123"]
)
def test_phones_in_free_text_are_masked(phone: str) -> None:
    """What must hold: however it is written, all but the last two digits go."""
    masked = mask_text(f"the call to {phone} was refused")
    assert phone not in masked
    assert "555" not in masked
    assert masked.startswith("the call to ")


@pytest.mark.parametrize(
    "text", ["waits until 2026-11-23T09:00:00Z", "3 of 5 tries", "HTTP 503 after 12.5 s", "pn_212", "rule 12 failed"]
)
def test_other_numbers_stay(text: str) -> None:
    """What must hold: instants, counts and statuses remain readable."""
    assert mask_text(text) == text


def test_an_outline_shows_keys_and_kinds() -> None:
    """What must hold: enough to write a rule by, and no value of the payload."""
    payload = {"phone": "+14155550123", "n": 7, "ok": True, "no": None, "list": [{"a": 1.5}], "+14155550123": "x"}
    shown = outline(payload)
    assert isinstance(shown, dict)
    assert shown["phone"] == "(text, 12)"
    assert (shown["n"], shown["ok"], shown["no"], shown["list"]) == ("(number)", True, None, [{"a": "(number)"}])
    assert "4155550" not in str(shown)


def test_hidden_tells_only_that_something_is_there() -> None:
    """What must hold: absent stays absent, present shows no value."""
    assert (hidden(None), hidden(""), hidden("Ada")) == (None, "", "(hidden)")
