"""A sender that hands over its own secret first: shown to the operator, never taken by itself (Notion).

The first POST holds nothing but a token that will be the key of every later signature. Taking it would let whoever
posts first choose the key. So it becomes an IGNORED event that shows the token in the ledger; a person compares it
with what the sender shows, and puts it among the source's secrets. Only an unguessable address is good enough for
such a request: without a path token on the source it is refused.
"""

import re
from datetime import datetime

from pydantic import Field

from gateway.contracts import Source
from gateway.decoding import strict_json
from gateway.errors import NotAuthentic, Unreadable
from gateway.model import Event, JsonValue, Request
from gateway.policy import Strict
from gateway.reasons import Reason

_TOKEN = re.compile(r"[!-~]{8,200}")


class Enrolment(Strict):
    """A body of one field, the token. A scheme among others, and the event it becomes."""

    field: str = Field("verification_token", min_length=1, description="the field that holds the token")

    def verify(self, request: Request, source: Source, _: datetime) -> str:
        """How the request passed. Raises NotAuthentic unless it is nothing but a token, at a secret address.

        The address itself has been compared by `gateway.auth.schemes.verify`.
        """
        if source.path_token is None:
            raise NotAuthentic("enrolment: the source has no path_token")
        try:
            body = strict_json.loads(request.body)
        except Unreadable as error:
            raise NotAuthentic("enrolment: the body is not JSON") from error
        if self.token(body) is None:
            raise NotAuthentic("enrolment: the body is more than a token")
        return "path token (enrolment)"

    def token(self, payload: JsonValue) -> str | None:
        """The token, if the payload is nothing else."""
        value = payload.get(self.field) if isinstance(payload, dict) and len(payload) == 1 else None
        return value if isinstance(value, str) and _TOKEN.fullmatch(value) else None

    def event(self, payload: JsonValue) -> Event | None:
        """The event that shows the token and never rings; None for any other payload."""
        token = self.token(payload)
        if token is None:
            return None
        return Event(
            payload={self.field: token, "next": "compare it with what the sender shows, then put it among `secrets`"},
            type="enrolment",
            key=("enrolment", token),
            never_rings=Reason.HANDSHAKE,
        )

    def sign(self, _: Request, __: Source, ___: datetime) -> tuple[tuple[str, str], ...]:
        """No headers."""
        return ()

    def query(self, _: Source) -> str:
        """Nothing."""
        return ""

    def check(self, source: Source) -> list[str]:
        """Whether the address can be secret."""
        return [] if source.path_token is not None else ["the sender hands over its secret, which needs a path_token"]
