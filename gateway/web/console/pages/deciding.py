"""What a person decides about one call: resolve, release, cancel. Each is asked back first, with what it will do."""

from starlette.responses import Response

from gateway.ledger.actions import Resolution
from gateway.ledger.records import Call, Transition
from gateway.model import CallState
from gateway.rules.console import Role
from gateway.web.console.leads import lead_of_call
from gateway.web.console.page import Act, Done, Look, Page
from gateway.web.console.visit import Refusal, Visit

_RESOLUTIONS: dict[str, Resolution] = {"placed": "placed", "redial": "redial", "close": "close"}
_MOVED = "Meanwhile the call has moved on, so nothing was changed. Look at where it stands now."
_SAID = {
    "placed": "Noted as rung.",
    "redial": "It will ring again.",
    "close": "Closed; it stays unknown whether it rang.",
}


async def ask_resolve(visit: Visit) -> Response:
    """Did it ring?"""
    return visit.page("ask_resolve.html", lead=lead_of_call(await _known(visit)))


async def ask_release(visit: Visit) -> Response:
    """May it ring?"""
    return visit.page("ask_release.html", lead=lead_of_call(await _known(visit)))


async def ask_cancel(visit: Visit) -> Response:
    """Shall it not ring?"""
    call = await _known(visit)
    return visit.page("ask_cancel.html", lead=lead_of_call(call), joined=len(call.joined))


async def resolve(visit: Visit) -> Done:
    """UNKNOWN → PLACED, READY or CLOSED."""
    resolution = _RESOLUTIONS.get(visit.field("as"))
    if resolution is None:
        raise Refusal(422, "Nothing chosen", "Say what happened: it rang, call again, or nobody knows.")
    actions = visit.front.ledger.actions
    done = await actions.resolve(visit.place("id"), resolution, actor=visit.actor, now=visit.now)
    return await _after(visit, done, "call.resolved", resolution, _SAID[resolution])


async def release(visit: Visit) -> Done:
    """HELD → READY."""
    done = await visit.front.ledger.actions.release(visit.place("id"), actor=visit.actor, now=visit.now)
    return await _after(visit, done, "call.released", "", "Released: it rings as soon as every guard allows it.")


async def cancel(visit: Visit) -> Done:
    """READY or HELD → CANCELLED."""
    done = await visit.front.ledger.actions.cancel(visit.place("id"), actor=visit.actor, now=visit.now)
    return await _after(visit, done, "call.cancelled", "", "Cancelled: it will not ring.")


async def _after(visit: Visit, done: Transition, action: str, detail: str, said: str) -> Done:
    if done is Transition.MISSING:
        raise _MISSING
    if done in {Transition.WRONG_STATE, Transition.STALE}:
        said, detail = _MOVED, f"{detail} not done: {done.lower()}".strip()
    else:
        await _wake(visit)
    story = f"/calls/{visit.place('id')}"
    response = visit.back(story if visit.came_from(story) else "", note=said)
    return Done(response=response, action=action, subject=visit.place("id"), detail=detail)


async def _wake(visit: Visit) -> None:
    call = await visit.front.ledger.reads.call(visit.place("id"))
    if call is not None and call.state is CallState.READY:
        visit.front.receiver.wake([call.id])


async def _known(visit: Visit) -> Call:
    call = await visit.front.ledger.reads.call(visit.place("id"))
    if call is None:
        raise _MISSING
    return call


_MISSING = Refusal(404, "No such call", "There is no call with this id.")

PAGE = Page(
    name="deciding",
    entries=(
        Look(path="/calls/{id}/resolve", handler=ask_resolve, role=Role.OPERATOR),
        Look(path="/calls/{id}/release", handler=ask_release, role=Role.OPERATOR),
        Look(path="/calls/{id}/cancel", handler=ask_cancel, role=Role.OPERATOR),
        Act(path="/calls/{id}/resolve", handler=resolve),
        Act(path="/calls/{id}/release", handler=release),
        Act(path="/calls/{id}/cancel", handler=cancel),
    ),
)
