"""The API under /v1: reads and actions over the ledger, for programs and the command line."""

from fastapi import APIRouter, Depends
from fastapi.security import HTTPBearer

from gateway.web.api import (
    alerts,
    calls,
    do_not_call,
    events,
    holds,
    notifications,
    numbers,
    operations,
    orders,
    registries,
    replays,
    shadows,
    stops,
)
from gateway.web.api.shapes import ProblemShape
from gateway.web.gate import require_key
from gateway.web.problems import MEDIA_TYPE

_ERRORS = {
    401: "The key is missing or wrong.",
    404: "No such record.",
    409: "The record's state does not allow it.",
    422: "The request is not valid; `errors` names the fields.",
    503: "The ledger cannot be reached; try again after Retry-After seconds.",
}

router = APIRouter(
    prefix="/v1",
    dependencies=[Depends(HTTPBearer(auto_error=False, description="the API key")), Depends(require_key)],
    responses={
        status: {"description": about, "content": {MEDIA_TYPE: {"schema": ProblemShape.model_json_schema()}}}
        for status, about in _ERRORS.items()
    },
)
_PARTS = (
    orders,
    calls,
    events,
    operations,
    numbers,
    stops,
    alerts,
    holds,
    notifications,
    do_not_call,
    registries,
    replays,
    shadows,
)
for part in _PARTS:
    router.include_router(part.router)
