"""YAML files → Rulebook, or every problem at once with file:line:column."""

from collections.abc import Mapping
from pathlib import Path

from gateway.contracts import Provider
from gateway.errors import ConfigInvalid
from gateway.providers import load_providers
from gateway.rules.checks import check
from gateway.rules.compiling import compile_rule
from gateway.rules.config import Config
from gateway.rules.files import merge, read_files, version_of
from gateway.rules.keeper import RulebookKeeper as _Keeper
from gateway.rules.problems import ProblemList
from gateway.rules.rulebook import Rulebook
from gateway.rules.schema import config_schema
from gateway.rules.sources import sources_of
from gateway.rules.validation import draft_of
from gateway.rules.variables import Variables

__all__ = ["RulebookKeeper", "config_schema", "load"]


def load(path: Path, environ: Mapping[str, str], *, providers: Mapping[str, Provider] | None = None) -> Rulebook:
    """The rulebook of a file, or of every *.yaml in a folder. Raises ConfigInvalid with all problems."""
    problems = ProblemList(str(path))
    files = read_files(path, problems)
    data = Variables(environ, problems).expand(merge(files, problems))
    draft = draft_of(data, problems)
    known = load_providers() if providers is None else providers
    check(draft, known, problems)
    sources = sources_of(draft, known, problems)
    if problems:
        raise ConfigInvalid(problems.sorted())
    config = Config.model_validate(draft.raw)
    rules = [compile_rule(rule) for rule in config.rules]
    return Rulebook(version=version_of(files), config=config, sources=sources, rules=rules)


class RulebookKeeper(_Keeper):
    """The rulebook in force, reloaded when its files change. A bad new file never replaces a good one."""

    def __init__(self, path: Path, environ: Mapping[str, str]) -> None:
        """Loads at once. Raises ConfigInvalid."""
        super().__init__(path, lambda: load(path, environ))
