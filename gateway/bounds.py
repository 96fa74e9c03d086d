"""How many new calls a source may make by itself before a person is asked."""

from datetime import timedelta

from gateway.model import record


@record
class Ceiling:
    """At most `limit` new calls per `window` for a source; more are HELD, not lost."""

    limit: int
    window: timedelta


@record
class Burst:
    """More new calls in an hour than `factor` times the busiest hour of the last seven days, and than `minimum`."""

    factor: float = 5.0
    minimum: int = 100  # what one number may ring in an hour by default: below it nothing is a burst


@record
class RangeWatch:
    """More than `per_hour` new numbers of one range that is not usual. `hold`: held for a person, not only told."""

    per_hour: int = 20
    hold: bool = False


@record
class Bounds:
    """What is looked at as a source's calls are accepted. None: not looked at."""

    ceiling: Ceiling | None = None
    burst: Burst | None = None
    ranges: RangeWatch | None = None


UNBOUND = Bounds()
