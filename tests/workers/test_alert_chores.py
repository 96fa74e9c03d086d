"""The sweeper's part in alerts."""

from datetime import timedelta

import pytest
import structlog
from ledger.scenes import NOW, Scene, at, plan

from gateway.alerts import AlertKind
from gateway.bounds import Bounds, Ceiling
from gateway.ledger import Ledger
from gateway.ledger.records import Audit, BrokenInvariant
from gateway.rules.suppression import ListConfig
from workers.alerts import end_settled, note_audit, note_scrubs, tell_alerts

pytestmark = pytest.mark.anyio
BROKEN = BrokenInvariant(name="one state per call", ids=("c1",), detail="1 found")


@pytest.fixture
def scene(ledger: Ledger) -> Scene:
    """A scene on an empty ledger."""
    return Scene(ledger)


def _audit(*broken: BrokenInvariant) -> Audit:
    return Audit(events={}, calls={}, deliveries=0, broken=broken)


async def test_a_new_alert_is_logged_once(ledger: Ledger) -> None:
    """What must hold: one line with what to do, however often the sweeper looks."""
    await ledger.alerts.raise_(AlertKind.AUDIT_BROKEN, "ledger", "x", now=NOW)
    with structlog.testing.capture_logs() as lines:
        await tell_alerts(ledger.alerts)
        await tell_alerts(ledger.alerts)
    (line,) = lines
    assert (line["event"], line["log_level"], line["kind"]) == ("alert.raised", "warning", "audit_broken")
    assert line["do"] == AlertKind.AUDIT_BROKEN.do


async def test_an_alert_ends_with_its_held_calls(scene: Scene) -> None:
    """What must hold: told while one call is held for it, gone once the last is released or cancelled."""
    two = Bounds(ceiling=Ceiling(limit=1, window=timedelta(hours=1)))
    made = [await scene.accept(plan(f"+1415555010{number}"), bounds=two) for number in range(3)]
    await end_settled(scene.ledger, now=NOW)
    assert [alert.kind for alert in await scene.ledger.alerts.open()] == [AlertKind.SOURCE_CEILING]
    await scene.ledger.actions.release(made[1].call_ids[0], actor="ann", now=at(1))
    await end_settled(scene.ledger, now=at(1))
    assert len(await scene.ledger.alerts.open()) == 1
    await scene.ledger.actions.cancel(made[2].call_ids[0], actor="ann", now=at(2))
    await end_settled(scene.ledger, now=at(2))
    assert await scene.ledger.alerts.listed() == ()


async def test_an_audit_raises_and_ends_its_alert(ledger: Ledger) -> None:
    """What must hold: a broken promise is an alert that names it, until a recount finds none."""
    await note_audit(ledger.alerts, _audit(BROKEN), now=NOW)
    (alert,) = await ledger.alerts.open()
    assert "one state per call" in alert.detail
    await note_audit(ledger.alerts, _audit(), now=at(1))
    assert await ledger.alerts.listed() == ()


async def test_a_registry_warns_before_it_is_too_old_and_says_when_it_is(ledger: Ledger) -> None:
    """Never imported or too old: overdue. Old soon: due soon. Young, or configured no longer: nothing is left open."""
    lists = {"national": ListConfig(max_age=timedelta(days=31), warn_before=timedelta(days=3))}

    async def opened(days: float, configured: dict[str, ListConfig] = lists) -> list[str]:
        await note_scrubs(ledger, configured, now=NOW + timedelta(days=days))
        return [alert.key for alert in await ledger.alerts.listed()]

    assert await opened(0) == ["scrub_overdue:national"]
    await ledger.scrubs.mark("national", at=NOW, by="ann", now=NOW)
    assert await opened(27) == []
    assert await opened(28) == ["scrub_due_soon:national"]
    assert await opened(31) == ["scrub_overdue:national"]
    assert await opened(31, {}) == []
