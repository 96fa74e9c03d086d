"""Stop everything, an account, a source, a rule, a number while three workers dial, and count at the far end.

`make stop-drill` orders every stop by API and by command and prints when the last request came. What is promised: none
later than a second after the order was answered; nothing lost; after the resume everything still fresh and lawful rings
exactly once, and nothing else does.
"""

import argparse
import functools
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import plain_http
from acceptance.senders import post_all, signed
from acceptance.stack import API_KEY, ROOT, Stack, running
from waiting import eventually

from gateway.embedded import EmbeddedValkey
from gateway.rules.loading import load

LIMIT_SECONDS = 1.0
WATCHED_SECONDS = 2.5
BATCH = 20
STEADY = 3  # requests of the last second that make a steady rate
STOPS = (("everything", ""), ("account", "first"), ("source", "site"), ("rule", "from the site"), ("number", "east"))
MORE = 2_500_000  # contact ids of leads that come while something is stopped
STALE, NIGHT = 3_000_000, 4_000_000  # contact ids of leads that grow too old, and of those whose hour has not come
CONFIG = """
accounts: {{first: {{}}, second: {{}}}}
numbers:
  east: {{id: pn_east, account: first, pace: {{per_second: 12}}}}
  west: {{id: pn_west, account: second, pace: {{per_second: 12}}}}
sources:
  site: {{provider: hubspot, secrets: [site-app-secret], burst: off}}
  crm: {{provider: hubspot, secrets: [crm-app-secret], burst: off}}
rules:
  - name: at night
    when: int(payload.objectId) >= 4000000
    call: {{from: west, contact: {{id: string(payload.objectId)}}}}
    hours: {{window: "{closed}", assume_zone: UTC}}
  - name: soon stale
    when: int(payload.objectId) >= 3000000
    call: {{from: east, contact: {{id: string(payload.objectId)}}}}
    expires_after: 1500ms
    strict_expiry: true
  - name: from the site
    sources: [site]
    call: {{from: east, contact: {{id: string(payload.objectId)}}}}
  - name: from the CRM
    sources: [crm]
    call: {{from: west, contact: {{id: string(payload.objectId)}}}}
policy: {{hours: always}}
"""


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """One stop: dials a second before, how long after the answer the last request came, how many came too late."""

    what: str
    by: str
    rate_before: int
    last_after: float  # seconds after the answer; negative: none came after it
    too_late: int
    others: int  # requests of what was not stopped, in the watched time


class Drill:
    """A running Dialgate with a backlog, and a hand on its switch."""

    def __init__(self, stack: Stack, config: Path) -> None:
        self.stack = stack
        self._config = config
        self.leads: set[str] = set()

    def post(self, **contacts: Sequence[int]) -> None:
        """Leads by source, in deliveries of twenty events. Sources take turns, so that each has leads as fresh as the
        other's: what is fresh rings first, and one number's backlog would otherwise come after the other's."""
        sources = load(self._config, {}).sources
        lots = [(source, batch) for source, of in contacts.items() for batch in _batches(of)]
        turns = sorted(lots, key=lambda lot: lot[1][0] % 1_000_000)
        posts = [
            signed(sources[source], self.stack.url, json.dumps([_event(contact) for contact in batch]).encode())
            for source, batch in turns
        ]
        statuses = anyio.run(functools.partial(post_all, posts, connections=4))
        assert Counter(statuses) == {200: len(posts)}
        self.leads |= {str(contact) for of in contacts.values() for contact in of}

    def rings(self, numbers: frozenset[str]) -> list[datetime]:
        """When the far end was asked to ring from these numbers."""
        heard = self.stack.rings()
        return [datetime.fromisoformat(ring["at"]) for ring in heard if ring["fromNumberId"] in numbers]

    def wait_until_steady(self, numbers: frozenset[str]) -> int:
        """Until they dial; how many requests the last second saw."""

        def lately() -> int:
            since = datetime.now(UTC) - timedelta(seconds=1)
            return sum(at > since for at in self.rings(numbers))

        return eventually(lambda: count if (count := lately()) >= STEADY else 0, seconds=30, message="a steady rate")

    def order(self, order: str, what: str, name: str, by: str, **more: str) -> datetime:
        """Give an order by API or by command; when it was answered."""
        if by == "API":
            body = {"what": what, "name": name, **more}
            headers = {"Authorization": f"Bearer {API_KEY}"}
            plain_http.post(f"{self.stack.url}/v1/{order}", json=body, headers=headers, timeout=30).raise_for_status()
        else:
            words = [order, what, *([name] if name else []), "--url", self.stack.url, "--key", API_KEY]
            words += [word for key, value in more.items() for word in (f"--{key}", value)]
            subprocess.run([sys.executable, "-m", "gateway", *words], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        return datetime.now(UTC)

    def stop(self, what: str, name: str, by: str) -> Stopped:
        """Stop it while it dials, watch the far end, and let it ring again."""
        stopped = frozenset({"pn_east", "pn_west"}) if what == "everything" else frozenset({"pn_east"})
        rate = self.wait_until_steady(stopped)
        answered = self.order("stop", what, name, by)
        _wait(WATCHED_SECONDS)
        after = [(at - answered).total_seconds() for at in self.rings(stopped)]
        others = self._others(frozenset({"pn_east", "pn_west"}) - stopped, answered)
        self.order("resume", what, name, by)
        return Stopped(
            what=f"{what} {name}".strip(),
            by=by,
            rate_before=rate,
            last_after=max(after),
            too_late=sum(seconds > LIMIT_SECONDS for seconds in after),
            others=others,
        )

    def _others(self, numbers: frozenset[str], answered: datetime) -> int:
        """How many requests of numbers that were not stopped came since; some more leads see to it that some wait."""

        def since() -> int:
            return sum(at > answered for at in self.rings(numbers))

        if not numbers:
            return 0
        first = MORE + len(self.leads)
        self.post(crm=range(first, first + BATCH))
        return eventually(since, message="what is not stopped goes on")

    def finish(self) -> dict[str, str]:
        """Wait for the backlog to end; every contact rung, and how often, must be right. States by contact."""
        expected = {lead for lead in self.leads if int(lead) < STALE}
        eventually(lambda: expected <= set(self._rung()), seconds=300, message="every lead that may ring has rung")
        rung = self._rung()
        assert set(rung) == expected, set(rung) ^ expected
        assert set(rung.values()) == {1}, rung.most_common(3)
        audit = eventually(self._settled, seconds=30, message="the ledger agrees")
        stale, night = (sum(first <= int(lead) < first + 1_000_000 for lead in self.leads) for first in (STALE, NIGHT))
        states = {"PLACED": len(expected), "EXPIRED": stale, "READY": night}
        assert audit == {state: count for state, count in states.items() if count}, audit
        return {state: str(count) for state, count in audit.items()}

    def _rung(self) -> Counter[str]:
        return Counter(ring["contactId"] for ring in self.stack.rings())

    def _settled(self) -> dict[str, int]:
        audit = self.stack.ask("/v1/audit")
        assert audit["broken"] == []
        calls = audit["calls"]
        assert isinstance(calls, dict)
        counted = {state: number for state, number in calls.items() if number}
        return {} if {"CLAIMED", "DIALING"} & set(counted) else counted


@contextmanager
def drill(folder: Path, valkey: EmbeddedValkey, *, leads: int, workers: int = 3) -> Iterator[Drill]:
    """Three workers, and so many leads from each of two sources before they begin; some must never ring now."""
    config = folder / "drill.yaml"
    later = datetime.now(UTC) + timedelta(hours=6)
    config.write_text(CONFIG.format(closed=f"{later:%H}:00-{later:%H}:30"))
    with running(folder, valkey, config, workers=workers) as stack:
        made = Drill(stack, config)
        made.order("stop", "everything", "", "API")
        made.post(
            site=[*range(1_000_000, 1_000_000 + leads), *range(STALE, STALE + 20)],
            crm=[*range(2_000_000, 2_000_000 + leads), *range(NIGHT, NIGHT + 20)],
        )
        _wait(2.0)  # longer than the stale ones live
        made.order("resume", "everything", "", "API")
        yield made


def _batches(contacts: Sequence[int]) -> list[Sequence[int]]:
    return [contacts[start : start + BATCH] for start in range(0, len(contacts), BATCH)]


def _event(contact: int) -> dict[str, object]:
    return {
        "eventId": contact,
        "subscriptionId": 1,
        "portalId": 1,
        "occurredAt": 1700000000000 + contact,
        "subscriptionType": "contact.creation",
        "objectId": contact,
    }


def _wait(seconds: float) -> None:
    over = time.monotonic() + seconds
    eventually(lambda: time.monotonic() > over, seconds=seconds + 1)


def main(say: Callable[[str], object] = sys.stdout.write) -> int:
    """Every stop by API and by command; 0 when every promise held."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--leads", type=int, default=700, help="leads from each of the two sources")
    leads = arguments.parse_args().leads
    with tempfile.TemporaryDirectory(prefix="dg") as name:
        folder = Path(name)
        with EmbeddedValkey(folder / "v") as valkey, drill(folder, valkey, leads=leads) as made:
            say(f"{'stopped':<24}{'by':<9}{'a second':>9}{'last after':>12}{'too late':>10}{'others':>8}\n")
            late = 0
            for what, of in STOPS:
                for by in ("API", "command"):
                    one = made.stop(what, of, by)
                    late += one.too_late
                    last = f"{one.last_after * 1000:.0f} ms"
                    say(f"{one.what:<24}{by:<9}{one.rate_before:>9}{last:>12}{one.too_late:>10}{one.others:>8}\n")
            states = ", ".join(f"{state} {count}" for state, count in made.finish().items())
            say(f"\nevery lead that may ring rang once: {states}; later than {LIMIT_SECONDS:g} s: {late}\n")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
