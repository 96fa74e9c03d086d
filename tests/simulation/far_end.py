"""The call API of the simulated week: rings phones, and has its bad hours. What rang is known only here."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from simulation.arrivals import START

from gateway.contracts import ContactResolved, Credentials, DialOrder
from gateway.model import ContactFields, Outcome, Placed, Refused, Uncertain, Unsent
from gateway.reasons import Reason

OUTAGE = (START + timedelta(days=3, hours=16), START + timedelta(days=3, hours=17, minutes=30))
TOKEN_REFUSED = (START + timedelta(days=4, hours=15), START + timedelta(days=4, hours=15, minutes=40))


@dataclass(frozen=True)
class Ring:
    """A phone that rang."""

    at: datetime
    call_id: str
    contact_id: str
    number_id: str


@dataclass
class FarEnd:
    """A dialer whose answers depend on the hour and on a hash: the same week gives the same answers."""

    now: Callable[[], datetime]
    contacts: dict[str, str]  # by phone: who the call API knows
    rings: list[Ring] = field(default_factory=list)
    asked: int = 0

    async def resolve_contact(
        self, fields: ContactFields, credentials: Credentials
    ) -> ContactResolved | Refused | Unsent:
        """The contact of a phone; it is the same for every sender."""
        if _within(OUTAGE, self.now()) and self._draw(fields.phone) < 0.5:
            return Unsent(reason=Reason.CONNECT_FAILED, detail="outage")
        return ContactResolved(contact_id=self.contacts[fields.phone])

    async def dial(self, order: DialOrder, credentials: Credentials) -> Outcome:
        """Rings, refuses, limits, or leaves in doubt."""
        self.asked += 1
        if _within(TOKEN_REFUSED, self.now()):
            return Unsent(reason=Reason.ACCOUNT_STOPPED, detail="401", status=401, stops_account=True)
        draw = self._draw(order.call_id)
        if _within(OUTAGE, self.now()):
            return self._in_outage(order, draw)
        if draw < 0.01:
            return Unsent(reason=Reason.RATE_LIMITED, detail="429", status=429, retry_after=timedelta(seconds=20))
        if draw < 0.02:
            return Refused(reason=Reason.REFUSED, status=422, detail="not a number in service")
        if draw < 0.025:
            return self._uncertain(order, rang=draw < 0.0225)
        self._ring(order)
        return Placed(status=200, provider_call_id=f"pc_{self.asked}", response="{}")

    async def probe(self, credentials: Credentials) -> str | None:
        """Whether the account works now."""
        return "401" if _within(TOKEN_REFUSED, self.now()) else None

    async def close(self) -> None:
        """Nothing to let go of."""
        return

    def _in_outage(self, order: DialOrder, draw: float) -> Outcome:
        if draw < 0.6:
            return Unsent(reason=Reason.CONNECT_FAILED, detail="outage")
        return self._uncertain(order, rang=draw < 0.8)

    def _uncertain(self, order: DialOrder, *, rang: bool) -> Uncertain:
        if rang:
            self._ring(order)
        return Uncertain(cause=Reason.RESPONSE_TIMEOUT, detail="no answer")

    def _ring(self, order: DialOrder) -> None:
        ring = Ring(at=self.now(), call_id=order.call_id, contact_id=order.contact_id, number_id=order.from_number_id)
        self.rings.append(ring)

    def _draw(self, *parts: str) -> float:
        text = "|".join((*parts, self.now().isoformat()))
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48


def _within(span: tuple[datetime, datetime], at: datetime) -> bool:
    return span[0] <= at < span[1]
