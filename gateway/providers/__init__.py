"""Webhook senders, one module each, found by name: the file's name is its name in the configuration."""

from collections.abc import Mapping

from gateway.contracts import Provider


def load_providers() -> Mapping[str, Provider]:
    """Every provider, by name. Raises TypeError for a module without its PROVIDER constant."""
    raise NotImplementedError
