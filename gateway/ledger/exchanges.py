"""Several commands in one write, and their answers, on connections kept for that.

What redis-py does around each command (a place in its pool, a look whether something can be read, a task for the write,
a timer for each part) costs several times what the command does, most of all when little is going on.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

if TYPE_CHECKING:
    from redis.asyncio import Redis

_ANSWER_SECONDS = 5.0  # from the write to the last answer, connecting included

T = TypeVar("T")
Words = tuple[str | int | bytes, ...]


class Exchanges:
    """`exchange` from any task of one event loop; as many at once as the client's pool has connections.

    Answers that were lost are asked for again, all of them, by the pool's own rules: only what may run twice goes this
    way. `patience` is for one try, in seconds.
    """

    def __init__(self, redis: "Redis", *, patience: float = _ANSWER_SECONDS) -> None:
        self._redis: Any = redis  # redis-py gives no types for a connection's own commands
        self._patience = patience
        self._idle: list[Any] = []

    async def exchange(self, commands: Sequence[Words]) -> Sequence[Any]:
        """An answer for each, an error of one command in its place. Raises what redis-py raises when Redis is away."""
        connection = self._idle.pop() if self._idle else await self._redis.connection_pool.get_connection()
        try:
            if not connection.is_connected:
                await self._in_time(connection.connect())
            connection.socket_timeout = None  # one timer stands for all that it would set
            packed = connection.pack_commands(commands)
            answers: Sequence[Any] = await connection.retry.call_with_retry(
                lambda: self._in_time(_asked(connection, packed, len(commands))),
                lambda _: connection.disconnect(nowait=True),
            )
        except BaseException:
            await connection.disconnect(nowait=True)  # what is still unread is nobody's answer
            raise
        finally:
            self._idle.append(connection)
        return [self._read(words, answer) for words, answer in zip(commands, answers, strict=True)]

    async def _in_time(self, work: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._patience):
                return await work
        except TimeoutError as error:
            raise RedisTimeoutError("no answer in time") from error

    def _read(self, words: Words, answer: Any) -> Any:
        """As redis-py reads the answer of this command."""
        read = self._redis.response_callbacks.get(words[0])
        return answer if read is None or isinstance(answer, Exception) else read(answer)

    async def close(self) -> None:
        """Give the connections back."""
        while self._idle:
            connection = self._idle.pop()
            await connection.disconnect()
            await self._redis.connection_pool.release(connection)


async def _asked(connection: Any, packed: Sequence[bytes], count: int) -> Sequence[Any]:
    await connection.send_packed_command(packed, check_health=False)
    answers: list[Any] = []
    for _ in range(count):
        try:
            answers.append(await connection.read_response())
        except ResponseError as error:
            answers.append(error)
    return answers
