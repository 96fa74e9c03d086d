"""Every proof, one after the other, and docs/proofs.md written from what they found: `make proofs`.

Each result is written when its proof ends, so a run that is broken off is taken up with `--resume`.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import SystemRandom

from faults import recorded
from faults.page import PAGE, page
from faults.processes import ROOT

SEEDS = (1, 2, 3, 4, 5, 6)


@dataclass(frozen=True, kw_only=True)
class Proof:
    """One command. Its result's name begins with its kind."""

    name: str
    command: tuple[str, ...]

    def run(self) -> bool:
        """Run it, showing what it says; whether it held."""
        target = recorded.RESULTS / f"{self.name}.json"
        command = [sys.executable, "-u", "-m", *self.command, "--json", str(target)]
        return subprocess.run(command, cwd=ROOT, check=False).returncode == 0

    def known(self) -> bool:
        """Whether it held for these very sources already."""
        found = recorded.read(self.name)
        return found is not None and bool(found["kept"]) and found["sources"] == recorded.sources()


def proofs() -> list[Proof]:
    """All of them, the quick ones first."""
    storms = [("--seed", str(seed), "--seconds", "60") for seed in SEEDS]
    return [
        Proof(name="overload", command=("faults.overload",)),
        Proof(name="fuzz", command=("fuzz.storm", "--seed", str(SystemRandom().randrange(1_000_000)))),
        *(Proof(name=f"torture-{storm[1]}", command=("faults.torture", *storm)) for storm in storms),
        *(Proof(name=f"control-{storm[1]}", command=("faults.torture", "--control", *storm)) for storm in storms),
        Proof(name="matrix", command=("faults.matrix",)),
        Proof(name="soak", command=("faults.soak", "--seconds", "1200")),
    ]


def main(arguments: Sequence[str]) -> int:
    """0 when every proof that was run held. The page is written in any case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="only proofs whose name holds this: torture, control-3, soak …")
    parser.add_argument("--resume", action="store_true", help="leave out what held for these very sources already")
    parser.add_argument("--page", action="store_true", help="run nothing, only write the page")
    options = parser.parse_args(arguments)
    failed = []
    chosen = [] if options.page else [proof for proof in proofs() if options.only in proof.name]
    for number, proof in enumerate(chosen, 1):
        if options.resume and proof.known():
            _say(f"[{number}/{len(chosen)}] {proof.name}: known")
            continue
        _say(f"[{number}/{len(chosen)}] {proof.name}: {' '.join(proof.command)}")
        started = time.monotonic()
        held = proof.run()
        failed += [] if held else [proof.name]
        _say(
            f"[{number}/{len(chosen)}] {proof.name}: {'held' if held else 'FAILED'}, {time.monotonic() - started:.0f} s"
        )
        PAGE.write_text(page(), encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")
    _say(f"failed: {', '.join(failed)}" if failed else "nothing failed")
    return 1 if failed else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
