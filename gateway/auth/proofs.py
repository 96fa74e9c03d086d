"""A sender's proof as the functions a provider is made of, for senders that have one whatever the request holds."""

from collections.abc import Sequence
from datetime import datetime

from gateway.auth.schemes import Scheme, verify
from gateway.contracts import Source
from gateway.model import Request, record


@record
class Proof:
    """One scheme, or several spellings of the same proof: any of them counts, the first signs samples."""

    schemes: tuple[Scheme, ...]

    def authenticate(self, request: Request, source: Source, now: datetime) -> str:
        """How the request passed, the address being compared first. Raises NotAuthentic."""
        return verify(self.schemes, request, source, now)

    def sign(self, request: Request, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
        """The headers a sender adds. Raises ValueError where the source lacks a usable secret."""
        return self.schemes[0].sign(request, source, now)

    def check(self, source: Source) -> Sequence[str]:
        """What is wrong with the source's secrets."""
        return self.schemes[0].check(source)
