"""Ready-made fetches for thin events, one module each, found by name: what `enrich: {preset: …}` may say."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from types import MappingProxyType

from gateway.model import JsonObject, JsonValue, Person, record


@record
class Enrichment:
    """How one system gives the record that its thin events name.

    `path` is the address below the origin, with {names} as in `url`; `headers` are made of the access token.
    `read` takes the record out of the answer, and raises Unreadable where there is none.
    """

    name: str
    title: str
    origin: str
    path: str
    headers: Callable[[str], tuple[tuple[str, str], ...]]
    read: Callable[[JsonValue], JsonObject]
    person: Callable[[JsonObject], Person]


def bearer(token: str) -> tuple[tuple[str, str], ...]:
    """The header most systems want (RFC 6750)."""
    return (("Authorization", f"Bearer {token}"),)


def load_enrichments() -> Mapping[str, Enrichment]:
    """Every ready-made enrichment, by name. Raises TypeError for a module without its ENRICHMENT constant."""
    found = {}
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        enrichment = getattr(importlib.import_module(f"{__name__}.{name}"), "ENRICHMENT", None)
        if not isinstance(enrichment, Enrichment) or enrichment.name != name:
            raise TypeError(f"{__name__}.{name} has no ENRICHMENT constant of that name")
        found[name] = enrichment
    return MappingProxyType(found)
