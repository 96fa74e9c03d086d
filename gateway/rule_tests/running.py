"""Running rule tests: each delivery rehearsed by the engine that `dialgate try` uses, nothing sent, nothing stored."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from urllib.parse import urlencode

from gateway.contracts import Source
from gateway.errors import ConfigInvalid, Problem
from gateway.model import record
from gateway.rehearsal import posted, rehearse
from gateway.rehearsed import Rehearsal
from gateway.rule_tests.cases import Case, CaseFile
from gateway.rule_tests.judging import Missed, judge
from gateway.rules.documents import Mark
from gateway.rules.rulebook import Rulebook


@record
class Failure:
    """One difference and where in the file it is expected."""

    at: Mark
    missed: Missed


@record
class Ran:
    """One test that was run; it passed when there are no failures."""

    name: str
    at: Mark
    config: str
    source: str
    rules: frozenset[str]  # those that held
    failures: tuple[Failure, ...]
    found: Rehearsal


@record
class Coverage:
    """Which rules of a configuration held in some test, and which in none."""

    config: str
    covered: tuple[str, ...]
    missing: tuple[str, ...]


@record
class Report:
    """Everything that was run."""

    ran: tuple[Ran, ...]
    coverage: tuple[Coverage, ...]

    @property
    def failed(self) -> tuple[Ran, ...]:
        """Those that did not pass."""
        return tuple(one for one in self.ran if one.failures)

    @property
    def covered_percent(self) -> int:
        """Of all rules, rounded down; 100 where there are none."""
        covered = sum(len(one.covered) for one in self.coverage)
        rules = covered + sum(len(one.missing) for one in self.coverage)
        return 100 * covered // rules if rules else 100


def run_tests(files: Sequence[CaseFile], rulebooks: Mapping[Path, tuple[str, Rulebook]]) -> Report:
    """Every test of every file against the file's rulebook, given by the file's path with its configuration's name.

    Raises ConfigInvalid for a test that cannot be run: a source that is not configured, a body that is not there.
    """
    ran: list[Ran] = []
    problems: list[Problem] = []
    for file in files:
        config, rulebook = rulebooks[file.path]
        for index, case in enumerate(file.cases.tests):
            try:
                ran.append(_run(file, index, case, config, rulebook))
            except CannotRunError as error:
                mark = file.mark("tests", index, *error.path)
                problems.append(Problem(file=mark.file, line=mark.line, column=mark.column, message=str(error)))
    if problems:
        raise ConfigInvalid(problems)
    return Report(ran=tuple(ran), coverage=tuple(_coverage(ran, dict(rulebooks.values()))))


class CannotRunError(ValueError):
    """What is wrong with a test itself, and at which path inside it."""

    def __init__(self, message: str, *path: str) -> None:
        super().__init__(message)
        self.path = path


def _run(file: CaseFile, index: int, case: Case, config: str, rulebook: Rulebook) -> Ran:
    source = rulebook.sources.get(case.source)
    if source is None:
        known = ", ".join(rulebook.sources) or "none"
        raise CannotRunError(f"{config} has no source {case.source!r}; it has: {known}", "source")
    body, headers = _body(file, case, source)
    told = {**{name.lower(): value for name, value in headers.items()}, **_lower(case.headers)}
    request = posted(source, body, headers=told, now=case.at, query=case.query)
    found = rehearse(rulebook, source, request, now=case.at, authenticate=False)
    missed = judge(case.expect, found)
    return Ran(
        name=case.name,
        at=file.mark("tests", index),
        config=config,
        source=case.source,
        rules=frozenset(_held(found)),
        failures=tuple(Failure(at=file.mark("tests", index, *one.path), missed=one) for one in missed),
        found=found,
    )


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _body(file: CaseFile, case: Case, source: Source) -> tuple[bytes, Mapping[str, str]]:
    """The bytes, and the headers that such a body comes with."""
    body = case.body
    if body.form is not None:
        return urlencode(body.form).encode(), {"content-type": "application/x-www-form-urlencoded"}
    if body.raw is not None:
        return body.raw.encode(), {"content-type": "application/json"}
    if body.file is not None:
        try:
            return (file.path.parent / body.file).read_bytes(), {"content-type": "application/json"}
        except OSError as error:
            raise CannotRunError(f"{body.file} cannot be read: {error.strerror}", "body", "file") from None
    if body.sample is not None:
        return _sample(source, body.sample, case)
    return json.dumps(body.json_, ensure_ascii=False).encode(), {"content-type": "application/json"}


def _sample(source: Source, name: str, case: Case) -> tuple[bytes, Mapping[str, str]]:
    """A sample of the provider's, the same for the same test: its people are drawn by its name."""
    samples = {sample.name: sample for sample in source.provider.samples()}
    sample = samples.get(name)
    if sample is None or sample.method != "POST":
        known = ", ".join(one.name for one in samples.values() if one.method == "POST") or "none"
        raise CannotRunError(
            f"{source.provider.title} has no sample {name!r} to post; it has: {known}", "body", "sample"
        )
    draws = Random(case.name)  # noqa: S311 - invents people, guards nothing
    body = sample.make(case.at, draws)
    return body, {**dict(sample.headers(case.at, draws)), "content-type": sample.content_type}


def _held(found: Rehearsal) -> list[str]:
    decisions = [event.decision for event in found.events if event.decision is not None]
    return [said.rule for decision in decisions for said in decision.trace if said.matched and not said.error]


def _coverage(ran: Sequence[Ran], rulebooks: Mapping[str, Rulebook]) -> list[Coverage]:
    found = []
    for config, rulebook in rulebooks.items():
        held = {rule for one in ran if one.config == config for rule in one.rules}
        names = [rule.name for rule in rulebook.config.rules]
        found.append(
            Coverage(
                config=config,
                covered=tuple(name for name in names if name in held),
                missing=tuple(name for name in names if name not in held),
            )
        )
    return found
