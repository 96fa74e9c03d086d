"""Whether a Redis keeps what it acknowledges: what it says of its append-only file and its eviction policy."""

from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, ResponseError

_UNKNOWN = "it does not tell its {name} (CONFIG is not allowed): make sure of it yourself"


async def check(redis: "Redis") -> tuple[str, ...]:
    """What would let this Redis lose data, each as a sentence; also what it does not tell. Empty is good."""
    config = await _config(redis)
    found = [_aof(config, await redis.info("persistence")), _fsync(config), await _policy(redis, config)]
    return tuple(problem for problem in found if problem)


async def _config(redis: "Redis") -> dict[str, str]:
    try:
        settings = await redis.config_get("append*", "maxmemory-policy")
    except (NoPermissionError, ResponseError):  # managed services forbid CONFIG or do not have it
        return {}
    return {_text(name): _text(value) for name, value in settings.items()}


def _aof(config: dict[str, str], persistence: dict[str, Any]) -> str:
    if config.get("appendonly") == "no" or not persistence.get("aof_enabled"):
        return "no append-only file (appendonly no): a crash loses acknowledged webhooks; set appendonly yes"
    if persistence.get("aof_last_write_status", "ok") != "ok":
        return "its append-only file cannot be written: look at its disk"
    return ""


def _fsync(config: dict[str, str]) -> str:
    fsync = config.get("appendfsync")
    if fsync is None:
        return _UNKNOWN.format(name="appendfsync")
    if fsync != "always":
        return f"appendfsync {fsync}: a power loss loses about a second or more; set appendfsync always"
    return ""


async def _policy(redis: "Redis", config: dict[str, str]) -> str:
    policy = config.get("maxmemory-policy") or _text((await redis.info("memory")).get("maxmemory_policy", ""))
    if not policy:
        return _UNKNOWN.format(name="maxmemory-policy")
    if policy != "noeviction":
        return f"maxmemory-policy {policy}: it drops records when memory is full; set noeviction"
    return ""


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
