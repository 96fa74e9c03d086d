"""docs/proofs.md, made of the recorded results and nothing else."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from faults import recorded
from faults.processes import ROOT

PAGE = ROOT / "docs" / "proofs.md"
SEEDS = range(1, 7)
Result = Mapping[str, Any]
_HEAD = """# Proofs: what was run, and what came of it

Written by `make proofs` from the results of its runs (`tests/faults/results`); [Faults](faults.md) says what each is.
Rings are counted at the far end, never from the ledger. "Lost" is a lead that heard 2xx, did not ring, and of which
nothing says why. To run everything again (an hour), or go on where it was broken off, or one part:

```console
$ make proofs
$ make proofs ARGS=--resume
$ make proofs ARGS="--only torture"
```
"""


def page() -> str:
    """The page; what was never run is said to be missing."""
    parts = [_HEAD, summary(), _storms(), _overload(), _soak()]
    return "\n".join(part for part in parts if part)


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table as Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(str(cell) for cell in line)} |\n" for line in lines)


def summary() -> str:
    """A line a proof: what was tried, what came of it, how to repeat it, and when it was run."""
    rows = [_matrix_row(), _storm_row("torture"), _storm_row("control"), _fuzz_row(), _overload_row(), _soak_row()]
    return table(("proof", "tried", "found", "command", "run on"), rows)


def _missing(name: str, command: str) -> tuple[str, ...]:
    return (name, "not run", "", f"`{command}`", "")


def _matrix_row() -> tuple[str, ...]:
    found = recorded.read("matrix")
    if found is None:
        return _missing("fault matrix", "make faults")
    faults = ", ".join(f"{what} {times}" for what, times in sorted(found["faults"].items()))
    passed = f"**{found['cases'] - found['failed']} as they must end, {found['failed']} not**"
    return ("fault matrix", f"{found['cases']} cases: {faults}", passed, "`make faults`", found["date"])


def storms(product: str) -> list[Result]:
    """The recorded storms on Dialgate (`torture`) or on the control, by seed."""
    found = [recorded.read(f"{product}-{seed}") for seed in SEEDS]
    return [one for one in found if one is not None]


def _storm_row(product: str) -> tuple[str, ...]:
    runs, name = storms(product), "torture" if product == "torture" else "the same on the control"
    command = f"make {'torture' if product == 'torture' else 'torture-control'} SEED=1 SECONDS=60"
    if not runs:
        return _missing(name, command)
    leads, blows = sum(run["leads"] for run in runs), sum(sum(run["blows"].values()) for run in runs)
    api = sum(run["far_end"].get(word, 0) for run in runs for word in ("refused", "limited", "broken"))
    total = _total(runs)
    tried = f"{len(runs)} seeds × {runs[0]['seconds']:.0f} s: {leads} leads, {blows} blows, {api} API faults"
    said = f"**{total['extra_rings']} extra rings, {total['lost']} lost**"
    if product == "torture":
        said += (
            f", {total['contradictions']} contradictions, {total['broken']} broken invariants; UNKNOWN: "
            f"{total['unknown_with_ring']} rung, {total['unknown_without_ring']} not"
        )
    return (name, tried, said, f"`{command}`", max(run["date"] for run in runs))


def _total(runs: Sequence[Result]) -> Counter[str]:
    total: Counter[str] = Counter()
    for run in runs:
        for name, value in run["verdict"].items():
            if isinstance(value, int | list):
                total[name] += value if isinstance(value, int) else len(value)
    return total


def _fuzz_row() -> tuple[str, ...]:
    found = recorded.read("fuzz")
    if found is None:
        return _missing("mangled webhooks", "make fuzz")
    ends = ", ".join(f"{word} {times}" for word, times in sorted(found["ends"].items()) if word != "other")
    said = f"**{found['broken']} that would be a 5xx**, too slow or too large; {ends}"
    command = f"`make fuzz SEED={found['seed']} COUNT={found['inputs']}`"
    return ("mangled webhooks", f"{found['inputs']} inputs over all providers", said, command, found["date"])


def _overload_row() -> tuple[str, ...]:
    found = recorded.read("overload")
    if found is None:
        return _missing("overload", "make overload")
    said = "every 2xx is in the ledger, every other answer 503 with `Retry-After`" if found["kept"] else "**broken**"
    tried = f"{found['leads']} leads, up to 4 × the {found['able']:.0f}/s it can take"
    return ("overload", tried, said, "`make overload`", found["date"])


def _soak_row() -> tuple[str, ...]:
    found = recorded.read("soak")
    if found is None:
        return _missing("soak", "make soak SECONDS=1200")
    verdict = found["verdict"]
    bounded = "; ".join(found["unbounded"]) or "keys and memory bounded"
    said = f"**{verdict['extra_rings']} extra rings, {verdict['lost']} lost**, {bounded}"
    tried = f"{found['seconds']:.0f} s, {found['kills']} kills, {verdict['accepted']} leads"
    return ("soak", tried, said, "`make soak SECONDS=1200`", found["date"])


def _storms() -> str:
    heads = ("seed", "leads", "rung", "blows", "API faults", "extra rings", "lost", "waiting", "UNKNOWN rung / not")
    heads += ("contradictions",)
    text = ""
    for product, title in (("torture", "Torture, seed by seed"), ("control", "The control, seed by seed")):
        rows = [_storm_line(run) for run in storms(product)]
        columns = len(heads) if product == "torture" else 8  # the control keeps no record to hold against the far end
        text += f"\n## {title}\n\n" + table(heads[:columns], [row[:columns] for row in rows])
    struck: Counter[str] = Counter()
    for run in storms("torture"):
        struck.update(run["blows"])
    return (
        text + "\nBlows on Dialgate, by part: " + ", ".join(f"{blow} {n}" for blow, n in sorted(struck.items())) + ".\n"
    )


def _storm_line(run: Result) -> tuple[object, ...]:
    verdict, far = run["verdict"], run["far_end"]
    broken = sum(far.get(word, 0) for word in ("refused", "limited", "broken"))
    unknown = f"{verdict['unknown_with_ring']} / {verdict['unknown_without_ring']}"
    counts = (verdict["extra_rings"], verdict["lost"], verdict["waiting"])
    head = (run["seed"], run["leads"], verdict["rung"], sum(run["blows"].values()), broken)
    return (*head, *counts, unknown, len(verdict["contradictions"]))


def _overload() -> str:
    found = recorded.read("overload")
    return "" if found is None else f"\n## Overload\n\n{found['curve']}\n"


def _soak() -> str:
    found = recorded.read("soak")
    if found is None:
        return ""
    samples = found["samples"]
    step = max(1, len(samples) // 8)
    parts = sorted({part for sample in samples for part in sample["resident"]})
    rows = [_soak_line(one, parts) for one in (*samples[:-1:step], samples[-1])]
    heads = ("after", "leads", "keys", "Valkey MB", "journals MB", *(f"{part} MB" for part in parts))
    said = "Records are kept for years, so keys grow with the leads and with nothing else. –: just killed."
    return f"\n## Soak\n\n{said}\n\n{table(heads, rows)}"


def _soak_line(one: Result, parts: Sequence[str]) -> tuple[object, ...]:
    held = [f"{one['resident'][part]:.0f}" if one["resident"].get(part) else "–" for part in parts]
    return (f"{one['at']:.0f} s", one["leads"], one["keys"], f"{one['redis']:.0f}", f"{one['journal']:.0f}", *held)
