"""The ledger's promises by the names the audit gives them, and what a person does about a broken one.

Each is one line of the audit's Lua scripts; a test holds that none is missing here.
"""

from collections.abc import Mapping
from types import MappingProxyType

_RANG = (
    "a phone may have rung more often than it should: `dialgate stop everything`, then `dialgate calls show ID` for "
    "its history; keep the data and report it"
)
_RINGS_AGAIN = (
    "the ring is not counted, so this person may be rung again too soon: cancel what waits for them, or list them with "
    "`dialgate dnc add` until the cooldown is over; keep the data and report it"
)
_WAITS_FOR_EVER = (
    "nobody will be rung for this one by itself: look at it (`dialgate calls show ID`, `dialgate events show ID`), "
    "then replay its event with `dialgate events replay ID`, or ring the person yourself"
)
_UNTOLD = (
    "the endpoint does not know what became of the call: `dialgate notifications` shows what was sent; send it "
    "again with `dialgate notifications resend ID`, or tell the receiving end yourself"
)
_PLACE = (
    "a number or account has fewer requests in flight than it may, or more: look at its pace; the place is free "
    "again at its time, which `dialgate audit --json` repeats until then"
)
_GONE = (
    "a record is gone, which Dialgate deletes only when its retention is over: did Redis lose data, or did somebody "
    "delete keys? `dialgate stop everything` until you know; docs/journal.md says what to look at"
)
_LISTS = (
    "a list and the record disagree, so pages and counts may be wrong: the record counts; keep the data and report "
    "it with the output of `dialgate audit --json`"
)

_BY_ADVICE: Mapping[str, tuple[str, ...]] = {
    _RANG: ("one ring per call",),
    _RINGS_AGAIN: ("a ring counts for its person",),
    _WAITS_FOR_EVER: (
        "waits in one place",
        "waits until its time",
        "what waits expires",
        "expires at its time",
        "what is under way has a lease",
        "a lease is as recorded",
        "an undecided event has a next time",
        "a joined call has a leader",
        "a leader knows who joined",
        "who joined is rung with its leader, or takes its place",
        "who joined knows its leader",
    ),
    _UNTOLD: (
        "an outcome is told",
        "a listed message exists",
        "one state per message",
        "a message waits for its endpoint",
        "a message has its time",
        "an endpoint with messages is served",
        "a message given up is counted",
        "a message tells of a call",
    ),
    _PLACE: ("a place is held by who is on the line", "a request in flight has its place"),
    _GONE: (
        "a listed call exists",
        "a listed event exists",
        "a listed delivery exists",
        "an accepted call exists",
        "a delivery's events exist",
        "an event has its delivery",
    ),
    _LISTS: (
        "one state per call",
        "one state per event",
        "every ending has a reason",
        "every event has its reason",
        "an ended call has its time",
        "a person waits for a call that may ring",
        "listed by source",
        "listed by contact",
        "an event knows its calls",
        "an accepted call is listed",
        "a delivery's events are listed",
        "an index holds only what belongs there",
        "what an index holds is listed",
    ),
}

WHAT_TO_DO: Mapping[str, str] = MappingProxyType({name: do for do, names in _BY_ADVICE.items() for name in names})
