"""Alerts: raised once, counted while they go on, ended by themselves or known to a person, and never too many."""

import asyncio

import pytest
from ledger.scenes import NOW, at

from gateway.alerts import AlertKind
from gateway.ledger import Ledger
from gateway.ledger.records import Transition

pytestmark = pytest.mark.anyio
BROKEN = AlertKind.AUDIT_BROKEN
HOUR = 3600


async def test_the_same_is_one_alert(ledger: Ledger) -> None:
    """What must hold: raised again it is counted, not doubled; a repeat of the same write counts once."""
    alerts = ledger.alerts
    assert await alerts.raise_(BROKEN, "ledger", "1 promise", now=NOW) is True
    for _ in range(2):
        assert await alerts.raise_(BROKEN, "ledger", "2 promises", now=at(5)) is False
    (alert,) = await alerts.open()
    assert (alert.key, alert.detail, alert.since, alert.seen, alert.count) == (
        "audit_broken:ledger", "2 promises", NOW, at(5), 2,
    )  # fmt: skip
    assert alert.do == BROKEN.do


async def test_it_ends_by_itself(ledger: Ledger) -> None:
    """What must hold: once over it is gone for everyone, and raised again it is new."""
    alerts = ledger.alerts
    await alerts.raise_(BROKEN, "ledger", "x", now=NOW)
    expected = (Transition.DONE, Transition.REPEATED)
    assert [await alerts.clear(BROKEN, "ledger", now=at(1)) for _ in range(2)] == list(expected)
    assert await alerts.listed() == ()
    assert await alerts.take_untold() == ()
    assert await alerts.raise_(BROKEN, "ledger", "x", now=at(2)) is True


async def test_known_it_warns_no_more_while_it_goes_on(ledger: Ledger) -> None:
    """What must hold: acknowledged, it stays quiet while it is seen at least hourly; after a longer pause it is new."""
    alerts = ledger.alerts
    await alerts.raise_(BROKEN, "ledger", "x", now=NOW)
    key = "audit_broken:ledger"
    assert await alerts.acknowledge(key, actor="ann", now=at(1)) is Transition.DONE
    assert await alerts.acknowledge(key, actor="bob", now=at(2)) is Transition.REPEATED
    assert await alerts.raise_(BROKEN, "ledger", "x", now=at(HOUR)) is False
    (alert,) = await alerts.listed()
    assert (alert.acknowledged_by, alert.acknowledged_at, await alerts.open()) == ("ann", at(1), ())
    assert await alerts.raise_(BROKEN, "ledger", "x", now=at(2 * HOUR + 1)) is True
    (alert,) = await alerts.open()
    assert (alert.acknowledged_by, alert.since, alert.count) == ("", at(2 * HOUR + 1), 1)


async def test_nothing_is_no_alert(ledger: Ledger) -> None:
    """What must hold: an alert that is over, or never was, cannot be acknowledged."""
    assert await ledger.alerts.acknowledge("audit_broken:x", actor="ann", now=NOW) is Transition.MISSING


async def test_a_flood_stays_small(ledger: Ledger) -> None:
    """What must hold: a hundred of a kind are kept, the latest; with every trace of the others gone."""
    for number in range(130):
        await ledger.alerts.raise_(BROKEN, f"s{number}", "x" * 2000, now=at(number))
    listed = await ledger.alerts.listed()
    assert [alert.subject for alert in listed] == [f"s{number}" for number in range(129, 29, -1)]
    assert {len(alert.detail) for alert in listed} == {500}
    assert len(await ledger.alerts.take_untold()) == 100


async def test_each_is_told_once(ledger: Ledger) -> None:
    """What must hold: of four who look at once, one tells of each; what goes on is not told again."""
    for number in range(20):
        await ledger.alerts.raise_(BROKEN, f"s{number}", "x", now=NOW)
    told = await asyncio.gather(*(ledger.alerts.take_untold() for _ in range(4)))
    assert sorted(alert.key for some in told for alert in some) == sorted(f"audit_broken:s{n}" for n in range(20))
    await ledger.alerts.raise_(BROKEN, "s1", "x", now=at(5))
    assert await ledger.alerts.take_untold() == ()
