"""Where Redis is: one address, or the Sentinels who know which of several is the primary just now.

`redis://`, `rediss://` and `unix://` are redis-py's own. `redis+sentinel://[USER:PASSWORD@]HOST:PORT,HOST:PORT/NAME[/DB]`
(`rediss+sentinel://` with TLS) asks the Sentinels for the primary they watch under NAME, at every new connection; the
Sentinels' own password, if they have one, is `?sentinel_password=` (and `sentinel_username=`).
"""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import redis
import redis.asyncio
import redis.asyncio.sentinel
import redis.sentinel

from gateway.model import record

_SENTINEL = "+sentinel"
_PORT = 26379
_ASKING_SECONDS = 1.0  # a Sentinel that is gone must not hold up the ask of the next
_ASIDE = {"sentinel_username", "sentinel_password"}
_WANTED = "must be redis+sentinel://HOST:PORT,HOST:PORT,HOST:PORT/NAME, with NAME as the Sentinels know the primary"


@record
class Sentinels:
    """Who is asked for the primary, and what a connection to it needs."""

    hosts: tuple[tuple[str, int], ...]
    name: str
    options: dict[str, Any]  # of a connection to the primary
    asking: dict[str, Any]  # of a connection to a Sentinel


def sentinels_of(url: str) -> Sentinels | None:
    """The Sentinels an address names; None for an address of Redis itself. Raises ValueError, never with a secret."""
    parts = urlsplit(url)
    if not parts.scheme.endswith(_SENTINEL):
        return None
    tls = {"redis": False, "rediss": True}.get(parts.scheme.removesuffix(_SENTINEL))
    person, _, hosts = parts.netloc.rpartition("@")
    name, _, database = unquote(parts.path).strip("/").partition("/")
    asked = parse_qs(parts.query)
    if tls is None or not name or not hosts or not (database or "0").isdigit() or set(asked) - _ASIDE:
        raise ValueError(_WANTED)
    user, _, password = person.partition(":")
    access = {"username": unquote(user) or None, "password": unquote(password) or None}
    secured = {"ssl": True} if tls else {}
    return Sentinels(
        hosts=tuple(_host(host) for host in hosts.split(",")),
        name=name,
        options={**access, **secured, "db": int(database or 0)},
        asking={
            **secured,
            **{key.removeprefix("sentinel_"): values[0] for key, values in asked.items()},
            "socket_timeout": _ASKING_SECONDS,
            "socket_connect_timeout": _ASKING_SECONDS,
        },
    )


def check_address(url: str) -> None:
    """Nothing for an address that can be understood. Raises ValueError saying what is wrong, never with a secret."""
    if sentinels_of(url) is None and urlsplit(url).scheme not in {"redis", "rediss", "unix"}:
        raise ValueError("must begin with redis://, rediss://, unix://, redis+sentinel:// or rediss+sentinel://")


def blocking_redis(url: str, **options: Any) -> "redis.Redis":
    """A client for code that blocks: RQ's. Nothing is contacted until first use."""
    found = sentinels_of(url)
    if found is None:
        return redis.Redis.from_url(url, **options)
    sentinel: Any = redis.sentinel  # has no types
    asked = sentinel.Sentinel(found.hosts, sentinel_kwargs=found.asking)
    connection = _SecuredPrimary if "ssl" in found.options else _Primary
    client: redis.Redis = asked.master_for(found.name, connection_class=connection, **{**found.options, **options})
    return client


class _Primary(redis.sentinel.SentinelManagedConnection):
    """redis-py's own, closed when a read ends early, as its other connections are: else an interrupted read's answer
    is taken for that of the next command (redis-py 8.1: `disconnect_on_error` is False here alone)."""

    def read_response(self, *args: Any, disconnect_on_error: bool | None = True, **options: Any) -> Any:
        """One answer."""
        return super().read_response(*args, disconnect_on_error=disconnect_on_error, **options)


class _SecuredPrimary(_Primary, redis.sentinel.SentinelManagedSSLConnection):
    """The same with TLS."""


def waiting_pool(url: str, **options: Any) -> "redis.asyncio.BlockingConnectionPool":
    """A pool for async code whose callers wait, for `timeout` seconds, while all connections are in use."""
    found = sentinels_of(url)
    if found is None:
        return redis.asyncio.BlockingConnectionPool.from_url(url, **options)
    sentinel: Any = redis.asyncio.sentinel  # has no types
    asked = sentinel.Sentinel(found.hosts, sentinel_kwargs=found.asking)
    pool: Any = _PrimaryPool
    primary: redis.asyncio.BlockingConnectionPool = pool(found.name, asked, **{**found.options, **options})
    return primary


class _PrimaryPool(redis.asyncio.sentinel.SentinelConnectionPool, redis.asyncio.BlockingConnectionPool):
    """redis-py's own two pools in one: connects to whom the Sentinels name, and lets callers wait."""

    sentinel_manager: "redis.asyncio.sentinel.Sentinel"

    async def aclose(self) -> None:
        """Close the connections, those to the Sentinels too."""
        await self.disconnect()
        for asked in self.sentinel_manager.sentinels:
            await asked.aclose()


async def close(client: "redis.asyncio.Redis") -> None:
    """Close a client and the pool behind it, whichever of the two it is."""
    await client.aclose()
    await client.connection_pool.aclose()


def _host(text: str) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    if not parts.hostname:
        raise ValueError(_WANTED)
    return parts.hostname, parts.port or _PORT
