"""alerts, on a running `up`."""

from upstairs import Dialgate


def test_nothing_to_look_at_is_said(at_up: Dialgate) -> None:
    """What must hold: without alerts it says so, to programs too; what is not there cannot be acknowledged."""
    assert "no alerts" in at_up("alerts").out
    assert '"items": []' in at_up("alerts", "--json").out
    refused = at_up("alerts", "ack", "audit_broken:none")
    assert (refused.code, "no such alert" in refused.err) == (1, True)
