"""holds, where a burst is held: seen, released, cancelled and meant, by whoever sits at the machine."""

from collections.abc import Iterator

import pytest
from receiver import API_KEY, Receiver, running, settings_for
from upstairs import Dialgate

from gateway.cli.place import user_name

PER_HOUR = 100


@pytest.fixture
def site(valkey_url: str) -> Iterator[Receiver]:
    """A receiver on an empty ledger."""
    with running(settings_for(valkey_url)) as receiver:
        yield receiver


@pytest.fixture
def at_site(site: Receiver, dialgate: Dialgate, monkeypatch: pytest.MonkeyPatch) -> Dialgate:
    """The command, pointed at that receiver, after three leads more than a source may have by itself."""
    for number in range(PER_HOUR + 3):
        assert site.lead(phone=f"+1415555{number:04}").status_code == 200
    monkeypatch.setenv("DIALGATE_PUBLIC_URL", site.url)
    monkeypatch.setenv("DIALGATE_API_KEY", API_KEY)
    return dialgate


def test_a_burst_is_shown_and_cancelled(at_site: Dialgate) -> None:
    """What must hold: the default bound holds what is above it, everything tells of it, and one command ends it."""
    listed = at_site("holds").out
    assert "bearer" in listed
    assert "in a burst, above 100 new calls in an hour; 3 held" in listed
    assert "holds meant SOURCE" in at_site("alerts").out
    assert at_site("holds", "cancel", "--source", "bearer").code != 0, "nobody said yes"
    assert "3 cancelled" in at_site("holds", "cancel", "--source", "bearer", "--reason", "burst", "--yes").out
    assert "nothing is held" in at_site("holds").out


def test_a_burst_that_is_meant_rings(at_site: Dialgate, site: Receiver) -> None:
    """What must hold: asked first, with what would ring; released by name; and the source passes from then on."""
    at_site.typed = "y\n"
    said = at_site("holds", "meant", "bearer", "--for", "2h")
    assert "3 calls are held; 3 of the 3 looked at would ring now" in said.out
    assert "every call passes until" in said.out
    assert "3 released" in said.out
    assert site.lead(phone="+14155559999").json()["events"][0]["status"] == "accepted"
    (call,) = [one for one in at_site("calls", "--json", "--limit", "1").json if one["source"] == "bearer"]
    assert call["state"] == "READY"
    released = next(one for one in at_site("calls", "--json", "--limit", "3").json if one["reason"] == "released")
    line = site.api("GET", f"/v1/calls/{released['id']}").json()["timeline"][-1]
    assert line["by"] == (f"{user_name()} (api)" if user_name() else "api")
