"""The configuration's JSON Schema, for editors and for `dialgate schema`."""

from gateway.providers import load_providers
from gateway.rules.config import Config


def config_schema() -> dict[str, object]:
    """The JSON Schema of the configuration, for editors; sources carry each provider's options."""
    load_providers()
    return Config.model_json_schema()
