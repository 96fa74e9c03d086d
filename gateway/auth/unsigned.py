"""Senders that sign nothing: a secret address, and a header holding a secret where they can send one as well.

For providers that require a path token; what is here is the rest of their authentication.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import Field, field_validator

from gateway.auth.schemes import verify
from gateway.auth.tokens import HeaderToken, PathToken
from gateway.contracts import Source
from gateway.model import Request
from gateway.policy import Strict


class UnsignedOptions(Strict):
    """Options of a source whose sender can send a header of our choice."""

    header: HeaderToken | None = Field(None, description="a header the sender adds, holding one of `secrets`: its name")

    @field_validator("header", mode="before")
    @classmethod
    def _name_alone(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value


def authenticate_unsigned(request: Request, source: Source, now: datetime) -> str:
    """How the request passed: by the address, and by the header where the source asks for one. Raises NotAuthentic."""
    passed, header = verify([PathToken()], request, source, now), _header(source)
    return passed if header is None else f"{passed}, {header.verify(request, source, now)}"


def sign_unsigned(request: Request, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    """The headers such a sender adds."""
    header = _header(source)
    return () if header is None else header.sign(request, source, now)


def check_unsigned(source: Source) -> Sequence[str]:
    """What is wrong with the source's secrets; that it needs a path token is said by `requires_path_token`."""
    header = _header(source)
    if header is None:
        return ["this sender signs nothing, so nothing would use the `secrets`"] if source.secrets else []
    return header.check(source) if source.secrets else ["`header` needs `secrets`"]


def _header(source: Source) -> HeaderToken | None:
    return source.options.header if isinstance(source.options, UnsignedOptions) else None
