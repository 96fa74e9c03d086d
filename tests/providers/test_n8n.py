"""n8n."""

import pytest
from inbound import NOW, request_of, source_of
from one_event import one_event

from gateway.errors import NotAuthentic
from gateway.model import Person


def test_an_item_is_one_event() -> None:
    """By the usual names, in whatever spelling."""
    event = one_event("n8n", {"id": 7, "firstName": "Ana", "lastName": "P", "phone": "+1"}, options={"event_id": "id"})
    assert (event.key, event.person) == (("7",), Person(phone="+1", first_name="Ana", last_name="P"))


def test_a_signature_of_the_workflows_own_covers_the_body() -> None:
    """As its node Crypto makes one."""
    source = source_of("n8n", {"authentication": {"hmac": {"header": "X-Signature"}}})
    headers = source.provider.sign(request_of(b'{"a":1}'), source, NOW)
    assert source.provider.authenticate(request_of(b'{"a":1}', headers), source, NOW) == "hmac, secret 1 of 2"
    with pytest.raises(NotAuthentic):
        source.provider.authenticate(request_of(b'{"a":2}', headers), source, NOW)
