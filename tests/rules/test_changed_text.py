"""A changed rulebook to be tried: what of it may change, where its problems are, and that it tells no secret."""

from pathlib import Path

import pytest

from gateway.errors import ConfigInvalid
from gateway.rules.files import SourceFile
from gateway.rules.loading import RulebookKeeper
from gateway.rules.texts import CHANGED, rules_as_written

WRITTEN = """\
accounts: {main: {token: "${TOKEN}"}}
numbers: {east: {id: pn_1, account: main}, west: {id: pn_2, account: main}}
sources:
  crm: {provider: generic, secrets: ["${SECRET}"], authentication: [{bearer: true}]}
# what we do
rules:
  # the big one
  - name: demo
    when: payload.x == "demo"
    call: {from: east, contact: {phone: payload.phone}}
policy: {cooldown: 5m}
"""
ENVIRON = {"TOKEN": "11111111-2222-4333-8444-555555555555.secret-of-it", "SECRET": "secret-of-the-source"}


@pytest.fixture
def keeper(tmp_path: Path) -> RulebookKeeper:
    """The rulebook in force."""
    path = tmp_path / "dialgate.yaml"
    path.write_text(WRITTEN, encoding="utf-8")
    return RulebookKeeper(path, ENVIRON)


def test_only_what_the_text_says_is_changed(keeper: RulebookKeeper) -> None:
    """Its rules take the place of those in force; numbers, sources and policy stay, and nothing comes into force."""
    text = "rules:\n  - {name: other, call: {from: west, contact: {phone: payload.phone}}}\n"
    changed = keeper.draft(text)
    assert [rule.name for rule in changed.config.rules] == ["other"]
    assert set(changed.sources) == {"crm"}
    assert changed.config.policy == keeper.current.config.policy
    assert changed.version != keeper.current.version
    assert [rule.name for rule in keeper.current.config.rules] == ["demo"]


def test_a_whole_file_may_be_given(keeper: RulebookKeeper) -> None:
    """Every section it has is its own, and no section is there twice."""
    changed = keeper.draft(WRITTEN.replace("crm:", "another:").replace("5m", "7m"))
    assert set(changed.sources) == {"another"}
    assert changed.config.policy.cooldown.total_seconds() == 420


def test_a_text_cannot_read_the_environment(keeper: RulebookKeeper) -> None:
    """A variable stands for its own name, so that no rule's name or tag shows a secret."""
    changed = keeper.draft('rules: [{name: "${TOKEN}", call: {from: east, contact: {phone: payload.p}}}]')
    assert [rule.name for rule in changed.config.rules] == ["${TOKEN}"]


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        (
            "rules:\n  - name: a\n    when: payload.x ==\n    call: {from: east, contact: {phone: payload.p}}\n",
            3,
            0,
            "",
        ),
        ("rules:\n  - name: a\n    call: {from: nowhere, contact: {phone: payload.p}}\n", 3, 18, "nowhere"),
        ("rules:\n  - nam: a\n", 2, 5, "nam"),
        ("rules: [", 1, 0, ""),
        ("no sections", 1, 1, "map"),
    ],
)
def test_problems_have_their_place_in_the_text(
    keeper: RulebookKeeper, text: str, line: int, column: int, says: str
) -> None:
    """With line and column of what was typed, so that they can be shown beside it."""
    with pytest.raises(ConfigInvalid) as raised:
        keeper.draft(text)
    first = raised.value.problems[0]
    assert first.file == CHANGED
    assert first.line >= line
    assert not column or first.column == column
    assert says in str(raised.value)


def test_the_rules_are_shown_as_written_and_nothing_else(keeper: RulebookKeeper) -> None:
    """With their comments, and without the sections beside them."""
    text = rules_as_written(keeper.files)
    assert text.startswith("rules:\n  # the big one\n")
    assert "TOKEN" not in text
    assert "cooldown" not in text
    assert keeper.draft(text).config.rules == keeper.current.config.rules


@pytest.mark.parametrize(
    "contents",
    [
        ('{"rules": [{"name": "demo", "priority": "high"}], "policy": {"cooldown": "5m"}}',),
        ("rules:\n- {name: demo, priority: high}\n", "policy: {cooldown: 5m}\n"),
        ("rules: [{name: demo, priority: high}]\nnumbers: {}\n",),
    ],
)
def test_whatever_its_style_the_same_rules_are_shown(contents: tuple[str, ...]) -> None:
    """JSON, several files, flow style: what is shown reads back as the same rules."""
    files = [SourceFile(name=f"{number}.yaml", content=text.encode()) for number, text in enumerate(contents)]
    text = rules_as_written(files)
    assert "demo" in text
    assert "cooldown" not in text


def test_since_when_it_is_in_force_is_known(tmp_path: Path) -> None:
    """It begins anew with a new rulebook, and not with a bad one."""
    path = tmp_path / "dialgate.yaml"
    path.write_text(WRITTEN, encoding="utf-8")
    keeper = RulebookKeeper(path, ENVIRON)
    began = keeper.since
    for text, changes in (("rules: 7", False), (WRITTEN.replace("5m", "9m"), True)):
        path.write_text(text, encoding="utf-8")
        assert keeper.refresh() is False
        keeper.refresh()
        assert (keeper.since > began) is changes
    assert b"9m" in keeper.files[0].content
