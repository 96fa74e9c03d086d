"""The configuration's files: found, read, and merged into one, with every place kept."""

from collections.abc import Mapping, Sequence
from pathlib import Path as FilePath
from typing import TypeVar

from gateway.errors import Problem
from gateway.ids import digest
from gateway.model import JsonValue, record
from gateway.rules.documents import MAX_FILE_BYTES, Document, Path, read_document
from gateway.rules.problems import ProblemList

T = TypeVar("T")
_MAX_FILES = 200
_VERSION_LENGTH = 12


@record
class SourceFile:
    """One file as read."""

    name: str
    content: bytes


@record
class Stamp:
    """What tells at a glance whether files changed: names, sizes, times of change, inodes."""

    entries: tuple[tuple[str, int, int, int], ...]


def config_files(path: FilePath) -> list[FilePath]:
    """The file itself, or every *.yaml and *.yml of a folder in the order of their names; hidden ones left out."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.iterdir() if file.suffix in {".yaml", ".yml"} and file.name[0] != ".")


def stamp_of(path: FilePath) -> Stamp:
    """A stamp of the files as they are now. Raises OSError."""
    stats = [(file.name, file.stat()) for file in config_files(path)]
    return Stamp(entries=tuple((name, stat.st_size, stat.st_mtime_ns, stat.st_ino) for name, stat in stats))


def read_files(path: FilePath, problems: ProblemList) -> list[SourceFile]:
    """Every file's bytes; what cannot be read is a problem."""
    try:
        files = config_files(path)
    except OSError as error:
        problems.on(None, f"cannot be read: {error.strerror}")
        return []
    if not files or len(files) > _MAX_FILES:
        problems.on(None, f"{len(files)} YAML files in this folder; 1 to {_MAX_FILES} are needed")
        return []
    return [found for found in (_read(file, problems) for file in files) if found is not None]


def version_of(files: Sequence[SourceFile]) -> str:
    """A short digest of the files as they stand, before any variable is put in."""
    return digest(*(part for file in files for part in (file.name, file.content)))[:_VERSION_LENGTH]


def merge(files: Sequence[SourceFile], problems: ProblemList) -> JsonValue:
    """One configuration from all files: maps are joined by key, lists of rules follow one another."""
    merged: dict[str, JsonValue] = {}
    alone = len(files) == 1
    for file in files:
        document = read_document(_text(file, problems), file.name)
        problems.add(document.problems)
        if alone:
            _keep_places(document, (), (), problems)
            return document.data
        _join(document, merged, problems)
    return merged


def _join(document: Document, merged: dict[str, JsonValue], problems: ProblemList) -> None:
    if document.data is None:
        return
    if not isinstance(document.data, dict):
        problems.on(document.values[()], "the configuration must be a map")
        return
    for section, value in document.data.items():
        there = merged.get(section)
        if isinstance(there, dict) and isinstance(value, dict):
            for key, entry in value.items():
                _place(document, (section, key), there, key, entry, problems)
        elif isinstance(there, list) and isinstance(value, list):
            for index, entry in enumerate(value):
                _keep_places(document, (section, index), (section, len(there)), problems)
                there.append(entry)
        else:
            _place(document, (section,), merged, section, value, problems)


def _place(
    document: Document, path: Path, into: dict[str, JsonValue], key: str, value: JsonValue, problems: ProblemList
) -> None:
    if key in into:
        first = problems.places.key(path)
        where = f"{first.file}:{first.line}" if first else "another file"
        problems.on(document.keys.get(path), f'"{key}" stands in {where} too')
        return
    into[key] = value
    _keep_places(document, path, path, problems)


def _keep_places(document: Document, old: Path, new: Path, problems: ProblemList) -> None:
    """Take over the places of everything under `old`, as standing under `new`."""
    _move(document.values, problems.places.values, old, new)
    _move(document.keys, problems.places.keys, old, new)
    _move(document.scalars, problems.places.scalars, old, new)


def _move(found: Mapping[Path, T], kept: dict[Path, T], old: Path, new: Path) -> None:
    kept.update({(*new, *path[len(old) :]): place for path, place in found.items() if path[: len(old)] == old})


def _read(file: FilePath, problems: ProblemList) -> SourceFile | None:
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            problems.add([_problem(file.as_posix(), f"larger than {MAX_FILE_BYTES} bytes")])
            return None
        return SourceFile(name=file.as_posix(), content=file.read_bytes())
    except OSError as error:
        problems.add([_problem(file.as_posix(), f"cannot be read: {error.strerror}")])
        return None


def _text(file: SourceFile, problems: ProblemList) -> str:
    try:
        return file.content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = file.content.count(b"\n", 0, error.start) + 1
        problems.add([Problem(file=file.name, line=line, column=1, message="not UTF-8 text")])
        return ""


def _problem(file: str, message: str) -> Problem:
    return Problem(file=file, line=0, column=0, message=message)
