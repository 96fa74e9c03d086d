"""The sweeper's part in alerts: to tell of new ones, and to raise what an audit finds."""

from datetime import datetime

import structlog

from gateway.alerts import AlertKind
from gateway.ledger.alerts import Alerts
from gateway.ledger.records import Audit

log = structlog.get_logger("dialgate.alerts")

_LEDGER = "ledger"


async def tell_alerts(alerts: Alerts) -> None:
    """Log each new alert once, whichever process raised it: a critical one as an error, others as warnings."""
    for alert in await alerts.take_untold():
        level = log.error if alert.critical else log.warning
        level("alert.raised", kind=alert.kind, subject=alert.subject, detail=alert.detail, do=alert.do)


async def note_audit(alerts: Alerts, audit: Audit, *, now: datetime) -> None:
    """Raise what a recount found broken, or clear what it no longer finds."""
    if not audit.broken:
        await alerts.clear(AlertKind.AUDIT_BROKEN, _LEDGER, now=now)
        return
    names = ", ".join(broken.name for broken in audit.broken)
    detail = f"the ledger breaks {len(audit.broken)} of its promises: {names}"
    await alerts.raise_(AlertKind.AUDIT_BROKEN, _LEDGER, detail, now=now)
