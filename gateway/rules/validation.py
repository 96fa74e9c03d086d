"""Raw configuration → models, piece by piece, so that one mistake does not hide the next."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gateway.model import JsonValue, record
from gateway.policy import Policy
from gateway.rules.config import Account, Config, Number, RuleConfig, SourceConfig
from gateway.rules.documents import Path
from gateway.rules.endpoints import EndpointConfig
from gateway.rules.problems import ProblemList, did_you_mean
from gateway.rules.suppression import DoNotCallConfig

M = TypeVar("M", bound=BaseModel)

_WORDS = {
    "string_type": "must be text; put quotes around it",
    "string_too_short": "must not be empty",
    "dict_type": "must be a map (key: value)",
    "model_type": "must be a map (key: value)",
    "model_attributes_type": "must be a map (key: value)",
    "tuple_type": "must be a list, for example [a, b]",
    "list_type": "must be a list, for example [a, b]",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
}


@record
class Draft:
    """A configuration as far as it can be understood: raw sections, and a model for each piece that is valid."""

    raw: dict[str, JsonValue]
    accounts: Mapping[str, Account | None]
    numbers: Mapping[str, Number | None]
    sources: Mapping[str, SourceConfig | None]
    rules: tuple[RuleConfig | None, ...]
    policy: Policy | None
    notify: Mapping[str, EndpointConfig | None]
    do_not_call: DoNotCallConfig | None = None


def draft_of(data: JsonValue, problems: ProblemList) -> Draft:
    """Every piece validated by itself; what is wrong is added to the problems."""
    raw = data if isinstance(data, dict) else {}
    if data is not None and not isinstance(data, dict):
        problems.at((), "the configuration must be a map with accounts, numbers, sources, rules and policy")
    for key in raw:
        if key not in Config.model_fields:
            problems.at_key((key,), f'unknown key "{key}"{did_you_mean(key, Config.model_fields)}')
    if raw.get("matching", "first") not in {"first", "all"}:
        problems.at(("matching",), "must be first or all")
    rules = _section(raw, "rules", list, problems)
    return Draft(
        raw=raw,
        accounts=_named(Account, raw, "accounts", problems),
        numbers=_named(Number, raw, "numbers", problems),
        sources=_named(SourceConfig, raw, "sources", problems),
        rules=tuple(piece(RuleConfig, rule, ("rules", index), problems) for index, rule in enumerate(rules)),
        policy=piece(Policy, _section(raw, "policy", dict, problems), ("policy",), problems),
        notify=_named(EndpointConfig, raw, "notify", problems),
        do_not_call=piece(DoNotCallConfig, _section(raw, "do_not_call", dict, problems), ("do_not_call",), problems),
    )


def piece(
    model: type[M], raw: object, path: Path, problems: ProblemList, *, also: type[BaseModel] | None = None
) -> M | None:
    """The model of what stands at a path, or None with what is wrong added to the problems.

    `also` is a model whose keys may stand beside: they are suggested for a misspelt one too.
    """
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            _add(fault, model, path, problems, _keys(also) if also else ())
        return None


def _section(raw: dict[str, JsonValue], name: str, kind: type, problems: ProblemList) -> Any:
    value = raw.get(name)
    if value is None:
        return kind()
    if not isinstance(value, kind):
        problems.at((name,), f"`{name}` must be a {'list' if kind is list else 'map'}")
        return kind()
    return value


def _named(model: type[M], raw: dict[str, JsonValue], section: str, problems: ProblemList) -> dict[str, M | None]:
    entries = _section(raw, section, dict, problems)
    return {
        name: piece(model, {} if value is None else value, (section, name), problems) for name, value in entries.items()
    }


def _add(fault: ErrorDetails, model: type[BaseModel], path: Path, problems: ProblemList, beside: Sequence[str]) -> None:
    at, kind = _existing(fault["loc"], path, problems), fault["type"]
    if kind == "extra_forbidden":
        known = _keys(_model_at(model, fault["loc"][:-1])) + list(beside if len(fault["loc"]) == 1 else ())
        problems.at_key(at, f'unknown key "{fault["loc"][-1]}"{did_you_mean(str(fault["loc"][-1]), known)}')
    elif kind == "missing":
        problems.at_key(at, f'"{fault["loc"][-1]}" is missing')
    elif fault.get("input") is None and kind in _WORDS:
        problems.at(at, "must not be empty")
    else:
        problems.at(at, _WORDS.get(kind) or _reworded(fault))


def _reworded(fault: ErrorDetails) -> str:
    limits = fault.get("ctx", {})
    if fault["type"] == "too_short":
        return f"must have at least {limits.get('min_length')} item"
    if fault["type"] == "too_long":
        return f"must have at most {limits.get('max_length')} items"
    return fault["msg"].removeprefix("Value error, ").replace("Input should be", "must be")


def _existing(loc: tuple[int | str, ...], path: Path, problems: ProblemList) -> Path:
    """The deepest path pydantic's location names; the names of union members in it are no keys."""
    at = path
    for part in loc:
        if (*at, part) in problems.places.values:
            at = (*at, part)
    return at


def _model_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> type[BaseModel]:
    """The model the keys at a location belong to."""
    for part in loc:
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        if part in fields:
            model = _models_in(fields[str(part)].annotation, model)
    return model


def _models_in(annotation: object, default: type[BaseModel]) -> type[BaseModel]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in get_args(annotation):
        found = _models_in(inner, default)
        if found is not default:
            return found
    return default


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]
