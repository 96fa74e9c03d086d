"""What the documentation says can be typed, clicked and loaded: checked against the code it speaks of."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from tree import ROOT, files, name_of

from gateway.cli.application import app
from gateway.rules.loading import load

PAGES = files("*.md")
FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
SPACES = re.compile(r"\s+")
OURS = re.compile(r"(\$ )?([A-Z_]+=\S* )*(\.venv/bin/)?(dialgate|make) ")
ASSIGNMENT = re.compile(r"[A-Z_]+=")
EXAMPLE_TOKEN = "00000000-0000-4000-8000-000000000000.example"
EXAMPLE_SECRET = "whsec_" + "QUJD" * 11
each_page = pytest.mark.parametrize("page", PAGES, ids=[name_of(page) for page in PAGES])


def blocks(page: Path, language: str) -> Iterator[str]:
    """The text of a page's fenced blocks whose info string is this one."""
    text = page.read_text(encoding="utf-8")
    return (block["text"] for block in FENCE.finditer(text) if block["info"].strip() == language)


def commands(page: Path) -> Iterator[list[str]]:
    """What the reader is told to type, as words, without leading variables.

    In console blocks the lines after `$ `; in sh blocks those that begin with one of our commands.
    """
    console = (line[2:] for text in blocks(page, "console") for line in lines(text) if line.startswith("$ "))
    script = (line for text in blocks(page, "sh") for line in lines(text) if OURS.match(line))
    for line in (*console, *script):
        words = shlex.split(line, comments=True)
        while words and ASSIGNMENT.match(words[0]):
            words.pop(0)
        yield words


def lines(text: str) -> list[str]:
    """The lines of a block, those that go on after a backslash joined."""
    return text.replace("\\\n", " ").splitlines()


def anchors(page: Path) -> set[str]:
    """The anchors that a page's headings have on GitHub."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {SPACES.sub("-", re.sub(r"[^\w\s-]", "", heading.lower()).strip()) for heading in headings}


def understood(words: list[str]) -> str | None:
    """None if the command line takes these words, else what it says. Nothing is run."""
    command = typer.main.get_command(app)
    context = command.make_context("dialgate", [], resilient_parsing=True)
    while words and hasattr(command, "resolve_command"):
        try:
            name, command, words = command.resolve_command(context, words)
            if command is None:
                return f"there is no such command: {name or ' '.join(words)}"
            context = command.make_context(name, list(words), parent=context, resilient_parsing=not words)
        except typer.Exit:  # --help
            return None
        except Exception as error:  # noqa: BLE001 - click's usage errors, wherever typer keeps click
            return f"{type(error).__name__}: {error}"
        words = [*getattr(context, "_protected_args", ()), *context.args]
    return None


@each_page
def test_every_dialgate_command_exists_with_its_options(page: Path) -> None:
    """A reader who copies `dialgate …` from a page is not told "no such option"."""
    typed = [words for words in commands(page) if words and Path(words[0]).name == "dialgate"]
    refused = {shlex.join(words): said for words in typed if (said := understood(words[1:])) is not None}
    assert refused == {}


@each_page
def test_every_make_target_and_script_exists(page: Path) -> None:
    """The same for `make …` and for scripts of this repository."""
    wrong = []
    for words in (words for words in commands(page) if words):
        if words[0] == "make":
            asked = subprocess.run(["make", "-n", *words[1:]], cwd=ROOT, capture_output=True, check=False)
            wrong += [shlex.join(words)] * (asked.returncode != 0)
        elif "/" in words[0] and not words[0].startswith(("/", ".venv/")) and not (ROOT / words[0]).is_file():
            wrong.append(shlex.join(words))
    assert wrong == []


@each_page
def test_every_link_leads_somewhere(page: Path) -> None:
    """Relative links name files and headings that are there."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    targets = [target for target in LINK.findall(text) if not re.match(r"[a-z]+:", target)]
    broken = []
    for target in targets:
        name, _, anchor = target.partition("#")
        to = (page.parent / name).resolve() if name else page
        if not to.exists() or (anchor and anchor not in anchors(to)):
            broken.append(target)
    assert broken == []


@each_page
def test_every_whole_configuration_loads(page: Path, tmp_path: Path) -> None:
    """A block marked `yaml config` is accepted as it stands, once its variables are set."""
    for number, text in enumerate(blocks(page, "yaml config")):
        path = tmp_path / f"{number}.yaml"
        path.write_text(text, encoding="utf-8")
        required = re.findall(r"\$\{(\w+)\}", text)
        load(path, {name: EXAMPLE_TOKEN if "TOKEN" in name else EXAMPLE_SECRET for name in required})


def test_the_generated_pages_are_what_the_code_says() -> None:
    """docs/reasons.md and docs/settings.md are written from the code and committed as written."""
    checked = subprocess.run(
        [sys.executable, "tools/reference.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout) == (0, "")


def test_every_page_of_docs_is_reachable_from_the_readme() -> None:
    """Nothing is documented where nobody finds it."""
    seen: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page.is_dir():  # a folder of pages, one for each plug-in: GitHub lists it
            waiting += [path for path in PAGES if path.parent == page]
        elif page in PAGES and page not in seen:
            seen.add(page)
            targets = LINK.findall(page.read_text(encoding="utf-8"))
            waiting += [(page.parent / target.partition("#")[0]).resolve() for target in targets]
    lost = {name_of(page) for page in PAGES if name_of(page).startswith("docs/")} - {name_of(page) for page in seen}
    assert lost == set()
