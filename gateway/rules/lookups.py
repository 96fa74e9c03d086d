"""A source's `enrich` → the fetch ready to use: the URL's names checked while loading, its values encoded later."""

import re
from collections.abc import Callable
from dataclasses import fields
from urllib.parse import quote, urlsplit

from gateway.decoding.people import person_in_form
from gateway.decoding.selectors import parse_selector, select, text_of
from gateway.enrichments import load_enrichments
from gateway.errors import Unreadable
from gateway.lookup import Lookup
from gateway.model import Event, JsonObject, JsonValue, Person, record
from gateway.rules.config import EnrichConfig
from gateway.rules.documents import Path
from gateway.rules.problems import ProblemList, did_you_mean

_PLACE = re.compile(r"\{([^{}]*)\}")
_PERSON = tuple(one.name for one in fields(Person))
_LONGEST_VALUE = 200
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_NOT_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding"})


@record
class Template:
    """A URL with names in it."""

    text: str

    def address(self, event: Event) -> str | None:
        """The URL for an event, values percent-encoded; None where one is missing or could change the path."""
        values = {name: _value(event, name) for name in _PLACE.findall(self.text)}
        if any(value is None for value in values.values()):
            return None
        return _PLACE.sub(lambda found: quote(values[found[1]] or "", safe=""), self.text)


def lookup_of(config: EnrichConfig, path: Path, problems: ProblemList) -> Lookup | None:
    """The fetch of a source; None where something is wrong, which is added to the problems."""
    return _preset(config, path, problems) if config.preset is not None else _own(config, path, problems)


def _preset(config: EnrichConfig, path: Path, problems: ProblemList) -> Lookup | None:
    known = load_enrichments()
    enrichment = known.get(config.preset or "")
    if enrichment is None or config.token is None:
        problems.at(
            (*path, "preset"), f'there is no preset "{config.preset}"{did_you_mean(config.preset or "", known)}'
        )
        return None
    origin = config.origin or enrichment.origin
    if wrong := address_fault(origin) or ("has no path" if urlsplit(origin).path else ""):
        problems.at((*path, "origin"), wrong)
        return None
    headers = enrichment.headers(config.token.get_secret_value())
    if wrong := headers_fault(dict(headers)):
        problems.at((*path, "token"), wrong)
        return None
    return _lookup(config, origin + enrichment.path, headers, enrichment.read, enrichment.person)


def _own(config: EnrichConfig, path: Path, problems: ProblemList) -> Lookup | None:
    url = config.url or ""
    headers = {name: value.get_secret_value() for name, value in config.headers.items()}
    if wrong := address_fault(url) or _names_fault(url):
        problems.at((*path, "url"), wrong)
        return None
    if wrong := headers_fault(headers):
        problems.at((*path, "headers"), wrong)
        return None
    person = config.person.person if config.person else person_in_form
    return _lookup(config, url, tuple(headers.items()), _taking(config.take), person)


def _lookup(
    config: EnrichConfig,
    url: str,
    headers: tuple[tuple[str, str], ...],
    read: Callable[[JsonValue], JsonObject],
    person: Callable[[JsonObject], Person],
) -> Lookup:
    parts = urlsplit(url)
    return Lookup(
        origin=f"{parts.scheme}://{parts.netloc}",
        address=Template(text=url).address,
        read=read,
        person=person,
        headers=headers,
        only=frozenset(config.only),
        retry_for=config.retry_for,
        fresh_for=config.fresh_for,
    )


def _taking(take: str | None) -> Callable[[JsonValue], JsonObject]:
    def read(answer: JsonValue) -> JsonObject:
        found = select(answer, take) if take else answer
        if not isinstance(found, dict):
            raise Unreadable(f"the answer holds no object{f' at {take}' if take else ''}")
        return found

    return read


def address_fault(url: str) -> str:
    """What is wrong with an address before any value is put in; empty is good."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "is not an address"
    if parts.scheme not in {"https", "http"} or not host or port == 0:
        return "must begin with https:// and name a host"
    if "@" in parts.netloc or "{" in parts.netloc or parts.fragment or not url.isascii() or not url.isprintable():
        return "must name one fixed host in plain ASCII, without a user or a fragment"
    return "must not hold blanks" if " " in url else ""


def _names_fault(url: str) -> str:
    for name in _PLACE.findall(url):
        kind, _, rest = name.partition(".")
        if (kind == "person" and rest in _PERSON) or name == "event.type":
            continue
        if kind != "payload" or not rest:
            known = [f"person.{one}" for one in _PERSON] + ["event.type"]
            return f"{{{name}}} is no name: payload.<path>{did_you_mean(name, known) or ', person.… or event.type'}"
        try:
            parse_selector(rest)
        except ValueError as error:
            return f"{{{name}}}: {error}"
    return "has a { or } that belongs to no name" if re.search(r"[{}]", _PLACE.sub("", url)) else ""


def headers_fault(headers: dict[str, str]) -> str:
    """What is wrong with headers to be sent; empty is good. Never shows a value."""
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _NOT_OURS:
            return f"{name!r} cannot be set"
        if not value.isascii() or not value.isprintable():
            return f"the value of {name} holds characters a header cannot"
    return ""


def _value(event: Event, name: str) -> str | None:
    kind, _, rest = name.partition(".")
    if kind == "person":
        value = getattr(event.person, rest)
    else:
        value = event.type if kind == "event" else text_of(select(event.payload, rest))
    safe = value and len(value) <= _LONGEST_VALUE and value.isprintable() and value.strip() not in {".", ".."}
    return value if safe else None
