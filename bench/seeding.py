"""A ledger with a past: one real call, placed through the real product, copied within Redis under other ids.

Every key that the real call left behind is read, the ids in it replaced by others of the same length, its place in
every index included: what stands there is byte for byte what as many real calls would have left, a minute's work
for a million.
"""

import time
from collections.abc import Iterator, Mapping
from typing import Any

from redis import Redis

PLACED = "dialgate:calls:in:PLACED:leads"  # the calls of the bench's one source, and their events
MATCHED = "dialgate:events:in:MATCHED:leads"
_STEP = 2_000
_CLONE = """
local at = 2
local function taken()
  local list = {}
  for place = 1, tonumber(ARGV[at + 1]) do
    list[place] = ARGV[at + 1 + place]
  end
  at = at + 1 + #list
  return list
end
local tokens = taken()
local commands = {}
while at < #ARGV do
  commands[#commands + 1] = taken()
end
for index = tonumber(ARGV[1]), tonumber(ARGV[2]) do
  local put = {}
  for at, token in ipairs(tokens) do
    put[string.char(1) .. at .. string.char(2)] = string.sub(token, 1, -9) .. string.format('%08x', index)
  end
  for _, command in ipairs(commands) do
    local words = {}
    for at, word in ipairs(command) do
      words[at] = string.gsub(word, '%c%d+%c', put)
    end
    redis.call(unpack(words))
  end
end
return 1
"""
Command = list[bytes]


def placed(redis: "Redis") -> int:
    """How many calls of the bench's source are placed."""
    return int(redis.zcard(PLACED))


def grow(redis: "Redis", calls: int, *, start: int = 0) -> None:
    """Copy the one placed call that this ledger holds until there are `calls` more, from copy `start` on."""
    kept = dict(redis.config_get("append*"))
    redis.config_set("appendonly", "no")
    commands, tokens = template(redis)
    clone = redis.register_script(_CLONE)
    counted = [word for words in (tokens, *commands) for word in (len(words), *words)]  # raw: records are compressed
    for first in range(start, start + calls, _STEP):
        last = min(first + _STEP, start + calls) - 1
        clone(args=[first + 1, last + 1, *counted])
    redis.config_set("appendonly", kept["appendonly"])
    _wait_for_rewrite(redis)


def template(redis: "Redis") -> tuple[list[Command], list[bytes]]:
    """The commands that would write every key of the one call again, ids replaced by marks; and those ids."""
    call = redis.zrange(PLACED, 0, 0)[0]
    record = redis.hgetall(b"dialgate:call:" + call)
    event, delivery = redis.zrange(MATCHED, 0, 0)[0], redis.lindex("dialgate:deliveries", 0) or b""
    people = record[b"people"].split() + record[b"contacts"].split()
    dedupe = [key.rpartition(b":")[2] for key in redis.scan_iter("dialgate:dedupe:*")]
    subjects = [key.split(b":")[3] for key in redis.scan_iter("dialgate:subject:*")]
    tokens = list(dict.fromkeys([call, event, delivery, *people, *dedupe, *subjects]))
    commands = []
    for key in redis.scan_iter("dialgate:*", count=1000):
        commands += [
            command for command in _written(redis, key) if any(token in b" ".join(command) for token in tokens)
        ]
    return [[_marked(word, tokens) for word in command] for command in commands], tokens


def _written(redis: "Redis", key: bytes) -> Iterator[Command]:
    kind = redis.type(key)
    if kind == b"string":
        yield [b"SET", key, redis.get(key) or b""]
    elif kind == b"hash":
        flat = [word for pair in redis.hgetall(key).items() for word in pair]
        yield [b"HSET", key, *flat]
    elif kind == b"list":
        yield from ([b"RPUSH", key, member] for member in redis.lrange(key, 0, -1))
    elif kind == b"set":
        yield from ([b"SADD", key, member] for member in redis.smembers(key))
    elif kind == b"zset":
        for member, score in redis.zrange(key, 0, -1, withscores=True):
            yield [b"ZADD", key, f"{score:.0f}".encode(), member]


def _marked(word: bytes, tokens: list[bytes]) -> bytes:
    for at, token in enumerate(tokens, start=1):
        word = word.replace(token, b"\x01%d\x02" % at)
    return word


def _wait_for_rewrite(redis: "Redis") -> None:
    while any(redis.info("persistence")[name] for name in ("aof_rewrite_in_progress", "aof_rewrite_scheduled")):
        time.sleep(0.1)


def bytes_by_kind(redis: "Redis", *, sample: int = 300) -> Mapping[str, float]:
    """Bytes of Redis a retained call takes, by kind of key; indexes shared by all calls divided by their number."""
    calls = max(1, placed(redis))
    sums: dict[str, float] = {}
    counted: dict[str, list[int]] = {}
    shared: dict[str, Any] = {}
    for key in redis.scan_iter("dialgate:*", count=1000):
        kind = _kind(key)
        if _members(redis, key) > calls / 2:
            shared[kind] = shared.get(kind, 0) + redis.memory_usage(key, samples=0)
            continue
        of_kind = counted.setdefault(kind, [0, 0, 0])
        of_kind[0] += 1
        if of_kind[1] < sample:
            of_kind[1] += 1
            of_kind[2] += redis.memory_usage(key, samples=0) or 0
    for kind, (number, sampled, size) in counted.items():
        sums[kind] = size / sampled * number / calls
    for kind, size in shared.items():
        sums[kind] = sums.get(kind, 0.0) + size / calls
    return dict(sorted(sums.items(), key=lambda pair: -pair[1]))


def _members(redis: "Redis", key: bytes) -> int:
    counts = {b"zset": redis.zcard, b"list": redis.llen}
    count = counts.get(redis.type(key))
    return int(count(key)) if count else 0


def _kind(key: bytes) -> str:
    parts = key.decode("latin-1").removeprefix("dialgate:").split(":")
    return ":".join("*" if any(letter.isdigit() for letter in part) else part for part in parts)
