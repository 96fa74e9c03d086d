"""holds, on a running `up`."""

from upstairs import Dialgate


def test_what_is_held_is_said_and_decided(at_up: Dialgate) -> None:
    """What must hold: with nothing held each command says so and changes nothing; a mistake is told."""
    assert "nothing is held" in at_up("holds").out
    assert '"groups": []' in at_up("holds", "--json").out
    released = at_up("holds", "release", "--source", "web-form")
    assert (released.code, "0 released" in released.out) == (0, True)
    assert "0 cancelled" in at_up("holds", "cancel", "--older", "1h").out
    assert at_up("holds", "cancel").code == 2
    assert at_up("holds", "meant", "no-such-source", "--yes").code == 2
