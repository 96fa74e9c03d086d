"""Meta Lead Ads."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from inbound import json_request, request_of, source_of

from gateway.errors import NotAuthentic, Unreadable
from gateway.model import Event, Person
from gateway.reasons import Reason

LEAD = {"leadgen_id": "1459076748710713", "page_id": "134587", "form_id": 1616801872291121, "created_time": 1758794728}
CHANGE = {"field": "leadgen", "value": LEAD}
ENTRY = {"id": "134587", "time": 1758794733, "changes": [CHANGE]}


def events(body: Any) -> list[Event]:
    """The events of a body."""
    source = source_of("meta_lead_ads")
    request = json_request(orjson.dumps(body))
    return list(source.provider.split(source.provider.decode(request, source), request, source))


def delivery(*entries: Any) -> dict[str, Any]:
    """A delivery of a page."""
    return {"object": "page", "entry": list(entries)}


def test_a_lead_is_one_event() -> None:
    """Known by the lead's id; what its entry says stands beside the change."""
    (event,) = events(delivery(ENTRY))
    assert event.payload == {"object": "page", "id": "134587", "time": 1758794733, **CHANGE}
    assert (event.type, event.key, event.person) == ("leadgen", ("leadgen", "1459076748710713"), Person())
    assert event.occurred_at == datetime(2025, 9, 25, 10, 5, 28, tzinfo=UTC)
    assert event.never_rings is None


def test_every_change_of_every_entry_is_an_event() -> None:
    """Many pages, many leads each; ids may be numbers, and a change may lack its value."""
    second = {"field": "leadgen", "value": {"leadgen_id": 7}}
    found = events(delivery({**ENTRY, "changes": [CHANGE, second]}, {"id": 5, "changes": [{"field": "leadgen"}]}))
    assert [event.key for event in found] == [("leadgen", "1459076748710713"), ("leadgen", "7"), None]
    assert [event.payload["id"] for event in found] == ["134587", "134587", 5]


@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        (delivery({"id": "1", "messaging": [{}]}), [""]),
        (delivery({"id": "1", "changes": [{"field": "feed", "value": {"leadgen_id": "1"}}]}), ["feed"]),
        (delivery({"id": "1", "changes": "none"}, None), ["", ""]),
        (delivery(), []),
        ({"object": "page"}, [""]),
        ([1], [""]),
    ],
)
def test_what_is_no_lead_has_no_key(body: Any, kinds: list[str]) -> None:
    """It is kept, and counts by the body."""
    assert [(event.type, event.key) for event in events(body)] == [(kind, None) for kind in kinds]


def test_the_time_may_be_the_entrys() -> None:
    """Where the lead has none of its own."""
    (event,) = events(delivery({**ENTRY, "changes": [{"field": "leadgen", "value": {"leadgen_id": "1"}}]}))
    assert event.occurred_at == datetime(2025, 9, 25, 10, 5, 33, tzinfo=UTC)


@pytest.mark.parametrize("lead", ["444444444444", 444444444444])
def test_the_dashboards_test_never_rings(lead: Any) -> None:
    """It sends ids of nothing but fours."""
    (event,) = events(delivery({"changes": [{"field": "leadgen", "value": {"leadgen_id": lead}}]}))
    assert event.never_rings is Reason.TEST_EVENT


@pytest.mark.parametrize("body", [delivery({"changes": [CHANGE] * 1001}), delivery(*[ENTRY] * 1001)])
def test_a_batch_is_bounded(body: Any) -> None:
    """However it is nested."""
    with pytest.raises(Unreadable, match="1001"):
        events(body)


QUERY = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="


def test_the_address_is_verified_by_the_token() -> None:
    """And its challenge echoed as text; a delivery is no handshake."""
    source = source_of("meta_lead_ads", {"verify_token": "mine"})
    handshake = source.provider.handshake
    assert handshake is not None
    reply = handshake(request_of(b"", method="GET", query=QUERY + "mine"), source)
    assert reply is not None
    assert (reply.status, reply.body, reply.media_type) == (200, b"1158201444", "text/plain")
    assert handshake(json_request(orjson.dumps(delivery(ENTRY))), source) is None
    for options, given in (({"verify_token": "mine"}, "other"), ({}, ""), ({}, "mine")):
        with pytest.raises(NotAuthentic, match="verify token"):
            handshake(request_of(b"", method="GET", query=QUERY + given), source_of("meta_lead_ads", options))
