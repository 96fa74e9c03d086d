"""What a sender hears: the provider's own words where it has any, else a small JSON object."""

from collections.abc import Sequence

import orjson
from starlette.responses import Response

from gateway.contracts import Reply
from gateway.errors import EncodingRefused, NotAuthentic, TooLarge, TooManyRequests, Unavailable, WebhookRejected
from gateway.model import Accepted, EventState
from gateway.web.bodies import TooSlow
from gateway.web.problems import RETRY_SECONDS, ApiProblem, respond

_WORDS = {
    EventState.RECEIVED: "accepted",
    EventState.MATCHED: "accepted",
    EventState.IGNORED: "ignored",
    EventState.FAILED: "failed",
}
_OUTCOMES: tuple[tuple[type[WebhookRejected], str], ...] = (
    (NotAuthentic, "refused_authentic"),
    (TooLarge, "too_large"),
    (EncodingRefused, "encoding_refused"),
    (TooManyRequests, "too_many_requests"),
    (TooSlow, "too_slow"),
    (Unavailable, "unavailable"),
)
_BEST_FIRST = ("accepted", "duplicate", "failed", "ignored")


def status_of(accepted: Accepted) -> str:
    """One word for one event: accepted, duplicate, ignored or failed."""
    return "duplicate" if accepted.duplicate else _WORDS[accepted.state]


def summary_of(accepted: Sequence[Accepted]) -> str:
    """One word for a delivery: the best any of its events came to; `ignored` when it held none."""
    words = {status_of(event) for event in accepted}
    return next((word for word in _BEST_FIRST if word in words), "ignored")


def usual(accepted: Sequence[Accepted]) -> Response:
    """The answer to a sender that only looks at the status. A duplicate names the first event and its calls."""
    events = [{"id": event.event_id, "status": status_of(event), "calls": list(event.call_ids)} for event in accepted]
    body = orjson.dumps({"status": summary_of(accepted), "events": events})
    return Response(body, media_type="application/json")


def said(reply: Reply) -> Response:
    """A provider's own answer."""
    response = Response(reply.body, reply.status, media_type=reply.media_type)
    for name, value in reply.headers:
        response.headers.append(name, value)
    return response


def refused(error: WebhookRejected) -> Response:
    """The answer to a refused request. A request that proves nothing always hears the same."""
    if isinstance(error, NotAuthentic):
        return respond(ApiProblem(401, "not_authentic", "not authentic"))
    headers = {}
    if isinstance(error, TooManyRequests):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, TooSlow):
        headers["Connection"] = "close"
    return respond(ApiProblem(error.status, outcome_of(error), str(error), headers=headers))


def busy(status: int) -> Response:
    """Nothing was stored: try again. 503, or 429 where the sender tries again only after that."""
    detail = "nothing could be stored just now: send it again"
    return respond(ApiProblem(status, "unavailable", detail, headers={"Retry-After": str(RETRY_SECONDS)}))


def method_refused(allowed: Sequence[str]) -> Response:
    """405, naming what the source takes."""
    methods = ", ".join(sorted(allowed))
    return respond(ApiProblem(405, "method_refused", f"this address takes {methods}", headers={"Allow": methods}))


def outcome_of(error: WebhookRejected) -> str:
    """The metric's and the log's word for a refusal."""
    return next((word for kind, word in _OUTCOMES if isinstance(error, kind)), "refused")
