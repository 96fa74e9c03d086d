"""notifications, on a running `up`."""

from upstairs import Dialgate


def test_nothing_told_is_said(at_up: Dialgate) -> None:
    """Without messages it says so, to programs too; what is not there cannot be sent again."""
    assert "no notifications" in at_up("notifications").out
    assert at_up("notifications", "--state", "FAILED", "--json").json == []
    assert at_up("notifications", "endpoints", "--json").json == []
    refused = at_up("notifications", "resend", "call_none-1-crm")
    assert (refused.code, "no such notification" in refused.err) == (1, True)
