"""The site: every route in its place, every layer around them, and what an error looks like."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from gateway.errors import LedgerUnavailable
from gateway.handshakes.probes import FUNNEL_TEST
from gateway.web.api import router
from gateway.web.console import console_routes
from gateway.web.console.tail import Tail
from gateway.web.docs_page import docs_route
from gateway.web.edge import Edge
from gateway.web.gate import Gate
from gateway.web.health import health_routes
from gateway.web.hooks import HookEndpoint
from gateway.web.problems import ApiProblem, respond, unavailable

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[Mapping[str, Any]]]

_API_VERSION = "1"
_HOOKS = "/hooks/"
_CODES = {404: "not_found", 405: "method_refused"}
_ABOUT = "Reads and actions over the ledger. Phones are masked unless a single record is read with `reveal=true`."


class Site(FastAPI):
    """The application, with webhooks going past all of FastAPI: they are the busiest, and need none of it."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._hooks = Edge(HookEndpoint())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request: /hooks/{source} and what is below it here, everything else by its route."""
        source, _, rest = scope["path"][len(_HOOKS) :].partition("/") if scope["type"] == "http" else ("", "", "")
        if not source or not scope["path"].startswith(_HOOKS):
            await super().__call__(scope, receive, send)
            return
        scope["app"] = self
        scope["path_params"] = {"source": source, "rest": rest}
        await self._hooks(scope, receive, send)


def build_site(lifespan: Lifespan) -> FastAPI:
    """The application without its parts: those come with the lifespan, as `app.state.front`."""
    app = Site(
        title="Dialgate",
        version=_API_VERSION,
        description=_ABOUT,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=[Middleware(Edge), Middleware(Gate)],
        exception_handlers={
            ApiProblem: _api_problem,
            RequestValidationError: _invalid,
            LedgerUnavailable: _ledger_unavailable,
            HTTPException: _http,
        },
    )
    app.router.routes[:0] = [
        Route(f"/{FUNNEL_TEST}", _probe, methods=["POST"]),
        *health_routes(),
        docs_route(),
        *console_routes(),
    ]
    app.state.tail = Tail()
    app.include_router(router)
    return app


async def _probe(_: Request) -> Response:
    """ClickFunnels Classic asks here, at the root of the domain, before it saves a webhook: 200, whoever asks."""
    return Response(b"{}", media_type="application/json")


async def _api_problem(_: Request, error: ApiProblem) -> Response:
    return respond(error)


async def _invalid(_: Request, error: RequestValidationError) -> Response:
    """Fields and messages, never the input: it may hold a phone number."""
    fields = [
        (".".join(str(part) for part in fault["loc"][1:]) or str(fault["loc"][0]), str(fault["msg"]))
        for fault in error.errors()
    ]
    return respond(ApiProblem(422, "invalid", "the request is not valid", fields=fields))


async def _ledger_unavailable(_: Request, __: LedgerUnavailable) -> Response:
    return respond(unavailable("the ledger cannot be reached: try again"))


async def _http(_: Request, error: HTTPException) -> Response:
    code = _CODES.get(error.status_code, "refused")
    return respond(ApiProblem(error.status_code, code, str(error.detail).lower(), headers=error.headers))
