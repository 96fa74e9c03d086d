"""A receiver whose clock is wrong says so, and refuses what it would judge wrongly."""

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from receiver import PHONE, Receiver, running, settings_for, signed
from waiting import eventually

from gateway.ledger.connection import Connection

MINUTES = timedelta(minutes=10)


class Skew:
    """By how much one receiver is shown Redis's clock behind ours; others of this process see it right."""

    def __init__(self) -> None:
        self.by = timedelta(0)
        self.shown_to: Connection | None = None


@pytest.fixture
def skew(monkeypatch: pytest.MonkeyPatch) -> Skew:
    """Ours against Redis's: only the difference counts, so Redis's is moved."""
    found, read = Skew(), Connection.clock

    async def clock(connection: Connection) -> datetime:
        shown = await read(connection)
        return shown - found.by if connection is found.shown_to else shown

    monkeypatch.setattr(Connection, "clock", clock)
    monkeypatch.setattr("gateway.web.timekeeping.LOOK_SECONDS", 0.05)
    return found


@pytest.fixture
def site(valkey_url: str, skew: Skew) -> Iterator[Receiver]:
    """A receiver that looks at its clock often."""
    with running(settings_for(valkey_url)) as receiver:
        skew.shown_to = receiver.front.ledger.connection
        yield receiver


def ready(site: Receiver, query: str = "") -> tuple[int, list[tuple[str, str]], list[str]]:
    """The status, what stops what, and what is warned of."""
    answer = site.client.get("/readyz" + query)
    found = answer.json()
    problems = [(one["name"], one["stops"]) for one in found["problems"]]
    return answer.status_code, problems, [one["name"] for one in found["warnings"]]


@pytest.mark.parametrize("by", [MINUTES, -MINUTES])
def test_far_off_it_refuses_and_goes_on_by_itself(site: Receiver, skew: Skew, by: timedelta) -> None:
    """Webhooks and orders hear 503 with Retry-After, a load balancer hears it too, and the very same lead is taken
    once the clock is right.
    """
    skew.by = by
    eventually(lambda: site.lead(id="before").status_code == 503)
    refused = site.lead(id="late")
    assert refused.status_code == 503
    assert "retry-after" in refused.headers
    order = {"from": "east", "contactId": "c1"}
    answer = site.api("POST", "/v1/calls", json=order)
    assert (answer.status_code, "clock" in answer.json()["detail"]) == (503, True)
    status, problems, warned = ready(site, "?for=receiving")
    assert (status, problems) == (503, [("clock", "receiving")])
    assert "clock_wrong" in warned  # and `overloaded`, if the second it is told in has passed
    assert site.client.get("/healthz").status_code == 200
    assert site.api("POST", "/v1/stop", json={"reason": "test"}).status_code in {200, 201}
    skew.by = timedelta(0)
    taken = eventually(lambda: (found := site.lead(id="late")).status_code == 200 and found)
    assert taken.json()["status"] == "accepted"
    status, problems, warned = ready(site, "?for=receiving")
    assert (status, problems, "clock_wrong" in warned) == (200, [], False)


def test_a_genuine_signature_is_never_called_forged_for_our_clock(site: Receiver, skew: Skew) -> None:
    """A sender whose signature looks ten minutes old to us hears 503 and comes again: a 401 it would give up on."""
    body = json.dumps({"id": "genuine", "interest": "demo", "phone": PHONE}).encode()
    stale = signed(body, at=time.time() - MINUTES.total_seconds())  # what a right clock stamps while ours is ahead
    assert site.post("/hooks/signed", body, stale).status_code == 401  # by a right clock it is a replay
    skew.by = MINUTES
    assert eventually(lambda: site.post("/hooks/signed", body, stale).status_code == 503)


def test_a_little_off_it_warns_and_takes_leads(site: Receiver, skew: Skew) -> None:
    """Some seconds change no signature window: people hear of them, senders do not."""
    skew.by = timedelta(seconds=5)
    assert eventually(lambda: ready(site)[2] == ["clock_wrong"])
    assert site.lead().status_code == 200
    assert ready(site, "?for=receiving")[0] == 200
    text = site.api("GET", "/metrics").text
    figure = next(line for line in text.splitlines() if line.startswith("dialgate_clock_ahead_seconds "))
    assert abs(float(figure.split()[1]) - 5) < 1
