"""What is told with an event of the rules that made no call of it: each by its name, or many in a line.

Up to twenty rules are told one by one. Of more, those that held or failed are; of the others a line says why, and which
they are by their numbers in the configuration. It is as true, and does not grow with the rules.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from gateway.model import RuleTrace
from gateway.rules.compiling import CompiledRule
from gateway.rules.indexing import NOT_REACHED, SourceRules

TOLD_ONE_BY_ONE = 20
_SAID_KEPT = 8192  # the same few sentences are told of every event


def short_trace(
    rules: Sequence[CompiledRule], mine: SourceRules, told: Mapping[int, RuleTrace], last: int
) -> Sequence[RuleTrace]:
    """`told` of the rules that held or failed, by their places, and as little as is true of the others.

    `last` is the place of the rule that decided, or one past them all.
    """
    if len(rules) <= TOLD_ONE_BY_ONE:
        return whole_trace(rules, mine, told, last)
    lines = [told[place] for place in sorted(told)]
    return lines + [_others(*others) for others in mine.passed_over(last, frozenset(told))]


def whole_trace(
    rules: Sequence[CompiledRule], mine: SourceRules, told: Mapping[int, RuleTrace], last: int
) -> Sequence[RuleTrace]:
    """A line for every rule, in order."""
    return [told.get(place) or _of(rule, place, mine, last) for place, rule in enumerate(rules)]


@lru_cache(maxsize=_SAID_KEPT)
def does_not_hold(rule: str, sentence: str) -> RuleTrace:
    """What is told of a rule whose condition is false."""
    return RuleTrace(rule=rule, matched=False, detail=f"does not hold: {sentence}")


def _of(rule: CompiledRule, place: int, mine: SourceRules, last: int) -> RuleTrace:
    if place > last:
        return _not_reached(rule.config.name)
    if place not in mine.places:
        return _not_for(rule.config.name, mine.source)
    return does_not_hold(rule.config.name, rule.sentence)


@lru_cache(maxsize=_SAID_KEPT)
def _not_for(rule: str, source: str) -> RuleTrace:
    return RuleTrace(rule=rule, matched=False, detail=f"it is not for source {source}")


@lru_cache(maxsize=_SAID_KEPT)
def _not_reached(rule: str) -> RuleTrace:
    return RuleTrace(rule=rule, matched=None, detail=NOT_REACHED)


@lru_cache(maxsize=_SAID_KEPT)
def _others(words: str, count: int, numbers: str) -> RuleTrace:
    which = "rule" if count == 1 else "rules"
    matched = None if words == NOT_REACHED else False
    return RuleTrace(rule=f"{count} more", matched=matched, detail=f"{which} {numbers}: {words}")
