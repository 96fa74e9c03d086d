"""`${NAME}` in the configuration's values: put in after YAML was parsed, so a secret can never become YAML.

`${NAME}` must be set and not empty; `${NAME:-}` may be missing and then counts as not written at all;
`${NAME:-default}` has a default. `$${` is a literal `${`. Keys are never expanded.
"""

import re
from collections.abc import Mapping

from gateway.model import JsonValue
from gateway.rules.documents import Path
from gateway.rules.problems import ProblemList

_VARIABLE = re.compile(r"\$\$\{|\$\{([^}]*)(\}?)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*$")


class Variables:
    """The environment as one configuration sees it; remembers what was put in, so that no problem shows it."""

    def __init__(self, environ: Mapping[str, str], problems: ProblemList) -> None:
        self._environ = environ
        self._problems = problems
        self.used: dict[Path, dict[str, str]] = {}

    def expand(self, data: JsonValue, path: Path = ()) -> JsonValue:
        """The same data with every variable put in; what is not set is added to the problems."""
        if isinstance(data, dict):
            return {key: self.expand(value, (*path, key)) for key, value in data.items()}
        if isinstance(data, list):
            items = [(item, self.expand(item, (*path, index))) for index, item in enumerate(data)]
            return [value for item, value in items if value is not None or item is None]
        if isinstance(data, str) and "${" in data:
            text = _VARIABLE.sub(lambda found: self._value(found, path), data)
            return text or None
        return data

    def _value(self, found: re.Match[str], path: Path) -> str:
        if found[0] == "$${":
            return "${"
        name, separator, default = found[1].partition(":-")
        if not found[2] or not _NAME.match(name):
            self._problems.at(path, "write a variable as ${NAME}, ${NAME:-default}, or $${ for a literal ${")
            return ""
        value = self._environ.get(name, "")
        if not value and not separator:
            self._problems.at(path, f"the environment variable {name} is not set (or empty); ${{{name}:-}} lets it be")
        if value:
            self.used.setdefault(path, {})[name] = value
            self._problems.hide(value, f"${{{name}}}")
        return value or default
