"""What a storm left: every lead's rings at the far end, against what is recorded of it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MOVING = frozenset({"READY", "CLAIMED", "DIALING"})
MAY_HAVE_RUNG = frozenset({"UNKNOWN"})


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The figures of one storm."""

    accepted: int
    rung: int
    extra_rings: int  # rings beyond the first, over all leads
    lost: int  # accepted, not rung, and nothing says why
    waiting: int  # still under way when the patience was over
    unknown_with_ring: int
    unknown_without_ring: int
    contradictions: tuple[str, ...]  # recorded as rung and was not, or the other way round
    states: Mapping[str, int]
    broken: tuple[str, ...] = field(default=())  # promises of the ledger that its own audit found broken

    @property
    def kept(self) -> bool:
        """Whether nobody was rung twice, nobody lost, and the records tell the truth."""
        return not (self.extra_rings or self.lost or self.waiting or self.contradictions or self.broken)


def judge(
    accepted: Iterable[str], rings: Mapping[str, int], states: Mapping[str, str], *, broken: tuple[str, ...] = ()
) -> Verdict:
    """Compare who was accepted, how often each rang, and the state recorded of each; keyed by contact id or phone."""
    people = set(accepted) | set(rings) | set(states)
    contradictions = [
        f"{whom}: {state} with {rings.get(whom, 0)} rings"
        for whom, state in states.items()
        if (state == "PLACED") != (rings.get(whom, 0) > 0) and state not in MAY_HAVE_RUNG
    ]
    unknown = [whom for whom, state in states.items() if state == "UNKNOWN"]
    with_ring = sum(rings.get(whom, 0) > 0 for whom in unknown)
    return Verdict(
        accepted=len(set(accepted)),
        rung=sum(rings.get(whom, 0) > 0 for whom in people),
        extra_rings=sum(max(0, rings.get(whom, 0) - 1) for whom in people),
        lost=sum(whom not in states and not rings.get(whom, 0) for whom in set(accepted)),
        waiting=sum(state in MOVING for state in states.values()),
        unknown_with_ring=with_ring,
        unknown_without_ring=len(unknown) - with_ring,
        contradictions=tuple(sorted(contradictions)),
        states=dict(Counter(states.values())),
        broken=broken,
    )
