"""The configuration's JSON Schema, for editors and for `dialgate schema`."""

from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from gateway.contracts import Provider
from gateway.providers import load_providers
from gateway.rules.config import Config, SourceConfig

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _WithShortForms(GenerateJsonSchema):
    """Where a model takes a shorter way of writing (one for a list of one, a name for a map), so does the schema."""

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        """The full form, or the short one a validator expands."""
        full = super().function_before_schema(schema)
        if "json_schema_input_schema" in schema:
            return full
        if full.get("type") == "array":
            return {"anyOf": [full["items"], full]}
        maps = [part for part in full.get("anyOf", [full]) if "$ref" in part]
        return {"anyOf": [{"type": "string"}, *full.get("anyOf", [full])]} if maps else full


def config_schema(*, providers: Mapping[str, Provider] | None = None) -> dict[str, object]:
    """The JSON Schema of the configuration, for editors; sources carry each provider's options."""
    known = load_providers() if providers is None else providers
    schema = Config.model_json_schema()
    definitions = schema["$defs"]
    source = definitions.pop(SourceConfig.__name__)
    for provider in known.values():
        definitions[f"source {provider.name}"] = _source_schema(provider, source, definitions)
    schema["properties"]["sources"]["additionalProperties"] = {
        "discriminator": {"propertyName": "provider"},
        "oneOf": [{"$ref": f"#/$defs/source {name}"} for name in known],
    }
    return {"$schema": _DIALECT, **schema}


def _source_schema(provider: Provider, source: Mapping[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """The keys every source has and those of one provider; its inner models join the definitions."""
    template = f"#/$defs/{provider.name}.{{model}}"
    options = provider.options.model_json_schema(ref_template=template, schema_generator=_WithShortForms)
    definitions.update({f"{provider.name}.{name}": model for name, model in options.get("$defs", {}).items()})
    fixed = {"const": provider.name, "description": provider.title}
    required = list(dict.fromkeys([*source["required"], *options.get("required", ())]))
    if provider.secrets_required:
        required.append("secrets")
    return {
        "type": "object",
        "title": provider.title,
        "description": options.get("description", ""),
        "properties": {**source["properties"], **options.get("properties", {}), "provider": fixed},
        "required": required,
        "additionalProperties": False,
    }
