"""One shape for every way to authenticate, the choice of one in YAML, and passing by any of several."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, Protocol

from pydantic import Field, field_validator, model_validator

from gateway.auth.asymmetric import Asymmetric
from gateway.auth.jwt import Jwt
from gateway.auth.signatures import Hmac
from gateway.auth.tokens import BEARER, Basic, BodyToken, HeaderToken, PathToken, QueryToken, require_path
from gateway.contracts import Source
from gateway.errors import NotAuthentic
from gateway.model import Request
from gateway.policy import Strict


class Scheme(Protocol):
    """A declarative, frozen way to prove a request."""

    def verify(self, request: Request, source: Source, now: datetime, /) -> str:
        """How the request passed. Raises NotAuthentic, and nothing else, for whatever a request holds."""
        ...

    def sign(self, request: Request, source: Source, now: datetime, /) -> tuple[tuple[str, str], ...]:
        """The headers a sender adds. Raises ValueError where the source lacks a usable secret."""
        ...

    def query(self, source: Source, /) -> str:
        """What a sender's URL carries in its query, percent-encoded; often nothing."""
        ...

    def check(self, source: Source, /) -> list[str]:
        """What is wrong with the source's secrets under this scheme."""
        ...


class SchemeChoice(Strict):
    """One way to authenticate: exactly one key."""

    hmac: Hmac | None = None
    asymmetric: Asymmetric | None = None
    jwt: Jwt | None = None
    bearer: Literal[True] | None = Field(None, description="Authorization: Bearer <secret>")
    header: HeaderToken | None = Field(None, description="a header holding the secret: its name, or name and prefix")
    query: QueryToken | None = Field(None, description="a query parameter holding the secret: its name")
    body: BodyToken | None = Field(None, description="a body field holding the secret: its path")
    basic: Basic | None = None
    path: Literal[True] | None = Field(None, description="the address /hooks/{source}/{path_token} is the secret")

    @field_validator("header", "query", "body", mode="before")
    @classmethod
    def _name_alone(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _exactly_one(self) -> "SchemeChoice":
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError("name exactly one of hmac, asymmetric, jwt, bearer, header, query, body, basic, path")
        return self

    @property
    def scheme(self) -> Scheme:
        """The scheme chosen."""
        if self.bearer:
            return BEARER
        signed: Scheme | None = self.hmac or self.asymmetric or self.jwt
        chosen: Scheme | None = signed or self.header or self.query or self.body or self.basic
        return chosen or PathToken()


def verify(schemes: Sequence[Scheme], request: Request, source: Source, now: datetime) -> str:
    """How the request passed by any of the schemes; each is tried in order. Raises NotAuthentic.

    The address is compared first: a source with a path token is reached by that address alone.
    """
    require_path(request, source)
    refusals = []
    for scheme in schemes:
        try:
            return scheme.verify(request, source, now)
        except NotAuthentic as error:
            refusals.append(str(error))
    raise NotAuthentic("; ".join(refusals) or "the source has no way to authenticate")


def source_problems(source: Source) -> list[str]:
    """Everything wrong with a configured source beyond its options, in words for the configuration's author."""
    problems = list(source.provider.check(source))
    if source.provider.requires_path_token:
        what = f"{source.provider.title} does not sign all it sends, so the address must be secret: "
        problems += [what + problem for problem in PathToken().check(source)]
    return list(dict.fromkeys(problems))
