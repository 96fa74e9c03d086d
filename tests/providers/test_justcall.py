"""JustCall: calls and contacts."""

from datetime import timedelta
from hmac import digest
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from inbound import NOW, request_of, source_of

from gateway.contracts import Source
from gateway.errors import NotAuthentic
from gateway.model import Event, Person, Request

SECRET, PATH = b"ea39089c40790e9dc7a080ec95e849b8fa0fa5fb", "Vq3tR8xWmZ0aKp5sLc7dYe2f"
SOURCE = source_of("justcall", secrets=(SECRET,), path_token=PATH)
ADDRESS = "https://gate.example.com/hooks/demo?a=1"


def signed(payload: dict[str, Any], *, at: timedelta = timedelta(), path_token: str | None = PATH) -> Request:
    """A request signed here as the documentation says."""
    body = {"webhook_url": ADDRESS, "type": "jc.call_missed", **payload}
    stamp = (NOW + at).strftime("%Y-%m-%d %H:%M:%S")
    text = f"{SECRET.decode()}|{quote(ADDRESS, safe='')}|{body['type']}|{stamp}"
    headers = {
        "x-justcall-signature": digest(SECRET, text.encode(), "sha256").hex(),
        "x-justcall-signature-version": "v1",
        "x-justcall-request-timestamp": stamp,
        "Content-Type": "application/json",
    }
    return request_of(orjson.dumps(body), headers, path_token=path_token)


def event_of(payload: dict[str, Any], source: Source = SOURCE) -> Event:
    """The one event of a request that passes."""
    request = signed(payload)
    assert source.provider.authenticate(request, source, NOW) == "justcall, secret 1 of 1"
    (event,) = source.provider.split(source.provider.decode(request, source), request, source)
    return event


def test_it_is_refused_late_and_elsewhere() -> None:
    """The time is signed; what is not signed, the secret address must make up for."""
    for request in (signed({}, at=timedelta(minutes=-6)), signed({}, path_token=None), signed({"webhook_url": 1})):
        with pytest.raises(NotAuthentic):
            SOURCE.provider.authenticate(request, SOURCE, NOW)


def test_the_event_tells_its_id_type_and_time() -> None:
    """The time is the header's, in UTC."""
    event = event_of({"request_id": "01HSGZRD0PRHCCHM46JRCRYMC4"})
    assert (event.key, event.type, event.occurred_at) == (("01HSGZRD0PRHCCHM46JRCRYMC4",), "jc.call_missed", NOW)
    assert event_of({}).key is None


@pytest.mark.parametrize(
    ("data", "person"),
    [
        (
            {"contact_number": "12125550101", "contact_name": "Rachel Green", "contact_email": "a@b", "contact_id": 7},
            Person(phone="12125550101", email="a@b", first_name="Rachel", last_name="Green", contact_id="7"),
        ),
        (
            {"contact_number": 12125550101, "name": "Rachel", "email": "c@d"},
            Person(phone="12125550101", email="c@d", first_name="Rachel"),
        ),
        ({"contact_number": [], "contact_name": {}}, Person()),
        (None, Person()),
    ],
)
def test_the_person_is_the_contact(data: Any, person: Person) -> None:
    """As calls and as contacts name them; odd types are nothing."""
    assert event_of({"data": data}).person == person
