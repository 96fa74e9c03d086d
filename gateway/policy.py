"""What may ring when, and how fast: the frozen settings guards and grants read.

These are part of the YAML configuration (rules/config.py) and strict: an unknown key is an error.
"""

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    Tag,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from gateway.holidays import check_holiday

_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|s|m|h|d)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_LONGEST_SECONDS = 10 * 366 * 86400.0  # so that adding one to an instant never leaves the calendar


def parse_duration(text: object) -> object:
    """`10m`, `24h`, `1.5s`, `7d` → timedelta. Bare numbers are refused: their unit would be a guess."""
    if isinstance(text, timedelta):
        return text
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"write a duration with its unit, for example 10m, 24h or 7d, not {text!r}")
    seconds = float(found[1]) * _UNITS[found[2]]
    if seconds > _LONGEST_SECONDS:
        raise ValueError(f"{text} is longer than ten years")
    return timedelta(seconds=seconds)


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration, json_schema_input_type=str),
    Field(json_schema_extra={"pattern": r"^\d+(\.\d+)?(ms|s|m|h|d)$"}),
]


class Strict(BaseModel):
    """The base of every configuration model: frozen, unknown keys refused, no silent conversions."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False)


class Pace(Strict):
    """How fast calls may go out on a number or an account. Absent means no such limit."""

    per_second: int | None = Field(None, ge=1, description="calls started in any one second")
    per_hour: int | None = Field(None, ge=1, description="calls started in any 60 minutes")
    per_day: int | None = Field(None, ge=1, description="calls started in any 24 hours")
    concurrent: int | None = Field(None, ge=1, description="requests to the call API in flight at once")
    talk_time: Duration | None = Field(
        None, description="with `concurrent`: how long a placed call is taken to last, and keeps its place"
    )

    @model_validator(mode="after")
    def _talk_takes_a_place(self) -> "Pace":
        if self.talk_time is not None and self.concurrent is None:
            raise ValueError("`talk_time` needs `concurrent`: how many calls may be talked at once")
        return self


DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALL_DAYS = frozenset(range(7))
_WINDOW = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$")


def parse_windows(text: str) -> tuple[tuple[int, int], ...]:
    """`09:00-20:00`, or several with commas, → (start, end) in minutes of the day; `always` → the whole day.

    A window that ends at or before its start goes on past midnight: its end is then above 1440.
    """
    if text == "always":
        return ((0, 1440),)
    return tuple(_parse_window(part.strip()) for part in text.split(","))


def _parse_window(text: str) -> tuple[int, int]:
    found = _WINDOW.match(text)
    if not found:
        raise ValueError(f"{text!r} is not a window: write HH:MM-HH:MM, for example 09:00-20:00, or always")
    start, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    if start == end or start >= 1440 or end > 1440:
        raise ValueError(f"{text!r} is not a window: it is empty, or past 24:00; for no limit write always")
    return (start, end) if start < end else (start, end + 1440)


def parse_days(text: str) -> frozenset[int]:
    """`mon-sat`, `mon-fri,sun` → weekdays, Monday 0; `all` → every day. A range may pass Sunday: `sat-mon`."""
    if text == "all":
        return ALL_DAYS
    days: set[int] = set()
    for part in text.lower().split(","):
        first, dash, last = part.strip().partition("-")
        last = last if dash else first
        if first not in DAY_NAMES or last not in DAY_NAMES:
            raise ValueError(f"{part.strip()!r} is not a day or a range of days: write for example mon-fri,sun, or all")
        start, end = DAY_NAMES.index(first), DAY_NAMES.index(last)
        days.update(day % 7 for day in range(start, end + 1 if end >= start else end + 8))
    return frozenset(days)


def _window_form(value: object) -> str:
    return "map" if isinstance(value, dict) else "text"


def _listed(value: object) -> object:
    """A list of one, where a name stands alone."""
    return (value,) if isinstance(value, str) else value


Window = Annotated[
    Annotated[str, Tag("text")] | Annotated[dict[str, str], Tag("map"), Field(min_length=1)],
    Discriminator(_window_form),
]
PresetNames = Annotated[tuple[str, ...], BeforeValidator(_listed, json_schema_input_type=str | tuple[str, ...])]
Holiday = Annotated[str, AfterValidator(check_holiday)]


class Windows(Strict):
    """Hours that bind besides the rule's, at the person's place: what is not written limits nothing.

    `always` in place of the whole map stands for every hour of every day.
    """

    window: Window = Field(
        "always",
        description="HH:MM-HH:MM, local to the person; several with commas; `always` for the whole day; "
        "or a map of days to windows, where other days are closed",
    )
    days: str = Field(
        "all", description="days and ranges, e.g. mon-fri,sun; `all` for every day; not beside a map of windows"
    )
    preset: PresetNames = Field((), description="hours of statutes, by country, that bind besides: a name, or several")
    holidays: tuple[Holiday, ...] = Field(
        (), description="days without calls, e.g. 12-25, 2026-11-27, easter+1, 3 mon 01, 01-01 observed"
    )

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The map, or the word `always`."""
        schema = handler.resolve_ref_schema(handler(core))
        described = {"description": schema.pop("description", "")}
        return described | {"anyOf": [{"const": "always"}, schema]}

    @model_validator(mode="before")
    @classmethod
    def _always(cls, value: object) -> object:
        return {"window": "always", "days": "all", "preset": (), "holidays": ()} if value == "always" else value

    @field_validator("window")
    @classmethod
    def _window_can_be_read(cls, window: str | dict[str, str]) -> str | dict[str, str]:
        if isinstance(window, str):
            parse_windows(window)
            return window
        for days, text in window.items():
            parse_days(days)
            parse_windows(text)
        return window

    @model_validator(mode="after")
    def _days_stand_once(self) -> "Windows":
        if isinstance(self.window, dict) and "days" in self.model_fields_set:
            raise ValueError("`window` names its days: leave `days` out")
        return self

    @field_validator("days")
    @classmethod
    def _days_can_be_read(cls, text: str) -> str:
        parse_days(text)
        return text


class Hours(Windows):
    """When a phone may ring, at the person's place. Every candidate time zone must agree.

    `always` in place of the whole map stands for every hour of every day.
    """

    window: Window = Field(
        "09:00-20:00",
        description="HH:MM-HH:MM, local to the person; several with commas; `always` for the whole day; "
        "or a map of days to windows, where other days are closed",
    )
    days: str = Field(
        "mon-sat", description="days and ranges, e.g. mon-fri,sun; `all` for every day; not beside a map of windows"
    )
    assume_zone: str | None = Field(None, description="IANA zone used when the person's own is not known")
    outside: Literal["wait", "skip"] = Field("wait", description="outside hours: wait for the opening, or skip")
    spread: Duration = Field(
        "5m", validate_default=True, description="what waited for an opening rings spread over so long after it"
    )


class ConsentTerms(Strict):
    """What is required of a person's consent before their phone may ring."""

    required: bool = Field(False, description="whether a call without consent is blocked")
    max_age: Duration | None = Field(None, description="consent older than this, or of unknown time, does not count")


class PersonCaps(Strict):
    """How often one person may be rung, by whatever source, rule and number. `null` means no such cap."""

    per_day: int | None = Field(2, ge=1, le=100, description="rings in any 24 hours")
    per_week: int | None = Field(5, ge=1, le=100, description="rings in any 7 days")


class Caps(Strict):
    """Upper bounds over all sources and numbers."""

    per_person: PersonCaps = Field(PersonCaps(), description="how often one person may be rung")


class DoNotCallTerms(Strict):
    """Which of the configured do-not-call checks and lists a call is under. `[]` means none, if a rule says so."""

    checks: tuple[str, ...] | None = Field(None, description="checks to ask before the dial, by name (default: all)")
    lists: tuple[str, ...] | None = Field(None, description="lists that must not be too old, by name (default: all)")


class ReplayTerms(Strict):
    """Bounds of replays in bulk, for all rules together."""

    approve_above: int = Field(
        50, ge=0, description="a replay that may ring more phones than this needs the approval of a second person"
    )
    per_minute: int = Field(60, ge=1, le=6000, description="events decided anew in a minute")


class Policy(Strict):
    """Safety settings; a rule may override each."""

    hours: Hours = Field(Hours(), description="calling hours")
    consent: ConsentTerms = Field(ConsentTerms(), description="whether consent is required")
    caps: Caps = Field(Caps(), description="how often one person may be rung")
    do_not_call: DoNotCallTerms = Field(DoNotCallTerms(), description="which do-not-call checks and lists it is under")
    cooldown: Duration = Field("10m", validate_default=True, description="one person, one ring within this time")
    expires_after: Duration = Field("24h", validate_default=True, description="a lead older than this does not ring")
    replay: ReplayTerms = Field(ReplayTerms(), description="replays in bulk")
    strict_expiry: bool = Field(
        False, description="expire even before the first lawful opening; otherwise a lead lives until 2 h after it"
    )
