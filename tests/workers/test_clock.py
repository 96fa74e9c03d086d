"""The clocks of a worker."""

from datetime import UTC

from workers.clock import seconds_awake_or_asleep, system_now


def test_our_clock_is_aware() -> None:
    """A naive instant would mean nothing to the ledger."""
    assert system_now().tzinfo is UTC


def test_a_clock_that_never_jumps() -> None:
    """Deadlines are counted by it: it goes on and never back."""
    assert seconds_awake_or_asleep() <= seconds_awake_or_asleep()
