"""The systemd units stop a worker the way that leaves no call in doubt, and give it few rights."""

from configparser import RawConfigParser
from pathlib import Path

import pytest
from tree import ROOT, files

from gateway import call_queue
from gateway.settings import Settings

UNITS = files("deploy/systemd/*.service")
each_unit = pytest.mark.parametrize("unit", UNITS, ids=[unit.stem for unit in UNITS])


def lines(unit: Path) -> list[tuple[str, str]]:
    """A unit's settings in order; a key may stand several times."""
    pairs = (
        line.split("=", 1) for line in unit.read_text(encoding="utf-8").splitlines() if "=" in line and line[0] != "#"
    )
    return [(key, value) for key, value in pairs]


def test_serve_work_and_sweep_have_a_unit() -> None:
    """Each part has its unit, and the target wants all that every installation needs."""
    parts = ("enrich", "notify", "serve", "sweep", "work")
    assert [unit.name for unit in UNITS] == [f"dialgate-{part}@.service" for part in parts]
    target = RawConfigParser()
    target.read(ROOT / "deploy/systemd/dialgate.target", encoding="utf-8")
    wanted = {name.split("@")[0] for name in target["Unit"]["Wants"].split()}
    assert wanted == {"dialgate-serve", "dialgate-work", "dialgate-sweep"}


@each_unit
def test_stopping_lets_the_main_process_finish(unit: Path) -> None:
    """SIGTERM to the main process alone, and no SIGKILL before a wake-up must have ended."""
    settings = dict(lines(unit))
    assert settings["KillMode"] == "mixed"
    assert settings["Restart"] == "always"
    if "work" in unit.name:
        assert int(settings["TimeoutStopSec"]) > call_queue._TIMEOUT.total_seconds()


@each_unit
def test_a_unit_runs_its_command_with_settings_that_exist(unit: Path) -> None:
    """ExecStart is the command of its name; every DIALGATE_ variable is a setting; secrets are credentials."""
    settings = lines(unit)
    part = unit.name.removeprefix("dialgate-").removesuffix("@.service")
    command = part if part in {"serve", "sweep", "work"} else f"work --queue {part}"
    assert ("ExecStart", f"/opt/dialgate/bin/dialgate {command}") in settings
    variables = [value.split("=")[0] for key, value in settings if key == "Environment"]
    names = {variable.removeprefix("DIALGATE_").removesuffix("_FILE").lower() for variable in variables}
    assert names <= Settings.model_fields.keys()
    assert {"DIALGATE_API_KEY_FILE", "DIALGATE_REDIS_URL_FILE"} <= set(variables)


@each_unit
def test_a_unit_has_few_rights(unit: Path) -> None:
    """Not root, no capabilities, a read-only system, no new privileges."""
    settings = dict(lines(unit))
    expected = {"User": "dialgate", "NoNewPrivileges": "yes", "CapabilityBoundingSet": "", "ProtectSystem": "strict"}
    assert expected.items() <= settings.items()
