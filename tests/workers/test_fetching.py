"""Fetching records: what is asked, how often, and what is never followed or reached."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from crm import CONTACT, Answer, Crm, crm_on_a_thread

from gateway.lookup import Fetched, Lookup, Unfetched
from gateway.model import Person
from workers.fetching import MAX_BODY_BYTES, RecordFetcher
from workers.pinned import resolve

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def crm() -> Iterator[Crm]:
    """A CRM that knows one contact."""
    with crm_on_a_thread() as running:
        yield running


def lookup(crm: Crm, **changes: object) -> Lookup:
    """A fetch from this CRM."""
    return replace(
        Lookup(
            origin=crm.url,
            address=lambda _: None,
            read=lambda _: {},
            person=lambda _: Person(),
            headers=(("Authorization", "Bearer very-secret-token"),),
        ),
        **changes,  # type: ignore[arg-type] # fields of the record, given by name
    )


def fetcher(**changes: object) -> RecordFetcher:
    """A fetcher that may ask this machine, at noon."""
    return RecordFetcher(**({"allow_private": True, "now": lambda: NOW} | changes))  # type: ignore[arg-type] # by name


async def fetch(crm: Crm, by: RecordFetcher | None = None, *, since: datetime = NOW) -> Fetched | Unfetched:
    """One fetch of the contact."""
    return await (by or fetcher()).fetch(lookup(crm), f"{crm.url}/contacts/1801", not_before=since)


async def test_the_record_is_fetched_with_the_secret_header(crm: Crm) -> None:
    """The answer's JSON comes back; the header went along, and compression was not asked for."""
    assert await fetch(crm) == Fetched(answer=CONTACT)
    [(path, headers)] = crm.asked
    assert path == "/contacts/1801"
    assert (headers["authorization"], headers["accept-encoding"]) == ("Bearer very-secret-token", "identity")
    assert "very-secret-token" not in repr(lookup(crm))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(status=500), Unfetched(error="HTTP 500", again=True)),
        (
            Answer(status=503, headers={"Retry-After": "7"}),
            Unfetched(error="HTTP 503", again=True, after=timedelta(seconds=7)),
        ),
        (Answer(status=404), Unfetched(error="HTTP 404: there is no such record", missing=True)),
        (Answer(status=401), Unfetched(error="HTTP 401: refused; check the token's rights")),
        (Answer(body=b"<html>"), Unfetched(error="the answer is not JSON")),
        (
            Answer(headers={"Content-Encoding": "gzip"}),
            Unfetched(error="the answer is compressed although that was not asked for"),
        ),
        (
            Answer(body=b" " * (MAX_BODY_BYTES + 1)),
            Unfetched(error=f"the answer is larger than {MAX_BODY_BYTES} bytes"),
        ),
    ],
)
async def test_every_answer_has_its_meaning(crm: Crm, answer: Answer, expected: Unfetched) -> None:
    """Faults of the other side are worth another try, what is refused or senseless is not; bodies are bounded."""
    crm.answers = [answer]
    assert await fetch(crm) == expected


async def test_a_redirect_is_not_followed(crm: Crm) -> None:
    """The token never travels to where an answer points."""
    crm.answers = [Answer(status=302, headers={"Location": f"{crm.url}/elsewhere"})]
    assert await fetch(crm) == Unfetched(error="HTTP 302: a redirect, which is not followed")
    assert crm.paths == ["/contacts/1801"]


async def test_a_pause_is_kept(crm: Crm) -> None:
    """After a 429 the host is not asked again until the time it gave."""
    crm.answers = [Answer(status=429, headers={"Retry-After": "30"}), Answer()]
    clock = [NOW]
    by = fetcher(now=lambda: clock[0])
    for _ in range(2):
        said = await fetch(crm, by)
        assert isinstance(said, Unfetched)
        assert (said.again, said.after) == (True, timedelta(seconds=30))
    assert len(crm.asked) == 1
    clock[0] += timedelta(seconds=31)
    assert isinstance(await fetch(crm, by), Fetched)


async def test_silence_ends(crm: Crm) -> None:
    """A host that never answers is given up after the time there is, to be tried again."""
    crm.answers = [Answer(hangs=True)]
    assert await fetch(crm, fetcher(total_seconds=0.2)) == Unfetched(error="no answer: TimeoutError", again=True)


async def test_nobody_there(crm: Crm) -> None:
    """A refused connection is tried again."""
    gone = replace(crm, url="http://127.0.0.1:1")
    said = await fetch(gone)
    assert said == Unfetched(error="no answer: ConnectError", again=True)


async def test_one_record_is_fetched_once_for_all_who_want_it(crm: Crm) -> None:
    """Ten at once ask once; an event that came after the fetch asks anew, and so does one after the freshness."""
    clock = [NOW]
    by = fetcher(now=lambda: clock[0])
    await asyncio.gather(*(fetch(crm, by) for _ in range(10)))
    assert len(crm.asked) == 1
    await fetch(crm, by, since=NOW + timedelta(milliseconds=1))
    assert len(crm.asked) == 2
    clock[0] += timedelta(minutes=2)
    await fetch(crm, by)
    assert len(crm.asked) == 3


async def test_only_the_configured_host_is_asked(crm: Crm) -> None:
    """An address that leads elsewhere is refused before anything is resolved."""
    said = await fetcher().fetch(lookup(crm, origin="https://api.example.com"), f"{crm.url}/x", not_before=NOW)
    assert said == Unfetched(error="the address leads away from the configured host")
    assert crm.asked == []


async def test_plain_http_and_private_addresses_need_the_setting(crm: Crm) -> None:
    """Without it http is refused, and an https name that resolves to this machine too."""
    strict = fetcher(allow_private=False)
    assert await fetch(crm, strict) == Unfetched(error="plain http is not allowed")
    port = crm.url.rpartition(":")[2]
    inside = replace(crm, url=f"https://localhost:{port}")
    said = await fetch(inside, strict)
    assert isinstance(said, Unfetched)
    assert "not public" in said.error
    assert not said.again
    assert crm.asked == []


async def test_the_checked_address_is_the_one_connected_to(crm: Crm) -> None:
    """A name is resolved once a connection: what a second answer of its DNS would say does not matter."""
    looked: list[str] = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        looked.append(host)
        return ["127.0.0.1"] if len(looked) == 1 else ["192.0.2.1"]

    port = crm.url.rpartition(":")[2]
    named = replace(crm, url=f"http://crm.example:{port}")
    assert isinstance(await fetch(named, fetcher(resolver=rebinding)), Fetched)
    assert looked == ["crm.example"]
    assert crm.asked[0][1]["host"] == f"crm.example:{port}"


async def test_one_private_address_among_public_ones_is_refused(crm: Crm) -> None:
    """A host is judged by every address it has."""

    async def mixed(host: str, port: int) -> Sequence[str]:
        return ["93.184.215.14", "10.0.0.1"]

    named = replace(crm, url="https://crm.example")
    said = await fetch(named, fetcher(allow_private=False, resolver=mixed))
    assert isinstance(said, Unfetched)
    assert "not public" in said.error


async def test_the_system_resolves() -> None:
    """The resolver in use gives addresses, each once."""
    assert "127.0.0.1" in await resolve("localhost", 443)
