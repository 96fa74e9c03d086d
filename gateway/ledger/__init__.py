"""The durable record of deliveries, events, calls and attempts: the only truth. One Lua script a transition."""

from dataclasses import dataclass

from gateway.ledger.actions import Actions
from gateway.ledger.alerts import Alerts
from gateway.ledger.audit import Auditor
from gateway.ledger.bursts import Bursts
from gateway.ledger.checks import KeptAnswers
from gateway.ledger.connection import Connection
from gateway.ledger.deeds import Deeds
from gateway.ledger.dials import Dials
from gateway.ledger.do_not_call import DoNotCall
from gateway.ledger.file_imports import Imports
from gateway.ledger.intake import Intake
from gateway.ledger.limits import Limits
from gateway.ledger.lockouts import Lockouts
from gateway.ledger.notices import Notices
from gateway.ledger.numbers import Numbers
from gateway.ledger.pulse import Pulse
from gateway.ledger.reads import Reads
from gateway.ledger.replays import BulkReplays
from gateway.ledger.rollbacks import Rollback
from gateway.ledger.scrubs import Scrubs
from gateway.ledger.sessions import Sessions
from gateway.ledger.stops import Stops
from gateway.ledger.sweeps import Sweeps


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger's parts, one connection behind them. `Ledger.on(connection)` builds it."""

    connection: Connection
    intake: Intake
    dials: Dials
    actions: Actions
    sweeps: Sweeps
    limits: Limits
    reads: Reads
    audit: Auditor
    stops: Stops
    do_not_call: DoNotCall
    checks: KeptAnswers
    scrubs: Scrubs
    deeds: Deeds
    sessions: Sessions
    lockouts: Lockouts
    pulse: Pulse
    alerts: Alerts
    bursts: Bursts
    notices: Notices
    numbers: Numbers
    rollback: Rollback
    replays: BulkReplays
    imports: Imports

    @classmethod
    def on(cls, connection: Connection) -> "Ledger":
        """The ledger on an open connection."""
        return cls(
            connection,
            Intake(connection),
            Dials(connection),
            Actions(connection),
            Sweeps(connection),
            Limits(connection),
            Reads(connection),
            Auditor(connection),
            Stops(connection),
            DoNotCall(connection),
            KeptAnswers(connection),
            Scrubs(connection),
            Deeds(connection),
            Sessions(connection),
            Lockouts(connection),
            Pulse(connection),
            Alerts(connection),
            Bursts(connection),
            Notices(connection),
            Numbers(connection),
            Rollback(connection),
            BulkReplays(connection),
            Imports(connection),
        )
