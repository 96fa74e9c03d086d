"""The big switch: stop everything, or one account, source, rule or number; and resume it."""

from datetime import datetime, timedelta

from starlette.responses import Response

from gateway.ledger.records import Transition
from gateway.ledger.stops import Stoppable
from gateway.model import CallState
from gateway.ordering import ORDER_SOURCE
from gateway.policy import parse_duration
from gateway.rules.console import Role
from gateway.rules.rulebook import DIRECT_RULE, Rulebook
from gateway.web.console.page import Act, Done, Look, Page
from gateway.web.console.visit import Refusal, Visit

_REASON_CHARACTERS = 500


async def ask_stop(visit: Visit) -> Response:
    """What to stop, until when, and why."""
    return visit.page("ask_stop.html", choices=stoppable(visit.front.keeper.current))


async def ask_resume(visit: Visit) -> Response:
    """What resuming does."""
    what, name = _meant(visit.query("what", "everything"))
    counts = await visit.front.ledger.reads.counts()
    return visit.page("ask_resume.html", what=what, name=name, waiting=counts[CallState.READY])


async def stop(visit: Visit) -> Done:
    """No call of it is let out any more, on any machine, once this is answered."""
    what, name = _meant(visit.field("what", "everything"))
    if name not in stoppable(visit.front.keeper.current).get(what, ()):
        raise Refusal(422, "Not stopped", f"There is no {what} called {name!r}: stopping it would stop nothing.")
    until, reason = _until(visit.field("until"), visit.now), visit.field("reason")[:_REASON_CHARACTERS]
    stops = visit.front.ledger.stops
    await stops.stop(what, name, actor=visit.actor, now=visit.now, until=until, reason=reason)
    response = visit.back(note=f"Stopped: {what} {name}".strip() + ". Nothing is lost; calls wait.")
    return Done(response=response, action="stopped", subject=f"{what} {name}".strip(), detail=reason)


async def resume(visit: Visit) -> Done:
    """What waited is due at once, in the ledger's order; what expired is not."""
    what, name = _meant(visit.field("what", "everything"))
    done = await visit.front.ledger.stops.resume(what, name, actor=visit.actor, now=visit.now)
    said = "It was not stopped any more." if done is Transition.REPEATED else "It rings again."
    return Done(response=visit.back(note=said), action="resumed", subject=f"{what} {name}".strip())


def stoppable(rulebook: Rulebook) -> dict[Stoppable, list[str]]:
    """What can be stopped, by kind; everything has the empty name."""
    config = rulebook.config
    return {
        Stoppable.EVERYTHING: [""],
        Stoppable.ACCOUNT: sorted(config.accounts),
        Stoppable.SOURCE: sorted({*config.sources, ORDER_SOURCE}),
        Stoppable.RULE: [*(rule.name for rule in config.rules), DIRECT_RULE],
        Stoppable.NUMBER: sorted(config.numbers),
    }


def _meant(text: str) -> tuple[Stoppable, str]:
    """`everything`, or kind:name as the form has it."""
    kind, _, name = text.partition(":")
    try:
        return Stoppable(kind), name
    except ValueError:
        raise Refusal(422, "Not understood", "Choose what is meant from the list.") from None


def _until(text: str, now: datetime) -> datetime | None:
    if not text:
        return None
    try:
        span = parse_duration(text)
    except (ValueError, OverflowError):
        raise Refusal(422, "Not stopped", "Until when? Write 30m, 8h or 2d, or leave it empty.") from None
    return now + span if isinstance(span, timedelta) else None


PAGE = Page(
    name="switch",
    entries=(
        Look(path="/stop", handler=ask_stop, role=Role.OPERATOR),
        Look(path="/resume", handler=ask_resume, role=Role.OPERATOR),
        Act(path="/stop", handler=stop),
        Act(path="/resume", handler=resume),
    ),
)
