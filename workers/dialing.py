"""The dialling loop: claims what is due, rings many calls at once, and stops without cutting one off."""

import asyncio
import contextlib
import threading
from dataclasses import replace
from datetime import timedelta

import structlog

from gateway import pipeline
from gateway.cancelling import cancel
from gateway.contracts import DialInterrupted
from gateway.errors import LedgerUnavailable
from gateway.failpoints import reach
from gateway.ledger.records import Call, Transition
from gateway.ledger.timekeeping import TOLERANCE, Reading, Timekeeper, skew
from gateway.model import Outcome, record
from gateway.parts import Ringer
from workers.journal.tending import quarantine
from workers.looks import REST_SECONDS, Looks

log = structlog.get_logger("dialgate.dialing")

_AT_ONCE = 32  # calls of one claim: Redis does nothing else meanwhile, and grants and outcomes wait behind it
_RENEWED = {Transition.DONE, Transition.REPEATED}


@record
class Pacing:
    """How the loop waits. `poll` finds due calls even if every wake-up is lost; durations in seconds."""

    poll: float = 5.0
    retry_first: float = 0.1
    retry_longest: float = 5.0
    clock_wait: float = 5.0
    rest: float = REST_SECONDS  # of a call that came to nothing and is due as before
    last_words: float = 3.0  # for what is cancelled at the end to record its outcome


class DialingLoop:
    """Rings up to `concurrency` calls at once. `run` until `stop`; `take` and `stop` may come from any thread."""

    def __init__(self, ringer: Ringer, *, owner: str, concurrency: int, pacing: Pacing | None = None) -> None:
        self._looks = Looks(owner, rest=(pacing or Pacing()).rest)
        self._ringer = replace(ringer, granted=self._looks.granted)
        self._concurrency = concurrency
        self._pacing = pacing or Pacing()
        self._rings: set[asyncio.Task[None]] = set()
        self._bell = asyncio.Event()
        self._room = threading.Event()
        self._room.set()
        self._stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._blocked = ""
        self._clock = Timekeeper(ringer.ledger.connection, ringer.now, "work")

    @property
    def ringing(self) -> int:
        """Calls being handled now."""
        return len(self._rings)

    def take(self, patience: float) -> bool:
        """A wake-up: look for due calls. Waits up to `patience` seconds while every slot is busy."""
        had_room = self._room.wait(patience)
        self._ring_bell()
        return had_room

    def nudge(self) -> None:
        """Calls may be due: look. Only in the loop's own thread."""
        self._bell.set()

    def stop(self) -> None:
        """Claim nothing more; `run` returns when the running rings have ended."""
        self._stopping = True
        self._room.set()
        self._ring_bell()

    def block(self, why: str) -> None:
        """Claim nothing while `why` is not empty: a configuration that must not ring anybody."""
        self._blocked = why

    async def run(self, *, grace: float = 40.0) -> None:
        """Dial until `stop`, then wait up to `grace` seconds for the rings under way and cancel the rest.

        What is cancelled in the middle of a request is left to its deadline, which makes it UNKNOWN.
        """
        self._loop = asyncio.get_running_loop()
        wait = self._pacing.retry_first
        try:
            while not self._stopping:
                if await self._round_went_well():
                    wait = self._pacing.retry_first
                else:
                    await self._wait_for_bell(wait, heed=False)
                    wait = min(wait * 2, self._pacing.retry_longest)
        finally:
            await self._drain(grace)
            self._loop = None

    async def run_once(self, *, limit: int) -> int:
        """Claim up to `limit` calls once, ring them, and wait for their ends; how many there were.

        By a claim however few are due: the next loop would not know which call came to nothing, and begin with it.
        """
        claimed = await self._claim(min(limit, self._concurrency), few=0)
        if self._rings:
            await asyncio.wait(self._rings)
        return claimed

    async def _round_went_well(self) -> bool:
        try:
            await self._round()
        except LedgerUnavailable as error:
            log.warning("ledger.unavailable", error=str(error))
            return False
        except Exception:
            log.exception("dialing.round_failed")
            return False
        return True

    async def _round(self) -> None:
        self._bell.clear()
        free = self._concurrency - len(self._rings)
        if free <= 0:
            self._room.clear()
            await self._wait_for_bell(self._pacing.poll)  # the end of a ring sounds it too while there is no room
            return
        self._room.set()
        wanted = min(free, _AT_ONCE)
        if self._blocked or self._ringer.journal.fault or await self._claim(wanted, few=self._looks.few) < wanted:
            await self._wait_for_bell(self._pacing.poll)

    async def _claim(self, limit: int, *, few: int) -> int:
        ringer = self._ringer
        before = ringer.now()
        claims = await ringer.ledger.dials.claim(
            self._looks.next_owner(),
            limit=limit,
            now=before,
            lease=ringer.timing.lease,
            mark=ringer.journal.mark,
            tolerance=TOLERANCE,  # by a clock a day ahead, claiming alone would expire what is due
            few=few,
            had=self._looks.had,
        )
        if claims.forgot:
            await quarantine(ringer.ledger, ringer.journal, now=ringer.now)
            return 0
        ringer.journal.seen(claims.grants)
        if claims.refused:
            ahead = skew(before=before, redis_now=claims.redis_now, after=ringer.now())
            return await self._wait_for_the_clock(Reading(ahead=ahead, redis_now=claims.redis_now))
        begun = sum(self._begin(call) for call in claims.calls)
        if self._looks.unread(claims.unread) or begun < len(claims.calls):
            self._bell.set()  # others may be due behind these, which the next claim does not hand out
        with contextlib.suppress(LedgerUnavailable):  # what is claimed rings; the next claim tells of the clock
            await self._clock.note(Reading(ahead=timedelta(0), redis_now=claims.redis_now))
        return begun

    def _begin(self, call: Call) -> bool:
        loop = asyncio.get_running_loop()
        if not self._looks.begin(call, loop.time()):
            loop.call_later(self._pacing.rest, self._rested, call)
            return False
        task = asyncio.create_task(self._ring(call), name=f"ring {call.id}")
        self._rings.add(task)
        task.add_done_callback(self._ended)
        return True

    def _rested(self, call: Call) -> None:
        self._looks.rested(call)
        self._bell.set()

    async def _wait_for_the_clock(self, reading: Reading) -> int:
        """By a clock that is wrong nothing is claimed; where the way to Redis took so long, another try may do."""
        if reading.wrong:
            await self._clock.note(reading)
            await self._wait_for_bell(self._pacing.clock_wait, heed=False)
        else:
            await self._wait_for_bell(self._pacing.retry_first)
            self._bell.set()
        return 0

    def _ended(self, ring: asyncio.Task[None]) -> None:
        self._rings.discard(ring)
        if not self._room.is_set():
            self._bell.set()

    async def _ring(self, call: Call) -> None:
        """One call, to its end. Nothing that goes wrong here is rung again by us: its lease or deadline decides."""
        outcome = None
        try:
            outcome = await self._renewing(call)
            log.info("call.handled", call=call.id, outcome=type(outcome).__name__ if outcome else "not dialled")
        except LedgerUnavailable as error:
            log.warning("call.left", call=call.id, error=str(error))
        except Exception:
            log.exception("call.crashed", call=call.id)
        finally:
            self._looks.end(call, asyncio.get_running_loop().time(), in_vain=outcome is None)

    async def _renewing(self, call: Call) -> Outcome | None:
        """Ring it; while that takes long its lease is renewed, by a task of its own that most calls never need."""
        loop, third = asyncio.get_running_loop(), self._ringer.timing.lease.total_seconds() / 3
        keeping: list[asyncio.Task[None]] = []
        begin = loop.call_later(third, lambda: keeping.append(loop.create_task(self._keep(call, third))))
        try:
            return await self._ring_and_record(call)
        finally:
            begin.cancel()
            for task in keeping:
                await cancel(task)

    async def _keep(self, call: Call, third: float) -> None:
        """Renew its lease again and again, until it is lost."""
        held = True
        while held:
            held = await self._renew(call)
            await asyncio.sleep(third)

    async def _ring_and_record(self, call: Call) -> Outcome | None:
        try:
            return await pipeline.ring(self._ringer, call)
        except DialInterrupted as interrupted:
            await pipeline.finish(self._ringer, call, interrupted.outcome)
            raise

    async def _renew(self, call: Call) -> bool:
        dials, timing = self._ringer.ledger.dials, self._ringer.timing
        try:
            return await dials.renew(call.hold(), now=self._ringer.now(), lease=timing.lease) in _RENEWED
        except LedgerUnavailable:
            return True

    async def _wait_for_bell(self, seconds: float, *, heed: bool = True) -> None:
        """Until the bell or `seconds` have passed; with `heed` off only `stop` cuts it short."""
        deadline = asyncio.get_running_loop().time() + seconds
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(deadline):
                while not self._stopping:
                    await self._bell.wait()
                    if heed:
                        return
                    self._bell.clear()

    async def _drain(self, grace: float) -> None:
        reach("drain", "before")
        if not self._rings:
            return
        log.info("draining", rings=len(self._rings), grace_seconds=grace)
        _, left = await asyncio.wait(self._rings, timeout=grace)
        for task in left:
            log.error("call.cut_off", ring=task.get_name(), detail="its outcome will be UNKNOWN if it was under way")
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=self._pacing.last_words)
        reach("drain", "after")

    def _ring_bell(self) -> None:
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has just closed: there is nobody to wake
                loop.call_soon_threadsafe(self._bell.set)
