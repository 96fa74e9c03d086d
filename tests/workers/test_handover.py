"""A job finds its process's loop, or learns that there is none."""

from workers.handover import Handover


def test_without_a_loop_the_job_dials_itself() -> None:
    """Nothing is swallowed."""
    assert Handover().give(patience=0) is False


def test_a_wake_up_reaches_the_loop_with_its_patience() -> None:
    """A full loop counts as told: it claims again by itself."""
    handover, heard = Handover(), []

    def full(patience: float) -> bool:
        heard.append(patience)
        return False

    handover.attach(full)
    assert handover.give(patience=3) is True
    handover.detach()
    assert handover.give(patience=3) is False
    assert heard == [3]


def test_where_a_loop_works_a_job_never_does() -> None:
    """Before its loop begins and after it ended, too: the loop looks for itself, and is the one that can be stopped."""
    handover, heard = Handover(), []
    handover.reserve()
    assert handover.give(patience=3) is True
    handover.attach(lambda patience: bool(heard.append(patience)))
    assert handover.give(patience=3) is True
    handover.detach()
    assert handover.give(patience=3) is True
    assert heard == [3]
