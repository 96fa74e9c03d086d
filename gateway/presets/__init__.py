"""Calling hours as statutes and regulators set them: one data file each, with its sources. Not legal advice."""

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from types import MappingProxyType

import yaml
from pydantic import Field

from gateway.calling_hours import Week, week_of
from gateway.holidays import check_holiday
from gateway.model import record
from gateway.policy import Strict


class _Limits(Strict):
    """Hours by days, and holidays."""

    hours: dict[str, str]
    holidays: tuple[str, ...] = ()

    def week(self, name: str) -> Week:
        """Ready to be asked. Raises ValueError for what cannot be read."""
        return week_of(name, self.hours, tuple(map(check_holiday, self.holidays)))


class _State(_Limits):
    """A state that is stricter than its country, and by which statute."""

    source: str = Field(min_length=1)


class _File(_Limits):
    """One preset as written."""

    title: str
    note: str
    sources: list[str] = Field(min_length=1)
    regions: list[str] = Field(min_length=1)
    states: dict[str, _State] = Field(default_factory=dict)


@record
class Preset:
    """Where it applies, and when it lets a phone ring there; `states` are those with hours of their own."""

    name: str
    title: str
    note: str
    sources: tuple[str, ...]
    regions: frozenset[str]
    week: Week
    states: Mapping[str, Week]
    state_sources: Mapping[str, str]

    def weeks(self, states: frozenset[str] | None) -> tuple[Week, ...]:
        """What binds in every one of these states; None stands for any state."""
        own = [week for state, week in sorted(self.states.items()) if states is None or state in states]
        return (self.week, *own)


@lru_cache(maxsize=1)
def load_presets() -> Mapping[str, Preset]:
    """Every preset there is, by name. Raises ValueError for a file that cannot be read."""
    folder = resources.files(__name__)
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    found = {name.removesuffix(".yaml"): (folder / name).read_text(encoding="utf-8") for name in names}
    return MappingProxyType({name: _read(name, text) for name, text in found.items()})


def _read(name: str, text: str) -> Preset:
    file = _File.model_validate(yaml.load(text, yaml.CBaseLoader))  # noqa: S506 - every scalar stays text: no objects
    return Preset(
        name=name,
        title=file.title,
        note=file.note,
        sources=tuple(file.sources),
        regions=frozenset(file.regions),
        week=file.week(name),
        states={state: limits.week(f"{name} {state}") for state, limits in file.states.items()},
        state_sources={state: limits.source for state, limits in file.states.items()},
    )
