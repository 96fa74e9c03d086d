"""Phone numbers: read as people write them, refused with a reason, hidden in logs."""

import subprocess
import sys

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.phones import REGIONS, Phone, mask_phone, parse_phone, regions_of, zones_of
from gateway.reasons import Reason


@pytest.mark.parametrize(
    ("written", "region", "e164", "found_in"),
    [
        ("+1 415 555 0132", None, "+14155550132", "US"),
        ("(415) 555-0132", "US", "+14155550132", "US"),
        ("415.555.0132", "us", "+14155550132", "US"),
        ("  4155550132\n", "US", "+14155550132", "US"),
        ("٤١٥٥٥٥٠١٣٢", "US", "+14155550132", "US"),
        ("+44 20 7946 0000", "US", "+442079460000", "GB"),
        ("020 7946 0000", "GB", "+442079460000", "GB"),
        ("0044 20 7946 0000", None, "+442079460000", "GB"),
        ("0044 20 7946 0000", "US", "+442079460000", "GB"),
        ("00 1 415 555 0132", "DE", "+14155550132", "US"),
        ("tel:+1-415-555-0132", None, "+14155550132", "US"),
        ("+1 604 555 0132", None, "+16045550132", "CA"),
        ("4155550132", "US", "+14155550132", "US"),
        ("+800 1234 5678", "XX", "+80012345678", None),
    ],
)
def test_numbers_as_people_write_them(written: str, region: str | None, e164: str, found_in: str | None) -> None:
    """Each becomes the same E.164 number, with the country it belongs to."""
    phone = parse_phone(written, region=region)
    assert (phone.e164, phone.region) == (e164, found_in)


@pytest.mark.parametrize(
    "written", ["415-555-0132 x12", "tel:+1-415-555-0132;ext=12", "(415) 555 0132 ext. 3", "415-555-0132 #7"]
)
def test_an_extension_is_left_out_and_told(written: str) -> None:
    """The call API cannot dial an extension: the number rings without it, and the detail says so."""
    expected = Phone(e164="+14155550132", region="US", refused=None, detail="its extension is left out")
    assert parse_phone(written, region="US") == expected


@pytest.mark.parametrize(
    ("written", "region", "reason"),
    [
        ("", "US", Reason.PHONE_MISSING),
        (" \t", None, Reason.PHONE_MISSING),
        ("4155550132", None, Reason.PHONE_INVALID),
        ("4155550132", "Narnia", Reason.PHONE_INVALID),
        ("555-0132", "US", Reason.PHONE_INVALID),
        ("+999 123 456 789", None, Reason.PHONE_INVALID),
        ("1-800-FLOWERS", "US", Reason.PHONE_INVALID),
        ("call me maybe", "US", Reason.PHONE_INVALID),
        ("+", None, Reason.PHONE_INVALID),
        ("tel:", "US", Reason.PHONE_INVALID),
        ("00", None, Reason.PHONE_SHORT),
        ("+" + "1" * 300, "US", Reason.PHONE_INVALID),
        ("+1 900 555 1234", None, Reason.PHONE_PREMIUM),
        ("+44 906 123 4567", None, Reason.PHONE_PREMIUM),
        ("+44 70 1234 5678", None, Reason.PHONE_PREMIUM),
        ("+49 180 2 345678", None, Reason.PHONE_PREMIUM),
        ("+979 123 456 789", None, Reason.PHONE_PREMIUM),
        ("+870 773 111 632", None, Reason.PHONE_SATELLITE),
        ("+881 631 234 567", None, Reason.PHONE_SATELLITE),
        ("+882 13 300123", None, Reason.PHONE_SATELLITE),
        ("+883 510 012 345 678", None, Reason.PHONE_SATELLITE),
        ("12345", "US", Reason.PHONE_SHORT),
        ("12345", None, Reason.PHONE_SHORT),
        ("911", "US", Reason.PHONE_EMERGENCY),
        ("+1 911", None, Reason.PHONE_EMERGENCY),
        ("112", None, Reason.PHONE_EMERGENCY),
        ("999", "GB", Reason.PHONE_EMERGENCY),
        ("110", "DE", Reason.PHONE_EMERGENCY),
        ("0049 110", "US", Reason.PHONE_EMERGENCY),
    ],
)
def test_what_must_never_ring_is_refused_with_its_reason(written: str, region: str | None, reason: Reason) -> None:
    """Premium, shared-cost, satellite, short, emergency, missing and invalid numbers each have their own reason."""
    assert parse_phone(written, region=region).refused is reason


@given(st.text(max_size=40), st.sampled_from([None, "US", "GB", "de", "", "001", "??"]))
def test_any_text_gives_an_answer(text: str, region: str | None) -> None:
    """Never an exception: a number in E.164, or a reason why not."""
    phone = parse_phone(text, region=region)
    assert phone.refused is not None or (phone.e164 is not None and phone.e164.startswith("+"))


@given(st.text(alphabet="0123456789+-() .;=extl:#", max_size=30))
def test_a_number_read_once_reads_the_same_again(text: str) -> None:
    """E.164 is a fixed point: what was accepted is accepted again, as the same number, without a region."""
    phone = parse_phone(text, region="US")
    if phone.refused is None:
        assert phone.e164 is not None
        assert parse_phone(phone.e164, region=None).e164 == phone.e164


_CODES = st.sampled_from(
    ["1", "1204", "1212", "1242", "1800", "1876", "44", "441534", "7", "76", "590", "61", "39", "800"]
)


@given(_CODES, st.text(alphabet="0123456789", min_size=4, max_size=10))
def test_regions_are_those_libphonenumber_gives(code: str, rest: str) -> None:
    """Asking only likely regions changes no answer, and what is called invalid is what the library calls so."""
    e164 = f"+{code}{rest}"
    number = phonenumbers.parse(e164, None)
    every = phonenumbers.region_codes_for_country_code(number.country_code or 0)
    valid = [each for each in every if each in REGIONS and phonenumbers.is_valid_number_for_region(number, each)]
    assert list(regions_of(e164)) == valid
    unknown = phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.UNKNOWN
    assert unknown is not phonenumbers.is_valid_number(number)


@pytest.mark.parametrize(
    ("e164", "zones"),
    [
        ("+14155550132", ("America/Los_Angeles",)),
        ("+442079460000", ("Europe/London",)),
        ("+870773111632", ()),
        ("not a number", ()),
    ],
)
def test_zones_of_a_number(e164: str, zones: tuple[str, ...]) -> None:
    """The zones its range may be in; none where they are not known."""
    assert zones_of(e164) == zones


def test_a_toll_free_number_may_be_in_many_zones() -> None:
    """+1 800 says nothing about the place: all of North America is a candidate."""
    assert {"America/New_York", "America/Los_Angeles", "Pacific/Honolulu"} <= set(zones_of("+18005551234"))


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("+14155550132", "+1••••••••32"),
        ("4155550132", "••••••••32"),
        ("(415) 555-0132", "••••••••••••32"),
        ("911", "•••"),
        ("+12345", "••••••"),
        ("", ""),
    ],
)
def test_masked_numbers_show_two_digits_at_most(text: str, masked: str) -> None:
    """Enough to recognise a call, never enough to ring it; short texts show nothing."""
    assert mask_phone(text) == masked


@given(st.text())
def test_masking_shows_at_most_the_ends(text: str) -> None:
    """Whatever it is given, all but the first two (after a plus) and the last two characters are hidden."""
    masked = mask_phone(text)
    assert len(masked) == len(text)
    assert set(masked[2:-2]) <= {"•"}


def test_the_geocoder_is_never_loaded() -> None:
    """It costs seconds and hundreds of megabytes; nothing here needs a place name."""
    code = (
        "import sys, gateway.phones as p; p.zones_of('+14155550132');"
        "sys.exit('phonenumbers.geocoder' in sys.modules or 'phonenumbers.geodata' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_regions_are_iso_codes() -> None:
    """The regions a rule may list are two capital letters each."""
    assert {"US", "CA", "GB"} <= REGIONS
    assert all(len(region) == 2 and region.isupper() for region in REGIONS)
