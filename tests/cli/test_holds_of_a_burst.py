"""holds, where a burst is held: seen, released, cancelled and meant, by whoever sits at the machine."""

import pytest
from receiver import Receiver
from upstairs import Dialgate

from gateway.cli.place import user_name

PER_HOUR = 100


@pytest.fixture
def after_burst(site: Receiver, at_site: Dialgate) -> Dialgate:
    """The command after three leads more than a source may have by itself."""
    for number in range(PER_HOUR + 3):
        assert site.lead(phone=f"+1415555{number:04}").status_code == 200
    return at_site


def test_a_burst_is_shown_and_cancelled(after_burst: Dialgate) -> None:
    """What must hold: the default bound holds what is above it, everything tells of it, and one command ends it."""
    listed = after_burst("holds").out
    assert "bearer" in listed
    assert "in a burst, above 100 new calls in an hour; 3 held" in listed
    assert "holds meant SOURCE" in after_burst("alerts").out
    assert after_burst("holds", "cancel", "--source", "bearer").code != 0, "nobody said yes"
    assert "3 cancelled" in after_burst("holds", "cancel", "--source", "bearer", "--reason", "burst", "--yes").out
    assert "nothing is held" in after_burst("holds").out


def test_a_burst_that_is_meant_rings(after_burst: Dialgate, site: Receiver) -> None:
    """What must hold: asked first, with what would ring; released by name; and the source passes from then on."""
    after_burst.typed = "y\n"
    said = after_burst("holds", "meant", "bearer", "--for", "2h")
    assert "3 calls are held; 3 of the 3 looked at would ring now" in said.out
    assert "every call passes until" in said.out
    assert "3 released" in said.out
    assert site.lead(phone="+14155559999").json()["events"][0]["status"] == "accepted"
    (call,) = [one for one in after_burst("calls", "--json", "--limit", "1").json if one["source"] == "bearer"]
    assert call["state"] == "READY"
    released = next(one for one in after_burst("calls", "--json", "--limit", "3").json if one["reason"] == "released")
    line = site.api("GET", f"/v1/calls/{released['id']}").json()["timeline"][-1]
    assert line["by"] == (f"{user_name()} (api)" if user_name() else "api")
