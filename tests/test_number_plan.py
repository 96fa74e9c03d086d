"""The short way through the numbering plans says what libphonenumber says, or nothing."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType, timezone

from gateway.number_plan import standing_of

TYPES = PhoneNumberType.values()
CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


def examples(region: str) -> list[str]:
    """A number of each kind a region has, in E.164."""
    found = (phonenumbers.example_number_for_type(region, kind) for kind in TYPES)
    return [phonenumbers.format_number(one, PhoneNumberFormat.E164) for one in found if one is not None]


def assert_same(e164: str) -> bool:
    """Hold an answer against libphonenumber's; whether there was one."""
    standing = standing_of(e164)
    if standing is None:
        return False
    number = phonenumbers.parse(e164, None)
    regions = phonenumbers.region_codes_for_country_code(number.country_code or 0)
    assert phonenumbers.is_valid_number(number)
    assert phonenumbers.format_number(number, PhoneNumberFormat.E164) == e164
    assert (standing.code, standing.digits) == (
        number.country_code,
        phonenumbers.national_significant_number(number),
    )
    assert standing.region == phonenumbers.region_code_for_number(number)
    assert standing.kind == phonenumbers.number_type(number)
    assert standing.regions == tuple(one for one in regions if phonenumbers.is_valid_number_for_region(number, one))
    assert standing.zones == tuple(timezone.time_zones_for_number(number))
    return True


@pytest.mark.parametrize("region", REGIONS)
def test_every_kind_in_every_country(region: str) -> None:
    """What must hold: of each kind of number in each country, all that is said is what libphonenumber says."""
    answers = [assert_same(number) for number in examples(region)]
    assert answers


def test_most_numbers_are_answered() -> None:
    """What must hold: the short way is the usual one, also for all of North America."""
    answers = [assert_same(number) for region in REGIONS for number in examples(region)]
    assert sum(answers) > 0.8 * len(answers)
    assert all(assert_same(f"+1{area}5550132") for area in (212, 415, 604))


@given(st.sampled_from([n for region in REGIONS for n in examples(region)]), st.data())
def test_numbers_nearly_like_them(e164: str, data: st.DataObject) -> None:
    """What must hold: with digits changed, put in or cut off, the answer is libphonenumber's or none."""
    digits = list(e164)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(1, len(digits) - 1))
        digits[at : at + data.draw(st.integers(0, 1))] = data.draw(st.sampled_from([[], *([d] for d in "0123456789")]))
        digits = digits if len(digits) > 1 else list(e164)
    assert_same("".join(digits))


@given(st.sampled_from(CODES), st.text("0123456789", min_size=1, max_size=14))
def test_any_digits_behind_any_code(code: int, digits: str) -> None:
    """What must hold: whatever stands behind a country code, the answer is libphonenumber's or none."""
    assert_same(f"+{code}{digits}")


@pytest.mark.parametrize(
    "text", ["", "+", "4155550132", "+1 415 555 0132", "+1415555013２", "+0123456789", "+999123456789"]
)
def test_what_is_no_plain_number_gets_no_answer(text: str) -> None:
    """What must hold: anything but digits in ASCII behind a plus is for libphonenumber to read."""
    assert standing_of(text) is None
