"""What can break. An expected "no" is a value with a reason (reasons.py); these are for the rest.

GatewayError
├── WebhookRejected             the request is refused, nothing is stored
│   ├── NotAuthentic            401: signature, token, path or replay window
│   ├── TooLarge                413
│   ├── EncodingRefused         415: a Content-Encoding we do not undo
│   ├── TooManyRequests         429: a per-address limit on a public source
│   └── Unavailable             503 (429 where the sender retries only that): Redis cannot take it now
├── Unreadable                  authentic, but the body cannot be decoded: stored as FAILED
├── ConfigInvalid               stops start-up; on reload the old configuration stays
├── LedgerUnavailable           Redis is gone, full, read-only or not durable
└── RecordDamaged               what Redis holds of one record is not what was stored
"""

from collections.abc import Sequence
from dataclasses import dataclass


class GatewayError(Exception):
    """The base of every error we raise. `str(error)` is safe to show: no secret, no full phone number."""


class WebhookRejected(GatewayError):
    """The request is refused before anything is stored; `status` is the HTTP answer."""

    status = 400


class NotAuthentic(WebhookRejected):
    """Not proved to come from the source's sender. The text is for our log; the sender sees a bare 401."""

    status = 401


class TooLarge(WebhookRejected):
    """The body, or what it unpacks to, is over the source's limit."""

    status = 413


class EncodingRefused(WebhookRejected):
    """The request carries a Content-Encoding other than identity."""

    status = 415


class TooManyRequests(WebhookRejected):
    """A public source's per-address limit; `retry_after` is in whole seconds."""

    status = 429

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(WebhookRejected):
    """Nothing could be stored now: the sender must try again."""

    status = 503


class Unreadable(GatewayError):
    """An authentic body that cannot be decoded or split; says what is wrong and where."""


class LedgerUnavailable(GatewayError):
    """Redis cannot be reached, is out of memory, read-only, or would lose what it acknowledges."""


class RecordDamaged(GatewayError):
    """What Redis holds of one record cannot be read any more; names the record, and nothing of what it holds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing wrong in the configuration. `line` and `column` count from 1; 0 when not known."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        if not self.line:
            return f"{self.file}: {self.message}"
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class ConfigInvalid(GatewayError):
    """Every problem found in the configuration, in file order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
