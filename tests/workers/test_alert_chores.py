"""The sweeper's part in alerts."""

import pytest
import structlog
from ledger.scenes import NOW, at

from gateway.alerts import AlertKind
from gateway.ledger import Ledger
from gateway.ledger.records import Audit, BrokenInvariant
from workers.alerts import note_audit, tell_alerts

pytestmark = pytest.mark.anyio
BROKEN = BrokenInvariant(name="one state per call", ids=("c1",), detail="1 found")


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


async def test_an_audit_raises_and_ends_its_alert(ledger: Ledger) -> None:
    """What must hold: a broken promise is an alert that names it, until a recount finds none."""
    await note_audit(ledger.alerts, _audit(BROKEN), now=NOW)
    (alert,) = await ledger.alerts.open()
    assert "one state per call" in alert.detail
    await note_audit(ledger.alerts, _audit(), now=at(1))
    assert await ledger.alerts.listed() == ()
