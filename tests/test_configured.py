"""What every wholly configured provider does beyond `generic`, whose own tests cover the options."""

import pytest
from inbound import NOW, json_request, request_of, source_of
from one_event import one_event

from gateway.model import Person

NAMES = ("zapier", "make", "n8n")
PARTS = b'--%b\r\nContent-Disposition: form-data; name="phone"\r\n\r\n+1\r\n--%b--\r\n'


@pytest.mark.parametrize("name", NAMES)
def test_the_person_is_found_by_the_usual_names(name: str) -> None:
    """So that a user who keeps to them has nothing to say; where the options say, other names count no more."""
    lead = {"Phone Number": 15550100123, "your-email": "e", "Full Name": "Ana P"}
    assert one_event(name, lead).person == Person(phone="15550100123", email="e", first_name="Ana", last_name="P")
    event = one_event(name, lead, options={"person": {"phone": "lead.phone"}, "event_id": "id"})
    assert (event.person, event.key) == (Person(), None)


@pytest.mark.parametrize("name", NAMES)
def test_it_must_prove_itself_somehow(name: str) -> None:
    """An open endpoint could ring any phone; a header token is enough without a secret address."""
    open_door = source_of(name, secrets=())
    assert list(open_door.provider.check(open_door)) == [
        f"{name} needs `authentication`, or a path_token: an open endpoint could ring any phone"
    ]
    source = source_of(name, {"authentication": {"bearer": True}})
    request = request_of(headers={"Authorization": "Bearer second-secret"})
    assert source.provider.authenticate(request, source, NOW) == "bearer token, secret 2 of 2"


@pytest.mark.parametrize("name", NAMES)
def test_a_list_is_one_event_per_element(name: str) -> None:
    """As Zapier's *Wrap Request In Array* makes one."""
    source = source_of(name, {"event_id": "id"})
    payload = source.provider.decode(json_request(b'[{"id":"a","phone":"+1"}]'), source)
    (event,) = source.provider.split(payload, json_request(b""), source)
    assert (event.key, event.person.phone) == (("a",), "+1")


def test_a_multipart_body_counts_by_its_content() -> None:
    """Its bytes differ from one try to the next; those of any other body do not."""
    first, again = (
        one_event("make", PARTS.replace(b"%b", mark), content_type=f"multipart/form-data; boundary={mark.decode()}")
        for mark in (b"abc", b"xyz")
    )
    assert first.payload == {"phone": "+1"}
    assert first.content_key == again.content_key is not None
    assert one_event("make", {"phone": "+1"}).content_key is None
