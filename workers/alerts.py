"""The sweeper's part in alerts: to tell of new ones, and to raise what an audit finds."""

from collections.abc import Mapping
from datetime import datetime

import structlog

from gateway.alerts import AlertKind, kind_named
from gateway.ledger import Ledger
from gateway.ledger.alerts import Alerts
from gateway.ledger.records import Audit, CallFilter
from gateway.model import CallState
from gateway.reasons import Reason
from gateway.rules.scrubbing import due_soon, overdue, scrubs_of
from gateway.rules.suppression import ListConfig

log = structlog.get_logger("dialgate.alerts")

_LEDGER = "ledger"
_PAGE = 100
_HELD_FOR = {AlertKind.SOURCE_BURST.value: Reason.BURST, AlertKind.SOURCE_CEILING.value: Reason.SOURCE_CEILING}


async def tell_alerts(alerts: Alerts) -> None:
    """Log each new alert once, whichever process raised it: a critical one as an error, others as warnings."""
    for alert in await alerts.take_untold():
        level = log.error if alert.critical else log.warning
        level("alert.raised", kind=alert.kind, subject=alert.subject, detail=alert.detail, do=alert.do)


async def end_settled(ledger: Ledger, *, now: datetime) -> None:
    """Clear what is told of held calls once none of them is held any more: released, cancelled or expired."""
    for alert in await ledger.alerts.listed():
        kind, reason = kind_named(alert.kind), _HELD_FOR.get(alert.kind)
        if kind is not None and reason is not None and not await _still_held(ledger, alert.subject, reason):
            await ledger.alerts.clear(kind, alert.subject, now=now)


async def _still_held(ledger: Ledger, source: str, reason: Reason) -> bool:
    where, cursor = CallFilter(state=CallState.HELD, source=source), None
    while True:
        calls, cursor = await ledger.reads.calls(where, limit=_PAGE, cursor=cursor)
        if any(call.reason is reason for call in calls):
            return True
        if cursor is None:
            return False


async def note_scrubs(ledger: Ledger, lists: Mapping[str, ListConfig], *, now: datetime) -> None:
    """Raise what a registry's age asks of a person, or clear it; what is configured no longer is cleared as well."""
    marks = await ledger.scrubs.find(tuple(lists))
    scrubs = {scrub.list: scrub for scrub in scrubs_of(lists, {name: mark.at for name, mark in marks.items()})}
    due = {
        AlertKind.SCRUB_OVERDUE: {name for name, scrub in scrubs.items() if overdue(scrub, now)},
        AlertKind.SCRUB_DUE_SOON: {name for name, scrub in scrubs.items() if due_soon(scrub, lists[name], now)},
    }
    for kind, names in due.items():
        for name in sorted(names):
            until = scrubs[name].good_until
            detail = "never imported" if until is None else f"good until {until:%Y-%m-%d %H:%M} UTC"
            await ledger.alerts.raise_(kind, name, detail, now=now)
    for alert in await ledger.alerts.listed():
        for kind in due:
            if alert.kind == kind.value and alert.subject not in due[kind]:
                await ledger.alerts.clear(kind, alert.subject, now=now)


async def note_audit(alerts: Alerts, audit: Audit, *, now: datetime) -> None:
    """Raise what a recount found broken, or clear what it no longer finds."""
    if not audit.broken:
        await alerts.clear(AlertKind.AUDIT_BROKEN, _LEDGER, now=now)
        return
    names = ", ".join(broken.name for broken in audit.broken)
    detail = f"the ledger breaks {len(audit.broken)} of its promises: {names}"
    await alerts.raise_(AlertKind.AUDIT_BROKEN, _LEDGER, detail, now=now)
