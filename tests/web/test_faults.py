"""When something breaks: senders are told to try again, nothing acknowledged is lost, and nothing is a 500."""

import json
import random
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from receiver import BEARER, PHONE, SITE, Receiver, running, settings_for, signed
from redis import Redis
from waiting import eventually

from gateway.embedded import EmbeddedValkey
from gateway.errors import ConfigInvalid
from gateway.ledger.connection import Connection
from gateway.opening import wait_for_ledger


@pytest.fixture
def own_valkey() -> Iterator[EmbeddedValkey]:
    """A Valkey that may be stopped."""
    folder = Path(tempfile.mkdtemp(prefix="dg"))
    with EmbeddedValkey(folder) as server:
        yield server
    shutil.rmtree(folder, ignore_errors=True)


def test_redis_gone_and_back(own_valkey: EmbeddedValkey) -> None:
    """What must hold: while Redis is away senders hear 503 with Retry-After; back again, the same event is taken."""
    with running(settings_for(own_valkey.url)) as site:
        assert site.lead(id="before").status_code == 200
        own_valkey.kill()
        answer = site.lead(id="during")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        form = {"Origin": "https://shop.example.com", "Content-Type": "application/x-www-form-urlencoded"}
        answer = site.post("/hooks/form", b"phone=1", form)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        for path in ("/v1/calls", "/v1/audit", "/v1/calls/ca_1"):
            answer = site.api("GET", path)
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        ready = site.client.get("/readyz")
        assert (ready.status_code, ready.json()["problems"][0]["name"]) == (503, "redis")
        assert site.client.get("/healthz").status_code == 200
        assert "dialgate_deliveries" in site.api("GET", "/metrics").text
        own_valkey.start()
        assert eventually(lambda: site.lead(id="during").status_code == 200)
        assert site.lead(id="before").json()["status"] == "duplicate"


def test_a_wake_up_that_cannot_be_queued_loses_nothing(own_valkey: EmbeddedValkey) -> None:
    """What must hold: a failing queue is counted, and the lead is answered 2xx all the same: the ledger has it."""
    with running(settings_for(own_valkey.url)) as site:
        redis = Redis.from_url(own_valkey.url)
        redis.set("rq:queue:dialgate-dial", "not a list")
        redis.close()
        assert site.lead().json()["status"] == "accepted"
        assert eventually(lambda: "dialgate_wakes_failed_total 1.0" in site.api("GET", "/metrics").text)


def test_a_provider_that_breaks_is_not_a_500(own_valkey: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch) -> None:
    """What must hold: an exception nobody expected is answered 503 with Retry-After, counted, and told by its place."""
    with running(settings_for(own_valkey.url)) as site:
        intake = type(site.front.ledger.intake)
        monkeypatch.setattr(intake, "accept", lambda *_, **__: 1 / 0)
        answer = site.lead()
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        answer = site.api("POST", "/v1/calls", json={"from": "east", "contactId": "c1"})
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert "dialgate_unexpected_errors_total 2.0" in site.api("GET", "/metrics").text


def test_an_answer_that_breaks_after_the_ledger_is_still_a_success(
    own_valkey: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What must hold: once a lead is stored its sender hears 2xx, even if the provider's own answer cannot be made."""
    with running(settings_for(own_valkey.url)) as site:
        reads = type(site.front.ledger.reads)
        monkeypatch.setattr(reads, "event", lambda *_: 1 / 0)
        headers = {"Origin": "https://shop.example.com", "Content-Type": "application/json"}
        answer = site.post("/hooks/form", b"{", headers)
        assert (answer.status_code, answer.json()["status"]) == (200, "failed")


def test_a_bad_new_file_is_told_and_the_old_rules_stay(own_valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """What must hold: a broken file on disk shows in /readyz, the metrics and the log, and webhooks are taken by the
    old rules; that a good one took over stands in the log too, also where it holds trouble only.
    """
    config = tmp_path / "site.yaml"
    config.write_text(SITE.read_text())
    with structlog.testing.capture_logs() as lines, running(settings_for(own_valkey.url, config=config)) as site:
        config.write_text("rules: [{nonsense: 1}]\n")
        ready = eventually(lambda: (found := site.client.get("/readyz")).status_code == 503 and found)
        assert [problem["name"] for problem in ready.json()["problems"]] == ["configuration"]
        assert site.client.get("/readyz?for=receiving").status_code == 200
        assert site.lead().json()["status"] == "accepted"
        assert site.api("GET", "/v1/rules").json()["problem"]
        assert "dialgate_rulebook_stale 1.0" in site.api("GET", "/metrics").text
        config.write_text(SITE.read_text() + "\n# mended\n")
        assert eventually(lambda: site.client.get("/readyz").status_code == 200)
        assert eventually(lambda: [line for line in lines if line["event"] == "rulebook.reloaded"])
    told = [(line["event"], line["log_level"]) for line in lines if line["event"].startswith("rulebook.")]
    assert told == [("rulebook.bad_file", "error"), ("rulebook.reloaded", "warning")]


def test_a_reload_cannot_bring_in_a_shipped_secret(own_valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """What must hold: a source whose secret everybody knows stays shut while a real phone could ring."""
    config = tmp_path / "site.yaml"
    config.write_text(SITE.read_text())
    with running(settings_for(own_valkey.url, config=config)) as site:
        config.write_text(SITE.read_text().replace("test-bearer-secret-0002", "dialgate-demo-secret"))
        assert eventually(lambda: site.client.get("/readyz").status_code == 503)
        answer = site.post("/hooks/bearer", b"{}", {"Authorization": "Bearer dialgate-demo-secret"})
        assert answer.status_code == 401


@pytest.mark.anyio
async def test_a_redis_that_may_forget_is_refused(own_valkey: EmbeddedValkey) -> None:
    """What must hold: without an append-only file the receiver does not start, unless it was told only to warn."""
    redis = Redis.from_url(own_valkey.url)
    redis.config_set("appendonly", "no")
    redis.close()
    connection = Connection.open(own_valkey.url)
    with pytest.raises(ConfigInvalid, match="append-only"):
        await wait_for_ledger(connection, refuse=True)
    await wait_for_ledger(connection, refuse=False)
    await connection.close()


def _hostile(rng: random.Random) -> bytes:
    """One random request: methods, addresses, headers and bodies that nobody should send."""
    method = rng.choice([b"POST", b"GET", b"PUT", b"PATCH", b"HEAD", b"OPTIONS", b"DELETE", b"\x00", b"P OST"])
    path = rng.choice(
        [
            b"/hooks/signed", b"/hooks/bearer", b"/hooks/form", b"/hooks/hub", b"/hooks/%00", b"/hooks/%ff%fe", b"/",
            b"/v1/calls", b"/v1/calls/%00", b"/v1/events?since=%ff", b"/v1/calls?limit=-1", b"/metrics", b"//", b"*",
            b"/v1/calls?cursor=%00&contact=%ff", b"/docs?" + b"a" * 2000, b"http://x/hooks/form", b"/hooks/form/..%2f",
        ]
    )  # fmt: skip
    names = [
        b"X-Signature", b"X-Timestamp", b"Authorization", b"Origin", b"Content-Type", b"X-Forwarded-For", b"Host",
        b"X-HubSpot-Signature-v3", b"X-HubSpot-Request-Timestamp", b"Idempotency-Key", b"Content-Encoding", b"Referer",
        b"Access-Control-Request-Method", b"Sec-Fetch-Mode", b"Accept",
    ]  # fmt: skip
    values = [
        b"\xff\xfe\xe9", b"1e999", b"", b"Bearer test-api-key-0000", b"Bearer test-bearer-secret-0002", b"'\"<>{}",
        b"https://shop.example.com", b"application/json", b"multipart/form-data; boundary=", b"\xc3\x28", b"9" * 400,
        b"application/x-www-form-urlencoded; charset=utf-16", b"text/plain; charset=\xff", b"-1", b"text/html;q=x",
    ]  # fmt: skip
    bodies = [b"", b"{}", b"\x00\xff" * 50, b"{" * 500, b"a=%ff&b=%", b'{"phone":"\\u0000","id":{}}', b"--\r\n\r\n--"]
    lines = b"".join(rng.choice(names) + b": " + rng.choice(values) + b"\r\n" for _ in range(rng.randrange(6)))
    body = rng.choice(bodies)
    length = rng.choice([str(len(body)).encode()] * 6 + [b"-1", b"99999999999999999999", b"abc"])
    return method + b" " + path + b" HTTP/1.1\r\n" + lines + b"Content-Length: " + length + b"\r\n\r\n" + body


def test_random_requests_are_never_a_500(site: Receiver) -> None:
    """What must hold: whatever arrives, the answer is no 5xx but 503, and the receiver goes on working."""
    rng, seen = random.Random(20261122), set()
    for _ in range(500):
        with socket.create_connection(("127.0.0.1", site.port), timeout=20) as connection:
            connection.sendall(_hostile(rng))
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(65536)
        if answer:
            seen.add(int(answer.split(b" ", 2)[1]))
    assert {status for status in seen if status >= 500} <= {503}, seen
    assert {200, 401, 404, 405} <= seen
    body = json.dumps({"id": "after", "interest": "demo", "phone": PHONE}).encode()
    assert site.post("/hooks/signed", body, signed(body)).json()["status"] == "accepted"
    assert site.post("/hooks/bearer", body, BEARER).status_code == 200
