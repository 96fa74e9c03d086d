"""/v1/audit, /v1/accounts and /v1/rules: is the ledger sound, who may dial, and by which rules."""

import structlog
from fastapi import APIRouter

from gateway.ledger.records import AccountStatus
from gateway.web.api.questions import Actor, FrontNeeded
from gateway.web.api.shapes import (
    AccountShape,
    AccountsShape,
    AuditShape,
    BrokenShape,
    RuleShape,
    RulesShape,
)
from gateway.web.front import Front
from gateway.web.masking import mask_text
from gateway.web.problems import not_found

router = APIRouter(tags=["operations"])
log = structlog.stdlib.get_logger("dialgate.api")


@router.get("/audit")
async def audit(front: FrontNeeded) -> AuditShape:
    """Every record counted again: the sums per state, and each promise of the ledger that does not hold."""
    found = await front.ledger.audit.recount(now=front.now())
    return AuditShape(
        ok=not found.broken,
        deliveries=found.deliveries,
        events=dict(found.events),
        calls=dict(found.calls),
        broken=[
            BrokenShape(name=one.name, ids=list(one.ids), detail=mask_text(one.detail), do=one.do)
            for one in found.broken
        ],
    )


@router.get("/accounts")
async def list_accounts(front: FrontNeeded) -> AccountsShape:
    """Every account, and why its dials are stopped, if they are."""
    return AccountsShape(items=await _accounts(front))


@router.post("/accounts/{name}/resume")
async def resume_account(front: FrontNeeded, name: str, actor: Actor) -> AccountShape:
    """Let a stopped account dial again; its waiting calls become due."""
    if name not in {account.name for account in await _accounts(front)}:
        raise not_found("account")
    await front.ledger.actions.resume_account(name, actor=actor, now=front.now())
    log.info("action", action="account_resumed", account=name, by=actor)
    return next(account for account in await _accounts(front) if account.name == name)


@router.get("/rules")
async def show_rules(front: FrontNeeded) -> RulesShape:
    """The rulebook in force, each rule as a sentence."""
    rulebook = front.keeper.current
    return RulesShape(
        version=rulebook.version,
        problem=front.keeper.problem,
        matching=rulebook.config.matching,
        rules=[RuleShape(name=trace.rule, explanation=trace.detail) for trace in rulebook.explain()],
        sources={name: source.provider.name for name, source in rulebook.sources.items()},
        numbers={name: number.id for name, number in rulebook.config.numbers.items()},
    )


async def _accounts(front: Front) -> list[AccountShape]:
    known = {status.account: status for status in await front.ledger.actions.accounts()}
    names = sorted({*front.keeper.current.config.accounts, *known})
    return [_account(name, known.get(name)) for name in names]


def _account(name: str, status: AccountStatus | None) -> AccountShape:
    if status is None or not status.stopped:
        return AccountShape(name=name, stopped=False, reason=None, since=None, probe_at=None)
    return AccountShape(
        name=name, stopped=True, reason=mask_text(status.reason), since=status.since, probe_at=status.probe_at
    )
