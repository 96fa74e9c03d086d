"""The console: the pages people watch and act on. Reads through the ledger's reads, acts through its actions."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gateway.web.console.cookies import HOME
from gateway.web.console.door import guarded, routes_of
from gateway.web.console.entrance import entrance_routes
from gateway.web.console.pages import load_pages
from gateway.web.console.single_sign_on import single_sign_on_routes
from gateway.web.console.static_files import serve


def console_routes() -> Sequence[Route]:
    """Every route of the console, and `/`, which leads to it."""
    pages = load_pages()
    return (
        Route("/", guarded(_home, pages), methods=["GET"]),
        Route(f"{HOME}/", guarded(_home, pages), methods=["GET"]),
        Route(f"{HOME}/static/{{name}}", guarded(serve, pages), methods=["GET"]),
        *entrance_routes(pages),
        *single_sign_on_routes(pages),
        *routes_of(pages),
    )


async def _home(_: Request) -> Response:
    return RedirectResponse(HOME, 303)
