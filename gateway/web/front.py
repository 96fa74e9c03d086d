"""What the routes work with: wired once, in app.py, and found again from any request."""

from collections.abc import Callable
from datetime import datetime

from starlette.types import Scope

from gateway.contracts import Source
from gateway.ledger import Ledger
from gateway.model import record
from gateway.parts import Receiver
from gateway.rules.loading import RulebookKeeper
from gateway.settings import Settings
from gateway.startup import has_shipped_secret
from gateway.web.admission import Admission
from gateway.web.importing import Importer
from gateway.web.lockout import Lockout
from gateway.web.metrics import Metrics
from gateway.web.proxies import TrustedProxies


@record
class Front:
    """Everything behind the routes. `shipped_allowed`: sources guarded by a shipped secret may be used.

    `ledger` is the API's and health's own way to the ledger: they do not queue behind deliveries.
    """

    settings: Settings
    receiver: Receiver
    ledger: Ledger
    keeper: RulebookKeeper
    metrics: Metrics
    proxies: TrustedProxies
    decoy: Source
    shipped_allowed: bool
    admission: Admission
    lockout: Lockout
    importer: Importer

    @property
    def now(self) -> Callable[[], datetime]:
        """The clock."""
        return self.receiver.now

    def client_of(self, scope: Scope) -> str:
        """The address a request came from, behind trusted proxies that of their client."""
        forwarded = (value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for")
        return self.proxies.client(scope["client"][0] if scope.get("client") else "unknown", forwarded)

    def source(self, name: str) -> Source | None:
        """A source that may be used now. A reload may bring one with a shipped secret: that one may not."""
        source = self.keeper.current.sources.get(name)
        if source is None or self.shipped_allowed:
            return source
        return None if has_shipped_secret(source.secrets, source.path_token) else source


def front_of(scope: Scope) -> Front:
    """The front the application was wired with."""
    front: Front = scope["app"].state.front
    return front
