"""What a grant is asked under: the limits that must hold at the very moment a request is let out."""

from datetime import datetime, timedelta

from gateway.model import record
from gateway.subjects import Subject


@record
class RateLimit:
    """At most `limit` grants under `key` in any window of `per`."""

    key: str
    per: timedelta
    limit: int


@record
class Concurrency:
    """At most `limit` calls DIALING under `key` at once, or placed within the last `talk`."""

    key: str
    limit: int
    talk: timedelta = timedelta(0)


@record
class NumberTerms:
    """A number that a call may be made from, with what its own pace asks for."""

    name: str
    from_number_id: str
    rates: tuple[RateLimit, ...] = ()
    concurrencies: tuple[Concurrency, ...] = ()


@record
class GrantTerms:
    """What must still hold at the very moment a request is let out.

    The people a call was accepted for count besides; and where no `subjects` are given, those it was accepted with.
    """

    contact_id: str
    person_keys: tuple[str, ...]
    valid_until: datetime | None  # the looking guards' answer; past it the grant is refused
    rates: tuple[RateLimit, ...] = ()
    concurrencies: tuple[Concurrency, ...] = ()
    caps: tuple[RateLimit, ...] = ()  # rings of this person, by whichever call; their keys say nothing
    by_id: bool = False  # it was accepted for this very contact, so it is found by it already
    subjects: tuple[Subject, ...] = ()  # none of them may be on the do-not-call list
    numbers: tuple[NumberTerms, ...] = ()  # it is made from the first that is free; none: from its own, unasked
    patience: timedelta = timedelta(0)  # how long it waits for one of them before another is taken
