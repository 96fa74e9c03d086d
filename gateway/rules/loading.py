"""YAML files → Rulebook, or every problem at once with file:line:column."""

from collections.abc import Mapping
from pathlib import Path

from gateway.rules.rulebook import Rulebook


def load(path: Path, environ: Mapping[str, str]) -> Rulebook:
    """The rulebook of a file, or of every *.yaml in a folder. Raises ConfigInvalid with all problems."""
    raise NotImplementedError


def config_schema() -> dict[str, object]:
    """The JSON Schema of the configuration, for editors; sources carry each provider's options."""
    raise NotImplementedError


class RulebookKeeper:
    """The rulebook in force, reloaded when its files change. A bad new file never replaces a good one."""

    def __init__(self, path: Path, environ: Mapping[str, str]) -> None:
        """Loads at once. Raises ConfigInvalid."""
        raise NotImplementedError

    @property
    def current(self) -> Rulebook:
        """The rulebook in force."""
        raise NotImplementedError

    @property
    def problem(self) -> str | None:
        """What is wrong with the files on disk, if the rulebook in force is older than they are."""
        raise NotImplementedError

    def refresh(self) -> bool:
        """Look at the files (cheap: names, sizes, times); True when a new rulebook took over."""
        raise NotImplementedError
