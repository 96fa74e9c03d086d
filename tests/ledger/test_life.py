"""Whatever workers, crashes, people and time do in whatever order, the promises hold."""

from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from ledger.lives import ACTED_ON, LETTING_GO, OUTCOMES, PAUSES, Life

from gateway.embedded import EmbeddedValkey
from gateway.model import CallState, Priority

STEPS = 300


def test_short_lives(valkey_server: EmbeddedValkey) -> None:
    """No sequence of steps breaks a promise; one that did would be shown as short as it can be."""
    Life.server = valkey_server
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=30,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("seed", range(6))
def test_long_lives(valkey_server: EmbeddedValkey, seed: int) -> None:
    """A busy ledger keeps every promise for hundreds of steps; every kind of ending has been seen on the way."""
    Life.server = valkey_server
    fate = Fate(Life(), Random(seed))
    try:
        fate.run(STEPS)
        assert len(fate.life.model.rings) > STEPS / 20
        assert {CallState.PLACED, CallState.UNKNOWN, CallState.REJECTED, CallState.JOINED} <= fate.life.states()
    finally:
        fate.life.teardown()


@dataclass
class Fate:
    """Draws what happens next from a seeded generator, evenly."""

    life: Life
    random: Random

    def run(self, steps: int) -> None:
        """So many steps; what happens often stands more than once."""
        ways = [self.accept, self.work, self.work, self.work, self.pause, self.pause, self.on_a_hold, self.people]
        for _ in range(steps):
            self.random.choice([*ways, self.sweep, self.life.stop, self.switch])()
            self.life.the_audit_is_clean()

    def accept(self) -> None:
        """Some leads, of forty people."""
        draw = self.random.randrange
        deliveries = [[draw(40) for _ in range(draw(1, 3))] for _ in range(draw(1, 6))]
        self.life.accept(deliveries, draw(10**6), self.random.choice([0, 0, 5]), 3600, Priority(draw(3)))

    def work(self) -> None:
        """A worker's round."""
        fates = [self.random.choice(["crash", "dial", *OUTCOMES]) for _ in range(self.random.randrange(1, 7))]
        self.life.work(
            self.random.choice(["w1", "w2"]), fates, self.random.random() < 0.8, self.random.choice([0, 8, 99])
        )

    def on_a_hold(self) -> None:
        """A worker goes on with a call it may have lost."""
        if not self.life.holds:
            return
        pick, outcome = self.random.randrange(999), self.random.choice(OUTCOMES)
        self.random.choice(
            [
                lambda: self.life.grant(pick),
                lambda: self.life.finish(pick, outcome, 3),
                lambda: self.life.let_go(pick, self.random.choice(LETTING_GO)),
            ]
        )()

    def people(self) -> None:
        """A person acts."""
        if self.life.events and self.random.random() < 0.3:
            self.life.replay(self.random.randrange(999), self.random.random() < 0.3)
        elif self.life.people:
            self.life.act(self.random.randrange(999), self.random.choice([None, *ACTED_ON]))

    def sweep(self) -> None:
        """A sweeper comes by."""
        self.life.sweep(self.random.choice([1, 200]))

    def switch(self) -> None:
        """A person stops everything, or resumes it."""
        self.life.switch(self.random.choice([0, 0, 20]))

    def pause(self) -> None:
        """Time passes."""
        self.life.pass_time(self.random.choice(PAUSES))
