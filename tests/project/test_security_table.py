"""The table of docs/security.md: every promise names tests, and they are there."""

import ast
import re
import tomllib

import pytest
from tree import ROOT, parsed

PAGE = ROOT / "docs/security.md"
_LINK = re.compile(r"\[`(?P<test>\w+)`\]\(\.\./(?P<file>tests/[\w/]+\.py)\)")
# Below these, one of the parsers in front of us can be made to fail by a stranger (its own release notes).
FLOORS = {
    "starlette": (1, 3, 1),
    "python-multipart": (0, 0, 30),
    "h11": (0, 16),
    "h2": (4, 4, 1),
    "httptools": (0, 6),
}


def rows() -> list[str]:
    """The table's rows, without its head."""
    table = PAGE.read_text(encoding="utf-8").partition("## What holds, and the test that says so")[2]
    return [line for line in table.splitlines() if line.startswith("| ")][1:]


def test_there_is_a_table() -> None:
    """A page that lost it would hold every promise below."""
    assert len(rows()) > 30


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.split("|")[1].strip()[:60])
def test_each_promise_names_tests_that_exist(row: str) -> None:
    """A test that is renamed or removed takes its promise along, and that is seen here."""
    named = [(match["file"], match["test"]) for match in _LINK.finditer(row)]
    assert named, "a promise without a test"
    for file, test in named:
        found = {
            node.name
            for node in ast.walk(parsed(ROOT / file))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert test in found, f"{file} has no {test}"


def test_no_parser_is_older_than_its_known_holes() -> None:
    """What is installed for users is what the lock file names."""
    locked = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    versions = {one["name"]: tuple(map(int, one["version"].split(".")[:3])) for one in locked if one["name"] in FLOORS}
    assert {"starlette", "python-multipart", "httptools"} <= versions.keys()
    assert {name: version for name, version in versions.items() if version < FLOORS[name]} == {}
