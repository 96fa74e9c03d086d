"""Style, scripts and icons: ours, packaged, and named by their content so that browsers may keep them."""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

from gateway.model import record
from gateway.web.console.cookies import HOME

_FOREVER = "public, max-age=31536000, immutable"
_KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@record
class StaticFile:
    """One file, with the mark in its address."""

    content: bytes
    media_type: str
    mark: str


def address_of(name: str) -> str:
    """Where a page finds a file. Raises KeyError for one that is not there."""
    return f"{HOME}/static/{name}?{_files()[name].mark}"


async def serve(request: Request) -> Response:
    """One file, or 404."""
    found = _files().get(request.path_params["name"])
    if found is None:
        return Response("there is no such file", 404, media_type="text/plain")
    return Response(found.content, headers={"Cache-Control": _FOREVER}, media_type=found.media_type)


@cache
def _files() -> Mapping[str, StaticFile]:
    found = {}
    for path in files("gateway.web.console").joinpath("static").iterdir():
        suffix = "." + path.name.rpartition(".")[2]
        if suffix in _KINDS:
            content = path.read_bytes()
            mark = sha256(content).hexdigest()[:12]
            found[path.name] = StaticFile(content=content, media_type=_KINDS[suffix], mark=mark)
    return MappingProxyType(found)
