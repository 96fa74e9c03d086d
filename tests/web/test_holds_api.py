"""/v1/holds: groups, previews, and deciding many; and whose name stands in the history."""

from datetime import UTC, datetime

import pytest
from ledger.scenes import Scene, plan
from receiver import Receiver

from gateway.bounds import Bounds, Burst
from gateway.ledger import Ledger

pytestmark = pytest.mark.anyio
ANN = {"Dialgate-Actor": "ann"}
WISH = {"source": "bearer", "reason": "burst"}


async def _burst(ledger: Ledger, count: int = 3) -> list[str]:
    scene, now, bounds = Scene(ledger), datetime.now(UTC), Bounds(burst=Burst(factor=2, minimum=1))
    made = [plan(f"+1415555{number:04}", now=now) for number in range(count + 1)]
    accepted = [await scene.accept(one, now=now, source="bearer", bounds=bounds) for one in made]
    return [one.call_ids[0] for one in accepted[1:]]


async def test_holds_are_listed_previewed_and_released(site: Receiver, ledger: Ledger) -> None:
    """What must hold: the group, the burst, the preview and the release agree; the actor stands in the history."""
    ids = await _burst(ledger)
    listed = site.api("GET", "/v1/holds").json()
    assert [(one["source"], one["reason"], one["count"]) for one in listed["groups"]] == [("bearer", "burst", 3)]
    assert [(one["source"], one["bound"], one["held"]) for one in listed["bursts"]] == [("bearer", 1, 3)]
    assert site.api("POST", "/v1/holds/preview", json=WISH).json()["held"] == 3
    done = site.api("POST", "/v1/holds/release", json=WISH, headers=ANN).json()
    assert done == {"done": 3, "next": None}
    assert site.api("POST", "/v1/holds/release", json=WISH, headers=ANN).json()["done"] == 0
    line = site.api("GET", f"/v1/calls/{ids[0]}").json()["timeline"][1]
    assert (line["state"], line["by"]) == ("READY", "ann (api)")


async def test_holds_are_cancelled_in_steps(site: Receiver, ledger: Ledger) -> None:
    """What must hold: a step does at most `limit`, and `next` leads to the end."""
    await _burst(ledger)
    first = site.api("POST", "/v1/holds/cancel", json=WISH | {"limit": 2}).json()
    assert first["done"] == 2
    rest = site.api("POST", "/v1/holds/cancel", json=WISH | {"limit": 2, "cursor": first["next"]}).json()
    assert rest["done"] == 1
    assert site.api("GET", "/v1/holds").json()["groups"] == []


async def test_a_burst_that_is_meant(site: Receiver, ledger: Ledger) -> None:
    """What must hold: a person's word lets the source's calls pass for so long; a name nobody configured is refused."""
    await _burst(ledger)
    (burst,) = site.api("POST", "/v1/holds/meant", json={"source": "bearer", "for": "2h"}).json()["bursts"]
    assert (burst["since"], burst["passesUntil"] is not None) == (None, True)
    for wrong in ({"source": "nobody"}, {"source": "bearer", "for": "31d"}, {"source": "bearer", "for": "soon"}):
        assert site.api("POST", "/v1/holds/meant", json=wrong).status_code == 422


@pytest.mark.parametrize("path", ["preview", "release", "cancel"])
@pytest.mark.parametrize("wish", [{}, {"older": "soon"}, {"surce": "x"}, {"source": "x", "limit": 1000}])
def test_what_is_not_said_is_not_done(site: Receiver, path: str, wish: dict[str, object]) -> None:
    """What must hold: without a filter, or with one that cannot be read, nothing is decided: 422."""
    assert site.api("POST", f"/v1/holds/{path}", json=wish).status_code == 422


@pytest.mark.parametrize("name", ["+14155550123", "a\tb", "x" * 65, "", "<b>"])
def test_an_actor_is_a_plain_name(site: Receiver, name: str) -> None:
    """What must hold: no phone number, markup or long text comes into a history as a name."""
    order = {"what": "everything"}
    assert site.api("POST", "/v1/stop", json=order, headers={"Dialgate-Actor": name}).status_code == 422
    assert site.api("GET", "/v1/stops").json()["items"] == []


def test_an_actor_stands_with_what_they_ordered(site: Receiver) -> None:
    """What must hold: who is named orders it; nobody named, it was the API's key."""
    site.api("POST", "/v1/stop", json={"what": "everything"}, headers=ANN)
    site.api("POST", "/v1/resume", json={"what": "everything"})
    past = site.api("GET", "/v1/stops").json()["history"]
    assert [(one["action"], one["by"]) for one in past] == [("resume", "api"), ("stop", "ann (api)")]
