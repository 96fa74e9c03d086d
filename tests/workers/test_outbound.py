"""Whatever asks an address of the configuration reaches the public internet alone, unless a setting allows more.

Enrichment, notifications and do-not-call checks ask. Each must hold the same, whoever rules the DNS of the host.
"""

import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from crm import Answer as Given
from crm import Crm, crm_on_a_thread

from gateway.external_check import Check, Reading
from gateway.lookup import Lookup
from gateway.model import Person
from gateway.rules.endpoints import Endpoint
from workers.checker import HttpChecker
from workers.fetching import RecordFetcher
from workers.pinned import Resolver
from workers.posting import Poster

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 23, 17, tzinfo=UTC)
Asks = Callable[[str, bool, Resolver], Awaitable[str]]


async def enrichment(origin: str, private: bool, resolver: Resolver) -> str:
    """Fetch a record of this origin; what is said of it."""
    fetcher = RecordFetcher(allow_private=private, now=lambda: NOW, resolver=resolver)
    lookup = Lookup(origin=origin, address=lambda _: None, read=lambda _: {}, person=lambda _: Person())
    return str(await fetcher.fetch(lookup, f"{origin}/contacts/1", not_before=NOW))


async def notification(origin: str, private: bool, resolver: Resolver) -> str:
    """Post a message to this origin; what is said of it."""
    poster = Poster(allow_private=private, now=lambda: NOW, resolver=resolver)
    endpoint = Endpoint(name="crm", url=f"{origin}/in", origin=origin, keys=(), headers=(), full_phone=False)
    return str(await poster.post(endpoint, (), b"{}"))


async def check(origin: str, private: bool, resolver: Resolver) -> str:
    """Ask a do-not-call check of this origin; what is said of it."""
    checker = HttpChecker(allow_private=private, now=lambda: NOW, resolver=resolver)
    reading = Reading(path="status", listed=frozenset({"listed"}), clear=frozenset({"clear"}))
    asked = Check(
        name="registry",
        version="1",
        method="GET",
        origin=origin,
        address=f"{origin}/lookup?p={{phone}}",
        reading=reading,
        timeout=timedelta(seconds=5),
        needs=frozenset({"phone"}),
    )
    return str(await checker.ask(asked, {"phone": "+12122000001"}))


ASKING: dict[str, Asks] = {"enrichment": enrichment, "notification": notification, "check": check}
SETTINGS = {"enrichment": "ENRICH", "notification": "NOTIFY", "check": "CHECK"}
each = pytest.mark.parametrize("what", list(ASKING))


def told(*addresses: str) -> Resolver:
    """A DNS that gives these addresses for every name."""

    async def resolver(host: str, port: int) -> Sequence[str]:
        del host, port
        return addresses

    return resolver


@pytest.fixture
def inside() -> Iterator[Crm]:
    """A server on this machine that no stranger's name may lead to."""
    with crm_on_a_thread() as running:
        yield running


@each
@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "::1", "10.0.0.7", "192.168.1.1", "169.254.169.254", "fe80::1", "fd00:ec2::254", "::ffff:127.0.0.1"],
)
async def test_a_name_that_leads_inside_is_refused(what: str, address: str) -> None:
    """This machine, the network behind it and a cloud's metadata are not asked, and the refusal names the setting."""
    said = await ASKING[what]("https://crm.example", False, told("93.184.215.14", address))
    assert "not public" in said
    assert f"DIALGATE_{SETTINGS[what]}_PRIVATE" in said


@each
@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "[::1]", "[::ffff:7f00:1]", "localhost"])
async def test_no_spelling_of_this_machine_passes(what: str, host: str) -> None:
    """Whatever the system takes for an address is judged as that address."""

    async def system(name: str, port: int) -> Sequence[str]:
        plain = name.strip("[]")
        return [str(entry[4][0]) for entry in socket.getaddrinfo(plain, port, type=socket.SOCK_STREAM)]

    assert "not public" in await ASKING[what](f"https://{host}", False, system)


@each
async def test_an_answer_of_the_dns_that_changes_changes_nothing(what: str, inside: Crm) -> None:
    """A name is resolved once, and what was looked at is connected to: nothing leads a second look to this machine."""
    looks: list[str] = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        del port
        looks.append(host)
        return ["127.0.0.1"] if len(looks) == 1 else ["192.0.2.1"]

    port = inside.url.rpartition(":")[2]
    await ASKING[what](f"http://crm.example:{port}", True, rebinding)
    assert (looks, len(inside.asked)) == (["crm.example"], 1)


@each
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(what: str, inside: Crm, status: int) -> None:
    """A public host that points inside would be believed otherwise."""
    with closing(socket.create_server(("127.0.0.1", 0))) as secret:
        secret.setblocking(False)
        target = f"http://127.0.0.1:{secret.getsockname()[1]}/latest/meta-data"
        inside.answers = [Given(status=status, headers={"Location": target})]
        said = await ASKING[what](inside.url, True, told("127.0.0.1"))
        with pytest.raises(BlockingIOError):
            secret.accept()
    assert "redirect" in said
    assert len(inside.asked) == 1


@each
async def test_plain_http_needs_the_setting(what: str, inside: Crm) -> None:
    """What is asked, and the secret it is asked with, travels unread."""
    assert "plain http is not allowed" in await ASKING[what](inside.url, False, told("127.0.0.1"))
    assert inside.asked == []
