"""HTTP to call APIs, one module each, found by name.

A module here exposes `DIALER`: a factory from a base address and options to a Dialer. Nothing else has to be edited.
"""

import ssl
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import import_module
from pkgutil import iter_modules

from gateway.contracts import Dialer, DialInterrupted
from gateway.model import record

__all__ = ["CALL_ID_PLACES", "CONTACT_ID_PLACES", "DialInterrupted", "DialerFactory", "DialerOptions", "load_dialers"]

CONTACT_ID_PLACES = ("id", "contactId", "contact.id", "data.id", "data.contact.id")
CALL_ID_PLACES = ("id", "callId", "call.id", "data.id", "data.callId", "data.call.id")


def utc_now() -> datetime:
    """The current instant, aware."""
    return datetime.now(UTC)


@record
class DialerOptions:
    """How a dialer behaves. Seconds bound one step each; `total_seconds` bounds the whole exchange.

    `total_seconds` must stay below the ledger's dial deadline, or the sweeper calls a live request UNKNOWN.
    `monotonic` is the clock of DialOrder.start_by; `now` turns a Retry-After date into a delay.
    """

    connect_seconds: float = 3.0
    read_seconds: float = 15.0
    write_seconds: float = 5.0
    total_seconds: float = 30.0
    allow_plain_http: bool = False  # http:// to a host other than this machine puts the token on the wire in clear
    contact_id_places: tuple[str, ...] = CONTACT_ID_PLACES
    call_id_places: tuple[str, ...] = CALL_ID_PLACES
    ssl_context: ssl.SSLContext | None = None  # None: the public certificate authorities
    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = utc_now


DialerFactory = Callable[[str, DialerOptions], Dialer]


def load_dialers(package: str = __name__) -> Mapping[str, DialerFactory]:
    """Every dialer's factory, by module name. Raises TypeError for a module without its DIALER constant."""
    found: dict[str, DialerFactory] = {}
    for module in iter_modules(import_module(package).__path__):
        factory = getattr(import_module(f"{package}.{module.name}"), "DIALER", None)
        if not callable(factory):
            raise TypeError(f"{package}.{module.name} has no DIALER: a factory (base address, options) -> Dialer")
        found[module.name] = factory
    return found
