"""The rulebook in force: replaced by a good new one, never by a bad or half-written one."""

from pathlib import Path

import pytest
from rules.written import ENVIRON, HEAD

from gateway.errors import ConfigInvalid
from gateway.rules.loading import RulebookKeeper

GOOD = HEAD + "rules:\n  - {name: a, sources: [crm], call: {from: east, contact: {phone: person.phone}}}\n"
BETTER = GOOD.replace("name: a", "name: b, priority: high")
BAD = GOOD.replace("from: east", "from: nowhere")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with a good configuration."""
    file = tmp_path / "dialgate.yaml"
    file.write_text(GOOD)
    return file


def looks(keeper: RulebookKeeper, times: int = 2) -> list[bool]:
    """What each of some looks in a row says."""
    return [keeper.refresh() for _ in range(times)]


def names(keeper: RulebookKeeper) -> list[str]:
    """The rules in force."""
    return [rule.name for rule in keeper.current.config.rules]


def test_a_bad_configuration_stops_start_up(path: Path) -> None:
    """There is no rulebook to keep."""
    path.write_text(BAD)
    with pytest.raises(ConfigInvalid, match='no number "nowhere"'):
        RulebookKeeper(path, ENVIRON)


def test_nothing_changes_while_nothing_changes(path: Path) -> None:
    """Looking is free of effects."""
    keeper = RulebookKeeper(path, ENVIRON)
    before = keeper.current
    assert looks(keeper, 3) == [False, False, False]
    assert keeper.current is before


def test_a_good_change_takes_over_at_the_second_look(path: Path) -> None:
    """One look sees the change, the next that it stays: a file being written does not take over."""
    keeper = RulebookKeeper(path, ENVIRON)
    path.write_text(BETTER)
    assert looks(keeper, 3) == [False, True, False]
    assert (names(keeper), keeper.problem) == (["b"], None)


def test_a_file_still_being_written_waits(path: Path) -> None:
    """Each half of it would parse; only the whole is ever in force."""
    keeper = RulebookKeeper(path, ENVIRON)
    for end in (len(HEAD), len(HEAD) + 7, len(BETTER)):
        path.write_text(BETTER[:end])
        assert keeper.refresh() is False
        assert names(keeper) == ["a"]
    assert keeper.refresh() is True
    assert names(keeper) == ["b"]


def test_a_bad_change_is_told_and_keeps_the_old_one(path: Path) -> None:
    """The problem stays until the files are good again, then it is gone."""
    keeper = RulebookKeeper(path, ENVIRON)
    path.write_text(BAD)
    assert looks(keeper, 3) == [False, False, False]
    assert names(keeper) == ["a"]
    assert 'no number "nowhere"' in str(keeper.problem)
    path.write_text(BETTER)
    assert looks(keeper) == [False, True]
    assert (names(keeper), keeper.problem) == (["b"], None)


def test_going_back_to_the_old_text_ends_the_problem(path: Path) -> None:
    """Nothing takes over, as the rulebook in force is that very text; but nothing is wrong any more."""
    keeper = RulebookKeeper(path, ENVIRON)
    path.write_text(BAD)
    looks(keeper)
    path.write_text(GOOD)
    assert looks(keeper) == [False, False]
    assert keeper.problem is None


def test_files_that_vanish_keep_the_old_one(path: Path) -> None:
    """A deleted file is a problem, not an empty configuration."""
    keeper = RulebookKeeper(path, ENVIRON)
    path.unlink()
    assert looks(keeper) == [False, False]
    assert names(keeper) == ["a"]
    assert "cannot be read" in str(keeper.problem)
    path.write_text(GOOD)
    looks(keeper)
    assert keeper.problem is None


def test_a_file_added_to_a_folder_is_seen(path: Path) -> None:
    """Folders change by their files' names too."""
    keeper = RulebookKeeper(path.parent, ENVIRON)
    (path.parent / "more.yaml").write_text("numbers:\n  north: {id: pn_1, account: main}\n")
    assert looks(keeper) == [False, True]
    assert keeper.current.number("north") is not None
