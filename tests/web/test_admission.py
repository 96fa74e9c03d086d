"""The door of /hooks: bursts wait, standing queues are refused, and nobody takes all the room."""

import itertools
from collections import deque
from contextlib import suppress

import pytest

from gateway.web.admission import LEAST, SPARE, WINDOW_SECONDS, Admission, Overloaded, Visit


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def enter(door: Admission, source: str = "a", address: str = "192.0.2.1") -> Visit:
    """A delivery whose body is there."""
    visit = door.visit(source, lambda: address)
    visit.start()
    return visit


def fill(door: Admission, source: str, spread: int = 250) -> list[Visit]:
    """As many of one source as get in, from many addresses."""
    inside: list[Visit] = []
    with suppress(Overloaded):
        while True:
            inside.append(enter(door, source, f"198.51.100.{len(inside) % spread}"))
    return inside


def leave(visits: list[Visit]) -> None:
    """They are answered."""
    for visit in visits:
        visit.__exit__(None, None, None)


def test_one_busy_sender_is_not_refused_however_slow_it_gets() -> None:
    """What must hold: 32 connections of one sender, each waiting for its answer before it posts again, always get in,
    also where the machine is so slow that the room is the least there is.
    """
    instants = itertools.count(step=0.05)
    admission = Admission(clock=lambda: float(next(instants)))
    started: deque[tuple[Visit, float]] = deque()
    for _ in range(2000):
        if len(started) == 32:
            admission.end(*started.popleft())
        visit = admission.visit("crm", lambda: "192.0.2.1")
        started.append((visit, admission.start(visit)))
    assert admission.room == LEAST
    assert not admission.refused


def test_one_source_leaves_a_quarter_of_the_room() -> None:
    """What must hold: however much one source sends, another gets in, and is not crowded out by the first."""
    door = Admission(most=100)
    assert len(fill(door, "mad")) == 75
    assert len([enter(door, "calm", f"203.0.113.{n}") for n in range(25)]) == 25


def test_one_address_leaves_half_of_the_room() -> None:
    """What must hold: a single sender takes half at most, even of its own source's share."""
    door = Admission(most=100)
    assert len(fill(door, "a", spread=1)) == 50
    enter(door, "a", "203.0.113.9")


def test_a_source_with_little_in_hand_gets_in_when_all_is_full() -> None:
    """What must hold: also when other sources fill everything, those with little in hand are taken, up to a bound."""
    door = Admission(most=100)
    for name in ("a", "b"):
        fill(door, name)
    assert door.in_hand == 100
    for n in range(SPARE):
        enter(door, f"calm-{n}")
    with pytest.raises(Overloaded):
        enter(door, "one too many")


def test_room_is_given_back_however_a_delivery_ends() -> None:
    """What must hold: nothing leaks: after any ending the counts are as if it had never been there."""
    door = Admission(most=4)
    for _ in range(50):
        visit = door.visit("a", lambda: "192.0.2.1")
        with suppress(ZeroDivisionError), visit:
            visit.hold(1000)
            visit.start()
            raise ZeroDivisionError
    assert (door.in_hand, door.held, door._sources, door._addresses) == (0, 0, {}, {})


def test_bodies_are_bounded_all_together() -> None:
    """What must hold: bodies still arriving count too; over the bound the next part is refused, and then given back."""
    door = Admission(held_bytes=1000)
    slow = door.visit("a", lambda: "192.0.2.1")
    slow.hold(900)
    with door.visit("b", lambda: "192.0.2.2") as other:
        other.hold(60)
        with pytest.raises(Overloaded):
            other.hold(60)
    assert door.held == 900


def test_a_burst_is_not_a_standing_queue() -> None:
    """What must hold: a burst that takes a while to work off is let in whole and changes nothing."""
    clock = Clock()
    door = Admission(most=100, clock=clock)
    burst = [enter(door, "a", f"198.51.100.{n}") for n in range(70)]
    for visit in burst:
        clock.now += 0.005
        leave([visit])
    assert door.room == 100


def test_a_standing_queue_shrinks_the_room_and_quick_answers_give_it_back() -> None:
    """What must hold: while every answer is slow fewer are let in, never fewer than a few; and the room comes back."""
    clock = Clock()
    door = Admission(most=100, clock=clock)
    for _ in range(20):
        inside = fill(door, "a")
        clock.now += WINDOW_SECONDS * 2
        leave(inside)
    assert door.room == LEAST
    for _ in range(60):
        inside = fill(door, "a")
        clock.now += 0.001
        leave(inside)
        clock.now += WINDOW_SECONDS
    assert door.room == 100


def test_a_full_ledger_shuts_the_door() -> None:
    """What must hold: while the ledger takes nothing more, nothing is let in, with the reason counted."""
    door = Admission()
    door.full = "the ledger is nearly full"
    with pytest.raises(Overloaded, match="nearly full"):
        enter(door)
    assert door.refused == {"the ledger is nearly full": 1}
    door.full = ""
    enter(door)
