"""docs/configuration.md, written from the models: each key said once, in the code."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from gateway.policy import Caps, ConsentTerms, DoNotCallTerms, Hours, Pace, PersonCaps, Policy
from gateway.providers import load_providers
from gateway.rules.bounding import BurstTerms, RangeTerms
from gateway.rules.conditions import OPERATORS
from gateway.rules.config import (
    Account,
    CallSpec,
    Config,
    ConsentSpec,
    ContactSpec,
    DoNotCallSpec,
    EnrichConfig,
    Number,
    OptOutSpec,
    RuleConfig,
    SourceConfig,
)
from gateway.rules.console import Console, ConsoleUser, Oidc, OidcRoles
from gateway.rules.endpoints import EndpointConfig
from gateway.rules.from_number import FromChoice
from gateway.rules.suppression import AnswerConfig, CheckConfig, DoNotCallConfig, ListConfig

_INTRODUCTION = """\
What Dialgate does is YAML: one file, or a folder of `*.yaml` files merged by key. Where things are and what is
secret comes from the environment: [Settings](settings.md). How rules are written: [Rules](rules.md).

- Every mistake stops start-up, and all of them are told at once as `file:line:column`; `dialgate check` does the
  same.
- `${NAME}` in a value is taken from the environment and must be set; `${NAME:-}` may be missing, and the key then
  counts as not written; `${NAME:-default}` has a default; `$${` is a literal `${`.
- Only `true`, `false`, `null` and decimal numbers are anything but text: `12:30`, `no` and `+14155550100` stay as
  written.
- A change is taken over without a restart. A bad new file changes nothing and is shown as a problem.
- `dialgate schema` writes a JSON Schema that editors use to complete and check keys.
- Durations are a number with `ms`, `s`, `m`, `h` or `d`.
"""
_SECTIONS: Mapping[str, type[BaseModel]] = {
    "The file": Config,
    "accounts": Account,
    "numbers": Number,
    "sources": SourceConfig,
    "sources: burst": BurstTerms,
    "sources: range_watch": RangeTerms,
    "sources: enrich": EnrichConfig,
    "rules": RuleConfig,
    "rules: call": CallSpec,
    "rules: call: from": FromChoice,
    "rules: call: contact": ContactSpec,
    "rules: do_not_call": DoNotCallSpec,
    "rules: do_not_call: add": OptOutSpec,
    "do_not_call": DoNotCallConfig,
    "do_not_call: checks": CheckConfig,
    "do_not_call: checks: answer": AnswerConfig,
    "do_not_call: lists": ListConfig,
    "notify": EndpointConfig,
    "policy": Policy,
    "rules: consent": ConsentSpec,
    "hours": Hours,
    "policy: consent": ConsentTerms,
    "policy: do_not_call": DoNotCallTerms,
    "policy: caps": Caps,
    "policy: caps: per_person": PersonCaps,
    "pace": Pace,
    "console": Console,
    "console: users": ConsoleUser,
    "console: oidc": Oidc,
    "console: oidc: roles": OidcRoles,
}

_LINKS = {
    model.__name__: f"[{title.rpartition(' ')[2]}](#{title.replace(':', '').replace(' ', '-')})"
    for title, model in _SECTIONS.items()
}


def configuration_page(note: str = "") -> str:
    """The whole page; `note` says how it is written."""
    parts = ["# Configuration\n\n", note, _INTRODUCTION]
    for title, model in _SECTIONS.items():
        parts.append(f"\n## {title}\n\n{_sentence(model)}\n\n{_table(model)}")
        if model is SourceConfig:
            parts.extend(_provider_sections())
        if model is RuleConfig:
            operators = ", ".join(f"`{name}`" for name in OPERATORS)
            parts.append(f"\nOperators of a plain condition: {operators}; groups: `all`, `any`, `not`.\n")
    return "".join(parts)


def _provider_sections() -> Iterator[str]:
    for provider in load_providers().values():
        table = _table(provider.options) if provider.options.model_fields else "No options of its own.\n"
        secrets = "needs a secret" if provider.secrets_required else "no secret needed, or by its options"
        door = "; public: its rules must list `regions`" if provider.public else ""
        yield f"\n### provider: {provider.name}\n\n{provider.title} ({secrets}{door}).\n\n{table}"
        yield from _inner_sections(provider.options)


def _inner_sections(model: type[BaseModel]) -> Iterator[str]:
    """The maps that stand inside a provider's options."""
    definitions = model.model_json_schema().get("$defs", {})
    maps = {name: schema for name, schema in definitions.items() if "properties" in schema}
    for name, schema in maps.items():
        yield f"\n`{name}`: {' '.join(str(schema.get('description', '')).split())}\n\n{_rows(schema, definitions)}"


def _sentence(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split())


def _table(model: type[BaseModel]) -> str:
    schema = model.model_json_schema()
    shape = next((part for part in schema.get("anyOf", ()) if "properties" in part), schema)
    return _rows(shape, schema.get("$defs", {}))


def _rows(shape: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    required = set(shape.get("required", ()))
    rows = [_row(name, spec, definitions, name in required) for name, spec in shape["properties"].items()]
    return "| key | type | default | |\n|---|---|---|---|\n" + "".join(rows)


def _row(name: str, spec: Mapping[str, Any], definitions: Mapping[str, Any], required: bool) -> str:
    default = "required" if required else "" if _linked(spec) in _LINKS else _default(spec.get("default"))
    cells = (f"`{name}`", _type(spec, definitions), default, str(spec.get("description", "")))
    return "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells) + " |\n"


def _linked(spec: Mapping[str, Any]) -> str:
    return str(spec.get("$ref", "")).rpartition("/")[2]


def _default(value: object) -> str:
    if isinstance(value, dict):
        value = {name: inner for name, inner in value.items() if inner is not None}
    return f"`{json.dumps(value, ensure_ascii=False)}`" if value not in (None, [], {}, "") else ""


def _type(spec: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    if "$ref" in spec:
        name = _linked(spec)
        return _LINKS.get(name) or ("`cel:` with an expression" if name == "Computed" else f"`{name}`")
    if "enum" in spec or "const" in spec:
        return " or ".join(f"`{value}`" for value in spec.get("enum", [spec.get("const")]))
    for union in ("anyOf", "oneOf"):
        if union in spec:
            kinds = [_type(part, definitions) for part in spec[union] if part.get("type") != "null"]
            return " or ".join(dict.fromkeys(kinds))
    if spec.get("type") == "array":
        return f"list of {_type(spec.get('items', {}), definitions)}"
    if isinstance(spec.get("additionalProperties"), dict):
        return f"map of {_type(spec['additionalProperties'], definitions)}"
    return _simple(spec)


def _simple(spec: Mapping[str, Any]) -> str:
    if "ms|s|m|h|d" in str(spec.get("pattern", "")):
        return "duration"
    if str(spec.get("description", "")).startswith("a CEL expression"):
        return "expression"
    names = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
    return names.get(str(spec.get("type")), "map")
