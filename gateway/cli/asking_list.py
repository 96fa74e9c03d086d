"""What a running Dialgate's do-not-call list says of a dry run's calls; or, plainly, that it was not asked."""

from dataclasses import replace

from gateway.cli.place import Api, Place
from gateway.cli.screen import CommandFailed
from gateway.do_not_call import subjects_of
from gateway.model import Verdict
from gateway.reasons import Reason
from gateway.rehearsed import Rehearsal, RehearsedCall
from gateway.rules.rulebook import Rulebook

_FIELDS = {"phone": "phone", "email": "email", "contact": "contactId"}
_UNKNOWN = "no running Dialgate is known here (DIALGATE_API_KEY, or `dialgate up` in this folder)"


def with_do_not_call(tried: Rehearsal, rulebook: Rulebook, place: Place) -> Rehearsal:
    """The dry run with what the list says of each call. Nothing is written; an outage is told, and is no error."""
    events = tuple(
        replace(event, calls=tuple(_asked(call, rulebook, place) for call in event.calls)) for event in tried.events
    )
    return replace(tried, events=events)


def _asked(call: RehearsedCall, rulebook: Rulebook, place: Place) -> RehearsedCall:
    if call.plan.skip is not None:
        return call
    said = _list_says(call, place)
    rest = (
        *call.not_asked,
        *(f"scrub of {name}: not looked at, see `dialgate dnc status`" for name in rulebook.lists_for(call.plan.rule)),
    )
    if isinstance(said, Verdict):
        return replace(call, verdicts=(said, *call.verdicts), not_asked=rest)
    return replace(call, not_asked=(f"do_not_call: not asked, {said}", *rest))


def _list_says(call: RehearsedCall, place: Place) -> Verdict | str:
    """The guard's verdict, or why nobody could be asked."""
    if place.key is None:
        return _UNKNOWN
    named = {_FIELDS[one.kind]: one.value for one in subjects_of(call.plan.contact, call.plan.person_keys)}
    try:
        found = Api(place).get("/v1/do-not-call", **named)["items"] if named else []
    except CommandFailed as error:
        return str(error)
    if not found:
        return Verdict(guard="do_not_call", allow=True, facts={"list": "not on it"})
    by = ", ".join(sorted(str(one["kind"]) for one in found))
    return Verdict(guard="do_not_call", allow=False, reason=Reason.DO_NOT_CALL, facts={"by": by})
