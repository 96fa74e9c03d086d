"""What an expression comes to, where that is plain enough to be told without the engine.

Most of what rules ask is whether a field reads a certain text, and what a field holds. Such an expression is evaluated
here at a fraction of the engine's price; whenever anything is unusual (a field is missing, a value is no text) the
answer is UNSURE, and the engine is asked. Where there is an answer, it is the engine's.

The same plainness says which texts a field must read for a condition to hold at all: see indexing.py.
"""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from gateway.model import record

Variable = Callable[[str], object]  # a variable's value by its name
UNSURE: Final = object()  # only the engine knows
EMPTY: Final = object()  # an optional without a value


class Node(Protocol):
    """A part of an expression."""

    def value(self, variable: Variable, /) -> object:
        """Its value as Python has it, EMPTY, or UNSURE."""
        ...

    def needs(self) -> "Need | None":
        """What must hold of one field for this to be true; None where nothing is known."""
        ...


@record
class Need:
    """A field that must read one of these texts: if it reads another, the condition is false, whatever else it says."""

    field: Node
    texts: frozenset[str]


@record
class Constant:
    """A text, or true or false."""

    given: str | bool

    def value(self, _: Variable) -> object:
        """What it is."""
        return self.given

    def needs(self) -> Need | None:
        """Nothing."""
        return None


@record
class Field:
    """A path: `payload.a.b` and, where the last names are behind `.?`, an optional, with what stands in for it."""

    variable: str
    names: tuple[str, ...]
    optional: int = 0  # how many of the names, from the end, may be missing
    otherwise: str | None = None  # None: there is no orValue

    def value(self, variable: Variable) -> object:
        """Its value; a missing name is the engine's business, unless it may be missing."""
        found, certain = variable(self.variable), len(self.names) - self.optional
        for position, name in enumerate(self.names):
            if not isinstance(found, dict):
                return UNSURE
            if name not in found:
                return UNSURE if position < certain else EMPTY if self.otherwise is None else self.otherwise
            found = found[name]
        return _seen(found)

    def needs(self) -> Need | None:
        """Nothing."""
        return None


@record
class Reach:
    """A field of a plain condition: None where any part of its path is missing."""

    parts: tuple[str | int, ...]

    def value(self, variable: Variable) -> object:
        """Its value or None."""
        found = variable(str(self.parts[0]))
        for part in self.parts[1:]:
            if isinstance(found, dict):
                found = found.get(str(part))
            elif isinstance(found, list) and isinstance(part, int):
                if part < 0:
                    return UNSURE
                found = found[part] if part < len(found) else None
            else:
                return None
        return _seen(found)

    def needs(self) -> Need | None:
        """Nothing."""
        return None


@record
class Among:
    """Whether a field reads one of these texts. `blank`: one that is null, or not there, reads none of them."""

    field: Node
    texts: frozenset[str]
    blank: bool = False

    def value(self, variable: Variable) -> object:
        """True, False, or UNSURE for what is no text."""
        found = self.field.value(variable)
        if isinstance(found, str):
            return found in self.texts
        return False if self.blank and found is None else UNSURE

    def needs(self) -> Need | None:
        """One of its texts."""
        return Need(field=self.field, texts=self.texts)


@record
class Same:
    """Whether two parts are the same text, or the same of true and false."""

    left: Node
    right: Node

    def value(self, variable: Variable) -> object:
        """True, False, or UNSURE for values of different kinds."""
        left, right = self.left.value(variable), self.right.value(variable)
        alike = type(left) is type(right) and isinstance(left, str | bool)
        return left == right if alike else UNSURE

    def needs(self) -> Need | None:
        """Nothing: texts to compare with stand in Among."""
        return None


@record
class Not:
    """The opposite."""

    inner: Node

    def value(self, variable: Variable) -> object:
        """True, False or UNSURE."""
        found = self.inner.value(variable)
        return not found if isinstance(found, bool) else UNSURE

    def needs(self) -> Need | None:
        """Nothing is known."""
        return None


@record
class All:
    """Whether all hold: one that is false decides, also beside what is not known, or fails."""

    inner: tuple[Node, ...]

    def value(self, variable: Variable) -> object:
        """True, False or UNSURE."""
        return _decided([one.value(variable) for one in self.inner], False)

    def needs(self) -> Need | None:
        """What any of them needs."""
        return next((need for one in self.inner if (need := one.needs()) is not None), None)


@record
class AnyOf:
    """Whether any holds: one that is true decides."""

    inner: tuple[Node, ...]

    def value(self, variable: Variable) -> object:
        """True, False or UNSURE."""
        return _decided([one.value(variable) for one in self.inner], True)

    def needs(self) -> Need | None:
        """A text of any of them, where all ask for the same field."""
        needs = [need for one in self.inner if (need := one.needs()) is not None]
        if len(needs) != len(self.inner) or len({need.field for need in needs}) != 1:
            return None
        return Need(field=needs[0].field, texts=frozenset().union(*(need.texts for need in needs)))


@record
class Unread:
    """A part only the engine can read."""

    def value(self, _: Variable) -> object:
        """UNSURE."""
        return UNSURE

    def needs(self) -> Need | None:
        """Nothing is known."""
        return None


def _seen(found: object) -> object:
    """A value as the engine sees it: it cuts text at NUL, and refuses what is not valid Unicode."""
    if not isinstance(found, str) or (found.isascii() and "\0" not in found):
        return found
    try:
        found.encode()
    except UnicodeEncodeError:
        return UNSURE
    return UNSURE if "\0" in found else found


def _decided(values: Sequence[object], deciding: bool) -> object:
    if any(value is deciding for value in values):
        return deciding
    return not deciding if all(value is (not deciding) for value in values) else UNSURE
