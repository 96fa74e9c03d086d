"""The bounds of a source in the configuration: its hourly ceiling, bursts, and new numbers of unusual ranges."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from gateway.bounds import Bounds, Burst, Ceiling, RangeWatch
from gateway.contracts import Provider
from gateway.policy import Strict

_CEILING_WINDOW = timedelta(hours=1)
# What a public source gets when neither its configuration nor its provider says: it is never without.
_PUBLIC_CEILING = Ceiling(limit=60, window=_CEILING_WINDOW)


class BurstTerms(Strict):
    """What counts as a burst. The word `off` in place of the whole map: nothing does."""

    factor: float = Field(
        5, ge=1.5, le=1000, description="so many times the busiest hour of the last 7 days, today not counted"
    )
    minimum: int = Field(100, ge=1, le=1_000_000, description="fewer new calls than this in an hour are never a burst")


class RangeTerms(Strict):
    """Which new numbers are suspicious. The word `off` in place of the whole map: none are looked at."""

    per_hour: int = Field(20, ge=1, le=1_000_000, description="new numbers of one unusual range in an hour; more alert")
    hold: bool | None = Field(None, description="hold them for a person, too (default: only of a public source)")


def _form(value: object) -> str:
    return "map" if isinstance(value, dict | Strict) else "word"


Off = Literal["off"]
BurstOrOff = Annotated[Annotated[BurstTerms, Tag("map")] | Annotated[Off, Tag("word")], Discriminator(_form)]
RangesOrOff = Annotated[Annotated[RangeTerms, Tag("map")] | Annotated[Off, Tag("word")], Discriminator(_form)]


def bounds_of(
    hourly_ceiling: int | None, burst: BurstTerms | Off, ranges: RangeTerms | Off, provider: Provider
) -> Bounds:
    """A source's bounds: what it sets, else its provider's, else those of a public source or of any."""
    return Bounds(
        ceiling=_ceiling(hourly_ceiling, provider),
        burst=None if burst == "off" else Burst(factor=burst.factor, minimum=burst.minimum),
        ranges=None if ranges == "off" else _ranges(ranges, provider),
    )


def _ceiling(hourly: int | None, provider: Provider) -> Ceiling | None:
    if hourly is not None:
        return Ceiling(limit=hourly, window=_CEILING_WINDOW)
    return provider.default_ceiling or (_PUBLIC_CEILING if provider.public else None)


def _ranges(terms: RangeTerms, provider: Provider) -> RangeWatch:
    return RangeWatch(per_hour=terms.per_hour, hold=provider.public if terms.hold is None else terms.hold)
