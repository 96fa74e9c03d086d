"""What may be wrong with `notify`: addresses, secrets and names, each told where it stands."""

from collections.abc import Mapping

from gateway.auth.keys import key_from
from gateway.model import JsonValue
from gateway.reasons import Reason
from gateway.rules.documents import Path
from gateway.rules.endpoints import OUTCOMES, EndpointConfig, is_outcome
from gateway.rules.lookups import address_fault, headers_fault
from gateway.rules.problems import ProblemList, did_you_mean
from gateway.rules.validation import Draft

_SHORTEST_KEY = 24  # bytes, as Standard Webhooks asks for
_LONGEST_KEY = 64
_DIRECT = "api"  # source and rule of calls ordered by API


def check_notify(draft: Draft, problems: ProblemList) -> None:
    """Add everything about endpoints, and about rules that name them, that does not fit."""
    rules = _rules(draft)
    names = {str(rule.get("name")) for rule in rules} | {_DIRECT}
    for name, config in draft.notify.items():
        if config is not None:
            path: Path = ("notify", name)
            _check_endpoint(config, path, problems)
            _check_names(config.sources, {*draft.sources, _DIRECT}, "source", (*path, "sources"), problems)
            _check_names(config.rules, names, "rule", (*path, "rules"), problems)
    for index, rule in enumerate(rules):
        _check_rule(rule, ("rules", index, "notify"), draft.notify, problems)


def _rules(draft: Draft) -> list[dict[str, JsonValue]]:
    raw = draft.raw.get("rules")
    return [rule if isinstance(rule, dict) else {} for rule in raw] if isinstance(raw, list) else []


def _check_endpoint(config: EndpointConfig, path: Path, problems: ProblemList) -> None:
    if wrong := address_fault(config.url) or ("is one fixed address: no names in it" if "{" in config.url else ""):
        problems.at((*path, "url"), wrong)
    if wrong := headers_fault({name: value.get_secret_value() for name, value in config.headers.items()}):
        problems.at((*path, "headers"), wrong)
    for index, secret in enumerate(config.secrets):
        key = key_from(secret.get_secret_value().encode(), "whsec")
        if key is None or not _SHORTEST_KEY <= len(key) <= _LONGEST_KEY:
            problems.at((*path, "secrets", index), "write whsec_ and the base64 of 24 to 64 random bytes")
    for index, word in enumerate(config.on):
        if not is_outcome(word):
            known = [*OUTCOMES, *(reason.value for reason in Reason)]
            hint = did_you_mean(word, known) or f"; states are {', '.join(OUTCOMES)}"
            problems.at((*path, "on", index), f'"{word}" is neither an outcome nor a reason code{hint}')


def _check_names(names: tuple[str, ...], known: set[str], what: str, path: Path, problems: ProblemList) -> None:
    for index, name in enumerate(names):
        if name not in known:
            problems.at((*path, index), f'there is no {what} "{name}"{did_you_mean(name, known)}')


def _check_rule(
    rule: dict[str, JsonValue], path: Path, notify: Mapping[str, EndpointConfig | None], problems: ProblemList
) -> None:
    chosen = rule.get("notify")
    for index, name in enumerate(chosen if isinstance(chosen, list) else ()):
        endpoint = notify.get(str(name))
        if name not in notify:
            problems.at((*path, index), f'there is no endpoint "{name}" in `notify`{did_you_mean(str(name), notify)}')
        elif endpoint is not None and endpoint.rules and rule.get("name") not in endpoint.rules:
            problems.at((*path, index), f'the endpoint "{name}" has `rules`, and this rule is not among them')
