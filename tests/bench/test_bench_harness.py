"""The bench measures what it says: no figure is judged here, only that load, far end and tables work."""

import argparse
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from redis import Redis

from bench import __main__ as command
from bench import ringing
from bench.figures import Section, Target, targets_table
from bench.peers.registry import PEERS
from bench.profiling import profile_of
from bench.rounds import Bench
from bench.runs import dial_latencies, drained, generate, loaded, wait_until_dialled, warmed
from bench.seeding import bytes_by_kind, grow, placed
from bench.systems import DIALGATE, UP, Far, System, far_end, staged
from bench.webhooks import BODY_BYTES, SECRET, body_of, phone_of, request_of, signed
from gateway.ledger.packing import unpack
from gateway.phones import parse_phone

STALL_SECONDS = 0.4


class Stalling(BaseHTTPRequestHandler):
    """Answers at once, but for the first request, which it holds."""

    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        """As many first connections as are asked for end after half a second without a request."""
        if self.server.hasty:
            self.server.hasty -= 1
            self.timeout = 0.5
        super().setup()

    def do_POST(self) -> None:
        """Take the body, maybe stall, say 200."""
        self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.turn:
            if not self.server.stalled_once:
                self.server.stalled_once = True
                threading.Event().wait(STALL_SECONDS)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def stalling() -> Iterator[ThreadingHTTPServer]:
    """A server that stalls everybody while it holds its first request."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stalling)
    server.turn, server.stalled_once, server.hasty = threading.Lock(), False, 0
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of one test's own."""
    return tmp_path_factory.mktemp("bench")


def test_each_webhook_is_signed_and_of_one_size_and_person() -> None:
    """1 KB each, signed over the body, nobody twice, every number one that may ring."""
    bodies = [body_of("run", index) for index in range(50)]
    assert {len(body) for body in bodies} == {BODY_BYTES}
    assert len({json.loads(body)["lead"]["phone"] for body in bodies}) == 50
    signature = "sha256=" + hmac.new(SECRET, bodies[0], hashlib.sha256).hexdigest()
    assert signed(bodies[0], signature)
    assert not signed(bodies[1], signature)
    assert request_of("run", 0, host="h").endswith(bodies[0])


@pytest.mark.parametrize("index", [0, 9_999, 10_000, 7_900_000, 12_345_678])
def test_every_number_is_valid(index: int) -> None:
    """A number that were not would be skipped, and the bench would measure skipping."""
    phone = parse_phone(phone_of(index), region=None)
    assert (phone.e164, phone.refused) == (phone_of(index), None)


def test_a_stall_is_counted_for_everybody_who_waited(stalling: ThreadingHTTPServer) -> None:
    """Open loop: requests due during a stall count from their own instant, not from when they could be sent."""
    result = generate(
        host="127.0.0.1", port=stalling.server_port, run="s", first=0, count=40, rate=100.0, connections=1
    )
    stalled = [latency for latency in result["latencies"] if latency > STALL_SECONDS / 2 * 1e9]
    assert result["statuses"] == {"200": 40}
    assert len(stalled) >= 15


def test_a_closed_loop_sends_each_request_once(stalling: ThreadingHTTPServer) -> None:
    """As many answers as requests, and no more connections than asked for."""
    result = generate(host="127.0.0.1", port=stalling.server_port, run="c", first=0, count=60, connections=4)
    assert (result["answered"], len(result["scheduled"])) == (60, 60)


def test_a_connection_closed_while_nobody_uses_it_is_no_answer(stalling: ThreadingHTTPServer) -> None:
    """Servers close what is idle: every request is sent all the same, and no latency counts from no instant."""
    stalling.hasty = 8
    result = generate(host="127.0.0.1", port=stalling.server_port, run="i", first=0, count=3, rate=1.0, connections=8)
    assert (stalling.hasty, result["statuses"]) == (0, {"200": 3})
    assert max(result["latencies"]) < 60e9


def test_dialgate_is_measured_from_webhook_to_dial_and_copied(folder: Path) -> None:
    """One short round of everything: accepted, dialled, drained, then a past of copies that adds up."""
    with far_end(folder) as far, staged(DIALGATE, folder / "dialgate", far.address, concurrency="32") as stage:
        loaded(DIALGATE, stage, count=1)
        assert wait_until_dialled(far, 1) == 1
        with Redis.from_url(stage.valkey.url) as redis:
            placed_by = time.monotonic() + 60
            while placed(redis) == 0:
                assert time.monotonic() < placed_by
            grow(redis, 20)
            assert placed(redis) == 21
            assert bytes_by_kind(redis)["call:*"] > 0
            kept = [blob for key in redis.scan_iter("dialgate:delivery:*:blobs") for blob in redis.hvals(key)]
            packed = [blob for blob in kept if blob.startswith(b"s")]
            assert len(packed) >= 21
            assert all(unpack(blob) for blob in packed)
        warmed(DIALGATE, stage, far, count=5)
        far.forget()
        load = loaded(DIALGATE, stage, count=10, rate=50.0)
        assert wait_until_dialled(far, 10) == 10
        assert len(dial_latencies(load, far)) == 10
        drain = drained(DIALGATE, stage, far, calls=20, seconds=20.0)
        assert (drain.accepted, drain.calls, drain.rung_twice) == (20, 20, 0)


def test_the_single_machine_form_dials_the_sink(folder: Path) -> None:
    """What must hold: `dialgate up` runs as its users start it, and its calls arrive where they are counted."""
    with far_end(folder) as far, staged(UP, folder / "up", far.address) as stage:
        warmed(UP, stage, far, count=3)
        assert far.counts()["contacts"] >= 3


def test_who_keeps_up_with_no_rate_is_asked_for_less(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system too slow for every rate is compared at 1/s, once its backlog is gone; one that tires later is not."""
    asked: list[tuple[str, int]] = []

    def keeps_up(_: object, __: object, system: System, ___: object, rate: int, *, fewest: int) -> bool:
        asked.append((system.name, rate))
        return (system.name, rate) == ("tires", 5)

    monkeypatch.setattr(ringing, "warmed", lambda *_, **__: None)
    monkeypatch.setattr(ringing, "wait_until_dialled", lambda *_, patience: asked.append(("backlog", 0)))
    monkeypatch.setattr(ringing, "_keeps_up", keeps_up)
    with Far("http://127.0.0.1:1") as far:
        bench = Bench(folder=folder, far=far, peers=(), repeats=1)
        for name in ("slow", "tires"):
            ringing._one(bench, Section(title="t"), System(name=name, start=lambda _: None), None)
    assert asked == [("slow", 5), ("backlog", 0), ("slow", 1), ("tires", 5), ("tires", 50)]


def test_a_system_that_breaks_is_noted_and_the_rest_goes_on(folder: Path) -> None:
    """One peer's failure loses no other's figures."""

    def refuse(_: object) -> None:
        raise RuntimeError("cannot start")

    section = Section(title="t")
    with Far("http://127.0.0.1:1") as far:
        bench = Bench(folder=folder, far=far, peers=(), repeats=1)
        bench.each([System(name="broken", start=refuse)], section, lambda *_: None)
    assert section.notes == ["broken failed: RuntimeError."]
    assert bench.broken == ["broken: cannot start"]


def test_tables_show_the_median_and_the_range() -> None:
    """Repeats become one cell; what was not measured is a dash."""
    section = Section(title="T", about="about")
    for value in (3.0, 1.0, 2.0):
        section.add("a", "x", value)
    section.add("b", "y", 1234.0)
    assert "| a | 2.00 (1.00–3.00) | – |" in section.markdown()
    assert "| b | – | 1,234 |" in section.markdown()
    assert (section.of("a", "x"), section.of("a", "y"), section.best(("a", "b"), "y")) == (2.0, None, 1234.0)


@pytest.mark.parametrize(
    ("target", "verdict"),
    [
        (Target(name="n", ours=2.5, against=1.0, least=2.5), "pass"),
        (Target(name="n", ours=2.4, against=1.0, least=2.5), "short"),
        (Target(name="n", ours=4.1, against=4.0, most=1), "short"),
        (Target(name="n", ours=3.9, against=4.0, most=1), "pass"),
        (Target(name="n", ours=None, against=4.0, most=1), "not measured"),
        (Target(name="n", ours=1.0, against=None, most=1), "not measured"),
    ],
)
def test_a_target_says_pass_or_short(target: Target, verdict: str) -> None:
    """A figure that is missing never passes."""
    assert target.verdict == verdict
    assert f"| {verdict} |" in targets_table([target])


def test_a_profile_gives_each_function_its_share() -> None:
    """Samples become microseconds; a function that calls itself counts once."""
    profile = profile_of(["a (x.py:1);b (y.py:2);b (y.py:3) 3", "a (x.py:1) 1", "nothing 5"], 100.0)
    assert profile.inclusive == {"a x.py": 100.0, "b y.py": 75.0}
    assert profile.alone == {"b y.py": 75.0, "a x.py": 25.0}


def test_the_report_is_put_where_the_page_keeps_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Writing replaces the measured part, and nothing else."""
    page = folder / "page.md"
    page.write_text(command.PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(command, "PAGE", page)
    command.write("report one")
    command.write("report two")
    written = page.read_text(encoding="utf-8")
    assert (written.count("report two"), written.count("report one")) == (1, 0)
    assert written.startswith("# Performance")


def test_peers_are_chosen_by_part_of_their_name() -> None:
    """`--peers arq,node` means those two; without it, all."""
    assert command.peers_of("arq, node") == ["arq, 100 jobs", "Node-RED"]
    assert command.peers_of("none") == []
    assert len(command.peers_of(None)) == len(PEERS)


def test_quick_is_short() -> None:
    """The command line of `make bench`."""
    options = command.options_of(["--only", "accept", "--quick"])
    assert isinstance(options, argparse.Namespace)
    assert (options.only, options.quick, options.write) == ("accept", True, False)
