"""What a worker is wired with."""

from pathlib import Path

import pytest

from gateway.errors import ConfigInvalid
from workers.runtime import read_environment, ringer_for

pytestmark = pytest.mark.anyio


def environ(folder: Path, **settings: str) -> dict[str, str]:
    """The environment of a worker on an empty configuration."""
    (folder / "dialgate.yaml").write_text("{}\n")
    named = {f"DIALGATE_{name.upper()}": value for name, value in settings.items()}
    return {"DIALGATE_CONFIG": str(folder / "dialgate.yaml"), **named}


async def test_the_sandbox_may_be_another_container(tmp_path: Path) -> None:
    """Its token opens nothing else, so plain HTTP to another host is fine there, as in docker-compose.yml."""
    environment = read_environment(environ(tmp_path, call_api_url="http://sandbox:8090", sandbox="true"))
    async with ringer_for(environment) as ringer:
        assert ringer.sandbox


async def test_a_real_token_never_travels_in_clear(tmp_path: Path) -> None:
    """The same address without the sandbox is refused before anything is sent."""
    environment = read_environment(environ(tmp_path, call_api_url="http://calls.example.com"))
    with pytest.raises(ConfigInvalid, match="unencrypted"):
        async with ringer_for(environment):
            raise AssertionError("not reached")


async def test_times_follow_the_deadline(tmp_path: Path) -> None:
    """A lease and a request are over before the deadline that makes a call UNKNOWN."""
    async with ringer_for(read_environment(environ(tmp_path, deadline_seconds="8"))) as ringer:
        assert (ringer.timing.lease.total_seconds(), ringer.timing.deadline.total_seconds()) == (4, 8)
