"""test: sample deliveries with expected calls, run against the rules."""

import os
from pathlib import Path
from typing import Annotated
from xml.etree import ElementTree as ET

import typer

from gateway.cli.options import ConfigOption, JsonOption
from gateway.cli.place import config_path
from gateway.cli.screen import FAILED, MISUSED, CommandFailed, say, say_json
from gateway.errors import ConfigInvalid, Problem
from gateway.model import JsonObject
from gateway.rule_tests.cases import CaseFile, find_files, read_cases
from gateway.rule_tests.judging import came_to
from gateway.rule_tests.running import Failure, Ran, Report, run_tests
from gateway.rules.loading import load
from gateway.rules.rulebook import Rulebook


def run(
    path: Annotated[
        Path | None,
        typer.Argument(help="A file of tests, or a folder.  [default: tests/ beside the configuration]"),
    ] = None,
    config: ConfigOption = None,
    cover: Annotated[int, typer.Option(min=0, max=100, help="Fail when tests match fewer percent of the rules.")] = 0,
    junit: Annotated[Path | None, typer.Option(help="Write a JUnit report to this file.", show_default=False)] = None,
    as_json: JsonOption = False,
) -> None:
    """Run the rule tests that stand beside the rules.

    Nothing is sent or stored, and no Dialgate has to run. A test file may name its own configuration (`config:`);
    --config wins. Exit 1 when a test fails or too few rules are covered; 2 when a file is wrong.

    Example: dialgate test --cover 100; dialgate test config/tests/crm.yaml
    """
    report = run_tests(files := _read(path, config), _rulebooks(files, config))
    if junit is not None:
        junit.write_text(_junit(report), encoding="utf-8")
    if as_json:
        say_json(_as_json(report))
    else:
        _show(report, cover)
    if report.failed or report.covered_percent < cover:
        raise typer.Exit(FAILED)


def _read(path: Path | None, config: Path | None) -> list[CaseFile]:
    """Every file, or all their problems at once."""
    where = path
    if where is None:
        beside = config_path(config)
        where = (beside if beside.is_dir() else beside.parent) / "tests"
    if not where.exists():
        raise CommandFailed(f"there are no rule tests at {where}: see `dialgate test --help`", code=MISUSED)
    names = find_files(where)
    if not names:
        raise CommandFailed(f"there is no *.yaml file in {where}", code=MISUSED)
    found: list[CaseFile] = []
    problems: list[Problem] = []
    for name in names:
        try:
            found.append(read_cases(name))
        except ConfigInvalid as error:
            problems += error.problems
    if problems:
        raise ConfigInvalid(problems)
    return found


def _rulebooks(files: list[CaseFile], config: Path | None) -> dict[Path, tuple[str, Rulebook]]:
    """The rulebook of each file, each configuration loaded once."""
    books: dict[Path, Rulebook] = {}
    found = {}
    for file in files:
        own = file.cases.config
        path = file.path.parent / own if own is not None and config is None else config_path(config)
        path = Path(os.path.relpath(path))
        if path not in books:
            books[path] = load(path, os.environ)
        found[file.path] = (path.as_posix(), books[path])
    return found


def _show(report: Report, cover: int) -> None:
    for one in report.ran:
        say(f"{'FAIL' if one.failures else 'ok  '}  {one.name}", style="red" if one.failures else "green")
        for failure in one.failures:
            _show_failure(failure)
    say()
    for coverage in report.coverage:
        for rule in coverage.missing:
            say(f"{coverage.config}: no test matches rule {rule!r}", style="yellow")
    failed = len(report.failed)
    say(
        f"{len(report.ran)} tests, {failed} failed; {report.covered_percent}% of the rules are covered"
        + (f", {cover}% are asked for" if report.covered_percent < cover else ""),
        style="red" if failed or report.covered_percent < cover else "green",
    )


def _show_failure(failure: Failure) -> None:
    say(f"      {failure.at.file}:{failure.at.line}: {_what(failure)}")
    say(f"        - {failure.missed.expected}", style="red")
    say(f"        + {failure.missed.got}", style="green")


def _what(failure: Failure) -> str:
    return ".".join(str(part) for part in failure.missed.path[1:])


def _as_json(report: Report) -> JsonObject:
    return {
        "passed": len(report.ran) - len(report.failed),
        "failed": len(report.failed),
        "coveredPercent": report.covered_percent,
        "uncovered": [{"config": one.config, "rule": rule} for one in report.coverage for rule in one.missing],
        "tests": [_test_value(one) for one in report.ran],
    }


def _test_value(one: Ran) -> JsonObject:
    return {
        "name": one.name,
        "file": one.at.file,
        "line": one.at.line,
        "config": one.config,
        "passed": not one.failures,
        "got": came_to(one.found),
        "failures": [
            {"line": each.at.line, "what": _what(each), "expected": each.missed.expected, "got": each.missed.got}
            for each in one.failures
        ],
    }


def _junit(report: Report) -> str:
    counts = {"tests": str(len(report.ran)), "failures": str(len(report.failed))}
    suite = ET.Element("testsuite", {"name": "dialgate rules", "errors": "0", "skipped": "0", **counts})
    for one in report.ran:
        where = {"name": one.name, "classname": one.config, "file": one.at.file, "line": str(one.at.line)}
        case = ET.SubElement(suite, "testcase", where)
        for each in one.failures:
            told = f"{_what(each)}: expected {each.missed.expected}, got {each.missed.got}"
            text = ET.SubElement(case, "failure", {"message": told})
            text.text = f"{each.at.file}:{each.at.line}: {told}"
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"
