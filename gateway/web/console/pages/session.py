"""Signing out."""

from gateway.rules.console import Role
from gateway.web.console.cookies import drop_session, session_token
from gateway.web.console.page import Act, Done, Page
from gateway.web.console.visit import Visit


async def sign_out(visit: Visit) -> Done:
    """End this session."""
    token = session_token(visit.request)
    if token:
        await visit.front.ledger.sessions.end(token)
    response = visit.back("/sign-in")
    drop_session(visit.request, response)
    return Done(response=response, action="signed_out")


async def sign_out_everywhere(visit: Visit) -> Done:
    """End every session of this user, on all their machines."""
    ended = await visit.front.ledger.sessions.end_all(visit.visitor.name)
    response = visit.back("/sign-in")
    drop_session(visit.request, response)
    return Done(response=response, action="signed_out_everywhere", detail=f"{ended} sessions")


PAGE = Page(
    name="session",
    entries=(
        Act(path="/sign-out", handler=sign_out, role=Role.VIEWER),
        Act(path="/sign-out-everywhere", handler=sign_out_everywhere, role=Role.VIEWER),
    ),
)
