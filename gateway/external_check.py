"""Asking another system whether a person must not be called: what is asked, how its answer is read, who asks.

Everything that is not a plain "listed" or a plain "clear" is no answer, and without an answer nobody is dialled.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import timedelta
from typing import Protocol

from gateway.decoding.selectors import select
from gateway.model import JsonValue, record


@record
class Reading:
    """How an answer's JSON is read: the value at `path` is one of `listed` or one of `clear`, in any case."""

    path: str
    listed: frozenset[str]
    clear: frozenset[str]

    def says_listed(self, answer: JsonValue) -> bool | None:
        """Whether the answer says that the person is listed; None where it says neither that nor the contrary."""
        text = plain(select(answer, self.path))
        if text in self.listed:
            return True
        return False if text in self.clear else None


@record
class Check:
    """One configured check. `address` and `body` hold `{phone}`, `{digits}`, `{email}` or `{contact_id}`.

    `version` changes with what is asked and how the answer is read: an answer to another question is not kept for it.
    """

    name: str
    version: str
    method: str
    origin: str  # scheme://host[:port], the only place that is asked
    address: str = field(repr=False)
    reading: Reading
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: Mapping[str, str] | None = field(default=None, repr=False)
    missing_is_clear: bool = False  # what a 404 means
    timeout: timedelta = timedelta(seconds=5)
    fresh_for: timedelta = timedelta(hours=1)
    concurrent: int = 4
    add_listed: bool = False
    needs: frozenset[str] = frozenset()  # the names that must be known of a person to ask


@record
class Answered:
    """A plain answer."""

    listed: bool


@record
class Unanswered:
    """Why there is no answer, in words that name nobody; `after`: not to be asked again sooner."""

    error: str
    after: timedelta | None = None


class Checker(Protocol):
    """Asks checks by HTTP. Never raises for what the network or the other system does."""

    async def ask(self, check: Check, values: Mapping[str, str]) -> Answered | Unanswered:
        """One request, or none while the check is known to fail and somebody else is finding out."""
        ...


class NobodyAsks:
    """Where no checker is wired: every check is unanswered, so nobody is dialled who would have to be asked about."""

    async def ask(self, check: Check, values: Mapping[str, str]) -> Answered | Unanswered:
        """Unanswered."""
        del values
        return Unanswered(error=f"nothing here can ask the check {check.name}")


def plain(value: object) -> str | None:
    """A text, a number or true and false as it is compared: trimmed, in lower case; None for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip().lower() if isinstance(value, str | int) else None
