"""Webhook senders, one module each, found by name: the file's name is its name in the configuration."""

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from types import MappingProxyType, ModuleType

from gateway.contracts import Provider


def load_providers() -> Mapping[str, Provider]:
    """Every provider, by name. Raises TypeError for a module without its PROVIDER constant."""
    found = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return collect(importlib.import_module(f"{__name__}.{name}") for name in found)


def collect(modules: Iterable[ModuleType]) -> Mapping[str, Provider]:
    """The providers of these modules, by name.

    Raises TypeError for a module without a PROVIDER, one under another name than its file's, and a name twice.
    """
    providers: dict[str, Provider] = {}
    for module in modules:
        provider = getattr(module, "PROVIDER", None)
        if not isinstance(provider, Provider):
            raise TypeError(f"{module.__name__} has no PROVIDER constant")
        if provider.name != module.__name__.rpartition(".")[2]:
            raise TypeError(f"{module.__name__} calls its provider {provider.name!r}; the names must agree")
        if provider.name in providers:
            raise TypeError(f"there are two providers called {provider.name!r}")
        providers[provider.name] = provider
    return MappingProxyType(providers)
