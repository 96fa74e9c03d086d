"""The repository as files: what is, or is about to be, committed."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@cache
def files(*patterns: str) -> tuple[Path, ...]:
    """Files git tracks or would offer to add, matching git pathspecs such as `gateway/**/*.py`; sorted."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return tuple(ROOT / name for name in sorted(set(listed)) if name and (ROOT / name).is_file())


def name_of(path: Path) -> str:
    """The path as people write it, from the repository's root."""
    return path.relative_to(ROOT).as_posix()


@cache
def parsed(path: Path) -> ast.Module:
    """A Python file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
