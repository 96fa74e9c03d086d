"""The console's pages, one module each, found by name: no list to add to."""

import importlib
import pkgutil
from collections.abc import Iterable, Sequence
from functools import cache
from types import ModuleType

from gateway.web.console.page import Page


@cache
def load_pages() -> Sequence[Page]:
    """Every page, in the menu's order. Raises TypeError for a module without its PAGE constant."""
    found = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return collect(importlib.import_module(f"{__name__}.{name}") for name in found)


def collect(modules: Iterable[ModuleType]) -> Sequence[Page]:
    """The pages of these modules. Raises TypeError for a missing PAGE, another name, a path or a key taken twice."""
    pages: list[Page] = []
    for module in modules:
        page = getattr(module, "PAGE", None)
        if not isinstance(page, Page):
            raise TypeError(f"{module.__name__} has no PAGE constant")
        if page.name != module.__name__.rpartition(".")[2]:
            raise TypeError(f"{module.__name__} calls its page {page.name!r}; the names must agree")
        pages.append(page)
    _refuse_twice("path", [f"{type(entry).__name__} {entry.path}" for page in pages for entry in page.entries])
    _refuse_twice("key", [page.key for page in pages if page.key])
    return tuple(sorted(pages, key=lambda page: (page.order, page.name)))


def _refuse_twice(kind: str, values: list[str]) -> None:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise TypeError(f"two pages have the same {kind}: {', '.join(twice)}")
