"""The one connection to Redis: key names, scripts by SHA, and errors turned into ours."""

from redis.asyncio import Redis


class Connection:
    """A pool of connections, the key prefix, and the loaded scripts."""

    def __init__(self, redis: "Redis", *, prefix: str = "dialgate") -> None:
        self.redis = redis
        self.prefix = prefix

    @classmethod
    def open(cls, url: str, *, prefix: str = "dialgate") -> "Connection":
        """A connection to `url`; nothing is contacted until first use."""
        raise NotImplementedError

    async def check_durability(self) -> tuple[str, ...]:
        """What would let this Redis lose what it acknowledged (no AOF, an evicting policy); empty is good."""
        raise NotImplementedError

    async def ping(self) -> float:
        """Round trip in seconds. Raises LedgerUnavailable."""
        raise NotImplementedError

    async def close(self) -> None:
        """Close the pool."""
        raise NotImplementedError
