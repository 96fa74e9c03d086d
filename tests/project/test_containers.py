"""docker-compose.yml and the Dockerfile keep their promises, as far as can be read from the files."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from redis import Redis
from redis.exceptions import NoPermissionError
from tree import ROOT

from gateway import call_queue
from gateway.settings import Settings

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("serve", "work", "sweep")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
each_service = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
each_of_ours = pytest.mark.parametrize("name", OURS)


def seconds(duration: str) -> int:
    """A compose duration such as 90s or 2m, in seconds."""
    return int(duration[:-1]) * {"s": 1, "m": 60}[duration[-1]]


def stages() -> list[list[str]]:
    """The Dockerfile's stages as instructions, with continued lines joined."""
    lines = re.sub(r"\\\n\s*", " ", DOCKERFILE).splitlines()
    instructions = [line for line in lines if line and not line.startswith("#")]
    starts = [index for index, line in enumerate(instructions) if line.startswith("FROM ")]
    return [instructions[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)]


@each_service
def test_a_service_has_only_the_rights_it_needs(service: dict[str, Any]) -> None:
    """Nobody is root, can become root, or can write outside its volume and /tmp."""
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "pid", "ipc", "network_mode", "devices"} & service.keys()
    assert not any("docker.sock" in volume for volume in service.get("volumes", []))


@each_service
def test_a_service_comes_back_and_says_how_it_is(service: dict[str, Any]) -> None:
    """Each restarts after a crash or a reboot, has a health check, and bounded logs."""
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert seconds(service["healthcheck"]["timeout"]) <= seconds(service["healthcheck"]["interval"])
    assert {"max-size", "max-file"} <= service["logging"]["options"].keys()


@each_service
def test_a_service_may_finish_what_it_is_doing(service: dict[str, Any]) -> None:
    """Docker's ten seconds would kill a worker while it dials; a wake-up's own limit is shorter than ours."""
    if service["command"] == ["work"]:
        assert seconds(service["stop_grace_period"]) > call_queue._TIMEOUT.total_seconds()
    assert seconds(service["stop_grace_period"]) >= 60


@each_service
def test_nothing_is_published_beyond_this_machine(service: dict[str, Any]) -> None:
    """Published ports are on 127.0.0.1; the internet comes in through a proxy."""
    assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", []))


def test_valkey_keeps_what_it_acknowledges_and_talks_to_us_alone() -> None:
    """Append-only, fsync for every write, no eviction, data on a volume, no way out, a password."""
    valkey = SERVICES["valkey"]
    options = dict(zip(valkey["command"][1::2], valkey["command"][2::2], strict=True))
    expected = {"--appendonly": "yes", "--appendfsync": "always", "--maxmemory-policy": "noeviction", "--save": ""}
    assert expected.items() <= options.items()
    assert (options["--hash-max-listpack-entries"], options["--hash-max-listpack-value"]) == ("64", "2048")
    assert options["--aclfile"] == "/run/secrets/valkey_acl"
    assert f"valkey-data:{options['--dir']}" in valkey["volumes"]
    assert valkey["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert re.fullmatch(r"valkey/valkey:\d+\.\d+-alpine", valkey["image"])


@each_of_ours
def test_our_services_are_configured_by_settings_that_exist(name: str) -> None:
    """Every DIALGATE_ variable is a setting, and secrets come from files that are mounted."""
    environment = SERVICES[name]["environment"]
    names = {key.removeprefix("DIALGATE_").lower() for key in environment if key.startswith("DIALGATE_")}
    assert {key.removesuffix("_file") for key in names} <= Settings.model_fields.keys()
    mounted = {value.removeprefix("/run/secrets/") for value in environment.values() if value.startswith("/run/")}
    assert mounted == set(SERVICES[name]["secrets"]) == {"api_key", "redis_url"}
    assert not {"DIALGATE_API_KEY", "DIALGATE_REDIS_URL"} & environment.keys()


@each_of_ours
def test_our_services_start_once_valkey_is_ready(name: str) -> None:
    """Each runs its own command of the image and waits for a healthy Valkey."""
    assert SERVICES[name]["command"] == [name]
    assert SERVICES[name]["depends_on"] == {"valkey": {"condition": "service_healthy"}}


def test_work_and_sweep_survive_the_loss_of_one() -> None:
    """Two of each."""
    assert {SERVICES[name]["deploy"]["replicas"] for name in ("work", "sweep")} == {2}


def test_the_sandbox_starts_only_when_asked_for_and_knows_no_secret() -> None:
    """A profile of its own, and the environment file that switches to it names only settings."""
    assert SERVICES["sandbox"]["profiles"] == ["sandbox"]
    assert SERVICES["sandbox"]["secrets"] == []
    lines = (ROOT / "deploy/sandbox.env").read_text(encoding="utf-8").splitlines()
    switched = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert switched == {
        "COMPOSE_PROFILES": "sandbox",
        "DIALGATE_SANDBOX": "true",
        "DIALGATE_CALL_API_URL": "http://sandbox:8090",
    }


def test_the_secrets_made_for_compose_open_valkey_and_little_else(tmp_path: Path) -> None:
    """make-secrets writes every file compose mounts, never replaces one, and its password cannot empty the server."""
    folder = tmp_path / "secrets"
    script = [str(ROOT / "deploy/make-secrets"), str(folder)]
    subprocess.run(script, check=True, capture_output=True)
    assert {Path(secret["file"]).name for secret in COMPOSE["secrets"].values()} == {
        path.name for path in folder.iterdir()
    }
    before = (folder / "api_key").read_text(encoding="utf-8")
    assert subprocess.run(script, check=False, capture_output=True).returncode == 1
    assert (folder / "api_key").read_text(encoding="utf-8") == before


def test_the_password_made_for_compose_cannot_empty_the_server(tmp_path: Path, valkey_url: str) -> None:
    """The account in valkey.acl runs scripts and reads the durability settings, but cannot wipe or reconfigure."""
    folder = tmp_path / "secrets"
    subprocess.run([str(ROOT / "deploy/make-secrets"), str(folder)], check=True, capture_output=True)
    rules = (folder / "valkey.acl").read_text(encoding="utf-8").split()[2:]
    with Redis.from_url(valkey_url) as owner, Redis.from_url(valkey_url) as client:
        owner.execute_command("ACL", "SETUSER", "compose", "reset", *rules)
        try:
            client.execute_command("AUTH", "compose", (folder / "valkey_password").read_text(encoding="utf-8").strip())
            assert client.eval("return 1", 0) == 1
            assert client.config_get("appendfsync") == {"appendfsync": "always"}
            for command in ("FLUSHALL", "CONFIG SET save 1", "SHUTDOWN NOSAVE", "REPLICAOF NO ONE"):
                with pytest.raises(NoPermissionError):
                    client.execute_command(*command.split())
        finally:
            owner.execute_command("ACL", "DELUSER", "compose")


def test_the_image_runs_as_nobody_special_with_no_tools() -> None:
    """The last stage installs nothing, drops root before its entry point, and only copies what was built."""
    build, run = stages()
    assert build[0].startswith("FROM python:3.13-slim")
    assert run[0] == build[0].removesuffix(" AS build")
    assert not any(re.search(r"\b(pip|apt-get|curl|uv)\b", line) for line in run if line.startswith("RUN"))
    assert [line for line in run if line.startswith("USER")] == ["USER 10001:10001"]
    assert run[-2:] == ['ENTRYPOINT ["dialgate"]', 'CMD ["serve"]']
    assert any(line.startswith("HEALTHCHECK") for line in run)


def test_the_image_is_built_from_the_lock_file() -> None:
    """Dependencies come by hash, from wheels; only what the build needs is sent to the builder."""
    installs = [line for line in stages()[0] if "requirements.txt" in line]
    assert any("--require-hashes" in line and "--only-binary :all:" in line for line in installs)
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = {name for line in stages()[0] if line.startswith("COPY") for name in line.split()[1:-1]} | {"config"}
    assert "*" in ignored
    assert {line.removeprefix("!") for line in ignored if line.startswith("!")} == copied
