"""Many rules: only those worth asking are asked, and what is decided and told is the same."""

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rules.written import HEAD, decide, loaded

from gateway.model import Decision, EventState
from gateway.rules.expressions import Expression
from gateway.rules.indexing import SourceRules, spans
from gateway.rules.rulebook import Rulebook
from gateway.rules.tracing import does_not_hold, short_trace

CONTACT = "{phone: person.phone, region: US}"
WHENS = (
    'event.type == "{n}"',
    'payload.?kind.orValue("") in ["{n}", "x{n}"]',
    "{{field: payload.kind, equals: '{n}'}}",
    "{{all: [{{field: payload.kind, in: ['{n}', 'y']}}, {{field: payload.amount, at_least: 5}}]}}",
    'payload.kind == "{n}" && payload.amount > 5',
    "payload.?amount.orValue(0) > 5{n}",
    "{{not: {{field: payload.kind, equals: '{n}'}}}}",
)


def book(folder: Path, count: int, *, matching: str) -> Rulebook:
    """So many rules of every shape, half of them for one source only."""
    rules = "".join(
        f"  - name: rule {n}\n{'    sources: [other]' if n % 4 == 3 else '    sources: [crm]'}\n"
        f"    when: {_written(WHENS[n % len(WHENS)].format(n=n % 9))}\n"
        f"    call: {{from: east, contact: {CONTACT}}}\n"
        for n in range(count)
    )
    return loaded(folder, f"{HEAD}matching: {matching}\nrules:\n{rules}")


def _written(when: str) -> str:
    return when if when.startswith("{") else f"'{when}'"


def asked_one_by_one(rulebook: Rulebook, payload: dict[str, object]) -> Decision:
    """The decision where no rule is ruled out by what it needs."""
    plain = [rule.when.plain for rule in rulebook._rules if isinstance(rule.when, Expression)]
    for rule in rulebook._rules:
        if isinstance(rule.when, Expression):
            rule.when.plain = None
    rulebook._of_source.clear()
    try:
        return decide(rulebook, payload)
    finally:
        for rule, kept in zip(rulebook._rules, plain, strict=True):
            if isinstance(rule.when, Expression):
                rule.when.plain = kept
        rulebook._of_source.clear()


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> list[Rulebook]:
    """Few and many rules, the first or all that hold."""
    folder = tmp_path_factory.mktemp("rules")
    return [book(folder, count, matching=matching) for count in (15, 70) for matching in ("first", "all")]


payloads = st.fixed_dictionaries(
    {"phone": st.just("+14155550132")},
    optional={
        "kind": st.sampled_from([*map(str, range(9)), "x1", "y", "z", None, 3, True, ["1"], {"a": 1}]),
        "amount": st.sampled_from([0, 6, 57, 5.5, "7", None]),
    },
)


@settings(max_examples=60, deadline=None)
@given(payloads, st.integers(0, 3))
def test_the_decision_is_the_same(books: list[Rulebook], payload: dict[str, object], which: int) -> None:
    """What must hold: whatever a payload holds, an event is decided and told as if every rule had been asked."""
    assert decide(books[which], payload) == asked_one_by_one(books[which], payload)


def test_what_is_kept_of_traces_is_small(books: list[Rulebook]) -> None:
    """What must hold: which rules hold together is up to senders; however they mix them, memory does not go by it."""
    rules = books[-1]._rules * 20
    mine = SourceRules(rules, "crm")
    tracemalloc.start()
    for at in range(400):
        short_trace(rules, mine, {at: does_not_hold("a", "b")}, len(rules))
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept < 2_000_000


def test_rules_of_others_and_other_types_are_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What must hold: among a hundred rules that need another text, only the one that may hold is evaluated."""
    rules = "".join(
        f"  - {{name: r{n}, sources: [crm], when: 'payload.kind == \"{n}\" && payload.amount > 5', "
        f"call: {{from: east, contact: {CONTACT}}}}}\n"
        for n in range(100)
    )
    rulebook = loaded(tmp_path, f"{HEAD}rules:\n{rules}")
    asked: list[str] = []
    evaluate = Expression._asked
    monkeypatch.setattr(Expression, "_asked", lambda one, scope: asked.append(one.text) or evaluate(one, scope))
    decision = decide(rulebook, {"kind": "42", "amount": 6, "phone": "+14155550132"})
    assert decision.state is EventState.MATCHED
    assert [text for text in asked if "kind" in text] == ['payload.kind == "42" && payload.amount > 5']


def test_of_many_rules_the_trace_stays_short(tmp_path: Path) -> None:
    """What must hold: the rule that held is told by its name; of the others which they are, by number, and why not."""
    decision = decide(book(tmp_path, 70, matching="first"), {"kind": "0", "amount": 0, "phone": "+14155550132"})
    held, *others = decision.trace
    assert (held.rule, held.matched) == ("rule 6", True)
    told = [(line.rule, line.matched, line.detail) for line in others]
    assert told == [
        ("5 more", False, "rules 1-3, 5-6: the condition does not hold"),
        ("1 more", False, "rule 4: not for this source"),
        ("63 more", None, "rules 8-70: not reached: an earlier rule decided"),
    ]


@pytest.mark.parametrize(
    ("places", "written"), [((0,), "1"), ((0, 1, 2), "1-3"), ((0, 2, 3, 9), "1, 3-4, 10"), ((), "")]
)
def test_places_as_a_person_counts_them(places: tuple[int, ...], written: str) -> None:
    """What must hold: from 1 on, neighbours as a span."""
    assert spans(places) == written
