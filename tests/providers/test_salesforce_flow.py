"""Callouts from Salesforce flows: whatever their author writes."""

from datetime import UTC, datetime

import orjson
import pytest
from inbound import json_request, source_of

from gateway.errors import Unreadable
from gateway.model import Event, JsonValue, Person

PATH = "Vq3tR8xWmZ0aKp5sLc7dYe2f"


def events(body: JsonValue, **options: object) -> list[Event]:
    """What is made of a JSON body."""
    source = source_of("salesforce_flow", options, secrets=(), path_token=PATH)
    request = json_request(orjson.dumps(body), path_token=PATH)
    return list(source.provider.split(source.provider.decode(request, source), request, source))


def test_a_record_is_an_event() -> None:
    """By Salesforce's own field names, without any configuration."""
    body: JsonValue = {"event": "a", "Id": "00Q1", "Phone": 12125550123, "LastModifiedDate": "2026-03-04T11:00:00Z"}
    assert events(body) == [
        Event(
            payload=body,
            type="a",
            occurred_at=datetime(2026, 3, 4, 11, tzinfo=UTC),
            person=Person(phone="12125550123", contact_id="00Q1"),
        )
    ]


@pytest.mark.parametrize(
    ("body", "options", "expected"),
    [
        ({"n": 5}, {"event_id": "n"}, (("5",), "callout")),
        ({"n": None}, {"event_id": "n"}, (None, "callout")),
        ({"kind": "b"}, {"event_type": "kind"}, (None, "b")),
        (7, {}, (None, "callout")),
        ({"event": {"odd": 1}}, {}, (None, "callout")),
    ],
)
def test_facts_are_where_the_options_say(body: JsonValue, options: dict[str, object], expected: object) -> None:
    """Odd types give nothing rather than an error."""
    (event,) = events(body, **options)
    assert (event.key, event.type) == expected


def test_a_list_is_one_event_per_record() -> None:
    """Up to what one transaction holds."""
    assert [event.person.phone for event in events([{"Phone": "1"}, {"phone": "2"}])] == ["1", "2"]
    with pytest.raises(Unreadable, match="201 events"):
        events([{}] * 201)
