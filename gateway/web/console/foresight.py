"""What the guards would say if a call were dialled this instant. Nothing is written."""

from gateway import guards
from gateway.ledger.records import Call
from gateway.model import Verdict
from gateway.ringing import look_up
from gateway.web.front import Front


async def verdicts_now(front: Front, call: Call) -> tuple[Verdict, ...]:
    """Each guard's verdict, up to the first that does not allow. Raises LedgerUnavailable."""
    facts = await look_up(front.ledger, call, front.keeper.current)
    return guards.look(guards.load_guards(), facts, front.now())
