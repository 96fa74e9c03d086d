"""`python -m bench`: every section, or those of --only, as Markdown tables on the output."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import accepting, growing, placing, ringing
from bench.figures import Section, Target, targets_table
from bench.machine import described
from bench.peers.registry import PEERS, installed
from bench.processes import ROOT
from bench.rounds import Bench, say
from bench.systems import far_end

PAGE = ROOT / "docs" / "performance.md"
_BEGIN, _END = "<!-- measured: written by `make bench ARGS=--write` -->\n", "<!-- end of what was measured -->\n"


@dataclass(frozen=True, kw_only=True)
class Part:
    """A section and its targets."""

    measure: Callable[[Bench], Section]
    targets: Callable[[Section], list[Target]]


PARTS: Mapping[str, Part] = {
    "accept": Part(measure=accepting.measure, targets=accepting.targets),
    "dial": Part(measure=ringing.measure, targets=ringing.targets),
    "calls": Part(measure=placing.measure, targets=placing.targets),
    "growth": Part(measure=growing.measure, targets=growing.targets),
}


def options_of(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", help="parts, with commas: " + ", ".join(PARTS))
    parser.add_argument("--peers", help="only peers whose names hold one of these, with commas; `none` for none")
    parser.add_argument("--repeats", type=int, default=3, help="how often each system is measured, in turns (3)")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each load lasts (4)")
    parser.add_argument("--quick", action="store_true", help="one repeat of one second each, growth to 1,000 calls")
    parser.add_argument("--sizes", default="1000,100000,1000000", help="retained calls of the growth part")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    return parser.parse_args(arguments)


def peers_of(chosen: str | None) -> list[str]:
    """Names of the peers asked for."""
    if chosen is None:
        return [peer.name for peer in PEERS]
    wanted = [word.strip().lower() for word in chosen.split(",")]
    return [peer.name for peer in PEERS if any(word in peer.name.lower() for word in wanted)]


def run(options: argparse.Namespace) -> str:
    """Measure what was asked for; the report."""
    names = peers_of(options.peers)
    left_out = [f"{peer.name} ({peer.missing})" for peer in PEERS if peer.name in names and peer.missing]
    folder = Path(tempfile.mkdtemp(prefix="dgb"))
    try:
        with far_end(folder) as far:
            bench = Bench(
                folder=folder,
                far=far,
                peers=[peer for peer in installed() if peer.name in names],
                repeats=1 if options.quick else options.repeats,
                seconds=1.0 if options.quick else options.seconds,
                sizes=[1000] if options.quick else [int(size) for size in options.sizes.split(",")],
            )
            return _report(bench, options, left_out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _report(bench: Bench, options: argparse.Namespace, left_out: Sequence[str]) -> str:
    chosen = options.only.split(",") if options.only else list(PARTS)
    pages, targets = [described(repeats=bench.repeats, seconds=bench.seconds)], []
    if left_out:
        pages.append("Not installed here: " + ", ".join(left_out) + ". `bench/peers/install` tries to.\n")
    for name in chosen:
        section = PARTS[name].measure(bench)
        pages.append(section.markdown())
        targets += PARTS[name].targets(section)
        say(pages[-1])
    return "\n".join([*pages, targets_table(targets)])


def write(report: str) -> None:
    """Put a report where the page keeps it."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    PAGE.write_text(f"{before}{_BEGIN}\n{report}\n{_END}{after}", encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Print the report."""
    options = options_of(arguments)
    report = run(options)
    sys.stdout.write(report)
    if options.write:
        write(report)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
