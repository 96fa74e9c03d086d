"""From a thin event to the right phone: a real CRM, a real ledger, the real loop and process."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from crm import Answer, Crm, crm_on_a_thread
from floor import Floor, only_dialgate, output_of
from receiver import PHONE, running, settings_for
from redis import Redis
from waiting import soon

from gateway.call_queue import ENRICH_QUEUE, CallQueue, EnrichQueue
from gateway.ledger.records import EventFilter, EventRecord
from gateway.model import ContactFields, EventState
from gateway.parts import Enricher
from gateway.reasons import Reason
from gateway.replaying import ReplayOrder, replay
from workers.clock import system_now
from workers.enriching import EnrichingLoop, enricher_for
from workers.jobs import enrich
from workers.runtime import ringer_for
from workers.sweeper import Sweeper

pytestmark = pytest.mark.anyio
SECRET, TOKEN = "a-long-enough-secret", "very-secret-crm-token"
CONFIG = """
accounts: {main: {token: ""}}
numbers: {east: {id: pn_east, account: main, pace: {}}}
sources:
  crm:
    provider: generic
    secrets: [a-long-enough-secret]
    authentication: [{bearer: true}]
    event_id: id
    person: {contact_id: contact}
    enrich: {preset: hubspot_contact, origin: "%s", token: very-secret-crm-token, retry_for: 1m}
rules:
  - name: known
    when: record.?lastname.orValue("") == "Lee"
    call: {from: east, contact: {phone: person.phone, first_name: person.first_name}}
    hours: always
"""


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that moves time moves it for our clock only: Redis's stays where it is."""
    monkeypatch.setattr("gateway.ledger.timekeeping.TOLERANCE", timedelta.max)


@pytest.fixture
def crm() -> Iterator[Crm]:
    """A CRM that knows one contact."""
    with crm_on_a_thread() as there:
        yield there


@pytest.fixture
def thin(floor: Floor, crm: Crm) -> Floor:
    """A floor whose source enriches from the CRM."""
    Path(floor.environ["DIALGATE_CONFIG"]).write_text(CONFIG.replace('token: ""', 'token: "${TOKEN:-}"') % crm.url)
    floor.environ["DIALGATE_ENRICH_PRIVATE"] = "true"
    return floor


@pytest.fixture
async def enricher(thin: Floor) -> AsyncIterator[Enricher]:
    """Parts as the enriching worker has them, without jitter."""
    async with enricher_for(thin.environment) as built:
        yield replace(built, jitter=lambda: 1.0)


def post(floor: Floor, *events: dict[str, Any]) -> None:
    """Deliver thin events to a real receiver."""
    settings = settings_for(
        floor.environ["DIALGATE_REDIS_URL"],
        config=floor.environ["DIALGATE_CONFIG"],
        call_api_url=floor.sandbox_url,
        sandbox=True,
        enrich_private=True,
    )
    with running(settings) as receiver:
        for event in events:
            headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json"}
            assert receiver.post("/hooks/crm", json.dumps(event).encode(), headers).status_code == 200


async def arrived(floor: Floor, *events: dict[str, Any]) -> EventRecord:
    """The newest event after these deliveries."""
    await asyncio.to_thread(post, floor, *(events or ({"id": 1, "contact": "1801"},)))
    return await newest(floor)


async def newest(floor: Floor) -> EventRecord:
    """The newest event as the ledger has it."""
    events, _ = await floor.ledger.reads.events(EventFilter())
    return events[0]


async def test_the_right_phone_is_called(thin: Floor, crm: Crm, enricher: Enricher) -> None:
    """It waits as RECEIVED with a wake-up on its own queue; the record decides, is kept, and the call is due."""
    waiting = await arrived(thin, {"id": 1, "contact": "1801"}, {"id": 1, "contact": "1801"})
    assert (waiting.state, waiting.call_ids, waiting.duplicates) == (EventState.RECEIVED, (), 1)
    with Redis.from_url(thin.environ["DIALGATE_REDIS_URL"]) as redis:
        assert (EnrichQueue(redis).depth(), CallQueue(redis).depth()) == (1, 0)
        assert await EnrichingLoop(enricher).run_once(limit=10) == 1
        assert CallQueue(redis).depth() == 1
    event = await newest(thin)
    assert (event.state, event.event.record and event.event.record["lastname"]) == (EventState.MATCHED, "Lee")
    call = await thin.ledger.reads.call(event.call_ids[0])
    assert call is not None
    assert call.contact == ContactFields(phone=PHONE, first_name="Ann")
    assert len(crm.asked) == 1
    assert crm.asked[0][1]["authorization"] == f"Bearer {TOKEN}"
    assert await EnrichingLoop(enricher).run_once(limit=10) == 0


async def test_by_a_wrong_clock_nothing_is_fetched(thin: Floor, crm: Crm, enricher: Enricher) -> None:
    """It would give up on what is fresh, or wait for what is due: whoever has a right clock takes it up."""
    await arrived(thin)
    ahead = replace(enricher, now=lambda: system_now() + timedelta(days=2))
    assert await EnrichingLoop(ahead).run_once(limit=10) == 0
    assert ((await newest(thin)).state, crm.asked) == (EventState.RECEIVED, [])
    assert [alert.kind for alert in await thin.ledger.alerts.open()] == ["clock_wrong"]
    assert await EnrichingLoop(enricher).run_once(limit=10) == 1
    assert await thin.ledger.alerts.open() == ()


@pytest.mark.usefixtures("moved")
async def test_a_fault_is_tried_again_and_then_shown(thin: Floor, crm: Crm, enricher: Enricher) -> None:
    """Postponed with its error, later and later; after the time there is FAILED, and a replay fetches anew."""
    crm.answers = [Answer(status=503)]
    event = await arrived(thin)
    start, waits = system_now(), []
    for seconds in (0, 3, 10, 50, 120):
        now = start + timedelta(seconds=seconds)
        await EnrichingLoop(replace(enricher, now=lambda now=now: now)).run_once(limit=1)
        event = await newest(thin)
        waits.append((event.state, event.error))
    assert waits[0] == (EventState.RECEIVED, "HTTP 503")
    assert (event.state, event.reason) == (EventState.FAILED, Reason.ENRICHMENT_FAILED)
    assert "HTTP 503" in (event.error or "")
    crm.answers = [Answer()]
    later = start + timedelta(hours=1)
    order = ReplayOrder(event_id=event.id, actor="ann")
    replayed = await replay(thin.ledger, enricher.rulebook(), order, now=later)
    assert replayed is not None
    assert (replayed.state, replayed.new) == (EventState.RECEIVED, ())
    await EnrichingLoop(replace(enricher, now=lambda: later)).run_once(limit=1)
    assert (await newest(thin)).state is EventState.MATCHED


async def test_a_replay_rings_nobody_twice(thin: Floor, crm: Crm, enricher: Enricher) -> None:
    """An event whose call waits already is fetched and decided anew, and keeps its one call."""
    first = await arrived(thin)
    await EnrichingLoop(enricher).run_once(limit=1)
    order = ReplayOrder(event_id=first.id, actor="ann")
    await replay(thin.ledger, enricher.rulebook(), order, now=system_now())
    await EnrichingLoop(enricher).run_once(limit=1)
    event = await newest(thin)
    assert (event.state, len(event.call_ids), len(crm.asked)) == (EventState.MATCHED, 1, 2)
    calls = (await thin.ledger.audit.recount(now=system_now())).calls
    assert dict(calls).get("READY") == 1


@pytest.mark.parametrize(
    ("contact", "answer", "reason", "error"),
    [
        ("1801", Answer(status=404), Reason.RECORD_NOT_FOUND, "no such record"),
        ("1801", Answer(body=b"{}"), Reason.ENRICHMENT_FAILED, "holds no properties"),
        ("..", Answer(), Reason.ENRICHMENT_FAILED, "lacks what the address"),
    ],
)
async def test_what_cannot_be_fetched_is_failed_at_once(
    thin: Floor, crm: Crm, enricher: Enricher, contact: str, answer: Answer, reason: Reason, error: str
) -> None:
    """With its reason, and never lost."""
    crm.answers = [answer]
    await arrived(thin, {"id": 1, "contact": contact})
    await EnrichingLoop(enricher).run_once(limit=1)
    event = await newest(thin)
    assert (event.state, event.reason) == (EventState.FAILED, reason)
    assert error in (event.error or "")


@pytest.mark.usefixtures("moved")
async def test_a_worker_killed_while_it_fetches(thin: Floor, crm: Crm, enricher: Enricher) -> None:
    """Once the lease is over the sweeper wakes for the event, and another worker completes it."""
    crm.answers = [Answer(hangs=True), Answer()]
    await arrived(thin)
    worker = thin.process("workers", "enrich")

    async def asked() -> bool:
        return bool(crm.asked) or worker.poll() is not None

    await soon(asked)
    worker.kill()
    written = await asyncio.to_thread(output_of, worker)
    assert TOKEN not in written
    later = system_now() + timedelta(minutes=1)
    with Redis.from_url(thin.environ["DIALGATE_REDIS_URL"]) as redis:
        redis.delete(f"rq:queue:{ENRICH_QUEUE}")
        async with ringer_for(thin.environment) as ringer:
            swept = await ringer.ledger.sweeps.sweep(now=later)
            assert len(swept.events_due) == 1
    await EnrichingLoop(replace(enricher, now=lambda: later)).run_once(limit=1)
    assert (await newest(thin)).state is EventState.MATCHED


async def test_the_sweeper_wakes_for_what_waits(thin: Floor) -> None:
    """An event whose wake-up was lost gets another, on its own queue."""
    await arrived(thin)
    with Redis.from_url(thin.environ["DIALGATE_REDIS_URL"]) as redis:
        redis.delete(f"rq:queue:{ENRICH_QUEUE}")
        queue = EnrichQueue(redis)
        async with ringer_for(thin.environment) as ringer:
            await Sweeper(ringer, CallQueue(redis), enriching=queue).round()
        assert queue.depth() == 1


async def test_the_process_works_and_stops(thin: Floor, crm: Crm) -> None:
    """`work --queue enrich` completes what comes, ends with 0 on SIGTERM, and logs no secret and no phone."""
    worker = thin.process("workers", "enrich", DIALGATE_LOG_LEVEL="debug")
    await arrived(thin)

    async def matched() -> bool:
        return (await newest(thin)).state is EventState.MATCHED

    await soon(matched)
    worker.terminate()
    written = await asyncio.to_thread(output_of, worker)
    assert worker.returncode == 0, written
    assert not any(secret in written for secret in (TOKEN, SECRET, PHONE, PHONE[2:]))


async def test_a_stock_worker_fetches_in_the_job(thin: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a loop in the process, the job completes what is due by itself."""
    for name, text in only_dialgate(thin.environ).items():
        monkeypatch.setenv(name, text)
    event = await arrived(thin)
    await asyncio.to_thread(enrich, event.id)
    assert (await newest(thin)).state is EventState.MATCHED
