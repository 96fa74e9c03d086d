"""Overload and a filling ledger: refused early, told once, and over by itself."""

import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from receiver import Receiver, running, settings_for
from redis import Redis
from waiting import eventually

from gateway.embedded import EmbeddedValkey
from gateway.ledger import Ledger
from gateway.web.admission import Admission
from gateway.web.metrics import Metrics
from gateway.web.watching import TELL_SECONDS, Told, look

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def valkey() -> Iterator[Redis]:
    """A Valkey whose memory may be bounded."""
    folder = Path(tempfile.mkdtemp(prefix="dg"))
    with EmbeddedValkey(folder) as server, Redis.from_url(server.url) as redis:
        yield redis
    shutil.rmtree(folder, ignore_errors=True)


def url_of(redis: Redis) -> str:
    """Its address."""
    return f"unix://{redis.connection_pool.connection_kwargs['path']}?db=0"


def bound(redis: Redis, part: float) -> None:
    """Bound its memory so that this part of it is used; 0 is no bound."""
    used = redis.info("memory")["used_memory"]
    redis.config_set("maxmemory", int(used / part) if part else 0)


def problems(site: Receiver) -> list[tuple[str, str]]:
    """What is not ready."""
    return [(one["name"], one["stops"]) for one in site.client.get("/readyz").json()["problems"]]


def test_a_nearly_full_ledger_takes_no_more_webhooks_but_everything_else(valkey: Redis) -> None:
    """What must hold: before Redis refuses writes, webhooks are refused, so that stops, the do-not-call list and
    outcomes still have room; the same delivery is taken once there is room.
    """
    with running(settings_for(url_of(valkey))) as site:
        assert site.lead(id="before").status_code == 200
        for number in range(60):
            valkey.set(f"ballast-{number}", bytes(1_000_000))
        bound(valkey, 0.97)
        answer = eventually(lambda: (found := site.lead(id="during")).status_code == 503 and found)
        assert answer.headers["retry-after"] == "2"
        assert problems(site) == [("redis_memory", "receiving")]
        assert site.client.get("/readyz?for=receiving").status_code == 503
        assert site.client.get("/healthz").status_code == 200
        assert site.api("POST", "/v1/stop", json={"reason": "test"}).status_code in {200, 201}
        assert site.api("POST", "/v1/do-not-call", json={"phone": "+14155550199"}).status_code in {200, 201}
        bound(valkey, 0)
        assert eventually(lambda: site.lead(id="during").status_code == 200)
        assert site.lead(id="before").json()["status"] == "duplicate"
        assert site.client.get("/readyz?for=receiving").status_code == 200


def test_a_full_ledger_writes_nothing_half(valkey: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """What must hold: a Redis out of memory answers 503 with Retry-After and leaves no trace of the delivery."""
    monkeypatch.setattr("gateway.web.watching.FULL", 1e9)  # only Redis itself refuses
    with running(settings_for(url_of(valkey))) as site:
        assert site.lead(id="before").status_code == 200
        before = {key: valkey.dump(key) for key in valkey.keys("dialgate:*") if b"alert" not in key}
        bound(valkey, 2.0)
        for number in range(20):
            answer = site.lead(id=f"during-{number}")
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert site.client.get("/healthz").status_code == 200
        bound(valkey, 0)
        after = {key: valkey.dump(key) for key in valkey.keys("dialgate:*") if b"alert" not in key}
        assert after == before
        assert site.lead(id="during-0").json()["status"] == "accepted"
        assert site.api("GET", "/v1/audit").json()["broken"] == []


@pytest.mark.anyio
@pytest.mark.parametrize("why", ["", "this receiver's clock is 45 s ahead of Redis's"])
async def test_it_is_told_why_deliveries_are_turned_away(ledger: Ledger, why: str) -> None:
    """What must hold: a crowd is blamed only where there is one: whoever reads it adds receivers."""
    front: Any = SimpleNamespace(admission=Admission(), ledger=ledger, metrics=Metrics(), now=lambda: NOON)
    front.admission.astray = why
    front.admission.refused["any"] += 3
    await look(front, Told())
    [told] = await ledger.alerts.listed()
    assert (told.kind, told.detail.rpartition(": ")[2]) == ("overloaded", why or "too many at once")


@pytest.mark.anyio
async def test_what_was_turned_away_is_told_once_in_a_while(ledger: Ledger) -> None:
    """What must hold: one line and one alert for however many, and the alert ends when nobody is turned away."""
    now = [NOON]
    front: Any = SimpleNamespace(admission=Admission(), ledger=ledger, metrics=Metrics(), now=lambda: now[0])
    with structlog.testing.capture_logs() as lines:
        told = await look(front, Told())
        front.admission.refused["too many"] += 1000
        for _ in range(2 * int(TELL_SECONDS)):
            now[0] += timedelta(seconds=1)
            told = await look(front, told)
            if [one.kind for one in await ledger.alerts.listed()]:
                break
        assert [one.kind for one in await ledger.alerts.listed()] == ["overloaded"]
        for _ in range(2 * int(TELL_SECONDS)):
            now[0] += timedelta(seconds=1)
            told = await look(front, told)
        assert await ledger.alerts.listed() == ()
    assert [(line["event"], line["turned_away"]) for line in lines] == [("overloaded", 1000)]
