"""A receiver that does not take anybody yet."""

import signal
import sys
from pathlib import Path

import pytest
from receiver_groups import begun, environment
from waiting import eventually

ALONE = (sys.executable, "-m", "gateway", "serve", "--port", "0")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_receiver_that_waits_for_redis_ends_when_told_to(tmp_path: Path, number: signal.Signals) -> None:
    """What must hold: one signal ends a receiver that has taken nobody yet, though its Redis never comes, as that
    signal ends any process; what it writes is no fault."""
    group = begun(environment("redis://127.0.0.1:9", tmp_path), tmp_path, ALONE)
    try:
        eventually(lambda: group.lines("redis_away"), message="it waits for Redis")
        assert group.end(number) == -number
    finally:
        group.process.kill()
        group.process.wait(60)
    assert "Traceback" not in group.log.read_text()
    assert "Exception" not in group.log.read_text()
