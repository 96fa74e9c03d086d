"""The rules as they are written, and with changes: for people who want to see what a change would do."""

import re
from collections.abc import Mapping, Sequence

import yaml

from gateway.rules.documents import read_document
from gateway.rules.files import SourceFile, merge
from gateway.rules.problems import ProblemList

CHANGED = "changed text"  # how a problem calls it
_IN_FORCE = "configuration in force"
_SECTION = re.compile(r"^([A-Za-z_]+):", re.MULTILINE)


def rules_as_written(files: Sequence[SourceFile]) -> str:
    """The section `rules:` of these files, with its comments where one file in block style holds it alone.

    Nothing else of the files is in it: other sections may hold secrets.
    """
    rules = _rules_of(files)
    if len(files) == 1:
        text = _section(files[0].content.decode("utf-8-sig", "replace"), "rules")
        if text and read_document(text, "").data == {"rules": rules}:
            return text
    return yaml.safe_dump({"rules": rules}, sort_keys=False, allow_unicode=True, width=100)


def with_changes(files: Sequence[SourceFile], text: str) -> Mapping[str, str]:
    """Texts for `load_draft`: these files, but each section that `text` has is the text's alone."""
    changed = read_document(text, CHANGED).data
    sections = set(changed) if isinstance(changed, dict) else set()
    data = merge(files, ProblemList(""))
    kept = {name: value for name, value in data.items() if name not in sections} if isinstance(data, dict) else {}
    return {_IN_FORCE: yaml.safe_dump(kept, sort_keys=False, allow_unicode=True), CHANGED: text}


def _rules_of(files: Sequence[SourceFile]) -> object:
    data = merge(files, ProblemList(""))
    return data.get("rules", []) if isinstance(data, dict) else []


def _section(text: str, name: str) -> str:
    """From its key to the next one at the margin, without what is a comment to that."""
    keys = [(found[1], found.start()) for found in _SECTION.finditer(text)]
    starts = [start for key, start in keys if key == name]
    if len(starts) != 1:
        return ""
    end = next((start for _, start in keys if start > starts[0]), len(text))
    return text[starts[0] : end].rstrip() + "\n"
