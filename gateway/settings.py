"""Where things are and what is secret: the environment, read once. Behaviour is in the YAML configuration."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from gateway.errors import ConfigInvalid, Problem
from gateway.redis_address import check_address

_PREFIX = "DIALGATE_"


class Settings(BaseModel):
    """Every setting once: `DIALGATE_<NAME>`, or `DIALGATE_<NAME>_FILE` naming a file that holds the value."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    config: Path = Field(Path("config/dialgate.yaml"), description="the YAML file, or a folder of them")
    redis_url: SecretStr = Field(
        SecretStr("redis://127.0.0.1:6379/0"), description="Redis or Valkey, append-only; redis+sentinel://H:P,H:P/NAME"
    )
    redis_replicas: int = Field(
        0,
        ge=0,
        le=9,
        description="replicas that must have what is accepted, dialled, finished or ordered before it counts",
    )
    call_api_url: str = Field("https://api.agentalk.io", description="base address of the call API")
    public_url: str = Field("http://127.0.0.1:8080", description="address senders use; URL-signing senders sign it")
    api_key: SecretStr | None = Field(None, description="key for /v1, the console and /metrics")
    console: bool = Field(True, description="serve the console at /console; off for receivers strangers can reach")
    data_dir: Path = Field(Path(".dialgate"), description="folder for what must be on this machine's disk")
    journal_dir: Path | None = Field(
        None,
        description="folder of the workers' journals, on a disk that outlives them; else `journal` in the data folder",
    )
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8080, ge=0, le=65535, description="port to listen on")
    processes: int = Field(
        1, ge=1, le=64, description="receiver processes behind the port; one for each core that webhooks may take"
    )
    trusted_proxies: str = Field("", description="addresses, comma-separated, whose X-Forwarded-For is believed")
    sandbox: bool = Field(False, description="the call API is our sandbox: dial with its token, ring no real phone")
    enrich_private: bool = Field(
        False, description="enrichment may ask private addresses and this machine, and by plain http"
    )
    check_private: bool = Field(
        False, description="do-not-call checks may ask private addresses and this machine, and by plain http"
    )
    notify_private: bool = Field(
        False, description="notifications may go to private addresses and this machine, and by plain http"
    )
    redis_durability: str = Field(
        "refuse", pattern="^(refuse|warn)$", description="a Redis that may lose data: refuse | warn"
    )
    worker_concurrency: int = Field(
        1000,
        ge=1,
        le=1000,
        description="calls one worker process handles at once; fewer where it may not open so many connections",
    )
    deadline_seconds: float = Field(
        60,
        ge=4,
        le=60,
        description="a request without an outcome after so long is UNKNOWN; half of it are the longest request and the "
        "lease of a claim, a quarter is how long an answer may keep silent",
    )
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="debug | info | warning | error")

    @field_validator("redis_url")
    @classmethod
    def _understood(cls, value: SecretStr) -> SecretStr:
        check_address(value.get_secret_value())
        return value


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Settings from an environment. Raises ConfigInvalid naming every variable that is wrong or unknown."""
    values: dict[str, str] = {}
    problems: list[Problem] = []
    for variable in sorted(environ):
        if not variable.startswith(_PREFIX) or not environ[variable]:
            continue
        name = variable.removeprefix(_PREFIX).lower()
        if name.endswith("_file") and name.removesuffix("_file") in Settings.model_fields:
            name, text = name.removesuffix("_file"), _read_file(variable, environ[variable], problems)
        else:
            text = environ[variable]
        if name not in Settings.model_fields:
            problems.append(_problem(variable, "is not a setting" + _suggest(name)))
        elif name in values:
            problems.append(_problem(variable, "is given twice, directly and as a file"))
        elif text is not None:
            values[name] = text
    return _build(values, problems)


def _suggest(name: str) -> str:
    close = get_close_matches(name, Settings.model_fields, n=1)
    return f": did you mean {_PREFIX}{close[0].upper()}?" if close else ""


def _read_file(variable: str, path: str, problems: list[Problem]) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        problems.append(_problem(variable, f"cannot be read: {error}"))
        return None


def _build(values: dict[str, str], problems: list[Problem]) -> Settings:
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        problems.extend(
            _problem(_PREFIX + str(fault["loc"][0]).upper(), fault["msg"])
            for fault in error.errors(include_input=False, include_url=False)
        )
        raise ConfigInvalid(problems) from None
    if problems:
        raise ConfigInvalid(problems)
    return settings


def _problem(variable: str, message: str) -> Problem:
    return Problem(file=f"environment variable {variable}", line=0, column=0, message=message)
