"""Each fault as the real dialer sees it: the outcome it must come to, and whether a phone rang."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from dialers.dialing import CREDENTIALS, order
from sandbox.conftest import Served

from gateway.contracts import ContactResolved
from gateway.model import ContactFields, Placed, Refused, Uncertain, Unsent
from workers.sandbox import wire
from workers.sandbox.faults import Fault, Kind, Operation, OperationFaults, RateLimit

pytestmark = pytest.mark.anyio
PERSON = ContactFields(phone="+14155550100", first_name="Ada")
FAULTS: list[tuple[dict[str, object], type, int]] = [
    ({"kind": "status", "status": 500}, Uncertain, 0),
    ({"kind": "status", "status": 500, "rings": True}, Uncertain, 1),
    ({"kind": "status", "status": 404, "body": {"detail": "Contact not found."}}, Refused, 0),
    ({"kind": "status", "status": 401, "body": "who are you?"}, Unsent, 0),
    ({"kind": "status", "status": 302, "headers": {"Location": "/login"}}, Unsent, 0),
    ({"kind": "status", "status": 429, "headers": {"Retry-After": "7"}}, Unsent, 0),
    ({"kind": "reset_before"}, Uncertain, 0),
    ({"kind": "reset_after"}, Uncertain, 1),
    ({"kind": "stall"}, Uncertain, 1),
    ({"kind": "drip"}, Uncertain, 1),
    ({"kind": "truncate"}, Placed, 1),
    ({"kind": "bad_gzip"}, Placed, 1),
]


@pytest.mark.parametrize(
    ("fault", "kind", "rings"), FAULTS, ids=lambda value: str(value) if isinstance(value, dict) else None
)
async def test_a_fault_comes_to_its_outcome(fault: dict[str, object], kind: type, rings: int, sandbox: Served) -> None:
    """What the dialer says and what rang: never Unsent or Refused where a phone rang."""
    sandbox.put_faults(calls={"faults": [fault]})
    outcome = await sandbox.dialer().dial(order(), CREDENTIALS)
    assert type(outcome) is kind
    assert len(sandbox.rings()) == rings


async def test_a_drip_comes_to_its_end(sandbox: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fast enough, it is a whole answer."""
    monkeypatch.setattr(wire, "DRIP_SECONDS", 0)
    sandbox.put_faults(calls={"faults": [{"kind": "drip"}]})
    outcome = await sandbox.dialer().dial(order(), CREDENTIALS)
    assert isinstance(outcome, Placed)
    assert outcome.provider_call_id is not None


async def test_a_fault_strikes_as_often_as_told(sandbox: Served) -> None:
    """`count` limits it; afterwards all is well. Putting faults again starts the count again."""
    sandbox.put_faults(calls={"faults": [{"kind": "status", "status": 503, "count": 2}]})
    outcomes = [await sandbox.dialer().dial(order(), CREDENTIALS) for _ in range(4)]
    assert [type(outcome) for outcome in outcomes] == [Uncertain, Uncertain, Placed, Placed]


async def test_latency_delays_the_answer_not_the_ring(sandbox: Served) -> None:
    """The ring counts when the request was accepted, long before the answer."""
    sandbox.put_faults(calls={"latency_ms": 5_000})
    assert isinstance(await sandbox.dialer().dial(order(), CREDENTIALS), Uncertain)
    assert len(sandbox.rings()) == 1


async def test_after_the_latency_comes_the_answer(sandbox: Served) -> None:
    """A delay the client can bear ends with the usual answer."""
    sandbox.put_faults(calls={"latency_ms": 50})
    assert isinstance(await sandbox.dialer().dial(order(), CREDENTIALS), Placed)


@pytest.mark.parametrize(
    ("form", "delay"), [("seconds", timedelta(seconds=1)), ("date", timedelta(seconds=1)), ("none", None)]
)
async def test_more_than_the_limit_is_429(form: str, delay: timedelta | None, sandbox: Served) -> None:
    """Over the limit nothing rings, and Retry-After comes in the chosen form."""
    sandbox.put_faults(calls={"rate_limit": {"per_second": 0, "retry_after": form}})
    outcome = await sandbox.dialer().dial(order(), CREDENTIALS)
    assert isinstance(outcome, Unsent)
    assert outcome.retry_after == delay
    assert sandbox.rings() == []


@pytest.mark.parametrize("place", ["id", "contactId", "contact.id", "data.id", "data.contact.id"])
@pytest.mark.parametrize("number", [False, True])
async def test_the_contact_id_may_be_anywhere(place: str, number: bool, sandbox: Served) -> None:
    """Wherever the answer has the id, as text or number, the dialer finds it."""
    sandbox.put_faults(contacts={"id_place": place, "id_number": number})
    resolved = await sandbox.dialer().resolve_contact(PERSON, CREDENTIALS)
    assert isinstance(resolved, ContactResolved)
    assert resolved.contact_id.isdecimal() is number


async def test_an_answer_without_an_id(sandbox: Served) -> None:
    """An empty place leaves the id out; the dialer says so for good."""
    sandbox.put_faults(contacts={"id_place": ""})
    assert isinstance(await sandbox.dialer().resolve_contact(PERSON, CREDENTIALS), Refused)


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "stall", "drip"])
async def test_a_contact_that_failed_may_be_sent_again(kind: str, sandbox: Served) -> None:
    """Contacts have faults of their own; after them the same request works and makes no second contact."""
    sandbox.put_faults(contacts={"faults": [{"kind": kind, "count": 1}]})
    assert isinstance(await sandbox.dialer().resolve_contact(PERSON, CREDENTIALS), Unsent)
    assert isinstance(await sandbox.dialer().resolve_contact(PERSON, CREDENTIALS), ContactResolved)
    assert len(sandbox.client.get("/contacts").json()) == 1


async def test_the_probe_has_faults_too(sandbox: Served) -> None:
    """A stopped account is told, and works again when the fault is gone."""
    sandbox.put_faults(probe={"faults": [{"kind": "status", "status": 402, "body": {"detail": "No credit."}}]})
    assert await sandbox.dialer().probe(CREDENTIALS) == "HTTP 402: No credit."
    sandbox.put_faults()
    assert await sandbox.dialer().probe(CREDENTIALS) is None


async def test_under_load_every_ring_is_counted_once(sandbox: Served) -> None:
    """200 calls at once through random faults: rings lie between what is known placed and what may have rung."""
    sandbox.put_faults(
        calls={
            "faults": [
                {"kind": "reset_after", "probability": 0.1},
                {"kind": "status", "status": 500, "probability": 0.1},
                {"kind": "status", "status": 429, "probability": 0.1},
            ]
        }
    )
    dialer = sandbox.dialer()
    outcomes = await asyncio.gather(*(dialer.dial(order(), CREDENTIALS) for _ in range(200)))
    kinds = Counter(type(outcome) for outcome in outcomes)
    rings = len(sandbox.rings())
    assert kinds[Placed] <= rings <= kinds[Placed] + kinds[Uncertain]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"calls": {"faults": [{"kind": "explode"}]}}, "calls.faults.0.kind"),
        ({"calls": {"latency": 5}}, "calls.latency"),
        ({"rings": {}}, "rings"),
        ({"calls": {"faults": [{"kind": "stall", "probability": 2}]}}, "calls.faults.0.probability"),
        ({"contacts": {"id_place": "a..b"}}, "contacts.id_place"),
        ([], "body"),
    ],
)
def test_wrong_faults_are_refused_and_change_nothing(body: object, named: str, sandbox: Served) -> None:
    """400 names what is wrong; what was in force stays."""
    sandbox.put_faults(calls={"latency_ms": 1})
    answer = sandbox.client.put("/faults", json=body)
    assert answer.status_code == 400
    assert named in answer.json()["detail"][0]
    assert sandbox.client.get("/faults").json()["calls"]["latency_ms"] == 1


def test_a_draw_follows_the_dice() -> None:
    """The first fault whose probability beats the dice strikes; a used-up one is passed over."""
    dice = iter([0.9, 0.9, 0.4, 0.9, 0.1, 0.0])
    faults = OperationFaults(
        faults=(Fault(kind=Kind.STALL, probability=0.5, count=1), Fault(kind=Kind.DRIP, probability=0.2))
    )
    operation = Operation(faults, random=lambda: next(dice), monotonic=lambda: 0.0)
    drawn = [operation.draw() for _ in range(4)]
    assert [fault and fault.kind for fault in drawn] == [None, Kind.STALL, None, Kind.DRIP]


def test_a_limit_starts_afresh_each_second() -> None:
    """So many a second, then the next second so many again."""
    now = [10.2]
    operation = Operation(
        OperationFaults(rate_limit=RateLimit(per_second=2)), random=lambda: 0.0, monotonic=lambda: now[0]
    )
    assert [operation.over_limit() for _ in range(3)] == [False, False, True]
    now[0] = 11.0
    assert not operation.over_limit()
