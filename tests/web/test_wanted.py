"""The one box of Find: what was typed is taken for what it is, and filters narrow what is found."""

from datetime import timedelta

import pytest
from receiver import Receiver
from starlette.requests import Request

from gateway.rules.console import Role
from gateway.web.console.visit import Visit, Visitor
from gateway.web.console.wanted import GROUPS, Wanted, wanted_of
from gateway.web.problems import ApiProblem


def understood(site: Receiver, **given: str) -> Wanted:
    """What the fields mean at this site."""
    visitor = Visitor(name="anna", role=Role.OPERATOR, csrf="")
    return wanted_of(
        Visit(request=Request({"type": "http"}), front=site.front, visitor=visitor, form={}, draw=str), given
    )


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        ("", "", ""),
        ("ev_06h0a9p7lakdjcv22g15d0gu", "event", "ev_06h0a9p7lakdjcv22g15d0gu"),
        ("call_1", "call", "call_1"),
        ("dl_1", "delivery", "dl_1"),
        ("ev_1:2", "contact", "ev_1:2"),
        ("Jo@Example.com", "email", "jo@example.com"),
        ("+1 415 555 0123", "phone", "+14155550123"),
        ("(415) 555-0123", "phone", "+14155550123"),
        ("415.555.0123", "phone", "+14155550123"),
        ("555012", "contact", "555012"),
        ("ct_77", "contact", "ct_77"),
    ],
)
def test_what_is_typed_is_taken_for_what_it_is(site: Receiver, typed: str, kind: str, value: str) -> None:
    """What must hold: ids by their beginning, e-mails, phones with and without country code; else a contact's id."""
    found = understood(site, q=f" {typed} ")
    assert (found.kind, found.value) == (kind, value)
    assert not value.startswith("+") or value not in found.said


@pytest.mark.parametrize(
    ("typed", "field", "value"),
    [
        ("bearer", "source", "bearer"),
        ("Quiet-Form", "source", "quiet-form"),
        ("DEMO", "rule", "demo"),
        ("waiting", "state", "READY"),
        ("ready", "state", "READY"),
        ("Rung", "state", "PLACED"),
        ("no_rule_matched", "reason", "no_rule_matched"),
    ],
)
def test_a_name_becomes_a_filter(site: Receiver, typed: str, field: str, value: str) -> None:
    """What must hold: sources, rules, states and reasons by name or label, in any case, and nothing else is sought."""
    found = understood(site, q=typed)
    assert (getattr(found, field), found.kind, found.value, found.said) == (value, "", "", "")


def test_a_state_is_a_calls_or_an_events(site: Receiver) -> None:
    """What must hold: each index is asked only for states it has; a group of states is none of them."""
    for state, call, event in (("READY", True, False), ("IGNORED", False, True), (next(iter(GROUPS)), False, False)):
        found = understood(site, state=state)
        assert (found.call_state is not None, found.event_state is not None) == (call, event)


def test_times_are_spans_or_instants(site: Receiver) -> None:
    """What must hold: an hour ago is one, an instant is one, and what is neither is refused with how to write it."""
    found = understood(site, since="1h", until="2026-11-22T09:00:00Z")
    assert found.since is not None
    assert timedelta(minutes=59) < site.front.now() - found.since < timedelta(minutes=90)
    assert found.until is not None
    assert found.until.isoformat() == "2026-11-22T09:00:00+00:00"
    with pytest.raises(ApiProblem):
        understood(site, since="yesterday")
