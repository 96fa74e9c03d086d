"""Dialers are found by name; one without its constant stops start-up."""

import sys
from pathlib import Path

import pytest

from workers.dialers import load_dialers
from workers.dialers.agentalk import AgentalkDialer


def test_every_module_is_a_dialer() -> None:
    """The module's name is the dialer's name."""
    assert load_dialers() == {"agentalk": AgentalkDialer}


def test_a_module_without_its_constant_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loud failure instead of a dialer that is silently missing."""
    package = tmp_path / "dialers_without"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "forgotten.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(TypeError, match=r"dialers_without\.forgotten has no DIALER"):
        load_dialers("dialers_without")
    sys.modules.pop("dialers_without.forgotten")
    sys.modules.pop("dialers_without")
