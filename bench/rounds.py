"""One run of the bench: which systems, how long, how often, and every system anew for each repeat, in turns."""

import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from bench.figures import Section
from bench.systems import Far, Stage, System, staged

_numbers = count()


@dataclass(kw_only=True)
class Bench:
    """What every section works with."""

    folder: Path
    far: Far
    peers: Sequence[System]
    repeats: int = 3
    seconds: float = 4.0
    sizes: Sequence[int] = (1_000, 100_000)
    broken: list[str] = field(default_factory=list)

    def each(
        self, systems: Sequence[System], section: Section, measure: Callable[[System, Stage], None], **options: str
    ) -> None:
        """Measure each system once per repeat, in turns: what disturbs the machine for a while disturbs all."""
        for repeat in range(self.repeats):
            for system in systems:
                self.once(system, section, measure, repeat, **options)

    def once(
        self,
        system: System,
        section: Section,
        measure: Callable[[System, Stage], None],
        repeat: int = 0,
        **options: str,
    ) -> None:
        """Measure one system on a stage of its own; one that breaks is noted, and the bench goes on."""
        say(f"{section.title}: {system.name} ({repeat + 1} of {self.repeats})")
        try:
            with staged(system, self.folder / f"{next(_numbers)}", self.far.address, **options) as stage:
                measure(system, stage)
        except Exception as error:  # noqa: BLE001 - the bench's edge: one peer's failure must not lose the others' figures
            self.broken.append(f"{system.name}: {error}")
            section.note(f"{system.name} failed: {type(error).__name__}.")
            say("".join(traceback.format_exception(error)))


def say(text: str) -> None:
    """Progress, beside the tables."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
