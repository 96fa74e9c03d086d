"""Which rules are worth asking of an event: those of its source whose condition is not false at a glance.

A condition that needs a field to read a certain text is looked up by what the field reads, however many rules there
are.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from gateway.model import record
from gateway.rules.compiling import CompiledRule
from gateway.rules.expressions import Expression, Scope
from gateway.rules.shortcuts import Need, Node, Reach

NOT_REACHED = "not reached: an earlier rule decided"
_PASSED_KEPT = 512
_SHOWN = 300  # characters of places


@record
class Lookup:
    """The rules that need one field to read something: by the text, and all of them."""

    field: Node
    by_text: dict[str, tuple[int, ...]]
    every: tuple[int, ...]

    def holding(self, scope: Scope) -> tuple[int, ...]:
        """Those the field does not rule out: all, where it is unusual."""
        found = self.field.value(scope.variable)
        if isinstance(found, str):
            return self.by_text.get(found, ())
        return () if found is None and isinstance(self.field, Reach) else self.every


class SourceRules:
    """The rules one source's events are asked, by their place in the configuration (from 0)."""

    def __init__(self, rules: Sequence[CompiledRule], source: str) -> None:
        mine = [at for at, rule in enumerate(rules) if not rule.config.sources or source in rule.config.sources]
        self.source = source
        self.places = frozenset(mine)
        needs = [(at, _need_of(rules[at])) for at in mine]
        self._always = tuple(at for at, need in needs if need is None)
        self._lookups = _lookups((at, need) for at, need in needs if need is not None)
        self._count = len(rules)
        self.passed_over = lru_cache(maxsize=_PASSED_KEPT)(self._passed_over)

    def worth_asking(self, scope: Scope) -> Sequence[int]:
        """The places of the rules that may hold, in order. The others of this source do not hold."""
        if not self._lookups:
            return self._always
        return sorted((*self._always, *(at for one in self._lookups for at in one.holding(scope))))

    def _passed_over(self, last: int, told: frozenset[int]) -> tuple[tuple[str, int, str], ...]:
        """Why the rules but for those `told` of make no call: what is said of them, how many they are, and which.

        `last` is the place of the rule that decided; behind it none was asked. Kept is what is told of a thousand
        places, not they: which rules hold together is up to senders.
        """
        rest = [at for at in range(self._count) if at not in told]
        kinds = (
            ("the condition does not hold", [at for at in rest if at <= last and at in self.places]),
            ("not for this source", [at for at in rest if at <= last and at not in self.places]),
            (NOT_REACHED, [at for at in rest if at > last]),
        )
        return tuple((words, len(places), spans(places)) for words, places in kinds if places)


def spans(places: Sequence[int]) -> str:
    """Places in order as a person counts them: 1-3, 7; of very many the first."""
    written, start = [], 0
    for at in range(1, len(places) + 1):
        if at == len(places) or places[at] != places[at - 1] + 1:
            first, final = places[start] + 1, places[at - 1] + 1
            written.append(str(first) if first == final else f"{first}-{final}")
            start = at
    text = ", ".join(written)
    return text if len(text) <= _SHOWN else text[:_SHOWN].rpartition(",")[0] + ", …"


def _need_of(rule: CompiledRule) -> Need | None:
    when = rule.when
    return when.plain.needs() if isinstance(when, Expression) and when.plain is not None else None


def _lookups(needs: Iterable[tuple[int, Need]]) -> tuple[Lookup, ...]:
    fields: dict[Node, dict[str, list[int]]] = {}
    every: dict[Node, list[int]] = {}
    for at, need in needs:
        every.setdefault(need.field, []).append(at)
        texts = fields.setdefault(need.field, {})
        for text in need.texts:
            texts.setdefault(text, []).append(at)
    return tuple(
        Lookup(field=field, by_text={text: tuple(at) for text, at in texts.items()}, every=tuple(every[field]))
        for field, texts in fields.items()
    )
