"""Whether accounts and sources are well, for the Now page."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

from gateway.ledger.records import AccountStatus, EventFilter
from gateway.model import EventState, record
from gateway.rules.rulebook import Rulebook
from gateway.web.front import Front
from gateway.web.masking import mask_text

_FAILURES = 50


@record
class AccountHealth:
    """An account and, if its dials are stopped by the call API's answer, why."""

    name: str
    stopped: bool
    reason: str
    since: datetime | None


@record
class SourceHealth:
    """A source: its newest event, its newest failure among the last fifty, and what this receiver turned away."""

    name: str
    provider: str
    last: datetime | None
    last_failure: datetime | None
    refused: int


async def accounts_of(front: Front) -> list[AccountHealth]:
    """Every account that is configured or was ever stopped."""
    known = {status.account: status for status in await front.ledger.actions.accounts()}
    return [_account(name, known.get(name)) for name in sorted({*front.keeper.current.config.accounts, *known})]


async def sources_of(front: Front) -> list[SourceHealth]:
    """Every source that is configured."""
    rulebook: Rulebook = front.keeper.current
    refused = _refused(front)
    newest, (failed, _) = await asyncio.gather(
        front.ledger.pulse.newest(list(rulebook.sources)),
        front.ledger.reads.events(EventFilter(state=EventState.FAILED), limit=_FAILURES, whole=False),
    )
    failures = {event.source: event.received_at for event in reversed(failed)}
    return [
        SourceHealth(
            name=name,
            provider=source.provider.title,
            last=newest.get(name),
            last_failure=failures.get(name),
            refused=refused.get(name, 0),
        )
        for name, source in rulebook.sources.items()
    ]


def _account(name: str, status: AccountStatus | None) -> AccountHealth:
    if status is None or not status.stopped:
        return AccountHealth(name=name, stopped=False, reason="", since=None)
    return AccountHealth(name=name, stopped=True, reason=mask_text(status.reason), since=status.since)


def _refused(front: Front) -> Mapping[str, int]:
    """By source, what this process, or those behind its port together, turned away since they started."""
    return {
        sample.labels["source"]: int(sample.value)
        for family in front.metrics.collected()
        for sample in family.samples
        if sample.name == "dialgate_deliveries_total" and sample.labels.get("outcome") == "refused_authentic"
    }
