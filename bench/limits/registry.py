"""The bare applications as systems of the bench."""

import sys

from bench.systems import Stage, Start, System


def _start(name: str) -> Start:
    def start(stage: Stage) -> None:
        words = ["uvicorn", f"bench.limits.asgi:{name}", "--port", str(stage.port), "--lifespan", "off"]
        quiet = ["--no-access-log", "--log-level", "warning", "--no-server-header", "--no-date-header"]
        stage.parts.start("receiver", [sys.executable, "-m", *words, *quiet], BENCH_REDIS_URL=stage.valkey.url)
        stage.parts.wait_for_port("receiver", stage.port)

    return start


HELLO = System(name="bare ASGI", start=_start("hello"), keeps=False, dials=False)
CHECKED = System(name="bare ASGI + HMAC + JSON", start=_start("checked"), keeps=False, dials=False)
SHARED = System(name="bare ASGI + HMAC + shared EVALSHA", start=_start("shared"), dials=False)
LIMITS = (HELLO, CHECKED, SHARED)
