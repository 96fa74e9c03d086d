"""The page of rings: plain HTML, a small script that asks for news, light and dark, no outside resource."""

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from workers.answers import masked_phone
from workers.sandbox.records import Records, Ring

_STATIC = Path(__file__).parent / "static"
_SHOWN = 100
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


class Page:
    """GET / and what it loads."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def routes(self) -> list[Route]:
        """The page, its two files and its feed."""
        files = {"/": "rings.html", "/static/rings.js": "rings.js", "/static/rings.css": "rings.css"}
        return [
            *(Route(path, _file(_STATIC / name), methods=["GET"]) for path, name in files.items()),
            Route("/feed", self.feed, methods=["GET"]),
        ]

    async def feed(self, request: Request) -> Response:
        """GET /feed?after=N: at most 100 of the latest rings after number N, with names, and which ones are kept."""
        after = request.query_params.get("after", "0")
        number = int(after) if after.isascii() and after.isdecimal() and len(after) < 10 else 0
        rings = self._records.rings_after(number, at_most=_SHOWN)
        news = {
            "last": self._records.last_number,
            "oldest": self._records.oldest_number,
            "rings": [self._shown(ring) for ring in rings],
        }
        return JSONResponse(news, headers=_HEADERS)

    def _shown(self, ring: Ring) -> dict[str, Any]:
        contact = self._records.contact(ring.contact_id) or {}
        name = " ".join(part for part in (contact.get("firstName"), contact.get("lastName")) if part)
        phone = contact.get("phone")
        return {
            "number": ring.number,
            **ring.listed(),
            "name": name,
            "phone": masked_phone(phone) if phone else "",
        }


def _file(path: Path) -> Any:
    async def serve(_: Request) -> Response:
        return FileResponse(path, headers=_HEADERS)

    return serve
