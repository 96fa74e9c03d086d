"""Errors as application/problem+json (RFC 9457), with codes that never change their meaning."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

import orjson
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2


class ApiProblem(Exception):
    """A request the API cannot serve. `code` is stable; `detail` is for a person and holds no secret or phone."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        fields: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.fields = tuple(fields)
        self.headers = dict(headers or {})


def not_found(kind: str) -> ApiProblem:
    """404 for an id nobody knows."""
    return ApiProblem(404, "not_found", f"no such {kind}")


def field_problem(field: str, message: str) -> ApiProblem:
    """422 for one field."""
    return ApiProblem(422, "invalid", "the request is not valid", fields=[(field, message)])


def unavailable(detail: str) -> ApiProblem:
    """503: try again soon."""
    return ApiProblem(503, "unavailable", detail, headers={"Retry-After": str(RETRY_SECONDS)})


def respond(problem: ApiProblem) -> Response:
    """The answer to a problem."""
    body: dict[str, object] = {
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
    }
    if problem.fields:
        body["errors"] = [{"field": field, "message": message} for field, message in problem.fields]
    return Response(orjson.dumps(body), problem.status, problem.headers, MEDIA_TYPE)
