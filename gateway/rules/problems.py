"""Everything wrong with a configuration, collected with its place, so that it can be told all at once."""

from collections.abc import Iterable
from difflib import get_close_matches

from gateway.errors import Problem
from gateway.rules.documents import Mark, Path, Scalar

_SHORTEST_HIDDEN = 4


class Places:
    """Where every value and key of a (merged) configuration stands."""

    def __init__(self) -> None:
        self.values: dict[Path, Mark] = {}
        self.keys: dict[Path, Mark] = {}
        self.scalars: dict[Path, Scalar] = {}

    def value(self, path: Path) -> Mark | None:
        """The place of the value at a path, or of the nearest thing around it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.values:
                return self.values[path[:length]]
        return None

    def key(self, path: Path) -> Mark | None:
        """The place of a key, or of its value where it has none (an item of a list)."""
        return self.keys.get(path) or self.value(path)


class ProblemList:
    """Problems in the order they are found; `sorted()` gives them in file order."""

    def __init__(self, file: str) -> None:
        self.places = Places()
        self._file = file
        self._found: list[Problem] = []
        self._hidden: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def hide(self, secret: str, name: str) -> None:
        """Show `name` wherever a message would show this value of a variable."""
        if len(secret) >= _SHORTEST_HIDDEN:
            self._hidden[secret] = name

    def add(self, problems: Iterable[Problem]) -> None:
        """Problems that already know their place."""
        self._found.extend(problems)

    def at(self, path: Path, message: str) -> None:
        """Something wrong with the value at a path."""
        self.on(self.places.value(path), message)

    def at_key(self, path: Path, message: str) -> None:
        """Something wrong with a key itself."""
        self.on(self.places.key(path), message)

    def on(self, mark: Mark | None, message: str) -> None:
        """Something wrong at a place; None for the configuration as a whole."""
        for secret, name in self._hidden.items():
            message = message.replace(secret, name)
        file, line, column = (mark.file, mark.line, mark.column) if mark else (self._file, 0, 0)
        self._found.append(Problem(file=file, line=line, column=column, message=message))

    def sorted(self) -> tuple[Problem, ...]:
        """Each problem once, by file, line and column."""
        unique = dict.fromkeys(self._found)
        return tuple(sorted(unique, key=lambda problem: (problem.file, problem.line, problem.column)))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean "x"?` for a near miss, else the list of what exists if it is short, else nothing."""
    names = sorted(known)
    near = get_close_matches(name.lower(), names, n=1, cutoff=0.6)
    if near:
        return f'; did you mean "{near[0]}"?'
    if names and len(names) <= 12:
        return f" (there is: {', '.join(names)})"
    return ""
