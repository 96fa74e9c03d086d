"""stop, resume, stops, on a running `up`."""

from upstairs import Dialgate, Up
from waiting import eventually


def test_stop_holds_and_resume_rings(at_up: Dialgate, up: Up) -> None:
    """What must hold: after a stop no phone rings and everyone can see why; after the resume the waiting lead rings."""
    assert "stopped: everything" in at_up("stop", "--reason", "a check").out
    before = len(up.rings())
    assert at_up("send", "demo").code == 0
    eventually(lambda: "stopped" in at_up("calls", "--limit", "1").out)
    assert "a check" in at_up("status").out
    assert len(up.rings()) == before
    assert "nothing is stopped" in at_up("resume").out
    eventually(lambda: len(up.rings()) == before + 1)
    assert "was not stopped" in at_up("resume").out
    assert "resume" in at_up("stops").out
    assert '"action": "stop"' in at_up("stops", "--json").out


def test_a_mistyped_name_is_refused(at_up: Dialgate) -> None:
    """What must hold: a stop that would stop nothing is an error, not a comfort."""
    refused = at_up("stop", "rule", "no such rule")
    assert (refused.code, "no rule of this name" in refused.err) == (2, True)
