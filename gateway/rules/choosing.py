"""Which number a call is made from. No state: hashes of the event or of the person decide, so that a replay, or
another machine, chooses the same."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate

from gateway.ids import digest
from gateway.model import record
from gateway.rules.config import Number
from gateway.rules.from_number import FromChoice

_HASH_DIGITS = 16  # of 64: 64 bits, evenly spread


@record
class Chosen:
    """A number's name, and why it was taken; no reason is given where there was no choice."""

    name: str
    why: str = ""
    order: tuple[str, ...] = ()  # every number of the choice, this one first, then those that suit next best


def choose(
    wanted: str | FromChoice, numbers: Mapping[str, Number], *, phone: str | None, person: str, event_id: str
) -> Chosen:
    """The number for this person (`person`: E.164 or contact id, as known) and event.

    An area code is looked for in `phone` (E.164); without a phone, `otherwise` is taken.
    """
    if isinstance(wanted, str):
        return Chosen(name=wanted, order=(wanted,))
    if wanted.by == "area_code":
        return _by_area_code(wanted, numbers, phone or "", person)
    if wanted.by == "sticky":
        order = _sticky(wanted.of, person)
        return Chosen(name=order[0], why="always the same number for this person", order=order)
    weights = [numbers[name].weight if wanted.by == "weighted" else 1 for name in wanted.of]
    name = _spread(wanted.of, weights, event_id)
    share = f"weight {numbers[name].weight} of {sum(weights)}" if wanted.by == "weighted" else "in turn, by the event"
    return Chosen(name=name, why=share, order=_once(name, *_sticky(wanted.of, event_id)))


def _by_area_code(wanted: FromChoice, numbers: Mapping[str, Number], phone: str, person: str) -> Chosen:
    """The longest code the phone starts with; of several numbers with that code, the person's own."""
    fits = [
        (len(prefix), prefix, name)
        for name in wanted.of
        for prefix in map(_prefix, numbers[name].area_codes)
        if phone.startswith(prefix)
    ]
    rest = _sticky(wanted.names(), person)
    if not fits:
        known = "no number has the person's area code" if phone else "the person's phone is not known"
        name = wanted.otherwise or wanted.of[0]
        return Chosen(name=name, why=known, order=_once(name, *rest))
    longest, prefix, _ = max(fits)
    names = _sticky([name for length, _, name in fits if length == longest], person)
    other_fits = [name for _, _, name in sorted(fits, reverse=True)]
    order = _once(*names, *other_fits, wanted.otherwise or names[0], *rest)
    return Chosen(name=names[0], why=f"the person's area code, {prefix}", order=order)


def _prefix(area_code: str) -> str:
    return area_code if area_code.startswith("+") else f"+1{area_code}"


def _once(*names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _sticky(names: Sequence[str], person: str) -> tuple[str, ...]:
    """Rendezvous hashing, best first: a number that is added takes its share from all others, one that goes gives its
    share to all; nobody else moves."""
    return tuple(sorted(names, key=lambda name: digest("from", person, name), reverse=True))


def _spread(names: Sequence[str], weights: Sequence[int], event_id: str) -> str:
    """Where the event's hash falls among the weights laid end to end."""
    point = int(digest("from", event_id)[:_HASH_DIGITS], 16) % sum(weights)
    return names[bisect_right(list(accumulate(weights)), point)]
