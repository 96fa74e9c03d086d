"""TikTok."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from inbound import NOW, json_request, source_of
from one_event import one_event
from provider_examples import example_sources, sent

from gateway.errors import NotAuthentic, Unreadable
from gateway.model import Event, Person

PATH = "Vq3tR8xWmZ0aKp5sLc7dYe2f"


def answer(field: Any, value: Any) -> dict[str, Any]:
    """One answer of a form."""
    return {"field": field, "value": value}


ANSWERS = [answer("name", "Ana P"), answer("email", "ana@example.com"), answer("phone_number", "+15550100123")]
LEAD = {"id": 7012345678901234567, "page_id": 7, "create_time": 1772625600, "changes": ANSWERS}


def events(body: Any) -> list[Event]:
    """The events of a body."""
    source = source_of("tiktok", secrets=(), path_token=PATH)
    request = json_request(orjson.dumps(body), path_token=PATH)
    return list(source.provider.split(source.provider.decode(request, source), request, source))


def test_every_lead_is_an_event() -> None:
    """With the answers it holds; its nineteen digits are kept."""
    first, second = events({"object": 1, "time": 1772625601, "entry": [LEAD, {"id": "8", "changes": None}]})
    assert first.payload == {"object": 1, "time": 1772625601, **LEAD}
    assert (first.type, first.key) == ("lead", ("lead", "7012345678901234567"))
    assert first.person == Person(phone="+15550100123", email="ana@example.com", first_name="Ana", last_name="P")
    assert first.occurred_at == datetime(2026, 3, 4, 12, tzinfo=UTC)
    assert (second.key, second.person) == (("lead", "8"), Person())
    assert second.occurred_at == datetime(2026, 3, 4, 12, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("answers", "person"),
    [
        ([answer("Phone Number", 4155550100)], Person(phone="4155550100")),
        ([answer("first_name", "Ana"), answer("last_name", "P")], Person(first_name="Ana", last_name="P")),
        ([answer("Which phone may we call?", "(415) 555-0100")], Person(phone="(415) 555-0100")),
        ([answer("phone_number", {"x": 1}), answer(None, "x"), None], Person()),
        ("none", Person()),
    ],
)
def test_the_person_among_the_answers(answers: Any, person: Person) -> None:
    """By the fields' names."""
    (event,) = events({"object": "LEAD", "entry": [{"changes": answers}]})
    assert (event.key, event.person) == (None, person)


@pytest.mark.parametrize(("kind", "name"), [(2, "object.2"), (None, "object.")])
def test_what_is_no_lead_names_nobody(kind: Any, name: str) -> None:
    """A review of an ad comes to the same address."""
    (event,) = events({"object": kind, "entry": [LEAD]})
    assert (event.type, event.key, event.person) == (name, None, Person())


def test_a_batch_is_bounded() -> None:
    """And says how many were too many."""
    with pytest.raises(Unreadable, match="501"):
        events({"object": 1, "entry": [LEAD] * 501})


APP = {"client_key": "k", "event": "video.publish.completed", "create_time": 1615338610, "user_openid": "u"}


def test_an_apps_event_has_its_content_read() -> None:
    """It is known by its name, its time and all it says."""
    event = one_event("tiktok", {**APP, "content": '{"share_id": "s1"}'})
    assert event.payload == {**APP, "content": {"share_id": "s1"}}
    assert (event.type, event.occurred_at) == (APP["event"], datetime(2021, 3, 10, 1, 10, 10, tzinfo=UTC))
    assert event.key == one_event("tiktok", {"content": '{"share_id":"s1"}', **APP}).key
    assert event.key != one_event("tiktok", {**APP, "content": "{}"}).key


@pytest.mark.parametrize("content", ["{", "", {"a": 1}, 7, None])
def test_content_that_is_no_json_is_kept_as_it_came(content: Any) -> None:
    """Nothing is lost for it."""
    assert one_event("tiktok", {**APP, "content": content}).payload["content"] == content


@pytest.mark.parametrize("body", [{"event": "e"}, {"create_time": 1}, {"entry": {}}, [1]])
def test_what_has_no_name_and_time_counts_by_its_body(body: Any) -> None:
    """As for whatever else may come."""
    assert one_event("tiktok", body).key is None


def test_a_source_with_secrets_takes_nothing_unsigned() -> None:
    """Not even at a secret address; one without must have such an address."""
    leads, app = example_sources("tiktok").values()
    request = sent(leads, leads.provider.samples()[0])
    assert leads.provider.authenticate(request, leads, NOW) == "path token"
    signing = source_of("tiktok", secrets=app.secrets, path_token=leads.path_token)
    with pytest.raises(NotAuthentic):
        signing.provider.authenticate(request, signing, NOW)
    bare = source_of("tiktok", secrets=())
    assert "path_token" in " ".join(bare.provider.check(bare))
