"""The source behind every address that is none: the same answer, after the same work, as a wrong signature."""

import hmac
from datetime import datetime

from gateway.contracts import Provider, Source
from gateway.errors import NotAuthentic
from gateway.ids import RandomBytes
from gateway.model import Request

_KEY_BYTES = 32


def decoy_source(random: RandomBytes) -> Source:
    """A source nobody can sign for: its key is drawn at start and kept nowhere else."""
    return Source(name="unknown", provider=_PROVIDER, options=None, secrets=(random(_KEY_BYTES),))


def _refuse(request: Request, source: Source, _: datetime) -> str:
    given = (request.header("authorization") or request.header("webhook-signature") or "").encode("latin-1", "replace")
    hmac.compare_digest(hmac.digest(source.secrets[0], request.body, "sha256"), given)
    raise NotAuthentic("no such source")


_PROVIDER = Provider(
    name="unknown",
    title="No source",
    authenticate=_refuse,
    decode=lambda _request, _source: None,
    split=lambda _decoded, _request, _source: (),
    sign=lambda _request, _source, _now: (),
    samples=lambda: (),
)
