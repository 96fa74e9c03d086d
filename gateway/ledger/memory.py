"""How full the Redis behind the ledger is: at its limit it refuses every write, also that of an outcome."""

from gateway.ledger.connection import Connection, unavailable
from gateway.model import record


@record
class Memory:
    """Bytes used, and how many there may be; `most` is 0 where Redis does not tell."""

    used: int
    most: int

    @property
    def ratio(self) -> float:
        """The part that is used, 0 when it cannot be told."""
        return self.used / self.most if self.most else 0.0


async def measure_memory(connection: Connection) -> Memory:
    """What Redis says of its memory: against `maxmemory`, or without one the machine's. Raises LedgerUnavailable."""
    with unavailable():
        told = await connection.redis.info("memory")
    most = int(told.get("maxmemory", 0)) or int(told.get("total_system_memory", 0))
    return Memory(used=int(told.get("used_memory", 0)), most=most)
