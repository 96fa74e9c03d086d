"""YAML files → Rulebook, or every problem at once with file:line:column."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from gateway.contracts import Provider
from gateway.errors import ConfigInvalid
from gateway.model import JsonValue
from gateway.providers import load_providers
from gateway.rules.checks import check
from gateway.rules.compiling import compile_rule
from gateway.rules.config import Config
from gateway.rules.external_checks import checks_of
from gateway.rules.files import SourceFile, Stamp, merge, read_files, stamp_of, version_of
from gateway.rules.notifying import check_notify
from gateway.rules.problems import ProblemList
from gateway.rules.rulebook import Rulebook
from gateway.rules.schema import config_schema
from gateway.rules.sources import sources_of
from gateway.rules.texts import with_changes
from gateway.rules.validation import draft_of
from gateway.rules.variables import Variables

__all__ = ["RulebookKeeper", "config_schema", "load", "load_draft"]

_SHOWN = frozenset({"rules", "numbers", "policy", "matching"})


def load(path: Path, environ: Mapping[str, str], *, providers: Mapping[str, Provider] | None = None) -> Rulebook:
    """The rulebook of a file, or of every *.yaml in a folder. Raises ConfigInvalid with all problems."""
    problems = ProblemList(str(path))
    files = read_files(path, problems)
    data = Variables(environ, problems).expand(merge(files, problems))
    return _built(data, files, problems, providers)


def load_draft(
    texts: Mapping[str, str], environ: Mapping[str, str], *, providers: Mapping[str, Provider] | None = None
) -> Rulebook:
    """The rulebook of YAML texts by file name, as `load` reads files. Raises ConfigInvalid with all problems.

    For texts that somebody typed: only accounts, sources and the other sections whose values no page and no answer
    shows get their variables from the environment. In rules, numbers and policy `${NAME}` stays its own name.
    """
    problems = ProblemList("draft")
    files = [SourceFile(name=name, content=text.encode()) for name, text in texts.items()]
    merged = merge(files, problems)
    sections = merged if isinstance(merged, dict) else {}
    secret, named = Variables(environ, problems), Variables(_OwnNames(), problems)
    data: JsonValue = {
        name: (named if name in _SHOWN else secret).expand(value, (name,)) for name, value in sections.items()
    }
    return _built(data if isinstance(merged, dict) else merged, files, problems, providers)


class _OwnNames(Mapping[str, str]):
    """An environment in which every variable holds its own name."""

    def __getitem__(self, key: str) -> str:
        return f"${{{key}}}"

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _built(
    data: JsonValue, files: Sequence[SourceFile], problems: ProblemList, providers: Mapping[str, Provider] | None
) -> Rulebook:
    draft = draft_of(data, problems)
    known = load_providers() if providers is None else providers
    check(draft, known, problems)
    check_notify(draft, problems)
    sources = sources_of(draft, known, problems)
    checks = checks_of(draft.do_not_call, problems) if draft.do_not_call else {}
    if problems:
        raise ConfigInvalid(problems.sorted())
    config = Config.model_validate(draft.raw)
    rules = [compile_rule(rule) for rule in config.rules]
    return Rulebook(version=version_of(files), config=config, sources=sources, rules=rules, checks=checks)


class RulebookKeeper:
    """The rulebook in force, reloaded when its files change. A bad new file never replaces a good one."""

    def __init__(
        self, path: Path, environ: Mapping[str, str], *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Loads at once. Raises ConfigInvalid."""
        self._now = now
        self._path = path
        self._environ = dict(environ)
        self._tried = _stamp(path)
        self._seen = self._tried
        self._files = _read(path)
        self._current = load(path, self._environ)
        self._since = now()
        self._problem: str | None = None

    @property
    def current(self) -> Rulebook:
        """The rulebook in force."""
        return self._current

    @property
    def since(self) -> datetime:
        """Since when this process has it in force."""
        return self._since

    @property
    def files(self) -> Sequence[SourceFile]:
        """The files it was read from, as they were then."""
        return self._files

    def draft(self, text: str) -> Rulebook:
        """The rulebook in force with the sections a text has in place of its own, to be tried. Raises ConfigInvalid."""
        return load_draft(with_changes(self._files, text), self._environ)

    @property
    def problem(self) -> str | None:
        """What is wrong with the files on disk, if the rulebook in force is older than they are."""
        return self._problem

    def refresh(self) -> bool:
        """Look at the files (cheap: names, sizes, times); True when a new rulebook took over.

        A change is read only when two looks in a row find the same files, so that one still being written,
        which may well parse, does not take over for a moment. Call it every second or so.
        """
        now = _stamp(self._path)
        settled, self._seen = now == self._seen, now
        if not settled or now == self._tried:
            return False
        self._tried = now
        try:
            found = load(self._path, self._environ)
        except ConfigInvalid as error:
            self._problem = str(error)
            return False
        self._problem = None
        if found.version == self._current.version:
            self._current = found
            return False
        self._files, self._since = _read(self._path), self._now()
        self._current = found
        return True


def _read(path: Path) -> Sequence[SourceFile]:
    return read_files(path, ProblemList(str(path)))


def _stamp(path: Path) -> Stamp | None:
    try:
        return stamp_of(path)
    except OSError:
        return None
