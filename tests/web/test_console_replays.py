"""Replays before anybody says yes, without a browser: what guards say of new calls, and previews without a script."""

import json
import re

import pytest
from receiver import Receiver
from waiting import eventually
from web.test_console_rules import config, order, place  # noqa: F401 - a fixture, by its name

from gateway.web.console.cookies import HOME

PHONE = "+14155550177"
RULE = {"name": "demo", "when": True, "call": {"from": "east", "contact": {"phone": "payload.phone"}}}


def mended(place: Receiver, **changes: object) -> None:  # noqa: F811 - the fixture's value
    """A rule that wants every event, in force."""
    version = place.front.keeper.current.version
    file = place.front.settings.data_dir / "site.yaml"
    file.write_text(json.dumps(config(rules=[RULE], **changes)), encoding="utf-8")
    assert eventually(lambda: place.front.keeper.current.version != version, message="the new rule is in force")


def dialog(place: Receiver) -> str:  # noqa: F811 - the fixture's value
    """What the dialog of the one event says."""
    [event] = place.api("GET", "/v1/events").json()["items"]
    page = place.client.get(f"{HOME}/events/{event['id']}/replay").raise_for_status()
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", "", page.text))


def test_the_dialog_says_what_guards_say_of_calls_that_are_new(place: Receiver) -> None:  # noqa: F811 - the fixture's value
    """What must hold: of a call that is not there yet, too: it rings, waits for whom and why, or does not ring."""
    place.lead(interest="none", phone=PHONE)
    assert "No call would be made" in dialog(place)
    mended(place)
    assert "1 call would come of it" in dialog(place)
    assert "Every guard allows it now: it rings at once" in dialog(place)
    assert PHONE not in dialog(place)
    place.api("POST", "/v1/stop", json={"what": "rule", "name": "demo"}).raise_for_status()
    assert "It waits: " in dialog(place)
    place.api("POST", "/v1/do-not-call", json={"phone": PHONE}).raise_for_status()
    assert "It would not ring: " in dialog(place)
    assert place.api("GET", "/v1/calls").json()["items"] == []


def test_a_preview_goes_on_without_a_script(place: Receiver) -> None:  # noqa: F811 - the fixture's value
    """What must hold: a page says how far it looked and has a button; the last look leads to the whole sentence."""
    for number in range(51):
        place.lead(interest="none", phone=f"+141555502{number:02}", id=f"lead-{number}")
    mended(place)
    path = order(place, "/replays", state="IGNORED").headers["location"].removeprefix(HOME)
    page = place.client.get(HOME + path).text
    assert "Looked at 50 events" in page
    assert "Approve and begin" not in page
    assert order(place, f"{path}/preview").headers["location"] == HOME + path
    page = place.client.get(HOME + path).text
    assert "51 calls would ring now" in page
    assert "Looked at" not in page
    rings = place.client.get(f"{HOME}{path}/calls?of=rings")
    assert rings.text.count("would ring now") == 50 + 1  # the rows, and the figure
    assert "Further ones" in rings.text
    assert place.client.get(f"{HOME}{path}/calls?of=rings&from=50").text.count("<tr><td") == 1


@pytest.mark.parametrize("query", ["from=x", "from=-1", "from=99999999999", "of=nothing"])
def test_a_list_of_nonsense_is_no_fault_of_ours(place: Receiver, query: str) -> None:  # noqa: F811 - the fixture's value
    """What must hold: a place or a figure that no page of ours names is refused, or empty."""
    path = order(place, "/replays", state="IGNORED").headers["location"]
    assert place.client.get(f"{path}/calls?{query}").status_code in {200, 422}
