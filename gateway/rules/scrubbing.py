"""How old registries are: their marks held against the ages the configuration allows."""

from collections.abc import Mapping
from datetime import datetime

from gateway.contracts import Scrub
from gateway.rules.suppression import ListConfig


def scrubs_of(lists: Mapping[str, ListConfig], marks: Mapping[str, datetime]) -> tuple[Scrub, ...]:
    """Each list with its mark, if it has one, and until when that is good."""
    return tuple(
        Scrub(list=name, at=(at := marks.get(name)), good_until=None if at is None else at + terms.max_age)
        for name, terms in lists.items()
    )


def overdue(scrub: Scrub, now: datetime) -> bool:
    """Whether nobody under it may be dialled now."""
    return scrub.good_until is None or scrub.good_until <= now


def due_soon(scrub: Scrub, terms: ListConfig, now: datetime) -> bool:
    """Whether it is time to warn, though calls still go on."""
    return scrub.good_until is not None and now < scrub.good_until <= now + terms.warn_before
