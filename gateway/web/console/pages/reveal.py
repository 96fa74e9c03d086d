"""Revealing one phone number: a person asks for it, it is kept who did, and only then it is shown."""

from gateway.model import ContactFields
from gateway.web.console.page import Act, Done, Page
from gateway.web.console.visit import Refusal, Visit

_GONE = Refusal(404, "Nothing to reveal", "There is no such record, or it holds no number any more.")


async def call(visit: Visit) -> Done:
    """The number a call rings."""
    found = await visit.front.ledger.reads.call(visit.place("id"))
    if found is None or not isinstance(found.contact, ContactFields):
        raise _GONE
    return _shown(visit, found.contact.phone, "call")


async def event(visit: Visit) -> Done:
    """The number an event holds."""
    found = await visit.front.ledger.reads.event(visit.place("id"))
    if found is None or not found.event.person.phone:
        raise _GONE
    return _shown(visit, found.event.person.phone, "event")


def _shown(visit: Visit, phone: str, kind: str) -> Done:
    response = visit.page("revealed.html", phone=phone)
    return Done(response=response, action=f"{kind}.revealed", subject=visit.place("id"))


PAGE = Page(
    name="reveal",
    entries=(Act(path="/calls/{id}/reveal", handler=call), Act(path="/events/{id}/reveal", handler=event)),
)
