"""What a proof found, as JSON in `results/`, from which `faults.page` writes docs/proofs.md."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from faults.processes import ROOT

RESULTS = Path(__file__).parent / "results"
_SOURCES = ("gateway", "workers", "tests/faults", "tests/fuzz")
_KINDS = {".py", ".lua", ".yaml"}


def sources() -> str:
    """A digest of everything a proof proves, and of the proofs: the same digest needs no new run."""
    digest = sha256()
    for path in sorted(path for folder in _SOURCES for path in (ROOT / folder).rglob("*") if path.suffix in _KINDS):
        digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def write(path: Path | None, kept: bool, figures: Mapping[str, Any]) -> None:
    """Write one result, whole or not at all; without a path, nothing. `kept`: whether every promise held."""
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    result = {"kept": kept, "date": now.date().isoformat(), "sources": sources(), **figures}
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    temporary.replace(path)


def read(name: str) -> dict[str, Any] | None:
    """A recorded result; None if there is none."""
    path = RESULTS / f"{name}.json"
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
