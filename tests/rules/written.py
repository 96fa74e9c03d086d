"""Configurations as tests write them: a small valid one, loaded with changes, and what is wrong with others."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from gateway.contracts import Source
from gateway.errors import ConfigInvalid
from gateway.model import Decision, Event, JsonObject, Person, Request
from gateway.rules.loading import load
from gateway.rules.rulebook import Rulebook

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # a Monday, 10:00 in New York, 07:00 in Los Angeles
TOKEN = "15c94c3c-1873-4a09-bfbb-03357c29ea50.not-a-real-secret"
ENVIRON = {"TOKEN": TOKEN}
HEAD = """\
accounts:
  main: {token: "${TOKEN}"}
numbers:
  east: {id: pn_212, account: main}
  west: {id: pn_415, account: main}
sources:
  crm: {provider: generic, secrets: [s3cret-s3cret-s3cret], authentication: {bearer: true}}
  other: {provider: generic, secrets: [s3cret-s3cret-s3cret], authentication: {bearer: true}}
  form: {provider: html_form, origins: ["https://example.com"]}
"""
REQUEST = Request(
    method="POST",
    url="https://gateway.example/hooks/crm?utm=spring&utm=autumn",
    query="utm=spring&utm=autumn",
    headers=(("x-campaign", "one"), ("x-campaign", "two"), ("authorization", "Bearer x"), ("cookie", "y")),
    body=b"",
    remote="192.0.2.1",
    received_at=NOW,
)


def loaded(folder: Path, text: str, environ: Mapping[str, str] = ENVIRON) -> Rulebook:
    """The rulebook of this text."""
    path = folder / "dialgate.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path, environ)


def with_rules(folder: Path, rules: str) -> Rulebook:
    """The rulebook of the usual accounts, numbers and sources, and these rules (and what follows them)."""
    return loaded(folder, f"{HEAD}rules:\n{rules}")


def wrong(folder: Path, text: str, environ: Mapping[str, str] = ENVIRON) -> list[str]:
    """Every problem of this text as `line:column: message`."""
    try:
        loaded(folder, text, environ)
    except ConfigInvalid as error:
        return [f"{problem.line}:{problem.column}: {problem.message}" for problem in error.problems]
    return []


def decide(
    rulebook: Rulebook,
    payload: JsonObject,
    *,
    source: str = "crm",
    person: Person = Person(),  # noqa: B008 - a frozen record
    event_type: str = "lead",
    now: datetime = NOW,
) -> Decision:
    """What the rulebook says of one event."""
    event = Event(payload=payload, person=person, type=event_type)
    return rulebook.match(event, event_id="ev_1", source=source_of(rulebook, source), request=REQUEST, now=now)


def source_of(rulebook: Rulebook, name: str) -> Source:
    """A source by its name."""
    return rulebook.sources[name]
