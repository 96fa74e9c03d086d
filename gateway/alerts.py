"""The stable kinds of alert: what a person must look at, because no program can decide it.

The code is the wire value, in the ledger, the API, the metrics and the logs; it never changes its meaning. The
documentation page is generated from the texts beside it.
"""

from enum import StrEnum


class AlertKind(StrEnum):
    """A kind of alert. `.text` says when it is raised, `.do` what a person does, `.critical` whether dials wait."""

    text: str
    do: str
    critical: bool

    def __new__(cls, code: str, text: str, do: str, critical: bool = False) -> "AlertKind":
        """A member from its code, its texts and its gravity."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.text, member.do, member.critical = text, do, critical
        return member

    SOURCE_BURST = (
        "source_burst",
        "A source made far more new calls than in its busiest hours; they are held. Ends when none of them is held.",
        "see `dialgate holds`; then `dialgate holds meant SOURCE` or `holds cancel --source SOURCE --reason burst`",
    )
    SOURCE_CEILING = (
        "source_ceiling",
        "A source reached its `hourly_ceiling`; more calls are held. Ends when none of them is held.",
        "see `dialgate holds`; then `dialgate holds release --source SOURCE --reason source_ceiling`, or `cancel`",
    )
    UNUSUAL_RANGE = (
        "unusual_range",
        "Many new numbers of a range came that is not usual: it may be toll fraud, which rings costly numbers.",
        "look at the source's newest calls; `dialgate stop source SOURCE` stops it; `dialgate holds` shows those held",
    )
    NUMBER_AILING = (
        "number_ailing",
        "The call API refused a number three times in a row, so it rests. Ends when a call is placed on it.",
        "look at the number at the call API, and at its `id` in the configuration; `/v1/numbers` says what it was told",
    )
    LEDGER_ROLLED_BACK = (
        "ledger_rolled_back",
        "Redis came back older than what was dialled. Nothing rings, anywhere, until a person resumes `rollback`.",
        "look at what is UNKNOWN or held for `rolled_back` (docs/journal.md), then `dialgate resume rollback`",
        True,
    )
    JOURNAL_FAILED = (
        "journal_failed",
        "A worker cannot write its journal, so it dials nobody; other workers go on. Ends when it can.",
        "look at the disk of `DIALGATE_JOURNAL_DIR` on that machine: full, read-only, or gone",
        True,
    )
    JOURNAL_PENDING = (
        "journal_pending",
        "A worker's journal holds outcomes that the ledger does not take, though it answers. Ends when it took them.",
        "report it with the worker's log lines `journal.not_written`; the calls are UNKNOWN, so nobody is rung twice",
    )
    CHECK_FAILING = (
        "check_failing",
        "A do-not-call check left a call three times without a plain answer. Ends with its next plain answer.",
        "look at the other system; the calls wait for it, and `dialgate calls show ID` says what it answered",
    )
    SCRUB_OVERDUE = (
        "scrub_overdue",
        "A do-not-call registry is older than its `max_age`, or was never imported: nobody under it is rung.",
        "import it (`dialgate dnc import FILE --list NAME`); `dialgate dnc status` shows how old each is",
    )
    SCRUB_DUE_SOON = (
        "scrub_due_soon",
        "A do-not-call registry will soon be older than its `max_age`; from then on nobody under it is rung.",
        "import it (`dialgate dnc import FILE --list NAME`); `dialgate dnc status` shows until when it is good",
    )
    AUDIT_BROKEN = (
        "audit_broken",
        "A recount of the ledger found a record that breaks a promise. Ends when a recount finds none.",
        "read `dialgate audit`; the call or event it names shows what happened to it",
    )
    OVERLOADED = (
        "overloaded",
        "The receiver had more deliveries in hand than it can store in time. Senders were told to come again.",
        "see who sends so much (`dialgate_deliveries_total`); run another receiver, or Redis on a faster disk",
    )
    LEDGER_NEARLY_FULL = (
        "ledger_nearly_full",
        "Redis uses 85 % of the memory it may have. From 95 % on webhooks are refused: outcomes still need room.",
        "give Redis more memory (`maxmemory`)",
    )
    CLOCK_WRONG = (
        "clock_wrong",
        "A clock is over 1 s off Redis's: workers there wait, a receiver refuses from 30 s on. Ends when it is right.",
        "look at NTP on that machine, and on Redis's where several are told of",
    )
    ENDPOINT_FAILING = (
        "endpoint_failing",
        "An endpoint of `notify` failed five times in a row. It gets one message at a time until it takes one.",
        "look at the receiving end; `dialgate notifications` shows what it answers",
    )
    NOTIFICATION_FAILED = (
        "notification_failed",
        "A message to an endpoint of `notify` was given up, after three days or because it cannot be sent.",
        "`dialgate notifications --state FAILED`; once the endpoint works, `dialgate notifications resend ID`",
    )


def kind_named(code: str) -> AlertKind | None:
    """The kind of this code; None for one that only a newer release knows."""
    return next((kind for kind in AlertKind if kind.value == code), None)
