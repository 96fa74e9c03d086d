"""Redis with a replica and Sentinels: the primary dies, or stands still, and whoever waited is rung, once."""

import signal
from collections.abc import Iterator

import httpx
import plain_http
import pytest
from faults.matrix import send
from faults.posting import Senders
from faults.rig import API_KEY, Rig
from faults.schedule import schedule
from faults.sentinels import Pair, watched_rig
from faults.torture import dialgate_states
from faults.verdict import MOVING, judge
from waiting import eventually

KEY = {"Authorization": f"Bearer {API_KEY}"}
PARTS = ("serve", "work", "work-2", "sweep")
LEADS = [f"ct_late_{number}" for number in range(3)]


@pytest.fixture
def watched() -> Iterator[tuple[Rig, Pair]]:
    """All parts running, and one lead rung."""
    with watched_rig() as (running, servers):
        started(running)
        yield running, servers


def started(running: Rig) -> None:
    """Every part runs, and one lead was rung."""
    for part in PARTS:
        running.parts.start(part)
    send(running.url, {"id": "first", "contact": "ct_first"})
    eventually(lambda: states(running).get("ct_first") == "PLACED", message="the first is PLACED")


def states(running: Rig) -> dict[str, str]:
    """Each lead's state; nothing while the ledger moves house."""
    try:
        return dialgate_states(running)
    except Exception as error:
        if type(error).__name__ != "LedgerUnavailable":
            raise
        return {}


def told(running: Rig) -> dict[str, str]:
    """Each lead's state, where one held as it may have rung since Redis was set back says so no less than UNKNOWN."""
    held = [whom for whom, call in running.calls().items() if (call.state, call.reason) == ("HELD", "rolled_back")]
    return states(running) | dict.fromkeys(held, "UNKNOWN")


def stops(running: Rig) -> list[str]:
    """What is stopped."""
    try:
        answer = plain_http.get(f"{running.url}/v1/stops", headers=KEY, timeout=5)
    except httpx.HTTPError:
        return []
    return [one["what"] for one in answer.json()["items"]] if answer.is_success else []


def resume(running: Rig) -> None:
    """A person has looked, and lets it ring again; while the ledger moves house, they are told to come again."""

    def resumed() -> bool:
        answer = plain_http.post(f"{running.url}/v1/resume", json={"what": "rollback"}, headers=KEY)
        assert answer.is_success or answer.status_code == 503, answer.text
        return answer.is_success

    eventually(resumed, message="it is resumed")


def doubted(running: Rig) -> bool:
    """Whether a failover has stopped everything; a person looks at it, and releases it."""
    if stops(running) != ["rollback"]:
        return False
    resume(running)
    return True


def settled(running: Rig) -> bool:
    """Whether nothing is under way any more."""
    found = states(running)
    return bool(found) and not MOVING & set(found.values())


@pytest.mark.timeout(180)
@pytest.mark.parametrize("how", ["kill", "freeze"])
def test_the_primary_is_lost_under_load(watched: tuple[Rig, Pair], how: str) -> None:
    """The replica takes over by itself; nobody is rung twice, and whoever is missing was said to be missing."""
    running, servers = watched
    plan = schedule(3, 8.0, per_second=8.0)
    with Senders(running.url, plan.posts) as senders:
        eventually(lambda: len(senders.accepted) > 20, message="load")
        servers.first.kill() if how == "kill" else servers.freeze(servers.first)
        eventually(servers.promoted, seconds=40, message="the replica is the primary")
        if how == "freeze":
            servers.thaw(servers.first)
        eventually(lambda: senders.done, seconds=60, message="every lead is accepted")
    doubts: list[bool] = []

    def over() -> bool:
        doubts.append(doubted(running))
        return not doubts[-1] and settled(running)

    eventually(over, seconds=60, message="nothing is under way")
    found = judge(senders.accepted, running.rings(), told(running))
    assert found.extra_rings == 0
    assert not found.contradictions, found
    assert len(senders.accepted) == len(plan.posts)
    if found.lost and not any(doubts):
        eventually(lambda: doubted(running), seconds=40, message=f"it is said that some are missing: {found}")


@pytest.mark.timeout(180)
def test_what_the_replica_never_had_is_noticed(watched: tuple[Rig, Pair]) -> None:
    """Rings that only the dead primary knew of stop everything; what had rung is not rung again."""
    running, servers = watched
    for lead in LEADS:  # the replica knows them, but not that they are rung
        running.parts.signal("work", signal.SIGSTOP)
        running.parts.signal("work-2", signal.SIGSTOP)
        send(running.url, {"id": lead, "contact": lead})
    servers.cut_replication()
    for part in ("work", "work-2"):
        running.parts.signal(part, signal.SIGCONT)
    eventually(lambda: all(running.rings()[lead] == 1 for lead in LEADS), message="all ring")
    servers.first.kill()
    eventually(servers.promoted, seconds=40, message="the replica is the primary")
    eventually(lambda: stops(running) == ["rollback"], seconds=40, message="everything is stopped")
    eventually(lambda: {states(running).get(lead) for lead in LEADS} == {"UNKNOWN"}, message="they are UNKNOWN")
    resume(running)
    send(running.url, {"id": "fresh", "contact": "ct_fresh"})
    eventually(lambda: running.rings()["ct_fresh"] == 1, message="the fresh lead rings")
    assert [running.rings()[lead] for lead in LEADS] == [1, 1, 1]


@pytest.mark.timeout(180)
def test_with_replicas_asked_for_nothing_counts_that_one_server_alone_has() -> None:
    """No replica: no 2xx and no ring. A replica again: the very same lead rings, once."""
    with watched_rig(DIALGATE_REDIS_REPLICAS="1") as (running, servers):
        started(running)
        servers.freeze(servers.second)
        lead = {"id": "alone", "contact": "ct_alone"}
        headers = {"Authorization": "Bearer fault-proofs-sender-secret"}
        answer = plain_http.post(f"{running.url}/hooks/leads", json=lead, headers=headers)
        assert answer.status_code == 503
        assert running.rings()["ct_alone"] == 0
        servers.thaw(servers.second)
        send(running.url, lead)
        eventually(lambda: running.rings()["ct_alone"] == 1, message="it rings")
        eventually(lambda: not doubted(running) and settled(running), seconds=40, message="nothing is under way")
        assert running.rings()["ct_alone"] == 1
