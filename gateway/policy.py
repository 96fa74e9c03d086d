"""What may ring when, and how fast: the frozen settings guards and grants read.

These are part of the YAML configuration (rules/config.py) and strict: an unknown key is an error.
"""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def parse_duration(text: object) -> object:
    """`10m`, `24h`, `1.5s`, `7d` → timedelta. Bare numbers are refused: their unit would be a guess."""
    if isinstance(text, timedelta):
        return text
    if not isinstance(text, str):
        raise ValueError("write a duration with its unit, for example 10m, 24h or 7d")  # noqa: TRY004 - pydantic reports ValueError
    for unit in ("ms", "s", "m", "h", "d"):
        number = text.removesuffix(unit)
        if number != text and number.replace(".", "", 1).isdigit():
            return timedelta(seconds=float(number) * _UNITS[unit])
    raise ValueError(f"{text!r} is not a duration: write for example 10m, 24h or 7d")


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


class Hours(Strict):
    """When a phone may ring, at the person's place. Every candidate time zone must agree."""

    window: str = Field("09:00-20:00", description="HH:MM-HH:MM, local to the person; `always` for no limit")
    days: str = Field("mon-sat", description="days and ranges, e.g. mon-fri,sun; `all` for every day")
    assume_zone: str | None = Field(None, description="IANA zone used when the person's own is not known")
    outside: Literal["wait", "skip"] = Field("wait", description="outside hours: wait for the opening, or skip")


class Policy(Strict):
    """Safety settings; a rule may override each."""

    hours: Hours = Hours()
    cooldown: Duration = Field(timedelta(minutes=10), description="one person, one ring within this time")
    expires_after: Duration = Field(timedelta(hours=24), description="a lead older than this does not ring")
