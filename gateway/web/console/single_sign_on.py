"""Signing in elsewhere: to the configured service, back again, and what its word is worth here."""

import hmac
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from gateway.rules.console import Oidc, OidcRoles, Role
from gateway.web.console import cookies
from gateway.web.console.door import address_of, guarded
from gateway.web.console.drawing import draw
from gateway.web.console.oidc import Discovery, Flow, NotVouchedFor, address_to_begin, claims_for
from gateway.web.console.page import Page
from gateway.web.console.people import ELSEWHERE, Identity, vouched_for
from gateway.web.console.sessions import SignedIn, console_of, fresh_token, let_in, note
from gateway.web.console.visit import Refusal
from gateway.web.front import Front, front_of

_BEGIN = f"{cookies.HOME}/sign-in/elsewhere"
_BACK = f"{_BEGIN}/back"
_SERVICE = "single sign-on"  # under which name the audit log keeps what was refused
_EVERYBODY = "*"
_CODE_CHARACTERS = 4000
_NAME_CHARACTERS = 200
_ERROR = re.compile(r"[a-z_]{1,60}")
_NOT_BEGUN = "This browser did not begin that sign-in, or it took too long. Begin it again."
_ROLELESS = "you are known there, but have no role here"


def single_sign_on_routes(pages: Sequence[Page]) -> list[Route]:
    """The way out, and the way back."""
    discovery = Discovery()
    return [
        Route(_BEGIN, guarded(partial(_begin, discovery), pages), methods=["GET"]),
        Route(_BACK, guarded(partial(_back, discovery, pages), pages), methods=["GET"]),
    ]


def name_of(claims: Mapping[str, Any], oidc: Oidc) -> str:
    """How somebody is called here: never like a user of the configuration, and by no e-mail that nobody verified."""
    told = claims.get(oidc.name)
    if not isinstance(told, str) or not told or (oidc.name == "email" and claims.get("email_verified") is not True):
        told = str(claims["sub"])
    return ELSEWHERE + "".join(letter for letter in told if letter.isprintable())[:_NAME_CHARACTERS]


def role_of(claims: Mapping[str, Any], roles: OidcRoles) -> Role | None:
    """The highest role a claim gives; None: not to be let in."""
    told = claims[roles.claim] if roles.claim in claims else _inside(claims, roles.claim)
    listed = told if isinstance(told, list) else [told]
    values = {one for one in listed if isinstance(one, str)}
    if values & set(roles.operators):
        return Role.OPERATOR
    return Role.VIEWER if values & set(roles.viewers) or _EVERYBODY in roles.viewers else None


def _inside(claims: Mapping[str, Any], path: str) -> Any:
    found: Any = claims
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


async def _begin(discovery: Discovery, request: Request) -> Response:
    front = front_of(request.scope)
    oidc = _configured(front)
    flow = Flow(token=fresh_token(), redirect=_redirect(front, oidc))
    try:
        endpoints = await discovery.find(oidc, now=front.now())
    except NotVouchedFor as error:
        raise Refusal(
            502, "No sign-in elsewhere", f"{oidc.title}: {error}. A name and password, or the key, still work."
        ) from None
    response = RedirectResponse(address_to_begin(oidc, endpoints, flow), 303)
    cookies.keep_flow(request, response, flow.token)
    return response


async def _back(discovery: Discovery, pages: Sequence[Page], request: Request) -> Response:
    front = front_of(request.scope)
    oidc, token = _configured(front), cookies.flow_token(request)
    flow = Flow(token=token or "", redirect=_redirect(front, oidc))
    state = request.query_params.get("state", "")
    if not token or not hmac.compare_digest(state.encode(), flow.state.encode()):
        raise Refusal(403, "Not signed in", _NOT_BEGUN)
    address, nonce = address_of(request), fresh_token()
    wait = await front.ledger.lockouts.count(f"{_SERVICE} {address}", address, nonce=nonce, now=front.now())
    if wait is not None:
        await note(front, by=_SERVICE, action="sign_in_locked_out", address=address)
        seconds = int(wait.total_seconds()) + 1
        raise Refusal(429, "Too many tries", f"Wait {seconds} s, then try again.")
    try:
        identity = await _vouched(discovery, front, oidc, flow, request)
    except NotVouchedFor as error:
        await note(front, by=_SERVICE, action="sign_in_refused", address=address, detail=str(error))
        raise Refusal(403, "Not signed in", f"{oidc.title}: {error}.") from None
    await front.ledger.lockouts.forget(f"{_SERVICE} {address}", address, nonce=nonce, now=front.now())
    return _welcomed(request, await let_in(front, identity, address), pages)


async def _vouched(discovery: Discovery, front: Front, oidc: Oidc, flow: Flow, request: Request) -> Identity:
    query = request.query_params
    refusal, code = query.get("error"), query.get("code", "")[:_CODE_CHARACTERS]
    if refusal or not code:
        raise NotVouchedFor(f"it refused ({refusal})" if refusal and _ERROR.fullmatch(refusal) else "it refused")
    if query.get("iss", oidc.issuer) != oidc.issuer:
        raise NotVouchedFor("the answer is another service's")
    endpoints = await discovery.find(oidc, now=front.now())
    claims = await claims_for(oidc, endpoints, flow, code, now=front.now())
    role = role_of(claims, oidc.roles)
    if role is None:
        raise NotVouchedFor(_ROLELESS)
    return vouched_for(name_of(claims, oidc), role, oidc)


def _welcomed(request: Request, done: SignedIn, pages: Sequence[Page]) -> Response:
    """A page that goes on by itself: a redirect would still count as the other site's, and SameSite=Strict hold."""
    response = HTMLResponse(draw("signed_in.html", pages=pages, visit=None, note=None))
    cookies.keep_session(request, response, done.token)
    cookies.drop_flow(request, response)
    return response


def _redirect(front: Front, oidc: Oidc) -> str:
    parts = urlsplit(oidc.url or front.settings.public_url)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}{_BACK}"


def _configured(front: Front) -> Oidc:
    oidc = console_of(front).oidc
    if oidc is None:
        raise Refusal(404, "No sign-in elsewhere", "The configuration names no service under console: oidc.")
    return oidc
