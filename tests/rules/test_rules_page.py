"""docs/rules.md: every snippet loads, and every expression compiles."""

import re
from pathlib import Path

import pytest
from rules.written import TOKEN
from tree import ROOT

from gateway.rules.conditions import OPERATORS
from gateway.rules.expressions import VARIABLES, Expression, ExpressionFaults, Kind
from gateway.rules.loading import load

PAGE = (ROOT / "docs/rules.md").read_text(encoding="utf-8")
HEAD = """\
accounts:
  main: {token: ""}
numbers:
  sales: {id: pn_212, account: main}
rules:
"""


def blocks(language: str) -> list[str]:
    """The fenced blocks with this info string."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


EXPRESSIONS = [line for block in blocks("yaml expressions") for line in block.splitlines()]


@pytest.mark.parametrize("text", blocks("yaml config"), ids=range(len(blocks("yaml config"))))
def test_whole_configurations_load(tmp_path: Path, text: str) -> None:
    """As they stand, once their variables are set."""
    path = tmp_path / "page.yaml"
    path.write_text(text, encoding="utf-8")
    secret = "whsec_ZGlhbGdhdGUtZGVtby1zZWNyZXQtbmV2ZXItZm9yLXJlYWwtcGhvbmVz"
    assert load(path, {"AGENTALK_TOKEN": TOKEN, "CRM_SECRET": secret}).config.rules


@pytest.mark.parametrize("text", blocks("yaml rule"), ids=range(len(blocks("yaml rule"))))
def test_rules_load(tmp_path: Path, text: str) -> None:
    """In a configuration with a number called `sales`."""
    path = tmp_path / "page.yaml"
    path.write_text(HEAD + re.sub("^", "  ", text, flags=re.MULTILINE), encoding="utf-8")
    assert len(load(path, {}).config.rules) == 1


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_expressions_compile(text: str) -> None:
    """As a condition or as a text."""
    try:
        Expression(text, Kind.CONDITION)
    except ExpressionFaults:
        Expression(text, Kind.TEXT)


def test_there_is_something_to_test() -> None:
    """The page's fences are found."""
    assert (len(blocks("yaml config")), len(blocks("yaml rule")), len(EXPRESSIONS)) == (2, 3, 9)


def test_the_page_names_every_operator_function_and_variable() -> None:
    """Nothing that can be written is undocumented."""
    functions = ("phone", "first_of", "lower", "upper", "digits")
    named = [*(f"`{name}" for name in (*OPERATORS, *VARIABLES)), *(f"`{name}(" for name in functions)]
    assert [name for name in named if name not in PAGE] == []
