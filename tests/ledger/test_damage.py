"""A record that is not what was stored: named, and in nobody's way."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import structlog
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from ledger.scenes import NOW, Scene, at

from gateway.errors import RecordDamaged
from gateway.ledger.packing import pack, seal, unpack, unseal
from gateway.ledger.records import CallFilter

LINES = b'{"name": "question", "value": "answer"}' * 9
LARGER_THAN_ANYTHING = bytes.fromhex("e0") + (2**40).to_bytes(8, "little") + b"\x01\x00\x00"


@contextmanager
def read_or_named(name: str) -> Iterator[None]:
    """What is done in it works, or raises the error that names this record."""
    try:
        yield
    except RecordDamaged as error:
        problem = str(error)
    else:
        return
    assert problem.startswith(f"{name}: ")


def bomb() -> bytes:
    """Some bytes of zlib that become 160 MB."""
    tool, zeros = zlib.compressobj(9), bytes(1024 * 1024)
    return b"".join((*(tool.compress(zeros) for _ in range(160)), tool.flush()))


@given(st.sampled_from([b"s", b"z"]), st.binary(max_size=60))
def test_bytes_at_random_are_read_or_named(mark: bytes, content: bytes) -> None:
    """Whatever stands in Redis: no error of a library's, and no memory taken for a size that only somebody claims."""
    with read_or_named("dl_1"):
        unpack(mark + content, "dl_1")


@given(st.sampled_from([b"", b"\x01", b"\x02"]), st.binary(max_size=60))
def test_a_part_at_random_is_read_or_named(mark: bytes, content: bytes) -> None:
    """The same of what is sealed."""
    with read_or_named("ca_1"):
        unseal(mark + content, "ca_1")


@pytest.mark.parametrize(
    "stored",
    [
        pack(LINES)[:-1],
        pack(LINES)[:3],
        b"z" + zlib.compress(LINES)[:-5],
        b"z" + bomb(),
        b"s" + LARGER_THAN_ANYTHING,
        b"s" + zstandard.compress(LINES),
    ],
    ids=["cut", "cut at its head", "cut zlib", "a bomb", "a size nothing has", "another format"],
)
def test_a_damaged_body_is_named(stored: bytes) -> None:
    """A body or payload that is cut off, was blown up, or is something else."""
    with pytest.raises(RecordDamaged, match=r"^dl_1: "):
        unpack(stored, "dl_1")


@pytest.mark.parametrize("stored", [seal({"a": 1})[:-1], b"\x02" + LARGER_THAN_ANYTHING, b"{", b""])
def test_a_damaged_part_is_named(stored: bytes) -> None:
    """A part of a record, by whichever words it was sealed, or plain."""
    with pytest.raises(RecordDamaged, match=r"^ca_1: "):
        unseal(stored, "ca_1")


@pytest.mark.anyio
async def test_a_damaged_call_keeps_no_other_from_being_rung(scene: Scene) -> None:
    """Who claims gets the others, and is told of it by its name; so does who asks for a list."""
    ids = [await scene.add(f"+1415555010{number}") for number in range(3)]
    connection = scene.ledger.connection
    await connection.redis.hset(connection.key("call", ids[1]), "data", seal({"a": 1})[:-1])
    with structlog.testing.capture_logs() as lines:
        calls = (await scene.claims()).calls
        listed, cursor = await scene.ledger.reads.calls(CallFilter())
    assert {call.id for call in calls} == {ids[0], ids[2]}
    assert ({call.id for call in listed}, cursor) == ({ids[0], ids[2]}, None)
    told = [line["problems"] for line in lines if line["event"] == "records.damaged"]
    assert [[problem.split(":")[0] for problem in problems] for problems in told] == [[ids[1]], [ids[1]]]
    with pytest.raises(RecordDamaged, match=ids[1]):  # and not as if there had never been such a call
        await scene.ledger.reads.call(ids[1])
    await scene.ledger.sweeps.sweep(now=NOW)
    await scene.sound()


@pytest.mark.anyio
async def test_a_damaged_call_that_waits_makes_no_receiver_unready(scene: Scene) -> None:
    """Readiness asks how long the last in line has been due: that is known of a damaged call, too."""
    connection = scene.ledger.connection
    assert await scene.ledger.reads.longest_due(now=NOW) is None
    await connection.redis.hset(connection.key("call", await scene.add()), "data", seal({"a": 1})[:-1])
    assert await scene.ledger.reads.longest_due(now=at(60)) == timedelta(seconds=60)
