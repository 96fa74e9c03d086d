"""The few functions expressions have beyond CEL's own. Each is pure; ValueError is what its user reads."""

from gateway.model import JsonValue
from gateway.phones import parse_phone


def phone(text: str, region: str | None = None) -> str:
    """The number in E.164. Raises ValueError for one that is not valid or must never ring."""
    parsed = parse_phone(text, region=region)
    if parsed.refused or parsed.e164 is None:
        raise ValueError(f"phone() cannot use this number: {parsed.detail or 'it is blank'}")
    return parsed.e164


def first_of(*values: JsonValue) -> JsonValue:
    """The first value that is neither null nor blank text; null if there is none."""
    for value in values:
        if value is not None and not (isinstance(value, str) and not value.strip()):
            return value
    return None


def lower(text: str) -> str:
    """Text in lower case, in any alphabet."""
    return text.lower()


def upper(text: str) -> str:
    """Text in upper case, in any alphabet."""
    return text.upper()


def digits(text: str) -> str:
    """The digits 0-9 of a text, and nothing else."""
    return "".join(letter for letter in text if letter in "0123456789")


def as_text(value: JsonValue) -> str | None:
    """Text for a scalar (whole floats without their .0), None for null, lists and maps."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, str | int | float):
        return str(value)
    return None
