"""One request of somebody who is signed in: all that a page's handler works with."""

from collections.abc import Callable, Mapping
from dataclasses import field as unset
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.model import record
from gateway.rules.console import Role
from gateway.web.console.cookies import HOME, drop_note, keep_note, take_note
from gateway.web.front import Front


class Refusal(Exception):
    """What a person is told instead of a page; `text` is shown as it is and holds no phone number or secret."""

    def __init__(self, status: int, title: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.title = title
        self.text = text


@record
class Visitor:
    """Who is asking."""

    name: str
    role: Role
    csrf: str

    @property
    def acts(self) -> bool:
        """Whether they may act, and reveal."""
        return self.role.covers(Role.OPERATOR)


@record
class Upload:
    """A file somebody chose. Its name is whatever their machine calls it."""

    name: str
    content: bytes = unset(repr=False)


@record
class Visit:
    """A request by a visitor who may make it. `form` holds an order's fields; empty for a GET."""

    request: Request
    front: Front
    visitor: Visitor
    form: Mapping[str, str]
    draw: Callable[..., str]  # template name and values → HTML
    upload: Upload | None = None

    @property
    def now(self) -> datetime:
        """The clock."""
        return self.front.now()

    @property
    def actor(self) -> str:
        """Under which name the ledger keeps what this visitor orders."""
        return self.visitor.name

    @property
    def partial(self) -> bool:
        """Whether htmx asks for a part of the page it already shows."""
        return "hx-request" in self.request.headers and "hx-boosted" not in self.request.headers

    def came_from(self, path: str) -> bool:
        """Whether the order was given on this page of the console (after /console)."""
        return urlsplit(self.request.headers.get("referer", "")).path == f"{HOME}{path}"

    def place(self, name: str) -> str:
        """A {parameter} of the path."""
        return str(self.request.path_params[name])

    def query(self, name: str, default: str = "") -> str:
        """A parameter of the query; the last where there are several, cut at 200 characters."""
        return self.request.query_params.get(name, default)[:200]

    def field(self, name: str, default: str = "") -> str:
        """A field of the form, without the blanks around it."""
        return self.form.get(name, default).strip()

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A template as the answer: inside the layout, or bare where htmx asks for a part."""
        note = None if self.partial else take_note(self.request)
        response = HTMLResponse(self.draw(template, visit=self, note=note, **values), status)
        if note is not None:
            drop_note(response)
        return response

    def back(self, path: str = "", note: str = "") -> Response:
        """After an order: see `path` (after /console), with a note on top of it."""
        target = f"{HOME}{path}"
        if self.partial:
            response = Response(status_code=204, headers={"HX-Redirect": target})
        else:
            response = RedirectResponse(target, 303)
        if note:
            keep_note(response, note)
        return response
