"""The JSON Schema agrees with the loader: what is shipped passes, what is misspelt does not."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from tree import ROOT, files

from gateway.providers import load_providers
from gateway.rules.loading import config_schema

SHIPPED = files("config/*.yaml", ":!config/tests")
VALIDATOR = Draft202012Validator(config_schema())


def faults(data: Any) -> list[str]:
    """What the schema says of a configuration."""
    return [error.message for error in VALIDATOR.iter_errors(data)]


def test_the_schema_is_one() -> None:
    """A valid schema of its dialect."""
    Draft202012Validator.check_schema(config_schema())


@pytest.mark.parametrize("path", SHIPPED, ids=[str(path.relative_to(ROOT)) for path in SHIPPED])
def test_what_is_shipped_passes(path: Path) -> None:
    """An editor shows no fault in a file the loader takes."""
    assert faults(yaml.safe_load(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "data",
    [
        {"polcy": {}},
        {"accounts": {"a": {"tokn": "x"}}},
        {"sources": {"s": {"provider": "hubspt", "secrets": ["x"]}}},
        {"sources": {"s": {"provider": "hubspot"}}},
        {"sources": {"s": {"provider": "html_form"}}},
        {"sources": {"s": {"provider": "hubspot", "secrets": ["x"], "origins": []}}},
        {"policy": {"cooldown": "10"}},
        {"policy": {"hours": "sometimes"}},
        {"rules": [{"name": "a"}]},
        {"rules": [{"name": "a", "when": 5, "call": {"from": "x", "contact": {"phone": "y"}}}]},
    ],
)
def test_what_is_misspelt_does_not(data: Any) -> None:
    """Unknown keys, unknown providers, options of another provider, durations without a unit."""
    assert faults(data) != []


@pytest.mark.parametrize("hours", ["always", {"window": "09:00-12:00"}])
def test_both_ways_of_writing_hours_pass(hours: Any) -> None:
    """The map, and the word."""
    assert faults({"policy": {"hours": hours}}) == []


def test_short_ways_of_writing_pass() -> None:
    """One scheme for a list of one, a header's name for its map, one path for a list of them."""
    generic = {"provider": "generic", "authentication": {"header": "X-Api-Key"}, "person": {"phone": "a.b"}}
    assert faults({"sources": {"s": generic}}) == []


def test_every_key_is_explained() -> None:
    """Each key, of the configuration and of every provider's options, has a description to show."""
    schema: Any = config_schema()
    silent = [
        f"{title}.{key}"
        for title, model in {"Config": schema, **schema["$defs"]}.items()
        for shape in [model, *model.get("anyOf", ())]
        for key, spec in shape.get("properties", {}).items()
        if not spec.get("description") and "." not in title
    ]
    assert silent == []


def test_every_provider_has_its_own_keys() -> None:
    """An editor completes the options of the provider that was named."""
    definitions: Any = config_schema()["$defs"]
    for name, provider in load_providers().items():
        keys = definitions[f"source {name}"]["properties"]
        assert set(provider.options.model_fields) <= set(keys)
        assert keys["provider"]["const"] == name
