"""A sender that hands over its own secret: shown to a person, never taken by itself."""

import pytest
from inbound import NOW, json_request, source_of

from gateway.auth.schemes import verify
from gateway.errors import NotAuthentic
from gateway.handshakes.enrolment import Enrolment
from gateway.reasons import Reason

TOKEN = "Vq3tR8xWmZ0aKp5sLc7dYe2f"
SCHEME = Enrolment()
SOURCE = source_of("generic", secrets=(), path_token=TOKEN)
BODY = b'{"verification_token":"secret_tMrlL1qK5vuQAh1b"}'


def test_the_token_becomes_an_event_that_never_rings() -> None:
    """It passes by its address, and the ledger shows the token with what to do."""
    assert verify([SCHEME], json_request(BODY, path_token=TOKEN), SOURCE, NOW) == "path token (enrolment)"
    event = SCHEME.event({"verification_token": "secret_tMrlL1qK5vuQAh1b"})
    assert event is not None
    assert (event.never_rings, event.type) == (Reason.HANDSHAKE, "enrolment")
    assert event.payload["verification_token"] == "secret_tMrlL1qK5vuQAh1b"
    assert (SCHEME.sign(json_request(BODY), SOURCE, NOW), SCHEME.query(SOURCE), SCHEME.check(SOURCE)) == ((), "", [])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"verification_token":"secret_tMrlL1qK5vuQAh1b","entity":{}}',
        b'{"verification_token":1}',
        b'{"verification_token":"short"}',
        b'{"verification_token":"with a space"}',
        b'{"entity":"secret_tMrlL1qK5vuQAh1b"}',
    ],
)
def test_nothing_but_a_token_passes(body: bytes) -> None:
    """An event without a signature stays refused."""
    with pytest.raises(NotAuthentic):
        verify([SCHEME], json_request(body, path_token=TOKEN), SOURCE, NOW)
    assert SCHEME.event([body.decode()]) is None


def test_without_a_secret_address_nothing_passes() -> None:
    """Anyone could post a token of his own."""
    open_source = source_of("generic")
    with pytest.raises(NotAuthentic):
        verify([SCHEME], json_request(BODY), open_source, NOW)
    with pytest.raises(NotAuthentic):
        verify([SCHEME], json_request(BODY, path_token="elsewhere"), SOURCE, NOW)
    assert SCHEME.check(open_source) == ["the sender hands over its secret, which needs a path_token"]
