"""The dialer against a server of bare sockets, row by row: what happened, what we may say of it, and the proof."""

import asyncio
import contextlib
import json
import socket
import ssl
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from dialers.conftest import MakeDialer
from dialers.dialing import CREDENTIALS, ORGANIZATION, SECRET, TOKEN, order
from dialers.raw_server import Conversation, RawServer, Script, after_request, response
from waiting import eventually, soon

from gateway.contracts import ContactResolved, Credentials
from gateway.errors import ConfigInvalid
from gateway.model import ContactFields, Outcome, Placed, Refused, Uncertain, Unsent
from gateway.reasons import Reason
from workers.dialers import DialInterrupted

pytestmark = pytest.mark.anyio


def reset_unread(conversation: Conversation) -> None:
    """Reset while the request lies there unread."""
    conversation.await_request()
    conversation.reset()


def reset_after_request(conversation: Conversation) -> None:
    """Read everything, then reset."""
    conversation.read_request()
    conversation.reset()


def silence(conversation: Conversation) -> None:
    """Read everything and never answer."""
    conversation.read_request()
    conversation.say_nothing()


def dripping(answer: bytes) -> Script:
    """Answer a byte at a time: no single read takes long, all of it does."""

    def script(conversation: Conversation) -> None:
        conversation.read_request()
        conversation.drip(answer, seconds=0.1)

    return script


def answer_before_reading(conversation: Conversation) -> None:
    """Answer although not a byte of the request was read."""
    conversation.send(response(413))
    conversation.read_request()


def chunked(*parts: bytes) -> bytes:
    """The head of a chunked 200, then whatever parts."""
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(parts)


def summary(outcome: Outcome) -> tuple[type, Reason | int]:
    """An outcome's kind with its reason; for a placed call its status."""
    match outcome:
        case Placed():
            return Placed, outcome.status
        case Uncertain():
            return Uncertain, outcome.cause
        case _:
            return type(outcome), outcome.reason


AFTER_THE_REQUEST: dict[str, tuple[Script, type, Reason | int]] = {
    "plain 200": (after_request(response(200)), Placed, 200),
    "201": (after_request(response(201)), Placed, 201),
    "204 without a body": (after_request(b"HTTP/1.1 204 No Content\r\n\r\n"), Placed, 204),
    "HTTP/1.0 until close": (after_request(b"HTTP/1.0 200 OK\r\n\r\n{}"), Placed, 200),
    "200 cut short": (after_request(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), Placed, 200),
    "200 with bad gzip": (after_request(response(200, b"nonsense", "Content-Encoding: gzip")), Placed, 200),
    "200 in broken chunks": (after_request(chunked(b"zz\r\n")), Placed, 200),
    "200 cut between chunks": (after_request(chunked(b"2\r\n{}\r\n")), Placed, 200),
    "200 with a body of 1 MB": (after_request(response(200, b"[" * 1_000_000)), Placed, 200),
    "200 with 30 KB of headers": (after_request(response(200, b"{}", f"X-Big: {'x' * 30_000}")), Placed, 200),
    "103 early hints, then 200": (
        after_request(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", response(200)),
        Placed,
        200,
    ),
    "100 continue, then 200": (after_request(b"HTTP/1.1 100 Continue\r\n\r\n", response(200)), Placed, 200),
    "100 continue, then nothing": (
        after_request(b"HTTP/1.1 100 Continue\r\n\r\n"),
        Uncertain,
        Reason.CONNECTION_LOST,
    ),
    "101": (
        after_request(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
        Uncertain,
        Reason.RESPONSE_UNREADABLE,
    ),
    "headers without end": (
        after_request(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000),
        Uncertain,
        Reason.RESPONSE_UNREADABLE,
    ),
    "reset before reading": (reset_unread, Uncertain, Reason.CONNECTION_LOST),
    "reset after reading": (reset_after_request, Uncertain, Reason.CONNECTION_LOST),
    "closed without an answer": (after_request(), Uncertain, Reason.CONNECTION_LOST),
    "closed in the head": (after_request(b"HTTP/1.1 200 OK\r\nConte"), Uncertain, Reason.CONNECTION_LOST),
    "silence": (silence, Uncertain, Reason.RESPONSE_TIMEOUT),
    "slow drip of the head": (dripping(response(200)), Uncertain, Reason.RESPONSE_TIMEOUT),
    "invalid status line": (after_request(b"HTTP/1.1 abc\r\n\r\n"), Uncertain, Reason.RESPONSE_UNREADABLE),
    "HTTP/0.9": (after_request(b"<html>hello</html>\r\n\r\n"), Uncertain, Reason.RESPONSE_UNREADABLE),
    "answer before the request was read": (answer_before_reading, Refused, Reason.REFUSED),
    "404 cut short": (
        after_request(b"HTTP/1.1 404 No\r\nContent-Length: 99\r\n\r\n{"),
        Refused,
        Reason.REFUSED,
    ),
    "500 cut short": (
        after_request(b"HTTP/1.1 500 No\r\nContent-Length: 99\r\n\r\n{"),
        Uncertain,
        Reason.SERVER_ERROR,
    ),
}


@pytest.mark.parametrize("row", AFTER_THE_REQUEST)
async def test_what_follows_the_first_byte_is_told_honestly(row: str, make_dialer: MakeDialer) -> None:
    """Once a byte was written only a status proves anything; a status counts even when the body breaks."""
    script, kind, reason = AFTER_THE_REQUEST[row]
    with RawServer(script) as server:
        outcome = await make_dialer(server.url).dial(order(), CREDENTIALS)
        assert summary(outcome) == (kind, reason)
        assert server.connections == 1


async def test_a_dripping_body_after_its_head_is_placed(make_dialer: MakeDialer) -> None:
    """The head came in time and said 200: the call is placed, however long the body would take."""

    def script(conversation: Conversation) -> None:
        conversation.read_request()
        conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        conversation.drip(b"x" * 100, seconds=0.1)

    with RawServer(script) as server:
        started = time.monotonic()
        outcome = await make_dialer(server.url, total_seconds=0.5).dial(order(), CREDENTIALS)
        assert isinstance(outcome, Placed)
        assert time.monotonic() - started < 2


async def test_nobody_listens(make_dialer: MakeDialer) -> None:
    """A refused connection is proved unsent."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    outcome = await make_dialer(f"http://127.0.0.1:{port}").dial(order(), CREDENTIALS)
    assert summary(outcome) == (Unsent, Reason.CONNECT_FAILED)


async def test_a_name_nobody_has(make_dialer: MakeDialer) -> None:
    """A host that cannot be resolved is proved unsent."""
    outcome = await make_dialer("https://calls.invalid").dial(order(), CREDENTIALS)
    assert summary(outcome)[0] is Unsent


async def test_a_listener_that_accepts_nobody(make_dialer: MakeDialer) -> None:
    """A connection not accepted in time is proved unsent."""
    with socket.socket() as full, contextlib.ExitStack() as fillers:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):
            filler = fillers.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        dialer = make_dialer(f"http://127.0.0.1:{full.getsockname()[1]}", connect_seconds=0.3)
        outcome = await dialer.dial(order(), CREDENTIALS)
    assert summary(outcome) == (Unsent, Reason.CONNECT_TIMEOUT)


async def test_the_total_deadline_covers_connecting(make_dialer: MakeDialer) -> None:
    """A TLS server that never shakes hands: the total deadline ends it, proved unsent."""
    with RawServer(lambda conversation: conversation.say_nothing()) as server:
        dialer = make_dialer(server.url.replace("http:", "https:"), connect_seconds=60.0, total_seconds=0.3)
        outcome = await dialer.dial(order(), CREDENTIALS)
    assert summary(outcome) == (Unsent, Reason.CONNECT_TIMEOUT)


async def test_an_unknown_certificate_gets_no_request(make_dialer: MakeDialer, server_tls: ssl.SSLContext) -> None:
    """A certificate nobody vouches for: the handshake fails and not one byte of the request arrives."""
    with RawServer(after_request(response(200)), tls=server_tls) as server:
        outcome = await make_dialer(server.url).dial(order(), CREDENTIALS)
        assert summary(outcome) == (Unsent, Reason.TLS_FAILED)
        assert server.bytes_received == 0


async def test_a_server_that_does_not_speak_tls(make_dialer: MakeDialer) -> None:
    """Plain text where a handshake is expected is a failed handshake."""
    with RawServer(lambda conversation: conversation.send(b"HTTP/1.1 400 Bad\r\n\r\n")) as server:
        outcome = await make_dialer(server.url.replace("http:", "https:")).dial(order(), CREDENTIALS)
        assert summary(outcome) == (Unsent, Reason.TLS_FAILED)
        assert server.bytes_received == 0


async def test_tls_with_a_trusted_certificate(
    make_dialer: MakeDialer, server_tls: ssl.SSLContext, trusting_tls: ssl.SSLContext
) -> None:
    """Over good TLS a call is placed as over any connection."""
    with RawServer(after_request(response(200)), tls=server_tls) as server:
        outcome = await make_dialer(server.url, ssl_context=trusting_tls).dial(order(), CREDENTIALS)
        assert summary(outcome) == (Placed, 200)


async def test_garbage_inside_tls_is_uncertain(
    make_dialer: MakeDialer, server_tls: ssl.SSLContext, trusting_tls: ssl.SSLContext
) -> None:
    """A TLS stream that breaks after the request is like any lost connection."""

    def script(conversation: Conversation) -> None:
        conversation.read_request()
        socket.socket.sendall(conversation._sock, b"not a TLS record")

    with RawServer(script, tls=server_tls) as server:
        outcome = await make_dialer(server.url, ssl_context=trusting_tls).dial(order(), CREDENTIALS)
        assert summary(outcome) == (Uncertain, Reason.CONNECTION_LOST)


async def test_past_its_start_nothing_is_sent(make_dialer: MakeDialer) -> None:
    """An order that is too old does not even connect."""
    with RawServer(after_request(response(200))) as server:
        outcome = await make_dialer(server.url).dial(order(start_in=-0.001), CREDENTIALS)
        assert summary(outcome) == (Unsent, Reason.NOT_STARTED)
        assert server.connections == 0


async def test_too_old_once_connected_nothing_is_sent(make_dialer: MakeDialer) -> None:
    """The start is checked again with the first byte about to be written: connected, and still nothing sent."""
    readings = iter([0.0, 10.0])
    placing = order()
    with RawServer(after_request(response(200))) as server:
        dialer = make_dialer(server.url, monotonic=lambda: placing.start_by - 5 + next(readings))
        outcome = await dialer.dial(placing, CREDENTIALS)
        assert summary(outcome) == (Unsent, Reason.NOT_STARTED)
        eventually(lambda: server.connections == 1)
        assert server.bytes_received == 0


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


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(status: int, make_dialer: MakeDialer) -> None:
    """A redirect stops the account; nothing is sent to where it points."""
    with RawServer(after_request(response(200))) as elsewhere:
        redirect = response(status, b"", f"Location: {elsewhere.url}/login?next=secret")
        with RawServer(after_request(redirect)) as server:
            outcome = await make_dialer(server.url).dial(order(), CREDENTIALS)
        assert elsewhere.connections == 0
    assert isinstance(outcome, Unsent)
    assert outcome.stops_account
    assert "next=secret" not in outcome.detail


async def test_rate_limit_with_its_delay(make_dialer: MakeDialer) -> None:
    """429 is proved unsent and carries the delay the API asks for."""
    with RawServer(after_request(response(429, b"{}", "Retry-After: 17"))) as server:
        outcome = await make_dialer(server.url).dial(order(), CREDENTIALS)
    assert isinstance(outcome, Unsent)
    assert outcome.retry_after == timedelta(seconds=17)


@pytest.mark.parametrize("status", [200, 404, 500])
async def test_an_echoed_token_is_blotted_out(status: int, make_dialer: MakeDialer) -> None:
    """Whatever the API echoes, no outcome holds the token."""
    body = json.dumps({"detail": f"bad token {TOKEN} or {SECRET}"}).encode()
    with RawServer(after_request(response(status, body))) as server:
        outcome = await make_dialer(server.url).dial(order(), CREDENTIALS)
    assert SECRET not in repr(outcome)
    assert "[secret]" in repr(outcome)


async def test_cancelled_while_waiting_is_uncertain(make_dialer: MakeDialer) -> None:
    """Stopped after the request went out: the caller gets an honest Uncertain to record, and stays cancelled."""
    with RawServer(silence) as server:
        dialer = make_dialer(server.url, read_seconds=30.0, total_seconds=30.0)
        outcome = await cancelled_when(dialer.dial(order(), CREDENTIALS), lambda: server.bytes_received > 0)
    assert summary(outcome) == (Uncertain, Reason.INTERRUPTED)


async def test_cancelled_before_the_first_byte_is_unsent(make_dialer: MakeDialer) -> None:
    """Stopped while still shaking hands: proved unsent."""
    with RawServer(lambda conversation: conversation.say_nothing()) as server:
        dialer = make_dialer(server.url.replace("http:", "https:"), connect_seconds=30.0, total_seconds=30.0)
        outcome = await cancelled_when(dialer.dial(order(), CREDENTIALS), lambda: server.connections > 0)
    assert summary(outcome) == (Unsent, Reason.LEASE_LOST)


async def cancelled_when(dialling: object, condition: Callable[[], bool]) -> Outcome:
    """Run a dial, cancel it when `condition` holds, and return the outcome it leaves behind."""
    left: list[Outcome] = []

    async def run() -> None:
        try:
            await dialling  # type: ignore[misc] # a coroutine of dial
        except DialInterrupted as stop:
            left.append(stop.outcome)
            raise

    async def holds() -> bool:
        return condition()

    task = asyncio.create_task(run())
    await soon(holds)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert task.cancelled()
    return left[0]


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


@pytest.mark.parametrize("operation", ["resolve_contact", "probe"])
async def test_other_requests_are_cancelled_plainly(operation: str, make_dialer: MakeDialer) -> None:
    """Repeating these is safe, so cancelling them just cancels."""
    with RawServer(silence) as server:
        dialer = make_dialer(server.url, read_seconds=30.0, total_seconds=30.0)
        asking = {
            "resolve_contact": dialer.resolve_contact(ContactFields(phone="+14155550100"), CREDENTIALS)
            if operation == "resolve_contact"
            else None,
            "probe": dialer.probe(CREDENTIALS) if operation == "probe" else None,
        }[operation]
        assert asking is not None
        task = asyncio.ensure_future(asking)

        async def sent() -> bool:
            return server.bytes_received > 0

        await soon(sent)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_no_token_goes_in_clear_to_another_machine(make_dialer: MakeDialer) -> None:
    """Plain http:// is for this machine, unless it is allowed by name."""
    with pytest.raises(ConfigInvalid, match="unencrypted"):
        make_dialer("http://api.example.com")
    make_dialer("http://sandbox:8090", allow_plain_http=True)
