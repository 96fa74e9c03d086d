"""Write the pages that are generated from the code: `python tools/reference.py`, or `--check` to only compare."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from commands import commands_page
from providers_table import providers_page
from pydantic import SecretStr

from gateway.alerts import AlertKind
from gateway.reasons import Reason
from gateway.rules.reference import configuration_page
from gateway.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
NOTE = "<!-- Written by tools/reference.py (make docs): change the code, not this page. -->\n\n"


def cell(text: str | None) -> str:
    """Text that stays in its table cell."""
    return (text or "").replace("|", "\\|")


def reasons_page() -> str:
    """docs/reasons.md: every reason code with its text."""
    rows = "".join(f"| `{reason.value}` | {cell(reason.text)} |\n" for reason in Reason)
    return (
        "# Reasons\n\n"
        + NOTE
        + "Every event that starts no call, every call that waits or ends, and every attempt has "
        "exactly one of these. The code is\nwhat the ledger, the API, the metrics and the logs say; it never changes "
        "its meaning.\n\n| code | meaning |\n|---|---|\n" + rows
    )


def alerts_page() -> str:
    """docs/alerts.md: every kind of alert with what to do."""
    rows = "".join(
        f"| `{kind.value}` | {'yes' if kind.critical else ''} | {cell(kind.text)} | {cell(kind.do)} |\n"
        for kind in AlertKind
    )
    return (
        "# Alerts\n\n"
        + NOTE
        + "What a person must look at, because no program can decide it. `dialgate alerts` and `GET /v1/alerts` list "
        "alerts with what to\ndo, `dialgate status` and `/readyz` warn of them, `/metrics` counts them by kind "
        "(`dialgate_alerts`), and the sweeper logs\neach new one once (`alert.raised`). A critical one makes `/readyz` "
        "answer 503; the others leave it ready.\n\nAn alert ends by itself when what it tells of is over. Until then "
        "`dialgate alerts ack KEY` says that somebody knows: it\nstays listed and warns no more. If it comes back "
        "more than an hour after it was last seen, it is a new one. At most 100 of\na kind are kept, those seen "
        "longest ago go first. The code never changes its meaning.\n\n"
        "| code | critical | raised when | what to do |\n|---|---|---|---|\n" + rows
    )


def settings_page() -> str:
    """docs/settings.md: every environment variable with its default."""
    rows = ""
    for name, field in Settings.model_fields.items():
        default = field.get_default()
        shown = default.get_secret_value() if isinstance(default, SecretStr) else default
        text = "" if shown in (None, "") else f"`{str(shown).lower() if isinstance(shown, bool) else shown}`"
        rows += f"| `DIALGATE_{name.upper()}` | {text} | {cell(field.description)} |\n"
    return (
        "# Settings\n\n" + NOTE + "Where things are and what is secret comes from the environment; behaviour is in the "
        "YAML configuration. Each variable may\nbe given as `…_FILE` instead, naming a file that holds the value. An "
        "unknown `DIALGATE_` variable stops start-up.\n\n| variable | default | |\n|---|---|---|\n" + rows
    )


PAGES: Mapping[str, Callable[[], str]] = {
    "docs/reasons.md": reasons_page,
    "docs/alerts.md": alerts_page,
    "docs/settings.md": settings_page,
    "docs/configuration.md": lambda: configuration_page(NOTE),
    "docs/commands.md": lambda: commands_page(NOTE),
    "docs/providers/index.md": lambda: providers_page(NOTE),
}


def main(check: bool) -> int:
    """0, or with `check` 1 when a page differs from what the code says."""
    stale = []
    for name, page in PAGES.items():
        path, text = ROOT / name, page()
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not check:
            path.write_text(text, encoding="utf-8")
    if stale:
        sys.stdout.write(f"{'differ from the code, run make docs' if check else 'written'}: {', '.join(stale)}\n")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
