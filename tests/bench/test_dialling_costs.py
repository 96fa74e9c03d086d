"""The measure of plain and TLS dials works; what it measures is no test."""

from pathlib import Path

import pytest

from bench.dialling import certificate, measured


@pytest.mark.parametrize("tls", [False, True])
def test_every_dial_of_the_measure_is_placed(tmp_path: Path, tls: bool) -> None:
    """Else it would compare failures: whatever is not placed ends the run."""
    assert measured(certificate(tmp_path) if tls else None, requests=6, at_once=3, delay=0.01) > 0
