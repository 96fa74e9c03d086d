"""What the two halves of the pipeline work with: wired once, in app.py and in the worker."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from gateway.contracts import Dialer, Guard
from gateway.ids import RandomBytes
from gateway.ledger import Ledger
from gateway.model import record
from gateway.rules.rulebook import Rulebook

Clock = Callable[[], datetime]


@record
class Receiver:
    """The receiving half. `wake` must not block: it hands due call ids to whoever enqueues them."""

    ledger: Ledger
    rulebook: Callable[[], Rulebook]
    wake: Callable[[Sequence[str]], None]
    now: Clock
    random: RandomBytes


@record
class Timing:
    """How long a worker may hold, start and dial. Start budget: from asking for the grant to the first byte."""

    lease: timedelta = timedelta(seconds=30)
    deadline: timedelta = timedelta(seconds=60)
    start_budget: timedelta = timedelta(seconds=2)
    retry_first: timedelta = timedelta(seconds=1)
    retry_longest: timedelta = timedelta(seconds=60)
    account_probe: timedelta = timedelta(seconds=60)


@record
class Ringer:
    """The ringing half. `jitter` gives a number in [0, 1); `monotonic` seconds that never jump."""

    ledger: Ledger
    rulebook: Callable[[], Rulebook]
    dialer: Dialer
    guards: Sequence[Guard]
    now: Clock
    monotonic: Callable[[], float]
    jitter: Callable[[], float]
    sandbox: bool = False  # every account dials with the sandbox's token
    timing: Timing = Timing()
