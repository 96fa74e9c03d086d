"""`python -m bench.console`: how long the console's pages take with a long past in the ledger.

Real calls are copied within Redis until there are 100,000 events, and as much as a million entries in the indexes;
then every page is asked for again and again by one who signed in, and webhooks are posted while the feed is watched.
"""

import argparse
import hashlib
import hmac
import re
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
from redis import Redis

from bench.figures import Section
from bench.growing import suppress
from bench.processes import wait_for
from bench.runs import loaded, percentile
from bench.seeding import MATCHED, PLACED, grow, placed, template
from bench.systems import DIALGATE, Stage, far_end, staged
from bench.webhooks import PATH, SECRET, SIGNATURE, body_of
from gateway.console_key import KEY_FILE, digest_of, fresh_key
from gateway.web.console.pages import load_pages

HOME = "/console"
MEDIAN, P95, MOST = "median ms", "p95 ms", "most ms"
_FEED = "Feed, webhook to row"
_HIDDEN = re.compile(r'name="csrf" value="([^"]+)"')
_LISTED = 100_000  # on the do-not-call list
_FEED_SECONDS = 10.0
_UNUSED_PEOPLE = 900_000  # numbers of people who were not called before


def pages_of(redis: "Redis") -> dict[str, str]:
    """Every page of the menu, and the dear variants of some: name → address."""
    call, event = (redis.zrevrange(index, 1, 1)[0].decode() for index in (PLACED, MATCHED))
    told = {page.title: page.path for page in load_pages() if page.title}
    return told | {
        "A call": f"/calls/{call}",
        "An event": f"/events/{event}",
        "Feed alone": "/now/leads",
        "Find: source": "/find?source=leads",
        "Find: state": "/find?state=PLACED",
        "Find: rule": "/find?rule=demo+request",
        "Find: a rare reason": "/find?reason=opted_out",
        "Find: phone": "/find?q=%2B12122000000",
        "Numbers: 7 days": "/numbers?period=7d",
        "Numbers: 30 days": "/numbers?period=30d",
    }


def sign_in(browser: httpx.Client, key: str) -> None:
    """As a browser does, by the form. Raises where it was refused."""
    form = _HIDDEN.search(browser.get(f"{HOME}/sign-in").raise_for_status().text)
    token = form.group(1) if form else ""
    given = {"csrf": token, "name": "", "password": key}
    answer = browser.post(f"{HOME}/sign-in", data=given, headers={"Origin": str(browser.base_url).rstrip("/")})
    if answer.status_code != httpx.codes.SEE_OTHER:
        raise RuntimeError(f"signing in was answered {answer.status_code}")


def time_page(browser: httpx.Client, section: Section, name: str, path: str, times: int) -> None:
    """Milliseconds from the request to the last byte of the answer; the first request warms up."""
    taken = []
    for _ in range(times + 1):
        begun = time.perf_counter()
        answer = browser.get(f"{HOME}{path}")
        taken.append((time.perf_counter() - begun) * 1000)
        if answer.status_code != httpx.codes.OK:
            raise RuntimeError(f"{name} was answered {answer.status_code}: {answer.text[-1500:]}")
    _add(section, name, taken[1:])


def time_feed(browser: httpx.Client, section: Section, stage: Stage, times: int) -> None:
    """Milliseconds from a webhook's first byte until the feed, asked for after the stream said so, shows one more."""
    taken = []
    for index in range(times):
        with browser.stream("GET", f"{HOME}/now/tail", headers={"Accept": "text/event-stream"}) as told:
            lines = told.iter_lines()
            _until_leads(lines)
            before = browser.get(f"{HOME}/now/leads").text
            begun = time.perf_counter()
            _post(stage, index)
            while True:
                _until_leads(lines)
                if _newest(browser.get(f"{HOME}/now/leads").text) != _newest(before):
                    break
            taken.append((time.perf_counter() - begun) * 1000)
    _add(section, _FEED, taken)


def _until_leads(lines: Iterator[str]) -> None:
    deadline = time.monotonic() + _FEED_SECONDS
    for line in lines:
        if line == "event: leads":
            return
        if time.monotonic() > deadline:
            break
    raise TimeoutError("the feed told of nothing")


def _newest(feed: str) -> str:
    row = re.search(r'<tr[^>]* id="([^"]+)"', feed)
    return row.group(1) if row else ""


def _post(stage: Stage, index: int) -> None:
    body = body_of(secrets.token_hex(4), _UNUSED_PEOPLE + index)
    signature = hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", SIGNATURE: f"sha256={signature}"}
    httpx.post(f"{stage.url}{PATH}", content=body, headers=headers, timeout=30).raise_for_status()


def _add(section: Section, name: str, taken: list[float]) -> None:
    section.add(name, MEDIAN, percentile(taken, 0.5))
    section.add(name, P95, percentile(taken, 0.95))
    section.add(name, MOST, max(taken))


@contextmanager
def signed_in(stage: Stage, key: str) -> Iterator[httpx.Client]:
    """A browser of the key's holder."""
    with httpx.Client(base_url=stage.url, trust_env=False, timeout=60) as browser:
        sign_in(browser, key)
        yield browser


def measure(folder: Path, events: int, times: int) -> Section:
    """A ledger with a past, every page, then the feed."""
    section = Section(title=f"The console with {events:,} events", about=f"{times} requests each, one after another.")
    key = fresh_key()
    data = folder / "stage" / "data"
    data.mkdir(parents=True)
    (data / KEY_FILE).write_text(digest_of(key), encoding="ascii")
    with far_end(folder / "far") as far, staged(DIALGATE, folder / "stage", far.address) as stage:
        with Redis.from_url(stage.valkey.url) as redis:
            loaded(DIALGATE, stage, count=1)
            wait_for(lambda: placed(redis) == 1, what="the call to copy is placed")
            copied = Counter(command[0] for command in template(redis)[0])
            grow(redis, events)
            suppress(stage.valkey.url, _LISTED)
            indexed = copied[b"ZADD"] * events + _LISTED
            keys = redis.dbsize()
            section.note(f"{indexed:,} entries in sorted indexes, {keys:,} keys, all of them of the last minutes.")
            pages = pages_of(redis)
        with signed_in(stage, key) as browser:
            for name, path in pages.items():
                time_page(browser, section, name, path, times)
            time_feed(browser, section, stage, times)
    return section


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table; 1: a page's p95 is over 200 ms, or the feed's is over a second."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=30)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="dgc") as folder:
        section = measure(Path(folder), given.events, given.times)
    sys.stdout.write(section.markdown())
    slow = [name for name in section.values if (section.of(name, P95) or 0) > _most(name)]
    verdict = f"Too slow: {', '.join(slow)}." if slow else "Every page within 200 ms, the feed within a second."
    sys.stdout.write(f"\n{verdict}\n")
    return 1 if slow else 0


def _most(name: str) -> float:
    return 1000.0 if name == _FEED else 200.0


if __name__ == "__main__":
    sys.exit(main())
