"""A source of opt-outs lists its people and calls nobody, whatever the rules say."""

from pathlib import Path

import pytest
from scripted import CONFIG, MONDAY_NOON, a_rulebook

from gateway.errors import ConfigInvalid
from gateway.model import Event, EventState, Person, Request
from gateway.reasons import Reason

OPT_OUT = CONFIG.replace("authentication: [{bearer: true}]", "authentication: [{bearer: true}], opt_out: true, {more}")


def test_no_rule_is_asked(tmp_path: Path) -> None:
    """Rules that would match make no call; the person goes on the list, a phone without country code by its region."""
    rulebook = a_rulebook(tmp_path, OPT_OUT.replace("{more}", "opt_out_region: US"))
    source = rulebook.sources["crm"]
    request = Request(
        method="POST", url="", query="", headers=(), body=b"{}", remote="192.0.2.1", received_at=MONDAY_NOON
    )
    event = Event(payload={"id": "ct_7"}, person=Person(phone="(212) 200-0001", contact_id="ct_7"))
    decision = rulebook.match(event, event_id="ev_1", source=source, request=request, now=MONDAY_NOON)
    assert (decision.state, decision.reason, decision.plans) == (EventState.IGNORED, Reason.OPTED_OUT, ())
    assert [one.value for one in decision.opt_outs] == ["+12122000001", "ct_7"]


def test_a_region_is_one(tmp_path: Path) -> None:
    """A region nobody knows stops the start."""
    with pytest.raises(ConfigInvalid, match="should match pattern"):
        a_rulebook(tmp_path, OPT_OUT.replace("{more}", "opt_out_region: America"))
