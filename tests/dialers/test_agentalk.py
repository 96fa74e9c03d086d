"""The Agentalk dialer sends exactly what is documented, and nothing that could leak a token."""

import json

import pytest
from dialers.conftest import MakeDialer
from dialers.dialing import CREDENTIALS, ORGANIZATION, TOKEN, order
from dialers.raw_server import Conversation, RawServer, after_request, response

from gateway.contracts import ContactResolved, Credentials
from gateway.errors import ConfigInvalid
from gateway.model import ContactFields, Refused, Unsent
from gateway.reasons import Reason

pytestmark = pytest.mark.anyio


async def test_a_request_is_exactly_as_documented(make_dialer: MakeDialer) -> None:
    """Path verbatim under the base address's prefix, the documented body, both headers, one connection, closed."""
    with RawServer(after_request(response(200))) as server:
        dialer = make_dialer(server.url + "/prefix/")
        credentials = Credentials(account="main", token=TOKEN, organization=ORGANIZATION)
        await dialer.dial(order(campaign_id="cmp_1"), credentials)
        head, _, body = bytes(server.conversations[0].received).partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
    assert lines[0] == "POST /prefix/api/calls/outbound HTTP/1.1"
    assert json.loads(body) == {"fromNumberId": "pn_212", "contactId": "ct_1", "campaignId": "cmp_1"}
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert headers["x-organization-id"] == ORGANIZATION
    assert headers["content-type"] == "application/json"
    assert headers["connection"] == "close"
    assert headers["user-agent"].startswith("dialgate/")


async def test_what_is_not_set_is_not_sent(make_dialer: MakeDialer) -> None:
    """Without campaign and organization neither is in the request."""
    with RawServer(after_request(response(200))) as server:
        await make_dialer(server.url).dial(order(), CREDENTIALS)
        raw = bytes(server.conversations[0].received)
    assert b"campaign" not in raw
    assert b"organization" not in raw.lower()


async def test_no_connection_is_used_twice(make_dialer: MakeDialer) -> None:
    """Each dial connects anew, also where the server would keep the connection open."""

    def script(conversation: Conversation) -> None:
        conversation.read_request()
        conversation.send(response(200, b"{}", "Connection: keep-alive"))
        conversation.say_nothing()

    with RawServer(script) as server:
        dialer = make_dialer(server.url)
        for _ in range(3):
            await dialer.dial(order(), CREDENTIALS)
        await dialer.close()
        assert server.connections == 3


@pytest.mark.parametrize("token", ["", "with space", "with\nbreak", "naïve", "nul\0"])
async def test_a_token_no_header_can_carry(token: str, make_dialer: MakeDialer) -> None:
    """Nothing connects, the account stops, and the token is not shown."""
    credentials = Credentials(account="main", token=token, organization=None)
    with RawServer(after_request(response(200))) as server:
        dialer = make_dialer(server.url)
        outcomes = [
            await dialer.dial(order(), credentials),
            await dialer.resolve_contact(ContactFields(phone="+14155550100"), credentials),
        ]
        problem = await dialer.probe(credentials)
        assert server.connections == 0
    assert all(isinstance(outcome, Unsent) and outcome.stops_account for outcome in outcomes)
    assert problem == outcomes[0].detail
    assert not token or token not in problem


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (response(201, b'{"id": "ct_9"}'), ContactResolved(contact_id="ct_9")),
        (response(200, b'{"data": {"contact": {"id": 42}}}'), ContactResolved(contact_id="42")),
    ],
)
async def test_a_contact_is_resolved(answer: bytes, expected: ContactResolved, make_dialer: MakeDialer) -> None:
    """The id is taken from wherever the answer has it, and only what is set was sent."""
    with RawServer(after_request(answer)) as server:
        resolved = await make_dialer(server.url).resolve_contact(ContactFields(phone="+14155550100"), CREDENTIALS)
        head, _, body = bytes(server.conversations[0].received).partition(b"\r\n\r\n")
    assert resolved == expected
    assert head.startswith(b"POST /api/contacts HTTP/1.1\r\n")
    assert json.loads(body) == {"phone": "+14155550100"}


async def test_every_field_of_a_contact_is_sent(make_dialer: MakeDialer) -> None:
    """All documented fields under their documented names."""
    fields = ContactFields(
        phone="+14155550100",
        first_name="Ada",
        last_name="Byron",
        email="ada@example.com",
        tags=("demo",),
        fields={"plan": "pro", "odd": "\ud800"},
    )
    with RawServer(after_request(response(200, b'{"id": "c"}'))) as server:
        await make_dialer(server.url).resolve_contact(fields, CREDENTIALS)
        body = bytes(server.conversations[0].received).partition(b"\r\n\r\n")[2]
    assert json.loads(body) == {
        "phone": "+14155550100",
        "firstName": "Ada",
        "lastName": "Byron",
        "email": "ada@example.com",
        "tags": ["demo"],
        "fields": {"plan": "pro", "odd": "\ud800"},
    }


async def test_fields_json_cannot_hold_are_refused(make_dialer: MakeDialer) -> None:
    """Not-a-number has no JSON: refused for good, nothing connects."""
    dialer = make_dialer("http://127.0.0.1:9")
    fields = ContactFields(phone="+14155550100", fields={"score": float("nan")})
    outcome = await dialer.resolve_contact(fields, CREDENTIALS)
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.CONTACT_REFUSED


async def test_a_working_account_probes_clean(make_dialer: MakeDialer) -> None:
    """The probe lists one campaign and never posts."""
    with RawServer(after_request(response(200))) as server:
        assert await make_dialer(server.url).probe(CREDENTIALS) is None
        assert bytes(server.conversations[0].received).startswith(b"GET /api/campaigns?limit=1 HTTP/1.1\r\n")


async def test_a_broken_account_says_what_is_wrong(make_dialer: MakeDialer) -> None:
    """The probe's text is the API's own."""
    with RawServer(after_request(response(402, b'{"detail": "No credit left."}'))) as server:
        assert await make_dialer(server.url).probe(CREDENTIALS) == "HTTP 402: No credit left."


async def test_no_token_goes_in_clear_to_another_machine(make_dialer: MakeDialer) -> None:
    """Plain http:// is for this machine, unless it is allowed by name."""
    with pytest.raises(ConfigInvalid, match="unencrypted"):
        make_dialer("http://api.example.com")
    make_dialer("http://sandbox:8090", allow_plain_http=True)
