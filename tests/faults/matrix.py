"""Running the fault matrix, one case after the other on one rig: `python -m faults.matrix` (make faults)."""

import argparse
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx
import plain_http
from faults import recorded
from faults.cases import Case, matrix
from faults.rig import SENDER, Lead, Rig, answers, rig
from waiting import eventually

from gateway.ledger.scripts import load_scripts

FROZEN_SECONDS = 10.0
OUTAGE_SECONDS = 8.0  # longer than the deadline
OUTAGES = ("outage", "killed outage")
SEND_SECONDS = 60.0
_pause = threading.Event().wait


def send(url: str, lead: Lead) -> int:
    """Post as senders do: again and again until a 2xx; how many posts that took."""
    deadline, posts = time.monotonic() + SEND_SECONDS, 0
    while time.monotonic() < deadline:
        posts += 1
        try:
            answer = plain_http.post(f"{url}/hooks/leads", json=dict(lead), headers=SENDER, timeout=5)
        except httpx.HTTPError:
            _pause(0.1)
            continue
        if answer.is_success:
            return posts
        assert answer.status_code in {429, 503}, f"a sender was told {answer.status_code}: {answer.text}"
        _pause(0.2)
    raise AssertionError("the sender never heard a 2xx")


class Trial:
    """One case on a rig whose parts run; afterwards they run again."""

    def __init__(self, running: Rig, case: Case, number: int, senders: ThreadPoolExecutor) -> None:
        self.rig = running
        self.case = case
        self.whom = f"+1212555{1000 + number}" if case.phone else f"ct_{number}"
        self.lead = {"id": f"lead-{number}", "phone" if case.phone else "contact": self.whom}
        self._senders = senders

    def run(self) -> str:
        """The state reached. AssertionError when it is not one that the case allows."""
        self.rig.faults(**self.case.faults)
        sending = self._send_and_break()
        sending.result()
        eventually(lambda: self.found() == "", seconds=40, message=f"{self.case.name}: {self.case.end}; {self.said()}")
        return self.said()

    def found(self) -> str:
        """What is not as this case wants it; empty is good. An UNKNOWN may still become PLACED, by late proof."""
        state, rung = self._reached()
        as_wanted = state in self.case.end.states and rung in self.case.end.rings
        return "" if as_wanted and (state != "PLACED" or rung == 1) else self.said()

    def said(self) -> str:
        """The state reached and how often the phone rang."""
        state, rung = self._reached()
        return f"{state}, {rung} ring{'' if rung == 1 else 's'}"

    def _reached(self) -> tuple[str, int]:
        call = self.rig.calls().get(self.whom)
        return "nothing" if call is None else call.state.value, self.rig.rings()[self.whom]

    def _send_and_break(self) -> "Future[int]":
        """Post the lead and let the fault strike; returns with every part running again."""
        part = self.case.part
        if part == "serve":
            self._arm(part)
            sending = self._senders.submit(send, self.rig.url, self.lead)
        else:
            self.rig.parts.kill(part)
            sending = self._senders.submit(send, self.rig.url, self.lead)
            sending.result()  # ends by itself: accepted, or given up
            if part == "sweep":
                self._abandon_the_call()
            elif self.case.place.startswith("replay"):
                self._die_with_the_answer()
            self._arm(part, running=False)
        self._strike()
        return sending

    def _abandon_the_call(self) -> None:
        """Something for the sweeper to find: a worker dies holding a claim, and none is there to claim again.

        A call by a phone is claimed before its contact is made; one that was only looked at would just be due still.
        """
        parts = self.rig.parts
        parts.kill("work")
        parts.start("work", failpoint="resolve.before:1:kill")
        parts.end("work")
        eventually(lambda: self.rig.calls()[self.whom].state == "CLAIMED", message="the call was claimed")

    def _die_with_the_answer(self) -> None:
        """Something for the journal: a worker rings, hears the answer, and is gone before the ledger has it."""
        self.rig.parts.start("work", failpoint="finish.before:1:kill")
        self.rig.parts.end("work")

    def _arm(self, part: str, *, running: bool = True) -> None:
        case, parts = self.case, self.rig.parts
        if case.what == "reply":
            match = b"RPUSH" if case.place == "wake" else load_scripts()[case.place].sha.encode()
            self.rig.proxy.drop_replies(match, case.times)
            if not running:
                parts.start(part)
            return
        if running:
            parts.kill(part)
        action = "stop" if case.what in {"valkey", *OUTAGES} else case.what
        parts.start(part, failpoint=f"{case.place}:1:{action}")

    def _strike(self) -> None:
        case, parts, part = self.case, self.rig.parts, self.case.part
        if case.place.startswith("drain"):
            eventually(lambda: self.rig.rings()[self.whom], message="the phone rings")
            parts.signal(part, signal.SIGTERM)
        if case.what in {"kill", "term"}:
            parts.end(part)
            parts.start(part)
        elif case.what in {"stop", "valkey", *OUTAGES}:
            eventually(lambda: parts.frozen(part), message=f"{case.name} is reached")
            self._while_frozen()
            if case.what == "killed outage":
                parts.kill(part)
                parts.start(part)
            parts.signal(part, signal.SIGCONT)
            self._after_it_goes_on()
        elif case.what == "reply":
            eventually(lambda: self.rig.proxy.dropped >= case.times, message=f"{case.name} is reached")
        if not parts.alive("work"):
            parts.start("work")

    def _while_frozen(self) -> None:
        if self.case.what == "valkey":
            self.rig.crash_valkey()
        elif self.case.what in OUTAGES:
            self.rig.valkey.kill()
        else:
            self._freeze_on()

    def _after_it_goes_on(self) -> None:
        if self.case.what in OUTAGES:
            _pause(OUTAGE_SECONDS)
            self.rig.valkey.start()
            self.rig.load_scripts()

    def _freeze_on(self) -> None:
        if self.case.part == "work":
            self.rig.parts.start("work-2")
        _pause(FROZEN_SECONDS)

    def tidy(self) -> None:
        """As before the case: no faults, no spare worker, every part running and unarmed."""
        self.rig.proxy.pass_replies()
        self.rig.faults()
        parts = self.rig.parts
        if parts.alive("work-2"):
            parts.kill("work-2")
        if self.case.what in {"raise", "stop", "valkey", *OUTAGES}:
            # In good order: an outcome still in its journal would be the next worker's first, and meet the next fault.
            for number in (signal.SIGCONT, signal.SIGTERM):
                parts.signal(self.case.part, number)
            parts.end(self.case.part)
        for part in ("serve", "work", "sweep"):
            if not parts.alive(part):
                parts.start(part)


def check_ledger(running: Rig, accepted: int) -> None:
    """The ledger keeps its promises, and its calls are as many as were accepted."""
    eventually(lambda: answers(f"{running.url}/healthz"), message="the receiver is up")
    audit = running.audit()
    assert audit["broken"] == [], audit["broken"]
    calls = audit["calls"]
    assert isinstance(calls, dict)
    assert sum(calls.values()) == accepted, (calls, accepted)


def run_matrix(cases: Sequence[Case]) -> int:
    """Every case with its end, as a table on stdout; how many did not end as they must, or did not stay so."""
    failed, trials = 0, []
    with rig() as running, ThreadPoolExecutor(1) as senders:
        for part in ("serve", "work", "sweep"):
            running.parts.start(part)
        for number, case in enumerate(cases):
            trial, started = Trial(running, case, number, senders), time.monotonic()
            try:
                said = trial.run()
                trial.tidy()
                check_ledger(running, number + 1)
                trials.append(trial)
            except AssertionError as error:
                failed += 1
                said = f"FAILED {error}\n{running.parts.logs(700)}"
                trial.tidy()
            _write(f"{case.part:5} {case.name:32} {time.monotonic() - started:5.1f} s  {said}")
        for trial in trials:
            if wrong := trial.found():
                failed += 1
                _write(f"FAILED in the end: {trial.case.name}: {wrong}")
    return failed


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """The exit code: 0 when every case ended as it must."""
    parser = argparse.ArgumentParser(description="Fail at every step, in every way, and check what is left behind.")
    parser.add_argument("--only", default="", help="only cases whose name holds this text")
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args()
    cases = [case for case in matrix() if options.only in case.name]
    failed = run_matrix(cases)
    faults = dict(Counter(case.what for case in cases))
    recorded.write(options.json, not failed, {"cases": len(cases), "failed": failed, "faults": faults})
    sys.stdout.write(f"\n{len(cases)} cases, {len(cases) - failed} as they must be, {failed} not\n")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
