"""The range a number belongs to: enough to know where it rings, never enough to know whom."""

import phonenumbers

_NATIONAL_DIGITS = 3
_LONGEST_COUNTRY_CODE = 3


def range_of(e164: str) -> str:
    """Its country code and the first three digits behind, such as +1876 or +4477; empty when it has none."""
    digits = e164.removeprefix("+")
    for length in range(1, _LONGEST_COUNTRY_CODE + 1):
        code = digits[:length]
        if code.isascii() and code.isdigit() and int(code) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return f"+{digits[: length + _NATIONAL_DIGITS]}"
    return ""
