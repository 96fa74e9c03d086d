"""docs/configuration.md names every key there is. That the committed page is this one, the project's tests hold."""

from gateway.providers import load_providers
from gateway.rules.conditions import OPERATORS
from gateway.rules.config import Account, CallSpec, Config, ContactSpec, Number, RuleConfig, SourceConfig
from gateway.rules.from_number import FromChoice
from gateway.rules.reference import configuration_page

PAGE = configuration_page("<!-- note -->\n\n")


def test_every_key_is_on_the_page() -> None:
    """No key of ours, no option of a provider, and no operator is left out."""
    models = [Account, CallSpec, Config, ContactSpec, FromChoice, Number, RuleConfig, SourceConfig]
    models += [provider.options for provider in load_providers().values()]
    keys = {field.alias or name for model in models for name, field in model.model_fields.items()}
    assert {key for key in keys if f"| `{key}` |" not in PAGE} == set()
    assert all(f"`{operator}`" in PAGE for operator in OPERATORS)


def test_every_provider_has_a_section() -> None:
    """With what it needs to be safe."""
    assert all(f"### provider: {name}\n" in PAGE for name in load_providers())
    assert "public: its rules must list `regions`" in PAGE


def test_tables_are_whole() -> None:
    """Each row has its four cells: nothing in a description breaks the table."""
    rows = [line for line in PAGE.splitlines() if line.startswith("|")]
    assert {row.replace("\\|", "").count("|") for row in rows} == {5}


def test_the_note_stands_under_the_title() -> None:
    """Whoever opens the page to edit it reads first that it is written from the code."""
    assert PAGE.startswith("# Configuration\n\n<!-- note -->\n\n")
