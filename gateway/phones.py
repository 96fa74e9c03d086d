"""Phone numbers: normalised to E.164, kinds that must never ring, and the zones a number may be in."""

from gateway.model import record
from gateway.reasons import Reason


@record
class Phone:
    """A parsed number. `refused` says why it must never ring; then `e164` may be None."""

    e164: str | None
    region: str | None  # ISO region, None for global networks
    refused: Reason | None
    detail: str = ""


def parse_phone(text: str, *, region: str | None) -> Phone:
    """Normalise a number as written; `region` is where one without a country code is from."""
    raise NotImplementedError


def zones_of(e164: str) -> tuple[str, ...]:
    """Every IANA zone the number may be in; empty when not known."""
    raise NotImplementedError


def mask_phone(text: str) -> str:
    """All but the last two digits hidden: the only form that may reach a log line."""
    raise NotImplementedError
