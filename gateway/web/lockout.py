"""Wrong API keys: who guesses waits, longer each time, and nobody else does.

Kept in this process, so that it holds without Redis too. A key of ten random letters outlasts any guessing this
allows; the wait is for keys that are shorter.
"""

import ipaddress
from collections import OrderedDict

from gateway.model import record

TRIES = 10
FIRST_SECONDS, LONGEST_SECONDS = 30.0, 900.0
FORGET_SECONDS = 900.0
TRIES_OF_ALL, WINDOW_SECONDS = 300, 60.0
ADDRESSES = 4096


@record
class _Guesser:
    tries: int
    last: float
    until: float


class Lockout:
    """Ten wrong keys from an address, and it waits 30 s, then twice as long with each further one, up to 15 minutes.

    While more than 300 a minute come from all addresses together, an address waits from its second wrong key on. An
    address without a wrong key never waits. IPv6 counts by /64; of at most 4096 addresses anything is remembered.
    """

    def __init__(self) -> None:
        self._guessers: OrderedDict[str, _Guesser] = OrderedDict()
        self._window_began = 0.0
        self._wrong = 0

    def wait(self, address: str, now: float) -> float:
        """For how many seconds this address is not heard, 0 if it is; `now` in seconds of a monotonic clock."""
        known = self._guessers.get(_network(address))
        return max(0.0, known.until - now) if known else 0.0

    def wrong(self, address: str, now: float) -> bool:
        """Count a wrong key. True when the address must wait from here on."""
        key = _network(address)
        known = self._guessers.pop(key, None)
        tries = 1 if known is None or now - known.last > FORGET_SECONDS else known.tries + 1
        over = tries - (2 if self._rush(now) else TRIES)
        wait = min(FIRST_SECONDS * 2.0 ** min(over, 10), LONGEST_SECONDS) if over >= 0 else 0.0
        self._guessers[key] = _Guesser(tries=tries, last=now, until=now + wait)
        if len(self._guessers) > ADDRESSES:
            self._guessers.popitem(last=False)
        return wait > 0

    def right(self, address: str) -> None:
        """The key was right: what this address got wrong is forgotten."""
        self._guessers.pop(_network(address), None)

    def forget(self) -> None:
        """Start anew."""
        self._guessers.clear()
        self._wrong = 0

    def _rush(self, now: float) -> bool:
        if now - self._window_began > WINDOW_SECONDS:
            self._window_began, self._wrong = now, 0
        self._wrong += 1
        return self._wrong > TRIES_OF_ALL


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    return address if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))
