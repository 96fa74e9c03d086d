"""Rules are compiled only when they are right: a mistake the loader missed can never become "always"."""

import pytest

from gateway.rules.compiling import compile_rule
from gateway.rules.config import RuleConfig
from gateway.rules.expressions import Expression, ExpressionFaults

CALL = {"from": "east", "contact": {"phone": "person.phone", "region": "US", "tags": ["a", {"cel": "payload.tag"}]}}


def rule(**changes: object) -> RuleConfig:
    """A rule with changes."""
    return RuleConfig.model_validate({"name": "a", "call": CALL, **changes})


def test_a_compiled_rule_holds_expressions_and_literals() -> None:
    """What stands as it is stays text; what is computed is compiled."""
    compiled = compile_rule(rule(when="payload.x == 1"))
    assert isinstance(compiled.when, Expression)
    assert compiled.contact.region == "US"
    assert compiled.contact.tags[0] == "a"
    assert isinstance(compiled.contact.tags[1], Expression)
    assert compiled.campaign is None


@pytest.mark.parametrize(("when", "sentence"), [(True, "always"), (False, "never")])
def test_a_rule_may_simply_hold(when: bool, sentence: str) -> None:
    """Or not: a rule switched off."""
    compiled = compile_rule(rule(when=when))
    assert (compiled.when, compiled.sentence) == (when, sentence)


def test_a_wrong_condition_never_compiles() -> None:
    """It is refused here too, rather than taken for one that always holds."""
    with pytest.raises(ValueError, match="unknown key"):
        compile_rule(rule(when={"field": "payload.x", "eq": 1}))
    with pytest.raises(ExpressionFaults, match="unknown name"):
        compile_rule(rule(when="pyload.x"))
