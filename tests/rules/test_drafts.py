"""A rulebook that somebody typed: checked like files, and never a way to read the environment."""

import pytest

from gateway.errors import ConfigInvalid
from gateway.rules.loading import load_draft

TEXT = """\
accounts: {main: {token: "${TOKEN}"}}
numbers: {east: {id: "${NUMBER}", account: main}}
sources:
  crm: {provider: generic, secrets: ["${SECRET}"], authentication: [{bearer: true}]}
rules:
  - name: leads ${SECRET}
    call: {from: east, contact: {phone: payload.phone, region: US}, campaign: "${TOKEN}"}
"""
ENVIRON = {"TOKEN": "7a1c2f0e-3b1d-4e5f-8a9b-0c1d2e3f4a5b.very-secret-token", "SECRET": "a-long-enough-secret"}


def test_what_is_shown_never_holds_a_secret() -> None:
    """What must hold: secrets reach sources and accounts, and nothing that a page or an answer shows."""
    book = load_draft({"new.yaml": TEXT}, ENVIRON)
    assert book.sources["crm"].secrets == (b"a-long-enough-secret",)
    assert book.config.accounts["main"].token is not None
    (rule,) = book.config.rules
    assert (rule.name, rule.call.campaign if rule.call else None) == ("leads ${SECRET}", "${TOKEN}")
    assert book.config.numbers["east"].id == "${NUMBER}"


def test_problems_have_their_place() -> None:
    """What must hold: every mistake of a draft is told with the text's name, line and column."""
    with pytest.raises(ConfigInvalid) as caught:
        load_draft({"new.yaml": TEXT.replace("from: east", "from: west")}, ENVIRON)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.column) == ("new.yaml", 7, 18)
