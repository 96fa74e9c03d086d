"""A request as it goes to the call API: what is always the same of it is made once, only the body each time."""

from functools import lru_cache

import h11
import httpx

from gateway.model import record

_PORTS = {"http": 80, "https": 443}
_KEPT = 256  # heads that differ: by account, address, and how long a body is

Headers = tuple[tuple[str, str], ...]


@record
class Patience:
    """Seconds for one step each; None for as long as the whole may take."""

    connect: float | None = None
    read: float | None = None
    write: float | None = None


@record
class Target:
    """Where requests go."""

    host: str
    port: int
    secure: bool
    authority: bytes  # as the header Host has it
    path: bytes  # with its query


@record
class Request:
    """One request, ready to be sent."""

    target: Target
    head: h11.Request
    body: bytes = b""
    patience: Patience = Patience()


def target_of(url: httpx.URL) -> Target:
    """An address taken apart."""
    return Target(
        host=url.raw_host.decode("ascii"),
        port=url.port or _PORTS[url.scheme],
        secure=url.scheme == "https",
        authority=url.netloc,
        path=url.raw_path,
    )


def request_of(
    method: str, target: Target, body: bytes = b"", *, headers: Headers = (), patience: Patience | None = None
) -> Request:
    """A request with this body. Raises h11.LocalProtocolError for what no header may hold."""
    head = _head(method, target, headers, len(body))
    return Request(target=target, head=head, body=body, patience=patience or Patience())


@lru_cache(maxsize=_KEPT)
def _head(method: str, target: Target, headers: Headers, length: int) -> h11.Request:
    """Checking what may stand in a head takes as long as all the rest of a request."""
    written = [(b"Host", target.authority), *((name.encode("ascii"), value.encode("ascii")) for name, value in headers)]
    if length:
        written.append((b"Content-Length", str(length).encode()))
    return h11.Request(method=method, target=target.path, headers=written)
