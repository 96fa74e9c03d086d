"""What a page of the console is: a module of `pages/` with one constant PAGE, found by its name."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from starlette.responses import Response

from gateway.model import record
from gateway.rules.console import Role
from gateway.web.console.visit import Visit


@record
class Done:
    """What an order came to: the answer, and the line that is kept of it before the answer leaves.

    `action` is a stable word such as `call.resolved`; `subject` an id or a name; `detail` for people. None of them
    may hold a phone number or a secret.
    """

    response: Response
    action: str
    subject: str = ""
    detail: str = ""


@record
class Look:
    """A GET. It changes nothing, and shows nobody's number in full."""

    path: str  # after /console, with Starlette's {parameters}
    handler: Callable[[Visit], Awaitable[Response]]
    role: Role = Role.VIEWER


@record
class Act:
    """A POST of a form. The door has checked session, role, origin and CSRF token before the handler is asked.

    `file_bytes`: it takes a file, too, of at most so many; whose role is too low is not listened to.
    """

    path: str
    handler: Callable[[Visit], Awaitable[Done]]
    role: Role = Role.OPERATOR
    file_bytes: int = 0


@record
class Trial:
    """A POST that changes nothing, for forms too long or too private for an address. Checked as an Act is; not kept."""

    path: str
    handler: Callable[[Visit], Awaitable[Response]]
    role: Role = Role.OPERATOR


Entry: TypeAlias = Look | Act | Trial


@record
class Page:
    """One page. `title` empty keeps it out of the menu; `key` is the letter after g that opens it."""

    name: str  # the module's name
    title: str = ""
    path: str = ""  # where the menu leads, after /console
    order: int = 100  # place in the menu, lowest first
    key: str = ""
    under: str = ""  # the name of the page that the menu marks while this one is open
    entries: Sequence[Entry]
