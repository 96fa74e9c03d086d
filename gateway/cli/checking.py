"""check and schema: the configuration, before it runs."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import ConfigOption
from gateway.cli.place import config_path
from gateway.cli.screen import remark, say, say_json
from gateway.rule_tests.cases import cases_schema
from gateway.rules.loading import config_schema, load
from gateway.rules.rulebook import Rulebook
from gateway.startup import accounts_without_token, has_shipped_secret


def check(config: ConfigOption = None) -> None:
    """Check a configuration, every problem at once.

    Problems are file:line:column, with exit 2; without any, a summary, with exit 0.

    Example: dialgate check --config config/dialgate.yaml
    """
    path = config_path(config)
    rulebook = load(path, os.environ)
    say(f"{path}: ok (version {rulebook.version})", style="green")
    _count("sources", list(rulebook.sources))
    _count("rules", [rule.name for rule in rulebook.config.rules])
    _count("numbers", list(rulebook.config.numbers))
    _count("accounts", list(rulebook.config.accounts))
    for trace in rulebook.explain():
        say(f"  {trace.rule}: {trace.detail}", style="dim")
    for warning in _warnings(rulebook):
        remark(f"note: {warning}")


def schema(
    out: Annotated[Path | None, typer.Option(help="Write it to this file.", show_default=False)] = None,
    tests: Annotated[bool, typer.Option("--tests", help="That of files of rule tests instead.")] = False,
) -> None:
    """Print the configuration's JSON Schema, for editors.

    Example: dialgate schema --out config/dialgate.schema.json
    """
    found = cases_schema() if tests else config_schema()
    if out is None:
        say_json(found)
        return
    out.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    say(f"written to {out}")


def _count(what: str, names: list[str]) -> None:
    say(f"  {len(names)} {what}: {', '.join(names)}" if names else f"  no {what}")


def _warnings(rulebook: Rulebook) -> list[str]:
    without = accounts_without_token(rulebook)
    shipped = [n for n, source in rulebook.sources.items() if has_shipped_secret(source.secrets, source.path_token)]
    used = {name for rule in rulebook.config.rules for name in rule.sources}
    for_all = any(not rule.sources for rule in rulebook.config.rules)
    idle = [] if for_all else [name for name in rulebook.sources if name not in used]
    found = {
        "without a token, so only the sandbox can be dialled: account ": without,
        "guarded by a secret shipped with Dialgate, so only with the sandbox: source ": shipped,
        "no rule is for it: source ": idle,
    }
    return [text + ", ".join(names) for text, names in found.items() if names]
