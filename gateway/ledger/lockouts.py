"""Wrong passwords, counted for all processes together: who guesses waits, longer each time."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from gateway.ids import digest
from gateway.ledger.connection import Connection
from gateway.ledger.instants import to_ms
from gateway.model import record

_FIRST = timedelta(seconds=30)
_LONGEST = timedelta(minutes=15)


@record
class Tries:
    """How many wrong passwords in a row are let through before one must wait."""

    of_both: int = 5  # this user from this address
    of_address: int = 20  # this address, whichever users
    of_user: int = 50  # this user, from wherever: high, so that a stranger cannot easily lock a person out


class Lockouts:
    """A try is counted before its password is looked at, so that many at once gain nothing.

    The wait begins at 30 seconds and doubles to 15 minutes; after twice that without a try all is forgotten.
    """

    def __init__(self, connection: Connection, *, tries: Tries | None = None) -> None:
        self._connection = connection
        self._tries = tries or Tries()

    async def count(self, user: str, address: str, *, nonce: str, now: datetime) -> timedelta | None:
        """Count a try. None: go on; else how long to wait, and then this one did not count.

        The same nonce again is the same try.
        """
        words = [word for name, limit in self._counts(user, address).items() for word in (name, limit)]
        spans = (_FIRST // timedelta(milliseconds=1), _LONGEST // timedelta(milliseconds=1))
        waits = int(await self._connection.run("count_try", to_ms(now), nonce, *spans, *words))
        return timedelta(milliseconds=waits) if waits else None

    async def forget(self, user: str, address: str, *, nonce: str, now: datetime) -> None:
        """The password was right: what this user got wrong from this address is forgotten."""
        both, of_address, of_user = self._counts(user, address)
        await self._connection.run("forget_tries", to_ms(now), nonce, both, of_address, of_user)

    def _counts(self, user: str, address: str) -> Mapping[str, int]:
        return {
            f"tries:both:{digest(user, address)}": self._tries.of_both,
            f"tries:address:{digest(address)}": self._tries.of_address,
            f"tries:user:{digest(user)}": self._tries.of_user,
        }
