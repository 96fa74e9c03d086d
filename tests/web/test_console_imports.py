"""Files imported at the console, by HTTP alone: the background, the report, what is refused, and what goes wrong."""

import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from receiver import Receiver, running
from redis import Redis
from waiting import eventually
from web.visiting import PASSWORD, furnish, order, settings_in, signed_in

from gateway.embedded import EmbeddedValkey
from gateway.web.console.cookies import HOME
from gateway.web.console.uploads import FILE_BYTES

ENDED = ("Done", "Cancelled", "Interrupted")
PATIENCE = 120.0
MANY = 300_000  # lines that take seconds, whatever the machine


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration with a registry, a check and a viewer."""
    check = {"url": "https://dnc.example.com/?phone={phone}", "answer": {"path": "listed"}, "fresh_for": "24h"}
    lists = {"national": {"max_age": "31d"}}
    return furnish(tmp_path, do_not_call={"lists": lists, "checks": {"registry": check}})


@pytest.fixture
def place(folder: Path, valkey_url: str) -> Iterator[Receiver]:
    """A receiver that somebody has signed in to."""
    with running(settings_in(folder, valkey_url)) as receiver:
        yield signed_in(receiver)


def import_file(place: Receiver, content: str | bytes, name: str = "people.csv", **form: str) -> str:
    """A file given to the console; the address of its import."""
    raw = content.encode() if isinstance(content, str) else content
    answer = order(place, "/do-not-call/import", {"file": (name, raw)}, **form)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def ended(place: Receiver, address: str) -> str:
    """The text of the import's page when it has ended."""

    def look() -> str:
        text = place.client.get(address).text
        return text if any(f"{word}</span>" in text for word in ENDED) else ""

    return eventually(look, seconds=PATIENCE, message="the import ends")


def people(count: int) -> str:
    """A file of so many phones."""
    return "phone\n" + "".join(f"+1415{2_000_000 + number}\n" for number in range(count))


def listed(place: Receiver) -> int:
    """How many are on the list."""
    return int(place.api("GET", "/v1/do-not-call/status").json()["entries"])


def test_a_file_is_imported_and_its_bad_lines_are_named(place: Receiver) -> None:
    """Good lines are listed by who imported, bad ones are reported by line and column, and it is kept who did it."""
    text = "name,phone,email\nAda,(415) 555-0141,ada@example.com\nBob,nonsense,\nEve,,eve\n,,\nZoe,4155550142,\n"
    address = import_file(place, text, "people of +14155550199.csv", region="us")
    page = ended(place, address)
    assert "3 added, 0 listed already, 2 bad lines" in page
    assert re.findall(r'href="([^"]+)" aria-current="page"', page) == [f"{HOME}/do-not-call"]
    assert re.findall(r'<td class="number">(\d+)</td><td>([^<]+)</td>', page) == [("3", "2, phone"), ("4", "3, email")]
    report = place.client.get(f"{address}/bad.csv")
    assert report.headers["content-disposition"] == 'attachment; filename="dialgate-bad-lines.csv"'
    assert [line.split(",")[:3] for line in report.text.split()[:1]] == [["line", "column", "holds"]]
    audit = place.client.get(f"{HOME}/audit").text
    assert "do_not_call.import_begun" in audit
    assert "done: 6 of 6 lines, 3 new, 0 known, 2 bad lines" in audit
    assert "5550199" not in page + audit + place.client.get(f"{HOME}/do-not-call").text
    [entry] = place.api("GET", "/v1/do-not-call?phone=%2B14155550141").json()["items"]
    assert (entry["by"], entry["source"]) == ("key holder", "import")


def test_importing_twice_is_harmless(place: Receiver) -> None:
    """The second time everybody is listed already."""
    assert "500 added" in ended(place, import_file(place, people(500)))
    assert "0 added, 500 listed already, no bad line" in ended(place, import_file(place, people(500)))
    assert listed(place) == 500


@pytest.mark.parametrize("multipart", [True, False])
def test_lines_may_be_pasted(place: Receiver, multipart: bool) -> None:
    """With no file chosen, whichever way the form comes."""
    files = {"file": ("", b"")} if multipart else None
    answer = order(place, "/do-not-call/import", files, csv="phone\r\n+14155550143\r\n")
    assert "1 added" in ended(place, answer.headers["location"])


@pytest.mark.parametrize(
    ("content", "form", "said"),
    [
        (b"", {}, "Choose a file"),
        (b"PK\x03\x04 a workbook", {}, "save the sheet as CSV"),
        (b"name\nAda", {}, "The first line must name its columns"),
        (b"phone\n+14155550143", {"region": "XX"}, "no such country"),
        (b"phone\n+14155550143", {"registry": "none"}, "No registry of this name"),
        (b"phone\n+14155550143", {"as_of": "2999-01-01T00:00"}, "still to come"),
        (b"phone\n+14155550143", {"as_of": "tomorrow"}, "Write an instant"),
        (b"phone\n" + b"x" * FILE_BYTES, {}, "over 20 MB"),
        (b"phone\n" + b"x" * (FILE_BYTES + 9_000_000), {}, "over 20 MB"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_cannot_be_meant_is_refused(place: Receiver, content: bytes, form: dict[str, str], said: str) -> None:
    """With words, before anything is begun; also a file that is far too large."""
    answer = order(place, "/do-not-call/import", {"file": ("people.csv", content)}, **form)
    assert answer.status_code in {413, 422}
    assert said in answer.text
    assert "Imports</h2>" not in place.client.get(f"{HOME}/do-not-call").text


@pytest.mark.parametrize("body", [b"", b"--x\r\nbroken", b"--x\r\nContent-Disposition: form-data\r\n\r\n\r\n--x--\r\n"])
def test_a_broken_form_is_refused(place: Receiver, body: bytes) -> None:
    """Never a fault of ours."""
    headers = {"Origin": place.url, "Content-Type": "multipart/form-data; boundary=x"}
    answer = place.client.post(f"{HOME}/do-not-call/import", content=body, headers=headers)
    assert answer.status_code in {403, 422}


def test_a_viewer_imports_and_cancels_nothing(place: Receiver) -> None:
    """But may look how far one is."""
    address = import_file(place, "phone\n+14155550144\n")
    ended(place, address)
    signed_in(place, "victor", PASSWORD)
    assert order(place, "/do-not-call/import", {"file": ("x.csv", b"phone\n+14155550145")}).status_code == 403
    assert order(place, address.removeprefix(HOME) + "/cancel").status_code == 403
    assert "1 added" in place.client.get(address).text
    assert listed(place) == 1


def test_any_receiver_shows_and_cancels_it(place: Receiver, folder: Path, valkey_url: str) -> None:
    """Behind one port with others: progress moves where the file is not, and a cancel there ends it; who is listed
    stays listed."""
    address = import_file(place, people(MANY))
    with running(settings_in(folder, valkey_url)) as other:
        other.client.cookies = place.client.cookies
        part = f"{address}/progress"
        first = eventually(lambda: re.search(r'value="([1-9]\d*)"', other.client.get(part).text), seconds=PATIENCE)
        assert 'id="cancel"' in other.client.get(part).text
        eventually(lambda: f'value="{first[1]}"' not in other.client.get(part).text, seconds=PATIENCE)
        assert order(other, address.removeprefix(HOME) + "/cancel").status_code == 303
        page = ended(other, address)
        assert "Cancelled</span>" in page
        assert other.client.get(part).status_code == 286
    eventually(lambda: not place.front.importer.reading, seconds=PATIENCE, message="the reading ends, too")
    assert 0 < listed(place) < MANY
    assert f"{listed(place):,} added" in place.client.get(address).text
    assert "cancelled: " in place.client.get(f"{HOME}/audit").text


def test_a_receiver_that_stops_says_so(folder: Path, valkey_url: str) -> None:
    """An import is not left looking as if it went on."""
    with running(settings_in(folder, valkey_url)) as receiver:
        address = import_file(signed_in(receiver), people(MANY))
        eventually(lambda: listed(receiver) > 0, seconds=PATIENCE)
    with running(settings_in(folder, valkey_url)) as receiver:
        text = signed_in(receiver).client.get(address).text
        assert "Interrupted</span>" in text
        assert "the receiver that read it was stopped" in text
        assert "Choose the file again" in text


def test_a_receiver_that_was_killed_is_told_by_its_silence(place: Receiver) -> None:
    """After a minute without a step the page says that nobody reads it any more, and asks no further."""
    ended(place, import_file(place, "phone\n+14155550146\n"))
    redis = Redis.from_url(place.front.settings.redis_url.get_secret_value())
    [name] = redis.zrange("dialgate:do_not_call:imports", 0, -1)
    long_ago = round((datetime.now(UTC) - timedelta(minutes=2)).timestamp() * 1000)
    redis.hset(f"dialgate:do_not_call:import:{name.decode()}", mapping={"state": "RUNNING", "updated_at": long_ago})
    redis.close()
    part = place.client.get(f"{HOME}/do-not-call/imports/{name.decode()}/progress")
    assert part.status_code == 286
    assert "the receiver that read the file is gone" in part.text


def test_a_registry_is_marked_only_by_a_whole_file(place: Receiver) -> None:
    """It counts as scrubbed as of when the file was, once every line was read; with a bad line it does not."""
    bad = ended(place, import_file(place, "phone\nno\n", registry="national", as_of="2026-01-02T03:04"))
    assert "national does not count as scrubbed" in bad
    [before] = place.api("GET", "/v1/do-not-call/status").json()["registries"]
    assert before["scrubbedAt"] is None
    good = ended(place, import_file(place, people(2), registry="national", as_of="2026-01-02T03:04"))
    assert "national counts as scrubbed as of 2026-01-02 03:04 UTC" in good
    [after] = place.api("GET", "/v1/do-not-call/status").json()["registries"]
    assert (after["scrubbedAt"], after["by"]) == ("2026-01-02T03:04:00Z", "key holder")


def test_it_outlives_an_outage_of_redis(folder: Path) -> None:
    """Redis gone and back in the middle: everybody is listed and counted once."""
    with (
        tempfile.TemporaryDirectory(prefix="dg") as data,
        EmbeddedValkey(Path(data)) as valkey,
        running(settings_in(folder, valkey.url)) as receiver,
    ):
        address = import_file(signed_in(receiver), people(4000))
        eventually(lambda: listed(receiver) > 0, seconds=PATIENCE)
        valkey.kill()
        valkey.start()
        eventually(lambda: receiver.client.get(address).status_code == 200, seconds=PATIENCE)
        assert "4,000 added, 0 listed already, no bad line" in ended(receiver, address)
        assert listed(receiver) == 4000


def test_the_page_says_how_each_check_last_answered(place: Receiver) -> None:
    """Not asked yet, no answer and why, or an answer; and for how long an answer is good."""

    def told() -> str:
        return place.client.get(f"{HOME}/do-not-call").text

    assert "not asked yet" in told()
    assert "an answer is good for 1 d" in told()
    redis = Redis.from_url(place.front.settings.redis_url.get_secret_value())
    redis.hset("dialgate:checks:failed", "registry", "1760000000000 HTTP 500")
    assert "no answer</span>" in told()
    assert "HTTP 500. Whom it is asked about is not rung." in told()
    redis.hset("dialgate:checks:answered", "registry", "1760000001000")
    redis.close()
    assert "answers</span>" in told()
    assert "HTTP 500" not in told()
