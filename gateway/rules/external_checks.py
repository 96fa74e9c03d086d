"""The checks of `do_not_call` ready to be asked: their addresses, headers and names looked at while loading."""

import re
from urllib.parse import urlsplit

from gateway.external_check import Check, Reading, plain
from gateway.ids import digest
from gateway.rules.documents import Path
from gateway.rules.lookups import address_fault, headers_fault
from gateway.rules.problems import ProblemList, did_you_mean
from gateway.rules.suppression import AnswerConfig, CheckConfig, DoNotCallConfig

NAMES = frozenset({"phone", "digits", "email", "contact_id"})
_PLACE = re.compile(r"\{([^{}]*)\}")


def checks_of(config: DoNotCallConfig, problems: ProblemList) -> dict[str, Check]:
    """Every check that is whole; what is wrong is added to the problems."""
    found = {}
    for name, wanted in config.checks.items():
        path: Path = ("do_not_call", "checks", name)
        check = _check(name, wanted, path, problems)
        if check is not None:
            found[name] = check
    return found


def _check(name: str, config: CheckConfig, path: Path, problems: ProblemList) -> Check | None:
    headers = {key: value.get_secret_value() for key, value in config.headers.items()}
    texts = {(*path, "url"): config.url} | {(*path, "body", key): text for key, text in (config.body or {}).items()}
    faults = {(*path, "url"): address_fault(config.url), (*path, "headers"): headers_fault(headers)}
    faults |= {at: faults.get(at) or _names_fault(text) for at, text in texts.items()}
    needs = frozenset(place for text in texts.values() for place in _PLACE.findall(text))
    if not needs:
        faults[(*path, "url")] = faults[(*path, "url")] or "names nobody: put {phone}, {digits} … into it or the body"
    for at, fault in faults.items():
        if fault:
            problems.at(at, fault)
    return None if any(faults.values()) else _ready(name, config, headers, needs)


def _ready(name: str, config: CheckConfig, headers: dict[str, str], needs: frozenset[str]) -> Check:
    parts = urlsplit(config.url)
    body = sorted((config.body or {}).items())
    return Check(
        name=name,
        version=digest(config.method, config.url, repr(body), repr(config.answer), config.not_found),
        method=config.method,
        origin=f"{parts.scheme}://{parts.netloc}",
        address=config.url,
        reading=_reading(config.answer),
        headers=tuple(headers.items()),
        body=config.body,
        missing_is_clear=config.not_found == "clear",
        timeout=config.timeout,
        fresh_for=config.fresh_for,
        concurrent=config.concurrent,
        add_listed=config.add_listed,
        needs=needs,
    )


def _reading(answer: AnswerConfig) -> Reading:
    return Reading(
        path=answer.path,
        listed=frozenset(plain(value) or "" for value in answer.listed),
        clear=frozenset(plain(value) or "" for value in answer.clear),
    )


def _names_fault(text: str) -> str:
    for name in _PLACE.findall(text):
        if name not in NAMES:
            return f"{{{name}}} is no name{did_you_mean(name, NAMES) or ': phone, digits, email or contact_id'}"
    return "has a { or } that belongs to no name" if re.search(r"[{}]", _PLACE.sub("", text)) else ""
