"""The Lua scripts as Redis gets them: the shared parts in order of their names, then the transition's own."""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from gateway.model import record


@record
class Script:
    """One transition's source and the SHA-1 Redis knows it by."""

    source: str
    sha: str


@cache
def load_scripts() -> Mapping[str, Script]:
    """Every script by its name, read from the package once."""
    folder = files("gateway.ledger").joinpath("lua")
    parts = sorted(folder.joinpath("shared").iterdir(), key=lambda part: part.name)
    shared = "\n".join(part.read_text(encoding="utf-8") for part in parts if part.name.endswith(".lua"))
    scripts: dict[str, Script] = {}
    for path in folder.iterdir():
        if path.name.endswith(".lua"):
            source = f"{shared}\n{path.read_text(encoding='utf-8')}"
            sha = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()
            scripts[path.name.removesuffix(".lua")] = Script(source=source, sha=sha)
    return scripts
