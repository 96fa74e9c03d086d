"""What somebody looks for: one box that understands what was typed, and filters beside it."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Literal, TypeAlias

from gateway.ids import may_be_id
from gateway.ledger.records import Call
from gateway.model import CallState, EventState, record
from gateway.ordering import ORDER_SOURCE
from gateway.phones import mask_phone, parse_phone
from gateway.reasons import Reason
from gateway.rules.rulebook import DIRECT_RULE, Rulebook
from gateway.web.api.questions import instant_of
from gateway.web.console.leads import MARKS, Lead
from gateway.web.console.visit import Visit

FIELDS = ("q", "source", "rule", "state", "reason", "since", "until")
Kind: TypeAlias = Literal["", "phone", "email", "contact", "event", "call", "delivery"]
GROUPS: Mapping[str, tuple[str, frozenset[CallState]]] = {  # states that are looked for together, and their label
    "calls": ("Every call", frozenset(CallState)),
    "let_out": ("Let out by every guard", frozenset(
        {CallState.DIALING, CallState.PLACED, CallState.REJECTED, CallState.UNKNOWN, CallState.CLOSED}
    )),
    "on_the_way": ("On the way", frozenset({CallState.READY, CallState.HELD, CallState.CLAIMED, CallState.DIALING})),
    "in_doubt": ("Refused or in doubt", frozenset({CallState.REJECTED, CallState.UNKNOWN, CallState.CLOSED})),
    "not_called": ("Never went out", frozenset(
        {CallState.SKIPPED, CallState.EXPIRED, CallState.CANCELLED, CallState.JOINED}
    )),
}  # fmt: skip
_BY_PREFIX: Mapping[str, Kind] = {"ev_": "event", "call_": "call", "dl_": "delivery"}
_LEAST_DIGITS = 7


@record
class Wanted:
    """What is looked for. `given`: the fields as they were filled in, for the next page and the export."""

    kind: Kind = ""
    value: str = ""  # E.164, lower case, or an id
    source: str = ""
    rule: str = ""
    state: str = ""
    reason: str = ""
    since: datetime | None = None
    until: datetime | None = None
    given: Mapping[str, str]

    @property
    def call_state(self) -> CallState | None:
        """The state, where it is a call's."""
        return CallState(self.state) if self.state in set(CallState) else None

    @property
    def event_state(self) -> EventState | None:
        """The state, where it is an event's."""
        return EventState(self.state) if self.state in set(EventState) else None

    @property
    def said(self) -> str:
        """How the text was understood, without a number."""
        value = mask_phone(self.value) if self.kind == "phone" else "(hidden)" if self.kind == "email" else self.value
        names = {"phone": "phone", "email": "e-mail", "contact": "contact id"}
        return f"{names.get(self.kind, self.kind)} {value}" if self.kind else ""

    def passes(self, lead: Lead) -> bool:
        """Whether a line is meant; person and time are the index's business."""
        return (
            (not self.source or lead.source == self.source)
            and (not self.rule or lead.rule == self.rule)
            and (not self.state or lead.state in self._states or self._matched(lead))
            and (not self.reason or lead.reason == self.reason)
        )

    def _matched(self, lead: Lead) -> bool:
        """A matched event is shown as its calls, in whatever state those are."""
        return self.state == EventState.MATCHED and bool(lead.call_id)

    @property
    def _states(self) -> Collection[str]:
        return GROUPS[self.state][1] if self.state in GROUPS else (self.state,)

    def spans(self, call: Call) -> bool:
        """Whether a call came in within the time meant."""
        return (self.since is None or call.created_at >= self.since) and (
            self.until is None or call.created_at < self.until
        )


def wanted_of(visit: Visit, given: Mapping[str, str]) -> Wanted:
    """What the fields mean. Raises ApiProblem for a time that is none."""
    text = {name: given.get(name, "").strip()[:200] for name in FIELDS}
    found = {**{name: text[name] for name in ("source", "rule", "state", "reason")}}
    kind, value = _understood(text["q"], visit.front.keeper.current)
    if kind in found:
        found[kind], kind, value = value, "", ""
    now = visit.now
    return Wanted(
        kind=_kind(kind),
        value=value,
        **found,
        since=instant_of(text["since"] or None, now),
        until=instant_of(text["until"] or None, now),
        given={name: one for name, one in text.items() if one},
    )


def _kind(name: str) -> Kind:
    known: tuple[Kind, ...] = ("phone", "email", "contact", "event", "call", "delivery")
    return next((kind for kind in known if kind == name), "")


def _understood(text: str, rulebook: Rulebook) -> tuple[str, str]:
    """What kind of thing was typed, and how the ledger writes it."""
    if not text:
        return "", ""
    for prefix, kind in _BY_PREFIX.items():
        if text.startswith(prefix) and may_be_id(text):
            return kind, text
    if "@" in text:
        return "email", text.lower()
    word = _word(text, rulebook)
    if word is not None:
        return word
    phone = _phone(text, rulebook) if sum(sign.isdigit() for sign in text) >= _LEAST_DIGITS else None
    return ("phone", phone) if phone is not None else ("contact", text)


def _word(text: str, rulebook: Rulebook) -> tuple[str, str] | None:
    """A source, rule, state or reason by its name, in any case of letters."""
    known = (
        *(("source", name) for name in (*rulebook.config.sources, ORDER_SOURCE)),
        *(("rule", name) for name in (*(rule.name for rule in rulebook.config.rules), DIRECT_RULE)),
        *(("state", name) for name in MARKS),
        *(("reason", reason.value) for reason in Reason),
    )
    by_label = {mark.label.lower(): ("state", str(name)) for name, mark in MARKS.items()}
    by_name = {name.lower(): (kind, str(name)) for kind, name in reversed(known)}
    return (by_label | by_name).get(text.lower())


def _phone(text: str, rulebook: Rulebook) -> str | None:
    """As E.164; without its country code by the first region of a rule in which it is a number."""
    for region in (None, *_regions(rulebook)):
        parsed = parse_phone(text, region=region)
        if parsed.e164 is not None:
            return parsed.e164
    return None


def _regions(rulebook: Rulebook) -> Iterator[str]:
    given = (rule.call.contact.region for rule in rulebook.config.rules if rule.call is not None)
    return iter(dict.fromkeys(region for region in given if isinstance(region, str)))
