"""The clock of `make test-sunday`: without it that run would prove nothing."""

import subprocess
import sys

from tree import ROOT

ASKED = """
import asyncio, datetime, sys, threading, time
from redis import Redis
from gateway.embedded import EmbeddedValkey
import pathlib, tempfile

at, ran = datetime.datetime.now(), time.monotonic()
time.sleep(0.05), threading.Event().wait(0.05), asyncio.run(asyncio.sleep(0.05))
assert 0.15 <= time.monotonic() - ran < 10, "waiting is not moved"
assert datetime.datetime.now() - at >= datetime.timedelta(seconds=0.15), "the clock goes"
with tempfile.TemporaryDirectory(prefix="dg") as folder, EmbeddedValkey(pathlib.Path(folder)) as server:
    apart = Redis.from_url(server.url).time()[0] - time.time()
assert abs(apart) < 2, "Valkey has the same time"
sys.stdout.write(at.strftime("%A %H"))
"""


def test_every_clock_says_sunday_and_goes_on() -> None:
    """Python and the Valkey it starts see Sunday after 03:00, in step; waiting takes as long as ever."""
    said = subprocess.run(
        [ROOT / "tools/on-a-sunday", sys.executable, "-c", ASKED], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert (said.returncode, said.stdout) == (0, "Sunday 03"), said.stderr
