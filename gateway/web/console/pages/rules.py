"""Rules: the rulebook in force as sentences, which files it is, and what its tests say."""

import asyncio
from pathlib import Path
from typing import Any

from starlette.responses import Response

from gateway.errors import ConfigInvalid
from gateway.rule_tests.cases import CaseFile, find_files, read_cases
from gateway.rule_tests.running import Report, run_tests
from gateway.rules.console import Role
from gateway.rules.loading import RulebookKeeper
from gateway.web.console.page import Look, Page, Trial
from gateway.web.console.rulebook_told import rules_told
from gateway.web.console.visit import Visit


async def show(visit: Visit) -> Response:
    """The whole page."""
    told, looked_at = await rules_told(visit.front)
    return visit.page("rules.html", rules=told, looked_at=looked_at, **_files(visit))


async def test(visit: Visit) -> Response:
    """Run the tests that stand beside the rules. Nothing is sent or stored."""
    keeper, config = visit.front.keeper, visit.front.settings.config
    try:
        report = await asyncio.to_thread(_run, keeper, config)
    except (ConfigInvalid, OSError) as error:
        return visit.page("rules_tests.html", report=None, problem=str(error), folder=str(_folder(config)))
    return visit.page("rules_tests.html", report=report, problem="", folder=str(_folder(config)))


def _files(visit: Visit) -> dict[str, Any]:
    keeper = visit.front.keeper
    return {
        "version": keeper.current.version,
        "since": keeper.since,
        "files": [file.name for file in keeper.files],
        "problem": keeper.problem,
        "has_tests": _folder(visit.front.settings.config).is_dir(),
    }


def _folder(config: Path) -> Path:
    """Where `dialgate test` looks, too."""
    return (config if config.is_dir() else config.parent) / "tests"


def _run(keeper: RulebookKeeper, config: Path) -> Report:
    """The tests that are for the rulebook in force; those for another configuration are its own business."""
    files = [file for file in (read_cases(path) for path in find_files(_folder(config))) if _is_for(file, config)]
    return run_tests(files, {file.path: (str(config), keeper.current) for file in files})


def _is_for(file: CaseFile, config: Path) -> bool:
    own = file.cases.config
    return own is None or (file.path.parent / own).resolve() == config.resolve()


PAGE = Page(
    name="rules",
    title="Rules",
    path="/rules",
    order=50,
    key="r",
    entries=(Look(path="/rules", handler=show), Trial(path="/rules/tests", handler=test, role=Role.VIEWER)),
)
