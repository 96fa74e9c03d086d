"""The command, run in this process or as a process; one `up` for every test that only needs a running one."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from receiver import API_KEY, Receiver
from shared_site import shared_receiver, site
from upstairs import Dialgate, Up, started_up

__all__ = ["shared_receiver", "site"]  # fixtures


@pytest.fixture
def dialgate(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Dialgate:
    """The command in an empty folder, without any setting."""
    monkeypatch.chdir(tmp_path)
    return Dialgate(monkeypatch, capsys)


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A running `dialgate up` on the shipped configuration."""
    with started_up(tmp_path_factory.mktemp("up")) as running:
        yield running


@pytest.fixture
def at_up(up: Up, monkeypatch: pytest.MonkeyPatch, dialgate: Dialgate) -> Dialgate:
    """The command where that `up` is found."""
    monkeypatch.setenv("DIALGATE_DATA_DIR", str(up.folder))
    return dialgate


@pytest.fixture
def at_site(site: Receiver, dialgate: Dialgate, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dialgate]:
    """The command, pointed at a receiver without workers: what comes in stays as it is."""
    monkeypatch.setenv("DIALGATE_PUBLIC_URL", site.url)
    monkeypatch.setenv("DIALGATE_API_KEY", API_KEY)
    before = structlog.get_config()  # the receiver runs in this process: its log is not part of the command's answer
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    yield dialgate
    structlog.configure(**before)
