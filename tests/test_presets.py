"""Every preset can be read, says its source, and limits something."""

import pytest
from tree import ROOT

from gateway.addresses import us_states
from gateway.calling_hours import limiting
from gateway.phones import REGIONS
from gateway.presets import load_presets

PRESETS = load_presets()
PAGE = (ROOT / "docs/guards/hours.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_says_where_it_is_from_and_limits_something(name: str) -> None:
    """Sources, known countries and states, and that it is no legal advice; its name is on the page."""
    preset = PRESETS[name]
    assert preset.title
    assert all(preset.sources)
    assert "not legal advice" in preset.note
    assert preset.regions <= REGIONS
    assert limiting([preset.week]) is not None
    assert all(state in us_states() and preset.state_sources[state] for state in preset.states)
    assert f"| `{name}` |" in PAGE


def test_the_presets_there_are() -> None:
    """Each a name for good: configurations hold them."""
    assert tuple(PRESETS) == ("australia", "canada", "france", "uk", "us_federal", "us_strict")


def test_states_bind_where_they_may_be() -> None:
    """One known state adds its own week, an unknown one all of them, one without its own none."""
    strict = PRESETS["us_strict"]
    assert [week.name for week in strict.weeks(frozenset({"FL"}))] == ["us_strict", "us_strict FL"]
    assert [week.name for week in strict.weeks(frozenset({"NY"}))] == ["us_strict"]
    assert len(strict.weeks(None)) == 1 + len(strict.states)
