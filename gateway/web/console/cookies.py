"""The console's cookies: which there are, and that no other site's page can use or read them."""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from gateway.web.front import front_of

HOME = "/console"
NOTE = "dialgate_note"
THEME = "dialgate_theme"
_SESSION, _DOOR, _FLOW = "dialgate_session", "dialgate_door", "dialgate_flow"
_NOTE_CHARACTERS = 2000
_FLOW_SECONDS = 600


def is_https(request: Request) -> bool:
    """Whether the browser came by https. One who lies about it only gets cookies that plain http does not send."""
    public = urlsplit(front_of(request.scope).settings.public_url)
    known = public.scheme == "https" and request.headers.get("host", "") == public.netloc
    forwarded = request.headers.get("x-forwarded-proto", "").strip().lower()
    return request.url.scheme == "https" or forwarded == "https" or known


def session_token(request: Request) -> str | None:
    """The token of the browser's session."""
    return request.cookies.get(_named(_SESSION, request))


def keep_session(request: Request, response: Response, token: str) -> None:
    """Let the browser keep a session's token until it is closed; how long it holds is the server's business."""
    _set(request, response, _SESSION, token)


def drop_session(request: Request, response: Response) -> None:
    """Let the browser forget its session."""
    _drop(request, response, _SESSION)


def door_token(request: Request) -> str | None:
    """The token that the sign-in form of this browser must show."""
    return request.cookies.get(_named(_DOOR, request))


def keep_door(request: Request, response: Response, token: str) -> None:
    """Let the browser keep the token of its sign-in form."""
    _set(request, response, _DOOR, token)


def flow_token(request: Request) -> str | None:
    """The token of a sign-in elsewhere that this browser began."""
    return request.cookies.get(_named(_FLOW, request))


def keep_flow(request: Request, response: Response, token: str) -> None:
    """Remember that a sign-in elsewhere was begun. Lax, as its answer comes from the other site."""
    secure = is_https(request)
    response.set_cookie(
        _named(_FLOW, request), token, max_age=_FLOW_SECONDS, path="/", httponly=True, secure=secure, samesite="lax"
    )


def drop_flow(request: Request, response: Response) -> None:
    """A sign-in elsewhere is over."""
    secure = is_https(request)
    response.delete_cookie(_named(_FLOW, request), path="/", httponly=True, secure=secure, samesite="lax")


def keep_note(response: Response, text: str) -> None:
    """Let the next page show a note."""
    response.set_cookie(NOTE, text.encode().hex(), max_age=60, path=HOME, httponly=True, samesite="strict")


def take_note(request: Request) -> str | None:
    """The note to show, if there is one."""
    stored = request.cookies.get(NOTE, "")[:_NOTE_CHARACTERS]
    try:
        return bytes.fromhex(stored).decode() or None
    except ValueError:
        return None


def drop_note(response: Response) -> None:
    """The note was shown."""
    response.delete_cookie(NOTE, path=HOME, httponly=True, samesite="strict")


def theme_of(request: Request) -> str:
    """`light` or `dark` where the visitor chose one; empty: as the system has it."""
    chosen = request.cookies.get(THEME, "")
    return chosen if chosen in {"light", "dark"} else ""


def _named(name: str, request: Request) -> str:
    """With __Host- no other host of the domain can set the cookie; browsers take the prefix only by https."""
    return f"__Host-{name}" if is_https(request) else name


def _set(request: Request, response: Response, name: str, value: str) -> None:
    secure = is_https(request)
    response.set_cookie(_named(name, request), value, path="/", httponly=True, secure=secure, samesite="strict")


def _drop(request: Request, response: Response, name: str) -> None:
    secure = is_https(request)
    response.delete_cookie(_named(name, request), path="/", httponly=True, secure=secure, samesite="strict")
