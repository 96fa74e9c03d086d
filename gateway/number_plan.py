"""What libphonenumber's metadata says of a number in E.164, without its way there through text.

libphonenumber asks the same patterns again for each question: of which country a number is, of which kind, in which
others it may be, in which zones. Here each is asked once. What is not plainly a valid number gets no answer: then
libphonenumber itself is asked, and both say the same of what is answered here.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumber, PhoneNumberType, timezone
from phonenumbers.phonenumberutil import is_number_type_geographical

from gateway.model import record

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_LONGEST_CODE = 3
# In libphonenumber's order: the first kind that fits counts. Lines at home come last, as one pattern may be mobile too.
_KINDS = (
    ("premium_rate", PhoneNumberType.PREMIUM_RATE),
    ("toll_free", PhoneNumberType.TOLL_FREE),
    ("shared_cost", PhoneNumberType.SHARED_COST),
    ("voip", PhoneNumberType.VOIP),
    ("personal_number", PhoneNumberType.PERSONAL_NUMBER),
    ("pager", PhoneNumberType.PAGER),
    ("uan", PhoneNumberType.UAN),
    ("voicemail", PhoneNumberType.VOICEMAIL),
)


@record
class Range:
    """Numbers of one kind: how many digits they may have (empty: any) and what they look like."""

    lengths: frozenset[int]
    pattern: re.Pattern[str]

    def holds(self, digits: str) -> bool:
        """Whether a number is one of them."""
        return (not self.lengths or len(digits) in self.lengths) and self.pattern.fullmatch(digits) is not None


@record
class Region:
    """The numbers of one region."""

    name: str
    leading: re.Pattern[str] | None  # what only its numbers begin with
    every: Range | None
    kinds: tuple[tuple[int, Range], ...]
    fixed: Range | None
    mobile: Range | None
    same: bool  # fixed lines and mobiles look alike

    def kind_of(self, digits: str) -> int:
        """The PhoneNumberType of a national number here; UNKNOWN for what is none."""
        if self.every is None or not self.every.holds(digits):
            return PhoneNumberType.UNKNOWN
        for kind, numbers in self.kinds:
            if numbers.holds(digits):
                return kind
        mobile = self.mobile is not None and not self.same and self.mobile.holds(digits)
        if self.fixed is not None and self.fixed.holds(digits):
            both = self.same or mobile
            return PhoneNumberType.FIXED_LINE_OR_MOBILE if both else PhoneNumberType.FIXED_LINE
        return PhoneNumberType.MOBILE if mobile else PhoneNumberType.UNKNOWN


@record
class Plan:
    """The regions that share a country code, the main one first, and what is dialled before a number at home."""

    regions: tuple[Region, ...]
    prefix: re.Pattern[str] | None

    def region_of(self, digits: str) -> Region | None:
        """The first region whose number it is."""
        if len(self.regions) == 1:
            return self.regions[0]
        for region in self.regions:
            if region.leading is not None:
                if region.leading.match(digits):
                    return region
            elif region.kind_of(digits) != PhoneNumberType.UNKNOWN:
                return region
        return None


@record
class Standing:
    """A valid number: its country code and the digits behind, its region by libphonenumber, its PhoneNumberType."""

    code: int
    digits: str
    region: str
    kind: int

    @property
    def regions(self) -> tuple[str, ...]:
        """Every region whose number it may be."""
        regions = _plan(self.code).regions
        return tuple(one.name for one in regions if one.kind_of(self.digits) != PhoneNumberType.UNKNOWN)

    @property
    def zones(self) -> tuple[str, ...]:
        """Every time zone it may be in, as libphonenumber names them."""
        number = PhoneNumber(country_code=self.code, national_number=int(self.digits))
        if is_number_type_geographical(self.kind, self.code):
            return tuple(timezone.time_zones_for_geographical_number(number))
        return tuple(timezone.time_zones_for_number(number))


@lru_cache(maxsize=4096)
def standing_of(e164: str) -> Standing | None:
    """What is known of a number; None for text that is not plainly a valid one in E.164."""
    if not _E164.fullmatch(e164):
        return None
    for length in range(1, _LONGEST_CODE + 1):
        code = int(e164[1 : 1 + length])
        if code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return _standing(code, e164[1 + length :])
    return None


def _standing(code: int, digits: str) -> Standing | None:
    """None also where libphonenumber would take digits away from the front: nobody but it knows which."""
    plan = _plan(code)
    if digits.startswith("0") or (plan.prefix is not None and plan.prefix.match(digits)):
        return None
    region = plan.region_of(digits)
    kind = region.kind_of(digits) if region is not None else PhoneNumberType.UNKNOWN
    if region is None or kind == PhoneNumberType.UNKNOWN:
        return None
    return Standing(code=code, digits=digits, region=region.name, kind=kind)


@lru_cache(maxsize=256)
def _plan(code: int) -> Plan:
    names = phonenumbers.region_codes_for_country_code(code)
    main = PhoneMetadata.metadata_for_region_or_calling_code(code, names[0])
    prefix = main.national_prefix_for_parsing if main is not None else None
    return Plan(
        regions=tuple(_region(code, name) for name in names),
        prefix=re.compile(prefix) if prefix else None,
    )


def _region(code: int, name: str) -> Region:
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, name)
    given: Mapping[str, Range] = {
        kind: numbers
        for kind in ("general_desc", "fixed_line", "mobile", *(kind for kind, _ in _KINDS))
        if (numbers := _range(getattr(metadata, kind, None))) is not None
    }
    return Region(
        name=name,
        leading=re.compile(metadata.leading_digits) if metadata is not None and metadata.leading_digits else None,
        every=given.get("general_desc"),
        kinds=tuple((number, given[kind]) for kind, number in _KINDS if kind in given),
        fixed=given.get("fixed_line"),
        mobile=given.get("mobile"),
        same=metadata is not None and bool(metadata.same_mobile_and_fixed_line_pattern),
    )


def _range(described: "phonenumbers.PhoneNumberDesc | None") -> Range | None:
    if described is None or not described.national_number_pattern:
        return None
    return Range(
        lengths=frozenset(described.possible_length or ()), pattern=re.compile(described.national_number_pattern)
    )
