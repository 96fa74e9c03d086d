"""The Lua scripts as Redis gets them: what a transition uses of the shared parts, in their order, then its own.

Redis compiles a script once, but makes its functions anew at each run: 45 µs for all shared parts, which only few
transitions use half of. A name is found the faster the fewer stand beside it in the same function, and at once in a
function around it: so the parts stand in functions one within another, which halves that time again.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files

from gateway.model import record

_UNIT = re.compile(r"^(?=local )", re.MULTILINE)
_NO_CODE = re.compile(r"--.*|'[^'\n]*'|\"[^\"\n]*\"")
_NAME = re.compile(r"(?<![.\w])[A-Za-z_]\w*")
_DEFINED = re.compile(r"local (?:function )?([\w, ]+)")
_LEVEL = 24  # names of one function: of 12 to 40 what takes the least time
_MOST_CARRIED = 50  # names that a function may use of those around it; Lua 5.1 allows 60


@record
class Script:
    """One transition's source and the SHA-1 Redis knows it by."""

    source: str
    sha: str


@record
class Unit:
    """A `local` at the beginning of a line, with all that follows up to the next: a function, or a table and the
    loop that fills it, or names and the block that gives them their functions."""

    text: str
    names: frozenset[str]  # what it gives to others
    uses: frozenset[str]  # every name it mentions


@cache
def load_scripts() -> Mapping[str, Script]:
    """Every script by its name, read from the package once."""
    folder = files("gateway.ledger").joinpath("lua")
    parts = sorted(folder.joinpath("shared").iterdir(), key=lambda part: part.name)
    shared = [part.read_text(encoding="utf-8") for part in parts if part.name.endswith(".lua")]
    units = units_of("\n".join(shared))
    scripts: dict[str, Script] = {}
    for path in folder.iterdir():
        if path.name.endswith(".lua"):
            source = linked(units, path.read_text(encoding="utf-8"))
            sha = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()
            scripts[path.name.removesuffix(".lua")] = Script(source=source, sha=sha)
    return scripts


def units_of(shared: str) -> Sequence[Unit]:
    """The shared parts, cut where a `local` begins a line."""
    units = []
    for text in _UNIT.split(shared):
        defined = _DEFINED.match(text)
        names = defined.group(1).replace(",", " ").split() if defined else []
        units.append(Unit(text=text, names=frozenset(names), uses=_names_in(text)))
    return units


def linked(units: Sequence[Unit], own: str) -> str:
    """A transition with those units it needs, directly or through others. One too many does no harm."""
    needed: set[str] = set()
    wanted = set(_names_in(own))
    while wanted:
        needed |= wanted
        wanted = set(_all_uses(unit for unit in units if unit.names & wanted)) - needed
    return _nested([unit for unit in units if unit.names & needed], own)


def _nested(units: Sequence[Unit], own: str) -> str:
    """The units and then `own`, in functions one within another."""
    used_later = [_names_in(own)]
    for unit in reversed(units):
        used_later.append(used_later[-1] | unit.uses)
    text, defined, beside, levels = "", frozenset[str](), 0, 0
    for number, unit in enumerate(units, start=1):
        text, defined, beside = text + unit.text, defined | unit.names, beside + len(unit.names)
        if beside >= _LEVEL and len(defined & used_later[len(units) - number]) <= _MOST_CARRIED:
            text, beside, levels = text + "return (function()\n", 0, levels + 1
    return f"{text}\n{own}{'end)()' * levels}"


def _all_uses(units: Iterable[Unit]) -> Iterable[str]:
    return (name for unit in units for name in unit.uses)


def _names_in(text: str) -> frozenset[str]:
    """Every word that may be a name: none in comments and quotes, no field after a dot."""
    return frozenset(_NAME.findall(_NO_CODE.sub("", text).replace("..", " ")))
