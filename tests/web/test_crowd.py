"""Who goes when one connection more comes."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.web.crowd import Crowd


@dataclass(eq=False)
class One:
    """A connection that leaves when it is dropped."""

    crowd: Crowd
    address: str
    dropped: bool = field(default=False)

    def drop(self) -> None:
        """As a transport does: the crowd hears of it."""
        self.dropped = True
        self.crowd.leave(self)


def crowd_of(most: int = 4, each: int = 2) -> Crowd:
    """A small crowd; 10.0.0.1 is a proxy."""
    return Crowd(most=most, most_each=each, exempt=lambda address: address == "10.0.0.1")


def comes(crowd: Crowd, address: str) -> One:
    """One more connection, waiting for its head."""
    one = One(crowd, address)
    assert crowd.enter(one)
    crowd.waits(one)
    return one


def test_an_address_with_too_many_loses_its_own_oldest() -> None:
    """What must hold: one address's flood closes its own connections only."""
    crowd = crowd_of()
    real = comes(crowd, "192.0.2.7")
    mine = [comes(crowd, "198.51.100.1") for _ in range(5)]
    assert [one.dropped for one in mine] == [True, True, True, False, False]
    assert not real.dropped


def test_when_all_is_full_the_longest_waiting_goes() -> None:
    """What must hold: idle connections from many addresses make room for who comes, the oldest first."""
    crowd = crowd_of()
    idle = [comes(crowd, f"198.51.100.{n}") for n in range(4)]
    crowd.served(idle[0])
    comes(crowd, "192.0.2.7")
    assert [one.dropped for one in idle] == [False, True, False, False]


def test_who_is_served_is_never_dropped() -> None:
    """What must hold: a complete request is answered; without anyone waiting the newcomer is turned away."""
    crowd = crowd_of()
    served = [comes(crowd, f"198.51.100.{n}") for n in range(4)]
    for one in served:
        crowd.served(one)
    newcomer = One(crowd, "192.0.2.7")
    assert not crowd.enter(newcomer)
    assert not any(one.dropped for one in served)


def test_a_proxy_has_no_bound_of_its_own() -> None:
    """What must hold: all traffic behind a proxy comes from its address; only the bound of all counts."""
    crowd = crowd_of()
    assert not any(one.dropped for one in [comes(crowd, "10.0.0.1") for _ in range(4)])


@pytest.mark.parametrize("most", [1, 3])
@given(steps=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["come", "serve", "wait", "go"])), max_size=60))
def test_nothing_leaks(most: int, steps: list[tuple[int, str]]) -> None:
    """What must hold: in any order of events the bound holds, and an empty crowd remembers nothing."""
    crowd, here = crowd_of(most=most, each=2), []
    for number, step in steps:
        here = [one for one in here if not one.dropped]
        if step == "come":
            one = One(crowd, f"192.0.2.{number}")
            if crowd.enter(one):
                crowd.waits(one)
                here.append(one)
            else:
                crowd.leave(one)
        elif here:
            one = here[number % len(here)]
            if step == "go":
                crowd.leave(one)
                here.remove(one)
            else:
                (crowd.served if step == "serve" else crowd.waits)(one)
        assert crowd.size <= most
    for one in here:
        if not one.dropped:
            crowd.leave(one)
    assert (crowd.size, crowd._waiting, crowd._waiting_of, crowd._here) == (0, {}, {}, {})
