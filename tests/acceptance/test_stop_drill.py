"""The switch, seen from the far end: no request later than a second after the order was answered, and nobody lost."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from acceptance.stop_drill import LIMIT_SECONDS, drill
from waiting import eventually

from gateway.embedded import EmbeddedValkey


@pytest.mark.timeout(240)
def test_three_workers_stop_within_a_second_and_lose_nobody(
    tmp_path: Path, valkey_server: EmbeddedValkey, valkey_url: str
) -> None:
    """Everything by API, one source by command while the other goes on, everything for two seconds, which ends by
    itself; then every lead that may ring has rung once, the stale have expired, and the night's wait."""
    with drill(tmp_path, valkey_server, leads=240) as made:
        everything = made.stop("everything", "", "API")
        site = made.stop("source", "site", "command")
        assert (everything.too_late, site.too_late) == (0, 0), (everything, site)
        assert site.others > 0
        given = datetime.now(UTC)
        answered = made.order("stop", "everything", "", "API", until="2s")
        stopped, over = answered + timedelta(seconds=LIMIT_SECONDS), given + timedelta(seconds=2)
        numbers = frozenset({"pn_east", "pn_west"})
        before = len(made.rings(numbers))
        eventually(lambda: len(made.rings(numbers)) > before + 10, seconds=30, message="it resumes by itself")
        assert not [at for at in made.rings(numbers) if stopped < at < over]
        states = made.finish()
    assert set(states) == {"PLACED", "EXPIRED", "READY"}
