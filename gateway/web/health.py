"""/healthz, /readyz and /metrics: is the process alive, can it do its work, and how much has it done."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.errors import LedgerUnavailable
from gateway.ledger.alerts import Alert
from gateway.ledger.records import CallFilter
from gateway.ledger.stops import Stop
from gateway.model import CallState, record
from gateway.reasons import Reason
from gateway.startup import start_problems
from gateway.web.front import Front, front_of
from gateway.web.gate import require_key
from gateway.web.masking import mask_text
from gateway.web.metrics import CONTENT_TYPE, LedgerFigures
from gateway.web.scrub_health import scrub_told

_DUE_TOO_LONG = timedelta(seconds=60)
_RECENT = 200


@record
class NotReady:
    """One thing that is not ready. `stops` is receiving, ringing, or changes (to the configuration)."""

    name: str
    stops: str
    detail: str
    do: str


def health_routes() -> Sequence[Route]:
    """The routes that watch us."""
    return (
        Route("/healthz", _alive, methods=["GET"]),
        Route("/readyz", _ready, methods=["GET"]),
        Route("/metrics", _metrics, methods=["GET"]),
    )


async def _alive(_: Request) -> Response:
    return Response(b'{"status":"alive"}', media_type="application/json")


async def _ready(request: Request) -> Response:
    """503 with everything that is not ready; `?for=receiving` asks only for what a load balancer must know.

    `warnings` are alerts that a person must look at: they leave it ready.
    """
    front = front_of(request.scope)
    found = await problems_of(front)
    if request.query_params.get("for") == "receiving":
        found = [problem for problem in found if problem.stops == "receiving"]
    listed = [{"name": one.name, "stops": one.stops, "detail": mask_text(one.detail), "do": one.do} for one in found]
    warnings = await _warnings(front)
    body = orjson.dumps({"status": "not_ready" if found else "ready", "problems": listed, "warnings": warnings})
    return Response(body, 503 if found else 200, media_type="application/json")


async def problems_of(front: Front) -> list[NotReady]:
    """Everything that is not as it must be, the gravest first."""
    found = []
    try:
        faults = await front.ledger.connection.check_durability()
        if front.settings.redis_durability == "refuse":
            found += [_not_durable(fault) for fault in faults]
        found += await _stops(front)
        found += await _stopped_accounts(front)
        found += await _waiting_too_long(front)
        found += [
            NotReady(name=Reason.SCRUB_OVERDUE, stops="ringing", detail=said, do=do)
            for said, do, _ in await scrub_told(front, "overdue")
        ]
        found += [_alert(one) for one in await front.ledger.alerts.open() if one.critical]
    except LedgerUnavailable as error:
        found.append(
            NotReady(
                name="redis",
                stops="receiving",
                detail=str(error),
                do="start Redis, or correct DIALGATE_REDIS_URL; senders are told to try again",
            )
        )
    return found + _clock_astray(front) + _ledger_full(front) + _configuration(front)


def _clock_astray(front: Front) -> list[NotReady]:
    astray = front.admission.astray
    advice = "look at NTP on this machine, and on Redis's; senders are told to try again"
    return [NotReady(name="clock", stops="receiving", detail=astray, do=advice)] if astray else []


def _ledger_full(front: Front) -> list[NotReady]:
    full = front.admission.full
    return [NotReady(name="redis_memory", stops="receiving", detail=full, do="give Redis more memory")] if full else []


def _not_durable(fault: str) -> NotReady:
    return NotReady(name="redis_durability", stops="receiving", detail=fault, do="correct Redis's configuration")


def _configuration(front: Front) -> list[NotReady]:
    found = []
    if front.keeper.problem is not None:
        found.append(
            NotReady(
                name="configuration",
                stops="changes",
                detail=front.keeper.problem,
                do="correct the file (`dialgate check`); the rulebook in force stays until then",
            )
        )
    found += [
        NotReady(name="configuration", stops="ringing", detail=problem.message, do="correct the configuration")
        for problem in start_problems(front.settings, front.keeper.current)
    ]
    return found


async def _stops(front: Front) -> list[NotReady]:
    return [_stopped(one) for one in await front.ledger.stops.in_force(now=front.now())]


def _stopped(one: Stop) -> NotReady:
    until = "until it is resumed" if one.until is None else f"until {one.until:%Y-%m-%d %H:%M:%S} UTC"
    named = f"{one.what} {one.name}".rstrip()
    why = f": {one.reason}" if one.reason else ""
    return NotReady(
        name="stop", stops="ringing", detail=f"{named} is stopped {until}{why}", do=f"`dialgate resume {named}`"
    )


async def _stopped_accounts(front: Front) -> list[NotReady]:
    return [
        NotReady(
            name="account",
            stops="ringing",
            detail=f"account {status.account} is stopped: {status.reason}",
            do="correct its token, credit or address; it is probed until it works, or resume it",
        )
        for status in await front.ledger.actions.accounts()
        if status.stopped
    ]


async def _waiting_too_long(front: Front) -> list[NotReady]:
    waiting = await front.ledger.reads.longest_due(now=front.now())
    if waiting is None or waiting <= _DUE_TOO_LONG:
        return []
    return [
        NotReady(
            name="due_calls",
            stops="ringing",
            detail=f"a call has been due for {waiting.total_seconds():.0f} s and nobody rang",
            do="start workers (`dialgate work`) and the sweeper, or look at the pace of the numbers",
        )
    ]


def _alert(one: Alert) -> NotReady:
    return NotReady(name=one.kind, stops="ringing", detail=one.detail, do=one.do)


async def _warnings(front: Front) -> list[dict[str, str]]:
    try:
        alerts = await front.ledger.alerts.open()
        due = await scrub_told(front, "due soon")
    except LedgerUnavailable:
        return []  # told among the problems
    soon = [
        {"name": "scrub_due", "detail": said, "do": do, "since": at.isoformat() if at else ""} for said, do, at in due
    ]
    return soon + [
        {"name": one.kind, "detail": mask_text(one.detail), "do": one.do, "since": one.since.isoformat()}
        for one in alerts
        if not one.critical
    ]


async def _metrics(request: Request) -> Response:
    require_key(request)
    front = front_of(request.scope)
    try:
        counts = await front.ledger.reads.counts()
        recent, _ = await front.ledger.reads.calls(CallFilter(state=CallState.PLACED), limit=_RECENT)
        stopped = sum(status.stopped for status in await front.ledger.actions.accounts())
        alerts = Counter(one.kind for one in await front.ledger.alerts.open())
        ailing = sum(one.ailing for one in await front.ledger.numbers.refused(now=front.now()))
        notices = await front.ledger.notices.counts()
        figures = LedgerFigures(counts, recent, stopped, alerts, ailing, notices)
    except LedgerUnavailable:
        figures = None
    return Response(front.metrics.render(figures), media_type=CONTENT_TYPE)
