"""Signed timestamps: how senders write them, and the replay window around now."""

import re
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from pydantic import Field, model_validator

from gateway.errors import NotAuthentic
from gateway.policy import Duration, Strict

Unit: TypeAlias = Literal["s", "ms", "iso8601", "http-date"]
_HTTP_DATE = "%a, %d %b %Y %H:%M:%S GMT"  # RFC 9110 section 5.6.7
_DIGITS = re.compile(r"[0-9]{1,15}")
_LONGEST = 64


class Timestamp(Strict):
    """Where the signed timestamp stands, how it is written, and how old or early it may be."""

    header: str | None = Field(None, min_length=1, description="the header it stands in")
    field: str | None = Field(None, min_length=1, description="or the key in the signature header, e.g. t")
    unit: Unit = Field("s", description="seconds or milliseconds since 1970, ISO 8601, or an HTTP date")
    format: str | None = Field(None, description="instead of unit: a strptime format, read as UTC")
    tolerance: Duration | None = Field(None, description="default: the source's clock_skew; both directions")

    @model_validator(mode="after")
    def _one_place(self) -> "Timestamp":
        if (self.header is None) == (self.field is None):
            raise ValueError("a timestamp stands in a `header` or in a `field` of the signature header: name one")
        return self

    def check(self, text: str, now: datetime, clock_skew: timedelta) -> None:
        """Raises NotAuthentic unless `text` is a moment within the tolerance of `now`, before or after it."""
        tolerance = clock_skew if self.tolerance is None else self.tolerance
        if abs(self._milliseconds(text) - now.timestamp() * 1000) > tolerance.total_seconds() * 1000:
            raise NotAuthentic("the signed timestamp is outside the replay window")

    def write(self, now: datetime) -> str:
        """`now` as this sender would write it."""
        moment = now.astimezone(UTC)
        if self.format is not None:
            return moment.strftime(self.format)
        match self.unit:
            case "s":
                return str(int(moment.timestamp()))
            case "ms":
                return str(int(moment.timestamp() * 1000))
            case "iso8601":
                return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
        return moment.strftime(_HTTP_DATE)

    def _milliseconds(self, text: str) -> float:
        if self.format is None and self.unit in {"s", "ms"}:
            if not _DIGITS.fullmatch(text):
                raise NotAuthentic("the signed timestamp is malformed")
            return int(text) * (1000 if self.unit == "s" else 1)
        if len(text) > _LONGEST:
            raise NotAuthentic("the signed timestamp is malformed")
        try:
            moment = self._moment(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000
        except (ValueError, OverflowError) as error:
            raise NotAuthentic("the signed timestamp is malformed") from error

    def _moment(self, text: str) -> datetime:
        if self.format is not None:
            return datetime.strptime(text, self.format)  # noqa: DTZ007 - the caller reads a naive one as UTC
        if self.unit == "iso8601":
            return datetime.fromisoformat(text)
        return datetime.strptime(text, _HTTP_DATE)  # noqa: DTZ007 - an HTTP date is always GMT
