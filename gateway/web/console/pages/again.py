"""Replaying an event, calling once more, and never again: each asked back with what it will do."""

from typing import Any

from starlette.responses import Response

from gateway.do_not_call import subjects_of
from gateway.ledger.records import Call, EventRecord, Replay
from gateway.model import CallState
from gateway.phones import mask_phone
from gateway.replay_preview import KEPT, foresee
from gateway.replaying import NotReplayable, ReplayOrder, replay
from gateway.rules.console import Role
from gateway.subjects import Subject
from gateway.web.console.leads import lead_of_call
from gateway.web.console.page import Act, Done, Look, Page
from gateway.web.console.pages.story import known_call, known_event
from gateway.web.console.visit import Refusal, Visit
from gateway.web.console.wording import said_of
from gateway.web.masking import hidden

_NOTE_CHARACTERS = 500
_SOURCE = "console"


async def ask_replay(visit: Visit) -> Response:
    """What deciding the event anew would make, and with `again` whom it would ring once more."""
    event, again = await known_event(visit), visit.query("again") == "1"
    foreseen = await _replayed(visit, event, again=again, dry_run=True)
    return visit.page(
        "ask_replay.html", event=event, again=again, **await _outlook(visit, event, foreseen, again=again)
    )


async def replay_event(visit: Visit) -> Done:
    """Decide the event with the rules in force."""
    event, again = await known_event(visit), visit.field("again") == "1"
    done = await _replayed(visit, event, again=again, dry_run=False)
    if done.new:
        visit.front.receiver.wake(done.new)
    said = f"Replayed: {_calls(len(done.new))} to make, {_calls(len(done.kept))} left as they are."
    return Done(
        response=visit.back(f"/events/{event.id}", note=said),
        action="event.called_again" if again else "event.replayed",
        subject=event.id,
        detail=f"{len(done.new)} new, {len(done.kept)} kept",
    )


async def ask_opt_out(visit: Visit) -> Response:
    """Whom it would list."""
    call = await known_call(visit)
    return visit.page("ask_opt_out.html", call=call, lead=lead_of_call(call), known=[_shown(s) for s in _known(call)])


async def opt_out(visit: Visit) -> Done:
    """Everything the call knows the person by goes on the list; calls that wait for them end in the same write."""
    call = await known_call(visit)
    subjects, note = _known(call), visit.field("note")[:_NOTE_CHARACTERS]
    if not subjects:
        raise Refusal(422, "Nobody to list", "The call knows neither phone nor e-mail nor contact id.")
    new = await visit.front.ledger.do_not_call.add(subjects, by=visit.actor, source=_SOURCE, note=note, now=visit.now)
    said = "On the do-not-call list: nobody rings this person any more." if any(new) else "They were listed already."
    response = visit.back(f"/calls/{call.id}", note=said)
    return Done(response=response, action="do_not_call.added", subject=call.id, detail=f"{sum(new)} entries")


async def _replayed(visit: Visit, event: EventRecord, *, again: bool, dry_run: bool) -> Replay:
    order = ReplayOrder(event_id=event.id, actor=visit.actor, again=again, dry_run=dry_run)
    try:
        done = await replay(visit.front.ledger, visit.front.keeper.current, order, now=visit.now)
    except NotReplayable as error:
        raise Refusal(409, "It cannot be replayed", f"Nothing was done: {error}.") from None
    if done is None:
        raise Refusal(404, "No such event", "There is no event with this id, or it is no longer kept.")
    return done


async def _outlook(visit: Visit, event: EventRecord, foreseen: Replay, *, again: bool) -> dict[str, Any]:
    """The calls it would make, each with what the guards say of it now, whether it is there already or not."""
    front = visit.front
    known = await front.ledger.reads.calls_by_id((*foreseen.new, *foreseen.kept))
    seen = await foresee(front.ledger, front.keeper.current, event, again=again, now=visit.now)
    made = [one for one in seen if one.rule and one.outcome != KEPT]
    asked_late = {check.name for one in made for check in front.keeper.current.checks_for(one.rule)}
    return {
        "foreseen": foreseen,
        "made": [{"call": one, "said": said_of(one)} for one in made],
        "asked_late": sorted(asked_late),
        "kept": [lead_of_call(known[call_id]) for call_id in foreseen.kept if call_id in known],
        "rang": sum(
            known[one].state in {CallState.PLACED, CallState.UNKNOWN, CallState.CLOSED}
            for one in foreseen.new
            if one in known
        ),
    }


def _known(call: Call) -> tuple[Subject, ...]:
    return subjects_of(call.contact, call.person_keys, call.contact_id)


def _shown(subject: Subject) -> str:
    if subject.kind == "phone":
        return f"phone {mask_phone(subject.value)}"
    return f"contact {subject.value}" if subject.kind == "contact" else f"e-mail {hidden(subject.value)}"


def _calls(count: int) -> str:
    return f"{count} call" if count == 1 else f"{count} calls"


PAGE = Page(
    name="again",
    entries=(
        Look(path="/events/{id}/replay", handler=ask_replay, role=Role.OPERATOR),
        Look(path="/calls/{id}/opt-out", handler=ask_opt_out, role=Role.OPERATOR),
        Act(path="/events/{id}/replay", handler=replay_event),
        Act(path="/calls/{id}/opt-out", handler=opt_out),
    ),
)
