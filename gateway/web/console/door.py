"""The door each address of each page goes through: session, origin, CSRF, role; then the handler; then the log."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from gateway.errors import LedgerUnavailable
from gateway.web.console.cookies import HOME
from gateway.web.console.drawing import draw
from gateway.web.console.forms import read_form, require_csrf, require_own_origin
from gateway.web.console.page import Act, Entry, Look, Page, Trial
from gateway.web.console.sessions import note, visitor_of
from gateway.web.console.uploads import read_upload
from gateway.web.console.visit import Refusal, Visit, Visitor
from gateway.web.front import Front, front_of
from gateway.web.problems import ApiProblem

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "same-origin",  # with no-referrer a browser would send our own forms without their origin
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_AWAY = Refusal(503, "The ledger cannot be reached", "Redis does not answer. Nothing was done; try again in a moment.")
_OFF = Refusal(404, "No console here", "This receiver serves no console: DIALGATE_CONSOLE is off.")

log = structlog.stdlib.get_logger("dialgate.console")
Handler = Callable[[Request], Awaitable[Response]]


def routes_of(pages: Sequence[Page]) -> list[Route]:
    """A route for each entry of each page."""
    return [
        Route(HOME + entry.path, guarded(partial(_enter, pages, page, entry), pages), methods=[_method(entry)])
        for page in pages
        for entry in page.entries
    ]


def guarded(handler: Handler, pages: Sequence[Page]) -> Handler:
    """A handler behind the console's switch, with errors as pages, and the headers every answer carries."""

    async def endpoint(request: Request) -> Response:
        try:
            if not front_of(request.scope).settings.console:
                raise _OFF
            response = await handler(request)
        except Refusal as refusal:
            response = refused(request, refusal, pages)
        except LedgerUnavailable:
            response = refused(request, _AWAY, pages)
        except ApiProblem as problem:
            text = "; ".join(message for _, message in problem.fields) or problem.detail
            response = refused(request, Refusal(problem.status, "Not possible", text), pages)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return endpoint


def refused(request: Request, refusal: Refusal, pages: Sequence[Page]) -> Response:
    """A refusal as a page of its own, or as a short part where htmx asked."""
    template = "refused_part.html" if "hx-request" in request.headers else "refused.html"
    html = draw(template, pages=pages, visit=None, note=None, refusal=refusal)
    headers = {"Retry-After": "2"} if refusal.status == 503 else {}
    return HTMLResponse(html, refusal.status, headers)


def address_of(request: Request) -> str:
    """The client's address; behind a trusted proxy the forwarded one."""
    peer = request.client.host if request.client is not None else ""
    return front_of(request.scope).proxies.client(peer, request.headers.getlist("x-forwarded-for"))


async def _enter(pages: Sequence[Page], page: Page, entry: Entry, request: Request) -> Response:
    front = front_of(request.scope)
    if not isinstance(entry, Look):
        require_own_origin(request)
    visitor = await visitor_of(request, front)
    if visitor is None:
        return _to_sign_in(request)
    drawing = partial(draw, pages=pages, here=page.under or page.name)
    if isinstance(entry, Look):
        await _require_role(entry, visitor, request, front)
        return await entry.handler(_visit(request, front, visitor, {}, drawing))
    upload = None
    if isinstance(entry, Act) and entry.file_bytes:
        await _require_role(entry, visitor, request, front)
        form, upload = await read_upload(request, entry.file_bytes)
    else:
        form = await read_form(request)
    require_csrf(request, form, visitor.csrf)
    await _require_role(entry, visitor, request, front)
    visit = replace(_visit(request, front, visitor, form, drawing), upload=upload)
    return await entry.handler(visit) if isinstance(entry, Trial) else await _act(entry, visit)


async def _act(entry: Act, visit: Visit) -> Response:
    """The order, then its line in the log; only then the answer leaves."""
    done = await entry.handler(visit)
    address, by = address_of(visit.request), visit.visitor.name
    await note(visit.front, by=by, action=done.action, subject=done.subject, detail=done.detail, address=address)
    log.info("console.deed", action=done.action, subject=done.subject, by=by)
    return done.response


async def _require_role(entry: Entry, visitor: Visitor, request: Request, front: Front) -> None:
    if visitor.role.covers(entry.role):
        return
    if not isinstance(entry, Look):
        await note(front, by=visitor.name, action="refused", subject=entry.path, address=address_of(request))
    raise Refusal(403, "Not for viewers", f"This needs the role {entry.role}; {visitor.name} is {visitor.role}.")


def _visit(
    request: Request, front: Front, visitor: Visitor, form: Mapping[str, str], drawing: Callable[..., str]
) -> Visit:
    return Visit(request=request, front=front, visitor=visitor, form=form, draw=drawing)


def _to_sign_in(request: Request) -> Response:
    """To the sign-in page; back again afterwards where that is safe."""
    target = f"{HOME}/sign-in"
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": target})
    if request.method == "GET" and "text/event-stream" not in request.headers.get("accept", ""):
        return RedirectResponse(target, 303)
    raise Refusal(401, "Signed out", "Your session has ended. Nothing was done: sign in again.")


def _method(entry: Entry) -> str:
    return "GET" if isinstance(entry, Look) else "POST"
