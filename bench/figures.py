"""Figures of many repeats, and the tables and verdicts made of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass(kw_only=True)
class Section:
    """One part of the bench: for each system and metric the values of its repeats, in the order they came."""

    title: str
    about: str = ""
    values: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, system: str, metric: str, value: float) -> None:
        """One more value."""
        self.values.setdefault(system, {}).setdefault(metric, []).append(value)

    def note(self, text: str) -> None:
        """Something a reader must know, once."""
        if text not in self.notes:
            self.notes.append(text)

    def of(self, system: str, metric: str) -> float | None:
        """The median, if it was measured."""
        found = self.values.get(system, {}).get(metric)
        return median(found) if found else None

    def best(self, systems: Iterable[str], metric: str, choose: Callable[[list[float]], float] = max) -> float | None:
        """The best median among some systems."""
        found = [value for system in systems if (value := self.of(system, metric)) is not None]
        return choose(found) if found else None

    def metrics(self) -> list[str]:
        """Every metric in the order it first came."""
        return list(dict.fromkeys(metric for row in self.values.values() for metric in row))

    def markdown(self) -> str:
        """The table: medians, with the least and the most where there were several."""
        metrics = self.metrics()
        lines = [f"## {self.title}", "", self.about, "", "| system | " + " | ".join(metrics) + " |"]
        lines.append("|---|" + "---|" * len(metrics))
        for system, row in self.values.items():
            lines.append(f"| {system} | " + " | ".join(_cell(row.get(metric, [])) for metric in metrics) + " |")
        return "\n".join([*lines, "", *(f"{note}\n" for note in self.notes)]).rstrip() + "\n"


@dataclass(frozen=True, kw_only=True)
class Target:
    """One thing to reach: what was measured, what it is held against, and how they must relate."""

    name: str
    ours: float | None
    against: float | None
    least: float | None = None
    most: float | None = None

    @property
    def ratio(self) -> float | None:
        """Ours over theirs; None where one of them was not measured."""
        return self.ours / self.against if self.ours is not None and self.against else None

    @property
    def verdict(self) -> str:
        """pass, short, or that it was not measured."""
        ratio = self.ratio
        if ratio is None:
            return "not measured"
        low, high = self.least is None or ratio >= self.least, self.most is None or ratio <= self.most
        return "pass" if low and high else "short"

    def row(self) -> str:
        """A line of the table of targets."""
        wanted = f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}"
        shown = "–" if self.ratio is None else f"{self.ratio:.2f}"
        return f"| {self.name} | {number(self.ours)} | {number(self.against)} | {shown} | {wanted} | {self.verdict} |"


def targets_table(targets: Sequence[Target]) -> str:
    """All targets."""
    head = ["## Targets", "", "| target | ours | against | ratio | wanted | |", "|---|---|---|---|---|---|"]
    return "\n".join([*head, *(target.row() for target in targets)]) + "\n"


def number(value: float | None) -> str:
    """A figure with as many digits as mean something."""
    if value is None:
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _cell(values: Sequence[float]) -> str:
    if not values:
        return "–"
    shown = number(median(values))
    return shown if len(values) == 1 else f"{shown} ({number(min(values))}–{number(max(values))})"


Sections = Mapping[str, Section]
