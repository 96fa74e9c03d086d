"""From an outcome to the CRM that is told of it: a real endpoint, a real ledger, the real loop and process."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from floor import CONFIG, Floor, output_of
from hearing import Ear, Says, ear_on_a_thread
from redis import Redis
from standardwebhooks.webhooks import Webhook
from waiting import soon

from gateway.call_queue import NOTIFY_QUEUE, NotifyQueue
from gateway.ledger.notices import Notice, NoticeState
from gateway.rules.loading import load
from gateway.rules.rulebook import Rulebook
from workers.clock import system_now
from workers.jobs import notify
from workers.notifying import Notifier, NotifyingLoop, notifier_for
from workers.posting import Poster
from workers.runtime import ringer_for
from workers.sweeper import Sweeper

pytestmark = pytest.mark.anyio
OLD, NEW = "whsec_b2xkLXNlY3JldC10aGF0LWlzLWxvbmctZW5vdWdo", "whsec_bmV3LXNlY3JldC10aGF0LWlzLWxvbmctZW5vdWdo"
NOTIFY = """
notify:
  crm: {url: "%s/in?key=unguessable", secrets: [%s, %s], headers: {X-Api-Key: very-secret-key}}
"""
TWO_DAYS = timedelta(days=2)


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that moves time moves it for our clock only: Redis's stays where it is."""
    monkeypatch.setattr("gateway.ledger.timekeeping.TOLERANCE", timedelta.max)


@pytest.fixture
def ear() -> Iterator[Ear]:
    """An endpoint that takes everything."""
    with ear_on_a_thread() as there:
        yield there


@pytest.fixture
def told(floor: Floor, ear: Ear) -> Floor:
    """A floor whose endpoint is told of outcomes."""
    floor.environ["DIALGATE_NOTIFY_PRIVATE"] = "true"
    configure(floor, CONFIG + NOTIFY % (ear.url, NEW, OLD))
    return floor


def configure(floor: Floor, text: str) -> Rulebook:
    """Write the floor's configuration, and take it over."""
    config = Path(floor.environ["DIALGATE_CONFIG"])
    config.write_text(text)
    floor.rulebook = load(config, {})
    return floor.rulebook


@pytest.fixture
async def notifier(told: Floor) -> AsyncIterator[Notifier]:
    """Parts as the notifying worker has them, without jitter."""
    async with notifier_for(told.environment) as built:
        yield replace(built, jitter=lambda: 1.0)


async def expired(floor: Floor) -> str:
    """A lead that grew too old; its call."""
    call_id = await floor.lead("c1", received=system_now() - TWO_DAYS)
    await floor.ledger.sweeps.sweep(now=system_now())
    assert await floor.state(call_id) == "EXPIRED"
    return call_id


async def notice_of(floor: Floor, call_id: str) -> Notice:
    """The one message about a call."""
    (notice,) = await floor.ledger.notices.of_call(call_id)
    return notice


async def test_an_expired_lead_is_told_of_and_proved(told: Floor, ear: Ear, notifier: Notifier) -> None:
    """The endpoint gets one message that the standard's own library verifies, by the new secret and the old."""
    call_id = await expired(told)
    assert await NotifyingLoop(notifier).run_once(limit=10) == 1
    (post,) = ear.heard
    for secret in (NEW, OLD):
        assert Webhook(secret).verify(post.body, post.headers) == json.loads(post.body)
    content = json.loads(post.body)
    assert (content["type"], content["version"], content["sandbox"]) == ("call.expired", 1, True)
    assert content["id"] == post.headers["webhook-id"] == f"{call_id}-1-crm"
    data = content["data"]
    assert (data["callId"], data["state"], data["reason"], data["rule"]) == (call_id, "EXPIRED", "expired", "by id")
    assert data["reasonText"].startswith("The lead grew older")
    assert (data["dialedAt"], data["secondsToDial"]) == (None, None)
    assert (post.path, post.headers["x-api-key"]) == ("/in?key=unguessable", "very-secret-key")
    assert (await notice_of(told, call_id)).state is NoticeState.DELIVERED
    assert await NotifyingLoop(notifier).run_once(limit=10) == 0


async def test_by_a_wrong_clock_nothing_is_sent(told: Floor, ear: Ear, notifier: Notifier) -> None:
    """Its signature would carry a time that no endpoint accepts: it waits for a sender whose clock is right."""
    call_id = await expired(told)
    behind = replace(notifier, now=lambda: system_now() - timedelta(minutes=6))
    assert await NotifyingLoop(behind).run_once(limit=10) == 0
    assert (ear.heard, (await notice_of(told, call_id)).state) == ([], NoticeState.WAITING)
    assert [alert.kind for alert in await told.ledger.alerts.open()] == ["clock_wrong"]
    assert await NotifyingLoop(notifier).run_once(limit=10) == 1
    assert len(ear.heard) == 1


@pytest.mark.usefixtures("moved")
async def test_a_no_is_asked_again_with_the_same_message(told: Floor, ear: Ear, notifier: Notifier) -> None:
    """Later and later, under one id, until it is taken."""
    ear.answers = [Says(status=500, body=b"try +1 415 555 0123 later"), Says(status=302), Says(status=204)]
    call_id = await expired(told)
    start = system_now()
    for seconds, tries in ((0, 1), (3, 1), (7, 2), (30, 3)):
        now = start + timedelta(seconds=seconds)
        await NotifyingLoop(replace(notifier, now=lambda now=now: now)).run_once(limit=1)
        assert (await notice_of(told, call_id)).tries == tries
    assert len({(post.headers["webhook-id"], post.body) for post in ear.heard}) == 1
    assert (await notice_of(told, call_id)).state is NoticeState.DELIVERED


@pytest.mark.parametrize(
    ("says", "said", "state"),
    [
        (Says(status=500, body=b'{"error": "call +14155550123"}'), "HTTP 500: call •••••••••23", NoticeState.WAITING),
        (
            Says(status=301, headers={"Location": "/x"}),
            "HTTP 301: a redirect, which is not followed",
            NoticeState.WAITING,
        ),
        (Says(status=400, body=b"x" * 100_000), "HTTP 400: xxx", NoticeState.WAITING),
        (Says(status=410), "HTTP 410", NoticeState.FAILED),
        (Says(hangs=True), "no answer: TimeoutError", NoticeState.WAITING),
    ],
)
async def test_what_an_endpoint_says_is_kept_safely(
    told: Floor, ear: Ear, notifier: Notifier, says: Says, said: str, state: NoticeState
) -> None:
    """One short line without a phone number; nothing is followed, and nobody waits for long."""
    ear.answers = [says]
    call_id = await expired(told)
    poster = Poster(allow_private=True, now=system_now, total_seconds=0.5)
    await NotifyingLoop(replace(notifier, poster=poster)).run_once(limit=1)
    notice = await notice_of(told, call_id)
    assert (notice.state, notice.said.startswith(said), len(notice.said) <= 310) == (state, True, True), notice.said
    assert len(ear.heard) == 1


@pytest.mark.usefixtures("moved")
async def test_it_is_given_up_after_three_days(told: Floor, ear: Ear, notifier: Notifier) -> None:
    """And an alert says so; sent again by a person, it goes out under its old id."""
    ear.answers = [Says(status=503), Says()]
    call_id = await expired(told)
    late = system_now() + timedelta(days=3) - timedelta(seconds=1)
    await NotifyingLoop(replace(notifier, now=lambda: late)).run_once(limit=1)
    notice = await notice_of(told, call_id)
    assert (notice.state, [one.kind for one in await told.ledger.alerts.listed()]) == (
        NoticeState.FAILED,
        ["notification_failed"],
    )
    await told.ledger.notices.resend(notice.id, actor="ann", now=late)
    await NotifyingLoop(replace(notifier, now=lambda: late)).run_once(limit=1)
    assert [post.headers["webhook-id"] for post in ear.heard] == [notice.id, notice.id]
    assert await told.ledger.alerts.listed() == ()


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "https://127.0.0.1:9"])
async def test_private_addresses_are_not_asked(told: Floor, ear: Ear, notifier: Notifier, url: str) -> None:
    """Unless the setting allows it; plain http neither."""
    call_id = await expired(told)
    rulebook = configure(told, CONFIG + NOTIFY % (url, NEW, OLD))
    poster = Poster(allow_private=False, now=system_now)
    await NotifyingLoop(replace(notifier, poster=poster, rulebook=lambda: rulebook)).run_once(limit=1)
    notice = await notice_of(told, call_id)
    assert "not allowed" in notice.said or "DIALGATE_NOTIFY_PRIVATE" in notice.said
    assert ear.heard == []


async def test_an_endpoint_that_is_gone_from_the_file(told: Floor, ear: Ear, notifier: Notifier) -> None:
    """Its messages are given up, visibly: nobody knows where they should go."""
    call_id = await expired(told)
    rulebook = configure(told, CONFIG)
    await NotifyingLoop(replace(notifier, rulebook=lambda: rulebook)).run_once(limit=1)
    assert (await notice_of(told, call_id)).said == "the endpoint is no longer configured"
    assert ear.heard == []


async def test_a_phone_is_masked_unless_it_may_be_whole(told: Floor, ear: Ear, notifier: Notifier) -> None:
    """The CRM that owns the number may be told it; others see two digits."""
    phones = []
    for number, more in enumerate(("", "phone: full, ")):
        text = CONFIG.replace("{id: payload.id}", "{phone: payload.id}") + NOTIFY % (ear.url, NEW, OLD)
        configure(told, text.replace("headers:", f"{more}headers:"))
        contact = f"+1415555012{number}"
        await told.lead(contact, received=system_now() - TWO_DAYS)
        await told.ledger.sweeps.sweep(now=system_now())
        await NotifyingLoop(replace(notifier, rulebook=lambda: told.rulebook)).run_once(limit=1)
        phones.append(json.loads(ear.heard[-1].body)["data"]["phone"])
    assert phones == ["+1••••••••20", "+14155550121"]


@pytest.mark.usefixtures("moved")
async def test_a_worker_killed_between_the_post_and_the_mark(told: Floor, ear: Ear, notifier: Notifier) -> None:
    """Once its lease is over, the message is sent again under the same id: at least once, and never lost."""
    call_id = await expired(told)
    worker = told.process("workers", "notify", FAILPOINT="notify.posted:1")

    async def died() -> bool:
        return worker.poll() is not None

    await soon(died)
    written = await asyncio.to_thread(output_of, worker)
    assert not any(secret in written for secret in (NEW, OLD, "very-secret-key", "unguessable"))
    assert len(ear.heard) == 1
    assert (await notice_of(told, call_id)).state is NoticeState.WAITING
    later = system_now() + timedelta(minutes=1)
    await NotifyingLoop(replace(notifier, now=lambda: later)).run_once(limit=1)
    assert len(ear.heard) == 2
    assert len({(post.headers["webhook-id"], post.body) for post in ear.heard}) == 1
    assert (await notice_of(told, call_id)).state is NoticeState.DELIVERED


async def test_a_worker_hears_of_it_from_the_sweeper(told: Floor, ear: Ear) -> None:
    """A wake-up on a queue of its own; the process sends, and stops when it is told to."""
    await expired(told)
    with Redis.from_url(told.environ["DIALGATE_REDIS_URL"]) as redis:
        async with ringer_for(told.environment) as ringer:
            await Sweeper(ringer, NotifyQueue(redis), notifying=NotifyQueue(redis)).round()
        assert NotifyQueue(redis).depth() == 1
    worker = told.process("workers", "notify")
    await soon(heard(ear, 1))
    worker.terminate()
    assert "very-secret-key" not in await asyncio.to_thread(output_of, worker)
    assert worker.returncode == 0
    with Redis.from_url(told.environ["DIALGATE_REDIS_URL"]) as redis:
        assert redis.llen(f"rq:queue:{NOTIFY_QUEUE}") == 0


async def test_a_stock_worker_sends_inside_the_job(told: Floor, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as the wake-up has ids, with everything from the environment."""
    call_id = await expired(told)
    for name, value in told.environ.items():
        monkeypatch.setenv(name, value)
    await asyncio.to_thread(notify, call_id)
    assert len(ear.heard) == 1


async def test_a_hanging_endpoint_delays_no_other(told: Floor, ear: Ear, notifier: Notifier) -> None:
    """Its share is under way, and messages to another go out meanwhile."""
    with ear_on_a_thread() as hanging:
        hanging.answers = [Says(hangs=True)]
        other = f'  slow: {{url: "{hanging.url}/", secrets: [{NEW}]}}\n'
        configure(told, CONFIG + NOTIFY % (ear.url, NEW, OLD) + other)
        await told.leads([f"c{number}" for number in range(10)], received=system_now() - TWO_DAYS)
        await told.ledger.sweeps.sweep(now=system_now())
        loop = NotifyingLoop(replace(notifier, rulebook=lambda: told.rulebook))
        running = asyncio.create_task(loop.run(grace=0.1))
        await soon(heard(ear, 10))
        assert len(hanging.heard) <= 4
        loop.stop()
        await running


def heard(ear: Ear, number: int) -> Callable[[], Awaitable[Sequence[object]]]:
    """Whether an endpoint has heard so many messages."""

    async def enough() -> Sequence[object]:
        return ear.heard if len(ear.heard) >= number else ()

    return enough
