"""The pages before the door: signing in, and the switch of light and dark that needs no session."""

import hmac
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from math import ceil

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from gateway.console_key import read_digest
from gateway.web.console import cookies
from gateway.web.console.door import address_of, guarded
from gateway.web.console.drawing import draw
from gateway.web.console.forms import read_form, require_own_origin
from gateway.web.console.page import Page
from gateway.web.console.people import KEY_HOLDER, PASSWORD_CHARACTERS
from gateway.web.console.sessions import SignedIn, console_of, fresh_token, sign_in, visitor_of
from gateway.web.front import front_of

_WRONG = "That name and password do not belong together."
_AGAIN = "The page was too old. Please try again."


def entrance_routes(pages: Sequence[Page]) -> list[Route]:
    """Sign-in: the form and its answer."""
    path = f"{cookies.HOME}/sign-in"
    return [
        Route(path, guarded(partial(_form, pages), pages), methods=["GET"]),
        Route(path, guarded(partial(_answer, pages), pages), methods=["POST"]),
    ]


async def _form(pages: Sequence[Page], request: Request) -> Response:
    if await visitor_of(request, front_of(request.scope)) is not None:
        return RedirectResponse(cookies.HOME, 303)
    return _shown(pages, request)


async def _answer(pages: Sequence[Page], request: Request) -> Response:
    require_own_origin(request)
    form = await read_form(request)
    door = cookies.door_token(request)
    if not door or not hmac.compare_digest(form.get("csrf", "").encode(), door.encode()):
        return _shown(pages, request, problem=_AGAIN, status=403)
    name = form.get("name", "").strip().lower()[:200] or KEY_HOLDER
    secret = form.get("password", "").strip()[:PASSWORD_CHARACTERS]
    done = await sign_in(front_of(request.scope), name, secret, address_of(request))
    if isinstance(done, SignedIn):
        response: Response = RedirectResponse(cookies.HOME, 303)
        cookies.keep_session(request, response, done.token)
        return response
    if done is None:
        return _shown(pages, request, problem=_WRONG, status=401)
    return _locked_out(pages, request, done)


def _locked_out(pages: Sequence[Page], request: Request, wait: timedelta) -> Response:
    seconds = ceil(wait.total_seconds())
    problem = f"Too many wrong passwords. Wait {seconds} s, then try again."
    response = _shown(pages, request, problem=problem, status=429)
    response.headers["Retry-After"] = str(seconds)
    return response


def _shown(pages: Sequence[Page], request: Request, *, problem: str = "", status: int = 200) -> Response:
    front = front_of(request.scope)
    console, token = console_of(front), fresh_token()
    html = draw(
        "sign_in.html",
        pages=pages,
        visit=None,
        note=None,
        door=token,
        problem=problem,
        has_key=read_digest(front.settings.data_dir) is not None,
        has_users=bool(console.users),
        elsewhere=console.oidc.title if console.oidc is not None else "",
        chosen_theme=cookies.theme_of(request),
    )
    response = HTMLResponse(html, status)
    cookies.keep_door(request, response, token)
    return response
