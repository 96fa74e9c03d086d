"""The example source of a provider's page: what `init` writes is what the documentation shows and tests load."""

import re
from pathlib import Path
from typing import Any

import yaml

import gateway
from gateway.cli.screen import FAILED, CommandFailed

_BLOCK = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
_PACKAGE = Path(gateway.__file__).parent
# In an installed wheel the pages lie in the package, in a checkout beside it.
_FOLDERS = (_PACKAGE / "provider_pages", _PACKAGE.parent / "docs" / "providers")


def example_source(provider: str) -> dict[str, Any]:
    """The first source on the provider's page, as YAML reads it, its secrets as `${NAME}`. Raises CommandFailed."""
    page = next((folder / f"{provider}.md" for folder in _FOLDERS if (folder / f"{provider}.md").is_file()), None)
    block = _BLOCK.search(page.read_text(encoding="utf-8")) if page is not None else None
    if block is None:
        raise CommandFailed(
            f"there is no example of {provider}: its page is missing from this installation", code=FAILED
        )
    sources: dict[str, dict[str, Any]] = yaml.safe_load(block[1])["sources"]
    return next(iter(sources.values()))
