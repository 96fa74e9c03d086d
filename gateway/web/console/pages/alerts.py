"""Acknowledging an alert: it stays listed while it goes on, and warns no more."""

from gateway.ledger.records import Transition
from gateway.web.console.page import Act, Done, Page
from gateway.web.console.visit import Visit
from gateway.web.masking import mask_text


async def acknowledge(visit: Visit) -> Done:
    """Somebody knows."""
    key = visit.field("key")[:300]
    done = await visit.front.ledger.alerts.acknowledge(key, actor=visit.actor, now=visit.now)
    said = "It was over already." if done is Transition.MISSING else "Noted: you know of it."
    return Done(response=visit.back(note=said), action="alert.acknowledged", subject=mask_text(key))


PAGE = Page(name="alerts", entries=(Act(path="/alerts/acknowledge", handler=acknowledge),))
