"""Phone numbers: normalised to E.164, kinds that must never ring, and the zones a number may be in.

Facts come from Google's libphonenumber metadata (the phonenumbers package). Its geocoder is never
imported: it costs seconds and hundreds of megabytes, and nothing here needs a place name.
"""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType, shortnumberinfo, timezone

from gateway.model import record
from gateway.number_plan import Standing, standing_of
from gateway.reasons import Reason

REGIONS = frozenset(phonenumbers.SUPPORTED_REGIONS)

_WORLD = "001"  # libphonenumber's region of numbers that belong to no country
_UNKNOWN_ZONE = "Etc/Unknown"
_MAX_TEXT = 250  # libphonenumber's own limit
_MAX_SHORT_DIGITS = 6
_EMERGENCY_ANYWHERE = frozenset({"112", "911", "999", "000"})
_EXTENSION = re.compile(r"(?:;?\s*ext(?:ension|n)?\.?|\bx|#)[\s:.=]*\d{1,15}\s*#?\s*$", re.IGNORECASE)
_COSTLY = {
    PhoneNumberType.PREMIUM_RATE: "a premium-rate number",
    PhoneNumberType.SHARED_COST: "a shared-cost number",
    # "Follow me" numbers (+44 70, +878) bill the caller like premium-rate ones and are a known fraud.
    PhoneNumberType.PERSONAL_NUMBER: "a personal number billed to the caller",
}


@record
class Phone:
    """A parsed number. `refused` says why it must never ring; then `e164` may be None."""

    e164: str | None
    region: str | None  # ISO region, None for global networks
    refused: Reason | None
    detail: str = ""


def parse_phone(text: str, *, region: str | None) -> Phone:
    """Normalise a number as written; `region` is where one without a country code is from.

    Never raises. `tel:` addresses and a leading 00 are understood. An extension is dropped, and `detail`
    says so: the call API cannot dial one. Letters are refused rather than turned into keypad digits,
    because words around a number are commoner than vanity numbers. A region nobody knows counts as none.
    """
    written = text.strip()
    if not written:
        return Phone(e164=None, region=None, refused=Reason.PHONE_MISSING)
    if len(written) > _MAX_TEXT:
        return _refuse(Reason.PHONE_INVALID, "it is far too long")
    bare = _EXTENSION.sub("", written)
    if not bare.lower().startswith("tel:") and any(letter.isalpha() for letter in bare):
        return _refuse(Reason.PHONE_INVALID, "it holds letters")
    standing = standing_of(written)
    if standing is not None:
        return _stands(written, standing, "")
    known = region.upper() if region and region.upper() in REGIONS else None
    number = _parse(written, known)
    if number is None:
        return _unparsed(bare, known)
    return _judge(number, known)


@lru_cache(maxsize=4096)
def zones_of(e164: str) -> tuple[str, ...]:
    """Every IANA zone the number may be in; empty when not known."""
    standing = standing_of(e164)
    if standing is not None:
        return tuple(zone for zone in standing.zones if zone != _UNKNOWN_ZONE)
    number = _number(e164)
    if number is None:
        return ()
    return tuple(zone for zone in timezone.time_zones_for_number(number) if zone != _UNKNOWN_ZONE)


@lru_cache(maxsize=4096)
def regions_of(e164: str) -> tuple[str, ...]:
    """Every ISO region whose number it may be (a toll-free +1 number: all of North America); empty when not known."""
    standing = standing_of(e164)
    if standing is not None:
        return tuple(region for region in standing.regions if region in REGIONS)
    number = _number(e164)
    if number is None:
        return ()
    regions = phonenumbers.region_codes_for_country_code(number.country_code or 0)
    return tuple(
        region for region in regions if region in REGIONS and phonenumbers.is_valid_number_for_region(number, region)
    )


@lru_cache(maxsize=4096)
def _number(e164: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return None


def mask_phone(text: str) -> str:
    """All but the last two digits hidden: the only form that may reach a log line.

    Spaces and punctuation are hidden too. Anything under seven characters is hidden whole.
    """
    if len(text) < 7:
        return "•" * len(text)
    lead = text[:2] if text.startswith("+") else ""
    return lead + "•" * (len(text) - len(lead) - 2) + text[-2:]


@lru_cache(maxsize=1024)
def _emergency(digits: str, region: str) -> bool:
    return bool(shortnumberinfo.is_emergency_number(digits, region))


def _parse(written: str, region: str | None) -> PhoneNumber | None:
    """The number as libphonenumber reads it; a leading 00 is an international prefix where nothing else fits."""
    for candidate in (written, "+" + written[2:] if written.startswith("00") else None):
        if candidate is None:
            continue
        try:
            number = phonenumbers.parse(candidate, region)
        except phonenumbers.NumberParseException:
            continue
        if candidate is not written or not written.startswith("00") or phonenumbers.is_valid_number(number):
            return number
    return None


def _unparsed(bare: str, region: str | None) -> Phone:
    digits = re.sub(r"\D", "", bare)
    if digits in _EMERGENCY_ANYWHERE:
        return _refuse(Reason.PHONE_EMERGENCY, "an emergency number")
    if digits and len(digits) <= _MAX_SHORT_DIGITS:
        return _refuse(Reason.PHONE_SHORT, "a short number")
    if region is None and not bare.startswith("+") and digits:
        return _refuse(Reason.PHONE_INVALID, "it has no country code and no region is given")
    return _refuse(Reason.PHONE_INVALID, "it is not a phone number")


def _judge(number: PhoneNumber, region: str | None) -> Phone:
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    detail = "its extension is left out" if number.extension else ""
    standing = standing_of(e164)
    if standing is not None:
        return _stands(e164, standing, detail)
    home = phonenumbers.region_code_for_country_code(number.country_code or 0)
    kind = phonenumbers.number_type(number)
    if kind == PhoneNumberType.UNKNOWN:  # which is what libphonenumber calls invalid
        return _invalid(number, home if home in REGIONS else region)
    place = phonenumbers.region_code_for_number(number)
    digits = phonenumbers.national_significant_number(number)
    standing = Standing(code=number.country_code or 0, digits=digits, region=place or "", kind=kind)
    return _stands(e164, standing, detail)


def _stands(e164: str, standing: Standing, detail: str) -> Phone:
    """What is said of a valid number."""
    if standing.kind in _COSTLY:
        costly = _COSTLY[standing.kind]
        return Phone(e164=e164, region=_iso(standing.region), refused=Reason.PHONE_PREMIUM, detail=costly)
    if standing.region == _WORLD:
        return Phone(e164=e164, region=None, refused=Reason.PHONE_SATELLITE, detail=f"+{standing.code}")
    return Phone(e164=e164, region=_iso(standing.region), refused=None, detail=detail)


def _invalid(number: PhoneNumber, home: str | None) -> Phone:
    digits = phonenumbers.national_significant_number(number)
    if digits in _EMERGENCY_ANYWHERE or (home and _emergency(digits, home)):
        return _refuse(Reason.PHONE_EMERGENCY, "an emergency number")
    if len(digits) <= _MAX_SHORT_DIGITS and shortnumberinfo.is_possible_short_number(number):
        return _refuse(Reason.PHONE_SHORT, "a short number")
    return _refuse(Reason.PHONE_INVALID, f"no such number in +{number.country_code}")


def _iso(place: str | None) -> str | None:
    return place if place in REGIONS else None


def _refuse(reason: Reason, detail: str) -> Phone:
    return Phone(e164=None, region=None, refused=reason, detail=detail)
