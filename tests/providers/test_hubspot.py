"""HubSpot: signatures without a downgrade, batches, and workflow records."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import orjson
import pytest
from inbound import NOW, json_request, request_of, source_of
from pydantic import ValidationError

from gateway.contracts import Source
from gateway.errors import NotAuthentic, Unreadable
from gateway.model import Event, Person, Request

BODY = b'[{"subscriptionType":"contact.creation","objectId":1}]'
UNSIGNED = {"signature_required": False, "unsigned": {"header": "X-Api-Key"}}


def hubspot(options: dict[str, Any] | None = None) -> Source:
    """A HubSpot source with two live secrets."""
    return source_of("hubspot", options)


def signed(*versions: str, at: timedelta = timedelta(), method: str = "POST") -> Request:
    """A request carrying signatures of these versions."""
    request = request_of(BODY if method == "POST" else b"", method=method, query="to=a%2Fb%40c")
    headers = request.headers
    for version in versions:
        headers += hubspot().provider.sign(request, hubspot({"versions": [version]}), NOW + at)
    return replace(request, headers=headers)


def authenticate(request: Request, source: Source | None = None) -> str:
    """The scheme that passed."""
    source = source or hubspot()
    return source.provider.authenticate(request, source, NOW)


def events(payload: Any) -> list[Event]:
    """What a payload splits into."""
    source, request = hubspot(), json_request(orjson.dumps(payload))
    return list(source.provider.split(source.provider.decode(request, source), request, source))


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_each_version_passes(version: str, method: str) -> None:
    """Alone, by the header and the version it names."""
    assert authenticate(signed(version, method=method)) == f"hubspot-{version}, secret 1 of 2"


def test_v3_goes_first() -> None:
    """Real workflow requests carry v2 and v3: v3 is what they pass by."""
    assert authenticate(signed("v2", "v3")) == "hubspot-v3, secret 1 of 2"


@pytest.mark.parametrize("spoilt", ["", "é", "AAAA", "not base64!", "x" * 9000])
def test_a_bad_v3_never_falls_back(spoilt: str) -> None:
    """A good v2 beside a broken, empty, repeated or stale v3 does not help."""
    request = signed("v2", "v3")
    for name in ("x-hubspot-signature-v3", "x-hubspot-request-timestamp"):
        headers = tuple((key, spoilt if key == name else value) for key, value in request.headers)
        with pytest.raises(NotAuthentic):
            authenticate(replace(request, headers=headers))
        twice = (*request.headers, (name, request.header(name) or ""))
        with pytest.raises(NotAuthentic):
            authenticate(replace(request, headers=twice))
    stale = signed("v2", "v3", at=timedelta(minutes=-6))
    with pytest.raises(NotAuthentic, match="replay window"):
        authenticate(stale)


def test_a_source_may_insist_on_v3() -> None:
    """Then a copy with its v3 headers taken off passes by nothing."""
    source = hubspot({"versions": ["v3"]})
    request = signed("v2", "v3")
    assert authenticate(request, source)
    stripped = tuple(pair for pair in request.headers if pair[0] != "x-hubspot-signature-v3")
    with pytest.raises(NotAuthentic, match="not taken"):
        authenticate(replace(request, headers=stripped), source)


@pytest.mark.parametrize("version", [None, "v3", "v4", "", "V2"])
def test_the_version_header_must_name_one_we_take(version: str | None) -> None:
    """A signature of no known version is no proof, and v3 has a header of its own."""
    request = signed("v2")
    kept = tuple(pair for pair in request.headers if pair[0] != "x-hubspot-signature-version")
    named = () if version is None else (("x-hubspot-signature-version", version),)
    with pytest.raises(NotAuthentic, match="not taken"):
        authenticate(replace(request, headers=(*kept, *named)))


def test_the_version_header_decides_the_scheme() -> None:
    """A v1 signature under the name of v2 does not pass, nor the other way round."""
    for version, other in (("v1", "v2"), ("v2", "v1")):
        request = signed(version)
        renamed = tuple((key, other if value == version else value) for key, value in request.headers)
        with pytest.raises(NotAuthentic, match="does not match"):
            authenticate(replace(request, headers=renamed))


def test_the_signed_address_is_the_public_one() -> None:
    """v2 and v3 bind the address; v1 does not."""
    for version in ("v2", "v3"):
        with pytest.raises(NotAuthentic):
            authenticate(replace(signed(version), url="https://other.example/hooks/demo"))
    assert authenticate(replace(signed("v1"), url="https://other.example/hooks/demo"))


def test_unsigned_workflows_pass_by_their_key_alone() -> None:
    """Only where the source says so, and never for a request that claims a signature."""
    source, request = hubspot(UNSIGNED), request_of(BODY, {"X-Api-Key": "second-secret"})
    assert authenticate(request, source) == "header token, secret 2 of 2"
    with pytest.raises(NotAuthentic, match="not signed"):
        authenticate(request)
    for name in ("x-hubspot-signature", "x-hubspot-signature-v3"):
        with pytest.raises(NotAuthentic):
            authenticate(replace(request, headers=(*request.headers, (name, "00"))), source)
    assert source.provider.sign(request, source, NOW) == (("x-api-key", "first-secret"),)


def test_a_key_in_the_query_reaches_no_rule() -> None:
    """The parameter is part of the proof, not of the payload."""
    source = hubspot({"signature_required": False, "unsigned": {"query": "key"}})
    query = "phone=%2B1&" + source.provider.sign_query(source)
    request = request_of(b"", method="GET", query=query)
    assert authenticate(request, source)
    assert source.provider.decode(request, source) == {"phone": "+1"}
    assert source.provider.check(source) == []


def test_a_get_has_its_payload_in_the_query() -> None:
    """A workflow action may be set to GET."""
    assert hubspot().provider.decode(request_of(b"", method="GET", query="a=1"), hubspot()) == {"a": "1"}


@pytest.mark.parametrize(
    "options",
    [
        {"signature_required": False},
        {"unsigned": {"header": "X"}},
        {"signature_required": False, "unsigned": {"basic": {"user": "u"}}},
        {"versions": []},
        {"versions": ["v4"]},
    ],
)
def test_options_that_leave_a_door_open_are_refused(options: dict[str, Any]) -> None:
    """Without a signature something else must prove the sender."""
    with pytest.raises(ValidationError):
        hubspot(options)


CREATED = {
    "eventId": 3181526809,
    "subscriptionId": 2426754,
    "portalId": 143553137,
    "occurredAt": 1705422467780,
    "subscriptionType": "contact.creation",
    "attemptNumber": 0,
    "objectId": 1801,
}


def test_a_batch_is_one_event_each() -> None:
    """Each with the composite key, in which a retry's count does not matter."""
    first, retry = events([CREATED, {**CREATED, "attemptNumber": 3}])
    assert first.key == retry.key == ("143553137", "contact.creation", "1801", "3181526809", "1705422467780")
    assert first.type == "contact.creation"
    assert first.occurred_at == datetime(2024, 1, 16, 16, 27, 47, 780000, UTC)
    assert first.person == Person(contact_id="1801")


@pytest.mark.parametrize("part", ["portalId", "subscriptionType", "objectId", "eventId", "occurredAt"])
def test_each_part_of_the_key_counts(part: str) -> None:
    """Two events that differ in one part are two."""
    first, second = events([CREATED, {**CREATED, part: "other"}])
    assert first.key != second.key


def test_an_event_without_ids_goes_by_its_body() -> None:
    """A key of nothing would make all such events one."""
    (event,) = events({"subscriptionType": "contact.creation"})
    assert event.key is None


@pytest.mark.parametrize(
    ("changed", "person"),
    [
        ({"propertyName": "phone", "propertyValue": "+1"}, Person(phone="+1", contact_id="1801")),
        ({"propertyName": "mobilephone", "propertyValue": "+1"}, Person(phone="+1", contact_id="1801")),
        ({"propertyName": "email", "propertyValue": "e"}, Person(email="e", contact_id="1801")),
        ({"propertyName": "firstname", "propertyValue": "A"}, Person(first_name="A", contact_id="1801")),
        ({"propertyName": "lastname", "propertyValue": "B"}, Person(last_name="B", contact_id="1801")),
        ({"propertyName": "jobtitle", "propertyValue": "+1"}, Person(contact_id="1801")),
        ({"subscriptionType": "object.creation", "objectTypeId": "0-1"}, Person(contact_id="1801")),
        ({"subscriptionType": "object.creation", "objectTypeId": "0-3"}, Person()),
        ({"subscriptionType": "deal.creation"}, Person()),
    ],
)
def test_the_person_of_an_app_event(changed: dict[str, Any], person: Person) -> None:
    """The contact's id, and the one property that changed; other records are not persons."""
    (event,) = events([{**CREATED, **changed}])
    assert event.person == person


CONTACT = {"vid": 7, "properties": {"mobilephone": {"value": "+1"}, "email": {"value": "e"}, "phone": {"value": ""}}}


@pytest.mark.parametrize(
    ("record", "person"),
    [
        (CONTACT, Person(phone="+1", email="e", contact_id="7")),
        (
            {"objectId": 8, "properties": {"phone": "+2", "firstname": "A"}},
            Person(phone="+2", first_name="A", contact_id="8"),
        ),
        ({"phone": "+3", "lastname": "B"}, Person(phone="+3", last_name="B")),
        ({"properties": {"hs_object_id": {"value": "9"}}}, Person(contact_id="9")),
        ({"properties": "none"}, Person()),
    ],
)
def test_the_person_of_a_workflow_record(record: dict[str, Any], person: Person) -> None:
    """From the legacy contact shape, the newer one, or a customised body."""
    (event,) = events(record)
    assert (event.person, event.type, event.key) == (person, "workflow", None)


def test_a_batch_has_limits() -> None:
    """Over a hundred, or an element that is no object: not what HubSpot sends."""
    assert events([]) == []
    assert len(events([CREATED] * 100)) == 100
    with pytest.raises(Unreadable, match="101 events"):
        events([CREATED] * 101)
    with pytest.raises(Unreadable, match="element 2"):
        events([CREATED, 5])


def test_the_samples_are_both_kinds() -> None:
    """A workflow's record and an app's batch."""
    workflow, batch = (orjson.loads(sample.make(NOW, Random(1))) for sample in hubspot().provider.samples())
    assert [event.type for event in events(workflow)] == ["workflow"]
    assert [event.type for event in events(batch)] == ["contact.creation", "contact.propertyChange"]
