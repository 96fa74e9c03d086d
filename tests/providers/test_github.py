"""GitHub: events of repositories."""

from hmac import digest
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from inbound import NOW, request_of, source_of

from gateway.errors import NotAuthentic, Unreadable
from gateway.model import Event, Person, Request
from gateway.reasons import Reason

SECRET = b"It's a Secret to Everybody"
SOURCE = source_of("github", secrets=(SECRET,))
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def signed(body: bytes, headers: dict[str, str] | None = None) -> Request:
    """A request signed here as the documentation says."""
    signature = "sha256=" + digest(SECRET, body, "sha256").hex()
    return request_of(body, {"X-Hub-Signature-256": signature, **(headers or {})})


def event_of(request: Request) -> Event:
    """The one event of a request that passes."""
    assert SOURCE.provider.authenticate(request, SOURCE, NOW) == "github, secret 1 of 1"
    (event,) = SOURCE.provider.split(SOURCE.provider.decode(request, SOURCE), request, SOURCE)
    return event


@pytest.mark.parametrize(
    ("name", "payload", "kind"),
    [
        ("issues", {"action": "opened"}, "issues.opened"),
        ("push", {"ref": "refs/heads/main"}, "push"),
        ("", {"action": "opened"}, "opened"),
        ("push", [], "push"),
    ],
)
def test_the_headers_say_what_happened(name: str, payload: Any, kind: str) -> None:
    """With the action of the payload, where there is one."""
    headers = {"X-GitHub-Event": name, "X-GitHub-Delivery": "d-1"} if name else {}
    event = event_of(signed(orjson.dumps(payload), headers))
    assert (event.type, event.key) == (kind, ("d-1",) if name else None)
    assert event.never_rings is None


def test_a_form_holds_the_same_json() -> None:
    """The other content type a webhook can be given."""
    request = signed(urlencode({"payload": '{"action":"opened"}'}).encode(), FORM)
    assert event_of(request).payload == {"action": "opened"}
    with pytest.raises(Unreadable):
        event_of(signed(b"other=1", FORM))


@pytest.mark.parametrize(
    ("payload", "person"),
    [
        (
            {"client_payload": {"phone": 12125550101, "name": "Ana Pérez"}},
            Person(phone="12125550101", first_name="Ana", last_name="Pérez"),
        ),
        ({"inputs": {"Phone": "+1"}}, Person(phone="+1")),
        ({"inputs": None, "client_payload": [], "sender": {"name": "x", "phone": "+1"}}, Person()),
    ],
)
def test_only_a_dispatch_names_a_person(payload: dict[str, Any], person: Person) -> None:
    """Whoever acts on GitHub is nobody to ring."""
    assert event_of(signed(orjson.dumps(payload))).person == person


def test_a_ping_never_rings() -> None:
    """By its header, which is not signed, or by what it is made of."""
    assert event_of(signed(b"{}", {"X-GitHub-Event": "ping"})).never_rings is Reason.HANDSHAKE
    assert event_of(signed(b'{"zen":"Keep it simple","hook":{}}')).never_rings is Reason.HANDSHAKE


def test_the_older_header_proves_nothing() -> None:
    """SHA-1 beside it is not looked at."""
    with pytest.raises(NotAuthentic):
        SOURCE.provider.authenticate(
            request_of(b"{}", {"X-Hub-Signature": "sha1=" + digest(SECRET, b"{}", "sha1").hex()}), SOURCE, NOW
        )
