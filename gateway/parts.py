"""What the two halves of the pipeline work with: wired once, in app.py and in the worker."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from gateway.contracts import Dialer, Guard
from gateway.external_check import Checker, NobodyAsks
from gateway.ids import RandomBytes
from gateway.journal import NO_JOURNAL, Journal
from gateway.ledger import Ledger
from gateway.ledger.records import Call
from gateway.lookup import Fetcher
from gateway.model import record
from gateway.rules.rulebook import Rulebook

Clock = Callable[[], datetime]


def nobody(_: Sequence[str]) -> None:
    """Wake nobody: the sweeper finds what is due."""


@record
class Receiver:
    """The receiving half. `wake` must not block: it hands due call ids to whoever enqueues them.

    `wake_later` does so for calls that a worker has heard of already: in time, should that one not get to them.
    `wake_enrichment` does the same as `wake` for events that wait for their record.
    """

    ledger: Ledger
    rulebook: Callable[[], Rulebook]
    wake: Callable[[Sequence[str]], None]
    now: Clock
    random: RandomBytes
    wake_later: Callable[[Sequence[str]], None] = nobody
    wake_enrichment: Callable[[Sequence[str]], None] = nobody


@record
class Timing:
    """How long a worker may hold, start and dial. Start budget: from asking for the grant to the first byte."""

    lease: timedelta = timedelta(seconds=30)
    deadline: timedelta = timedelta(seconds=60)
    start_budget: timedelta = timedelta(seconds=2)
    retry_first: timedelta = timedelta(seconds=1)
    retry_longest: timedelta = timedelta(seconds=60)
    account_probe: timedelta = timedelta(seconds=60)
    ailing_probe: timedelta = timedelta(seconds=15)  # of an account that gave no plain answers


def unheard(_: Call) -> None:
    """Of a grant nobody wants to hear."""


@record
class Ringer:
    """The ringing half. `jitter` gives a number in [0, 1); `monotonic` seconds that never jump.

    `granted` is told of each call whose request may be sent now.
    """

    ledger: Ledger
    rulebook: Callable[[], Rulebook]
    dialer: Dialer
    guards: Sequence[Guard]
    now: Clock
    monotonic: Callable[[], float]
    jitter: Callable[[], float]
    sandbox: bool = False  # every account dials with the sandbox's token
    timing: Timing = Timing()
    journal: Journal = NO_JOURNAL  # what this worker keeps on its own disk
    checker: Checker = NobodyAsks()
    granted: Callable[[Call], None] = unheard


@record
class Enricher:
    """The enriching half: between the two others, for sources whose events are thin."""

    ledger: Ledger
    rulebook: Callable[[], Rulebook]
    fetcher: Fetcher
    wake: Callable[[Sequence[str]], None]
    now: Clock
    jitter: Callable[[], float]
    owner: str
    lease: timedelta = timedelta(seconds=45)  # longer than a fetch and the wait for another of the same record
    retry_first: timedelta = timedelta(seconds=2)
    retry_longest: timedelta = timedelta(minutes=5)
