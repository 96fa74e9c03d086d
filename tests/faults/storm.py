"""Carrying a schedule out: posts flow, weather changes, parts die and are started again, until it is over."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import httpx
import plain_http
from faults.posting import Senders
from faults.processes import tree
from faults.rig import Rig
from faults.schedule import MEMBER, Schedule, Strike

from gateway.ledger.scripts import load_scripts

_SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP, "term": signal.SIGTERM}
_LOOK_SECONDS = 0.05
_SENDERS_SECONDS = 60.0
_pause = threading.Event().wait


def listens(url: str) -> bool:
    """Whether anything answers there."""
    try:
        plain_http.get(url, timeout=2)
    except httpx.HTTPError:
        return False
    return True


class Storm:
    """One schedule on one rig. `blows` counts what struck, by part and kind."""

    def __init__(self, running: Rig, plan: Schedule) -> None:
        self.rig = running
        self.plan = plan
        self.blows: Counter[str] = Counter()
        self._parts = [name for name in running.parts.commands if name != "far_end"]
        self._down_until: dict[str, float] = {}
        self._thaws: list[tuple[float, str]] = []
        self._started = 0.0
        self._weather: object = None

    def rage(self) -> Senders:
        """Every strike; then everything running, and every lead accepted. The senders, done; the weather goes on."""
        strikes = list(self.plan.strikes)
        for part in self._parts:
            self.rig.parts.start(part)
        assert self.wait_until(lambda: listens(self.rig.url), seconds=30), "the receiver does not listen"
        self._started = time.monotonic()
        with Senders(self.rig.url, self.plan.posts) as senders:
            while strikes or self._now < self.plan.seconds:
                while strikes and strikes[0].at <= self._now:
                    self._do(strikes.pop(0))
                self.look_after()
                _pause(_LOOK_SECONDS)
            self._clear_up()
            self.wait_until(lambda: senders.done, seconds=_SENDERS_SECONDS)
        return senders

    def wait_until(self, condition: Callable[[], object], *, seconds: float) -> bool:
        """Whether the condition came true in time; meanwhile parts that end are started again."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            self.look_after()
            _pause(_LOOK_SECONDS)
        return True

    def look_after(self) -> None:
        """What time does: the weather changes, the frozen go on, and a supervisor starts again what has ended."""
        weather = self.plan.weather[int(self._now) % len(self.plan.weather)]
        if weather is not self._weather:
            self._weather = weather
            self.rig.faults(**weather)
        for at, part in [thaw for thaw in self._thaws if thaw[0] <= self._now]:
            self._thaws.remove((at, part))
            self.rig.parts.signal(part, signal.SIGCONT)
        for part in self._parts:
            if not self.rig.parts.alive(part) and self._down_until.get(part, 0.0) <= self._now:
                self.rig.parts.start(part)

    @property
    def _now(self) -> float:
        return time.monotonic() - self._started

    def _do(self, strike: Strike) -> None:
        if strike.part == "network":
            self._disturb(strike.how)
        elif strike.part == "valkey":
            self._crash_valkey(strike)
        elif strike.part == MEMBER:
            self._kill_one_of_several()
        elif self.rig.parts.alive(strike.part) and not self.rig.parts.frozen(strike.part):
            self._strike(strike)

    def _strike(self, strike: Strike) -> None:
        self.blows[f"{strike.part} {strike.how}"] += 1
        self.rig.parts.signal(strike.part, _SIGNALS[strike.how])
        if strike.how == "stop":
            self._thaws.append((self._now + strike.lasts, strike.part))
        else:
            self._down_until[strike.part] = self._now + strike.lasts

    def _kill_one_of_several(self) -> None:
        """Whichever was started last: its place has been taken before."""
        if self.rig.parts.alive("serve") and (members := tree(self.rig.parts.running["serve"].pid)[1:]):
            with suppress(ProcessLookupError):
                os.kill(max(members), signal.SIGKILL)
                self.blows[f"{MEMBER} kill"] += 1

    def _disturb(self, how: str) -> None:
        if how == "reset":
            self.blows["network reset"] += 1
            self.rig.proxy.reset()
        else:
            self.blows["network reply"] += 1
            self.rig.proxy.drop_replies(load_scripts()[how].sha.encode())

    def _crash_valkey(self, strike: Strike) -> None:
        self.blows["valkey kill"] += 1
        self.rig.valkey.kill()
        _pause(strike.lasts)
        self.rig.valkey.start()
        self.rig.load_scripts()

    def _clear_up(self) -> None:
        self.rig.proxy.pass_replies()
        self._down_until.clear()
        for part in self._parts:
            self.rig.parts.signal(part, signal.SIGCONT)
        self._thaws.clear()
