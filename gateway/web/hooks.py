"""/hooks/{source} and below it: from HTTP to the pipeline and back, deciding nothing.

What follows the source's name is its path token, or a path its sender asks for by itself (ClickFunnels).
A plain ASGI endpoint: it is the busiest, and needs neither models nor OpenAPI.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.auth.tokens import require_path
from gateway.contracts import Source
from gateway.errors import LedgerUnavailable, NotAuthentic, Unavailable, Unreadable, WebhookRejected
from gateway.handshakes.probes import address_parts
from gateway.model import Accepted, EventState, Request, record
from gateway.pipeline import receive as run_pipeline
from gateway.reasons import Reason
from gateway.web import answers
from gateway.web.admission import Overloaded, Visit
from gateway.web.bodies import ClientGone, read_body
from gateway.web.edge import log_unexpected, request_id_of
from gateway.web.front import Front, front_of
from gateway.web.problems import ApiProblem, respond

ANSWER_SECONDS = 5.0  # the least patient sender hangs up then

log = structlog.stdlib.get_logger("dialgate.hooks")
_PROOF_FAILED = "refused_authentic"  # at a source of ours most often a secret that two sides do not share


class WrongAddress(NotAuthentic):
    """The address is no source's: also a public source with a path token must not tell that it exists."""


@record
class Outcome:
    """How one request ended: the answer, one word for it, and what was stored."""

    response: Response
    word: str
    accepted: Sequence[Accepted] = ()
    why: str = ""


class HookEndpoint:
    """The ASGI endpoint of every source, for every method."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One delivery: read it, hand it on, answer, and leave one line in the log."""
        front = front_of(scope)
        source = front.source(scope["path_params"]["source"]) or front.decoy
        started = time.perf_counter()
        try:
            with front.admission.visit(source.name, partial(front.client_of, scope)) as visit:
                request = await _read(front, source, scope, receive, visit)
                visit.start()
                outcome = await _answer(front, source, request, scope)
        except Overloaded:
            front.metrics.deliveries.labels(source.name, "overloaded").inc()
            await answers.busy(source.provider.busy_status)(scope, receive, send)
            return
        except ClientGone:
            front.metrics.deliveries.labels(source.name, "client_gone").inc()
            return
        except WebhookRejected as error:
            outcome = _refused(source, None, error)
        _note(front, source, scope, outcome, time.perf_counter() - started)
        await outcome.response(scope, receive, send)


async def _read(front: Front, source: Source, scope: Scope, receive: Receive, visit: Visit) -> Request:
    body = await read_body(receive, scope["headers"], limit=source.max_body_bytes, hold=visit.hold)
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    query = scope["query_string"].decode("latin-1")
    path = scope["raw_path"].decode("latin-1")
    token, subpath = address_parts(scope["path_params"].get("rest", ""), source.provider.subpaths)
    return Request(
        method=scope["method"],
        url=front.settings.public_url.rstrip("/") + path + ("?" + query if query else ""),
        query=query,
        headers=headers,
        body=body,
        remote=visit.address,
        received_at=front.now(),
        path_token=token,
        subpath=subpath,
    )


async def _answer(front: Front, source: Source, request: Request, scope: Scope) -> Outcome:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await _serve(front, source, request, scope)
    except WebhookRejected as error:
        return _refused(source, request, error)
    except (LedgerUnavailable, TimeoutError) as error:
        return _busy(source, request, "unavailable", str(error) or "the ledger took too long")
    except Exception as error:  # noqa: BLE001 - the process edge: the sender must try again, whatever broke
        log_unexpected(scope, error)
        return _busy(source, request, "unexpected", type(error).__name__)


async def _serve(front: Front, source: Source, request: Request, scope: Scope) -> Outcome:
    provider = source.provider
    _require_address(source, request, front)
    greeting = provider.handshake(request, source) if provider.handshake is not None else None
    if greeting is not None:
        return Outcome(response=answers.said(greeting), word="handshake")
    if request.subpath:
        raise WrongAddress(f"nothing is received at {request.subpath}")
    if request.method not in provider.methods:
        return Outcome(response=answers.method_refused(sorted(provider.methods)), word="method_refused")
    accepted = await run_pipeline(front.receiver, source, request)
    for event in accepted:
        front.metrics.events.labels(source.name, "DUPLICATE" if event.duplicate else event.state.value).inc()
    response = await _reply(front, source, request, accepted, scope)
    return Outcome(response=response, word=answers.summary_of(accepted), accepted=accepted)


def _require_address(source: Source, request: Request, front: Front) -> None:
    """The path token, before anything is answered: a handshake must not tell that the source exists."""
    try:
        require_path(request, source)
    except NotAuthentic as error:
        with suppress(NotAuthentic):
            front.decoy.provider.authenticate(request, front.decoy, request.received_at)
        raise WrongAddress(str(error)) from None


async def _reply(
    front: Front, source: Source, request: Request, accepted: Sequence[Accepted], scope: Scope
) -> Response:
    """What was stored is answered as such, even when the provider's own answer breaks."""
    provider = source.provider
    try:
        unreadable = await _unreadable(front, source, accepted)
        if unreadable is not None:
            own = provider.refusal(request, source, unreadable) if provider.refusal is not None else None
            return answers.said(own) if own else respond(ApiProblem(422, "unreadable", str(unreadable)))
        reply = provider.reply(request, source, accepted) if provider.reply is not None else None
        return answers.said(reply) if reply is not None else answers.usual(accepted)
    except Exception as error:  # noqa: BLE001 - the process edge: it is stored, so the sender must not hear "again"
        log_unexpected(scope, error)
        return answers.usual(accepted)


async def _unreadable(front: Front, source: Source, accepted: Sequence[Accepted]) -> Unreadable | None:
    """Why the body could not be read, for a source whose sender is a person who can mend it."""
    if not source.provider.content_errors_4xx or [event.state for event in accepted] != [EventState.FAILED]:
        return None
    event = await front.receiver.ledger.reads.event(accepted[0].event_id)
    if event is None or event.reason is not Reason.UNREADABLE:
        return None
    return Unreadable(event.error or "the body could not be read")


def _refused(source: Source, request: Request | None, error: WebhookRejected) -> Outcome:
    provider, own = source.provider, None
    bare = isinstance(error, WrongAddress) or (isinstance(error, NotAuthentic) and not provider.public)
    if request is not None and provider.refusal is not None and not bare:
        own = provider.refusal(request, source, error)
    response = answers.said(own) if own is not None else answers.refused(error)
    return Outcome(response=response, word=answers.outcome_of(error), why=str(error))


def _busy(source: Source, request: Request, word: str, why: str) -> Outcome:
    provider = source.provider
    own = provider.refusal(request, source, Unavailable(why)) if provider.refusal is not None else None
    if own is None:
        return Outcome(response=answers.busy(provider.busy_status), word=word, why=why)
    response = answers.said(own)
    response.headers.setdefault("Retry-After", "2")
    return Outcome(response=response, word=word, why=why)


def _note(front: Front, source: Source, scope: Scope, outcome: Outcome, seconds: float) -> None:
    front.metrics.deliveries.labels(source.name, outcome.word).inc()
    front.metrics.accept_seconds.observe(seconds)
    say = log.warning if outcome.word == _PROOF_FAILED and source is not front.decoy else log.info
    say(
        "delivery",
        request=request_id_of(scope),
        source=source.name,
        provider=source.provider.name,
        outcome=outcome.word,
        status=outcome.response.status_code,
        events=[event.event_id for event in outcome.accepted],
        calls=sum(len(event.call_ids) for event in outcome.accepted),
        ms=round(seconds * 1000, 1),
        **({"why": outcome.why} if outcome.why else {}),
    )
