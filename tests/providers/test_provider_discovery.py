"""Providers are found by name, and a module that is none stops the start."""

from types import ModuleType

import pytest
from inbound import source_of

from gateway.contracts import Provider
from gateway.providers import collect, load_providers


def module(name: str, **content: object) -> ModuleType:
    """A provider module made up for a test."""
    made = ModuleType(f"gateway.providers.{name}")
    vars(made).update(content)
    return made


GENERIC: Provider = source_of("generic").provider


def test_every_module_is_a_provider_under_its_own_name() -> None:
    """Nothing but a file has to be added."""
    assert {"generic", "html_form", "hubspot", "standard_webhooks"} <= set(load_providers())
    assert all(provider.name == name for name, provider in load_providers().items())


@pytest.mark.parametrize(
    ("modules", "says"),
    [
        ([module("empty")], "empty has no PROVIDER"),
        ([module("wrong", PROVIDER="generic")], "wrong has no PROVIDER"),
        ([module("other", PROVIDER=GENERIC)], "names must agree"),
        ([module("generic", PROVIDER=GENERIC), module("generic", PROVIDER=GENERIC)], "two providers"),
    ],
)
def test_a_module_that_is_no_provider_is_refused(modules: list[ModuleType], says: str) -> None:
    """Loudly, at start-up, naming the module."""
    with pytest.raises(TypeError, match=says):
        collect(modules)
