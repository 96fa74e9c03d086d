"""The house rules a formatter cannot hold: sizes, names, docstrings, plug-ins with their page and test."""

import ast
import io
import re
import tokenize
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tree import ROOT, files, name_of, parsed

MODULE_LINES = 300
FUNCTION_LINES = 40
PIPELINE_LINES = 100
EMPTY_NAMES = {"util", "utils", "helper", "helpers", "manager", "managers", "base", "common", "misc"}
WAITING = "tests/waiting.py"  # the one place that may sleep: between two looks at a condition
PLUGINS = (
    ("gateway/providers", "PROVIDER", "docs/providers"),
    ("gateway/guards", "GUARD", "docs/guards"),
    ("workers/dialers", "DIALER", "docs/dialers"),
    ("gateway/enrichments", "ENRICHMENT", "docs/enrichments"),
)
SUPPRESSION = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:\s*no)\b", re.IGNORECASE)
WITH_REASON = re.compile(
    r"#\s*(noqa:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*|type:\s*ignore\[[\w, -]+\]|pragma:\s*no (cover|branch))"
    r"\s*(-|—|#|:)\s*\S.{4,}"
)
SECRET_SHAPES = (
    r"-----BEGIN (RSA |EC |OPENSSH )?PRIVATE KEY-----\n[A-Za-z0-9+/=]{20}",
    r"\bAKIA[0-9A-Z]{16}\b",
    r"\bgh[pousr]_[A-Za-z0-9]{36}\b",
    r"\bsk_live_[0-9A-Za-z]{16}",
    r"\bxox[abprs]-[0-9A-Za-z-]{20}",
)
PYTHON = files("*.py")
PRODUCT = files("gateway/*.py", "workers/*.py")
TESTS = files("tests/*.py")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> Iterator[Function]:
    """Every function of a file, nested ones too."""
    return (node for node in ast.walk(parsed(path)) if isinstance(node, Function))


def comments(path: Path) -> Iterator[tuple[int, str]]:
    """Every comment of a file with its line."""
    reader = io.StringIO(path.read_text(encoding="utf-8")).readline
    tokens = tokenize.generate_tokens(reader)
    return ((token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT)


def calls(path: Path) -> Iterator[tuple[ast.Call, str]]:
    """Every call of a file with the dotted name it is written with."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func)


def public_without_docstring(path: Path) -> Iterator[str]:
    """Public modules, classes, functions and methods that say nothing of what they promise."""
    waiting: list[tuple[str, ast.Module | ast.ClassDef | Function]] = [(name_of(path), parsed(path))]
    while waiting:
        label, node = waiting.pop()
        if ast.get_docstring(node) is None and not (isinstance(node, ast.Module) and not node.body):
            yield label
        if isinstance(node, Function):
            continue
        waiting += [
            (f"{label}:{child.lineno} {child.name}", child)
            for child in node.body
            if isinstance(child, ast.ClassDef | Function) and not child.name.startswith("_") and not overloads(child)
        ]


def overloads(node: ast.ClassDef | Function) -> bool:
    """A typing overload or a property's setter: its docstring stands on another definition."""
    return any(ast.unparse(mark).endswith(("overload", ".setter")) for mark in node.decorator_list)


def test_modules_stay_small() -> None:
    """No Python file is longer than one can hold in mind."""
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in PYTHON}
    assert {name: lines for name, lines in lengths.items() if lines > MODULE_LINES} == {}


def test_functions_stay_small() -> None:
    """No function, docstring included, is longer than a screen."""
    long = [
        f"{name_of(path)}:{node.lineno} {node.name} ({length} lines)"
        for path in PYTHON
        for node in functions(path)
        if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    ]
    assert long == []


def test_the_pipeline_fits_on_one_page() -> None:
    """One page tells the whole story."""
    assert len((ROOT / "gateway/pipeline.py").read_text(encoding="utf-8").splitlines()) < PIPELINE_LINES


def test_names_say_something() -> None:
    """No module or package is named for being a drawer."""
    named = [name_of(path) for path in PYTHON if EMPTY_NAMES & {*path.relative_to(ROOT).parts[:-1], path.stem}]
    assert named == []


def test_everything_public_says_what_it_promises() -> None:
    """Modules, classes and functions without a leading underscore have a docstring."""
    assert [missing for path in PYTHON for missing in public_without_docstring(path)] == []


def test_nothing_is_left_for_later() -> None:
    """No unfinished work is committed: it is done, or it is not there."""
    unfinished = re.compile(r"\b(TODO|FIXME|XXX)\b")
    left = [
        f"{name_of(path)}:{line} {text}" for path in PYTHON for line, text in comments(path) if unfinished.search(text)
    ]
    stubs = [
        f"{name_of(path)}:{node.lineno}"
        for path in PRODUCT
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Raise) and node.exc is not None and "NotImplementedError" in ast.unparse(node.exc)
    ]
    assert left + stubs == []


def test_no_test_is_skipped() -> None:
    """A promise is kept or broken, never skipped."""
    forbidden = {"skip", "skipif", "xfail", "importorskip"}
    skipped = [
        f"{name_of(path)}:{node.lineno}"
        for path in TESTS
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and node.attr in forbidden and ast.unparse(node).startswith("pytest.")
    ]
    assert skipped == []


def test_no_test_sleeps_for_luck() -> None:
    """Tests wait for a condition with a deadline; `asyncio.sleep(0)` only lets others run."""
    slept = [
        f"{name_of(path)}:{call.lineno} {ast.unparse(call)}"
        for path in TESTS
        if name_of(path) != WAITING
        for call, name in calls(path)
        if name.split(".")[-1] == "sleep" and [ast.unparse(argument) for argument in call.args] != ["0"]
    ]
    assert slept == []


def test_every_test_states_its_promise() -> None:
    """Each test function has a docstring: what must hold."""
    silent = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in TESTS
        for node in functions(path)
        if node.name.startswith("test_") and ast.get_docstring(node) is None
    ]
    assert silent == []


def test_test_files_have_names_of_their_own() -> None:
    """A test file's name tells which one it is, whatever folder it is in."""
    counted = Counter(path.name for path in files("tests/**/test_*.py", "tests/test_*.py"))
    assert {name: times for name, times in counted.items() if times > 1} == {}


@pytest.mark.parametrize(("folder", "constant", "pages"), PLUGINS, ids=[plugin[0] for plugin in PLUGINS])
def test_a_plugin_is_a_module_a_page_and_a_test(folder: str, constant: str, pages: str) -> None:
    """Each provider, guard and dialer exposes its constant, is documented and is tested under its own name."""
    tested = {path.stem for path in files("tests/**/test_*.py")}
    missing = []
    for path in (path for path in files(f"{folder}/*.py") if not path.stem.startswith("_")):
        if not any(constant in ast.unparse(node).split("=")[0] for node in parsed(path).body):
            missing.append(f"{name_of(path)} has no {constant}")
        if not (ROOT / pages / f"{path.stem}.md").is_file():
            missing.append(f"{pages}/{path.stem}.md is not there")
        if f"test_{path.stem}" not in tested:
            missing.append(f"no test_{path.stem}.py")
    assert missing == []


def test_every_suppression_has_a_reason() -> None:
    """`noqa`, `type: ignore` and `pragma` name their code and say why."""
    silent = [
        f"{name_of(path)}:{line} {text}"
        for path in PYTHON
        for line, text in comments(path)
        if SUPPRESSION.match(text) and not WITH_REASON.match(text)
    ]
    assert silent == []


def test_the_product_does_not_print() -> None:
    """Logs are structured and the command line speaks through rich: a bare print is neither."""
    assert [f"{name_of(p)}:{call.lineno}" for p in PRODUCT for call, name in calls(p) if name == "print"] == []


def test_the_changelog_knows_the_version() -> None:
    """The version in pyproject.toml has its section in CHANGELOG.md."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert re.search(
        rf"^## \[{re.escape(version)}\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )


def test_nothing_committed_leans_on_a_machine_or_holds_a_secret() -> None:
    """No file names a path outside the repository that only one machine has, or anything shaped like a live secret."""
    outside = "../" + "shared"
    found = []
    for path in files():
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{name_of(path)}: {outside}"] * (outside in text)
        found += [f"{name_of(path)}: {shape}" for shape in SECRET_SHAPES if re.search(shape, text)]
    assert found == []
