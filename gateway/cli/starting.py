"""init: a working source, a rule and a sample for one sender, ready to be tried."""

import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Annotated, Any

import typer
import yaml

from gateway.cli.examples import example_source
from gateway.cli.screen import FAILED, MISUSED, CommandFailed, say, say_table
from gateway.cli.typed import as_typed
from gateway.contracts import Provider
from gateway.errors import ConfigInvalid
from gateway.model import record
from gateway.providers import load_providers
from gateway.rules.files import merge, read_files
from gateway.rules.problems import ProblemList

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")
_TOKEN_BYTES = 24  # 192 bits: more than the 128 an unguessable address needs
_HEAD = """\
# {title}. Written by `dialgate init {provider}`; docs/providers/{provider}.md explains every key.
# Secrets come from the environment: set them where Dialgate runs.
"""


@record
class Start:
    """What `init` writes: the source, the rule, and what the environment must hold."""

    name: str
    provider: Provider
    source: Mapping[str, Any]
    number: str
    region: str
    variables: tuple[str, ...]


def init(
    provider: Annotated[str | None, typer.Argument(help="Which sender; asked for when left out.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the source.", show_default=False)] = None,
    folder: Annotated[Path, typer.Option(help="Folder of the configuration.")] = Path("config"),
    region: Annotated[str, typer.Option(help="Where numbers without a country code are from.")] = "US",
) -> None:
    """Write a source, a rule and a sample for one sender.

    They go into the configuration's folder, beside what is there. Nothing that exists is overwritten.

    Example: dialgate init typeform; dialgate init hubspot --name crm
    """
    chosen = _chosen(provider)
    start = _started(chosen, name or chosen.name.replace("_", "-"), folder, region.upper())
    written = [_write(folder / f"{start.name}.yaml", _text(start).encode()), *_samples(folder, start)]
    for path in written:
        say(f"wrote {path}", style="green")
    for variable in start.variables:
        say(f"  export {variable}={_value_for(variable)}")
    say(f"then: {as_typed()} check --config {folder}")
    say(f"      {as_typed()} try {start.name} --config {folder}")


def _chosen(given: str | None) -> Provider:
    providers = load_providers()
    if given is None:
        say_table(("name", "sender"), [(one.name, one.title) for one in providers.values()])
        given = typer.prompt("Which sender")
    found = providers.get(str(given).strip().replace("-", "_"))
    if found is None:
        raise CommandFailed(f"there is no provider {given!r}: `dialgate init` without a name lists them", code=MISUSED)
    return found


def _started(provider: Provider, name: str, folder: Path, region: str) -> Start:
    if not _NAME.fullmatch(name):
        raise CommandFailed(f"{name!r} is not a name: lower-case letters, digits and -, a letter first", code=MISUSED)
    source = _renamed(example_source(provider.name), name)
    variables = dict.fromkeys(_VARIABLE.findall(yaml.safe_dump(dict(source))))
    return Start(
        name=name,
        provider=provider,
        source=source,
        number=_first_number(folder),
        region=region,
        variables=tuple(variables),
    )


def _renamed(source: dict[str, Any], name: str) -> dict[str, Any]:
    """The page's variables under the source's own name, so that two sources of one sender keep theirs apart."""
    prefix = name.upper().replace("-", "_")
    text = yaml.safe_dump(source, sort_keys=False)
    known = list(dict.fromkeys(_VARIABLE.findall(text)))
    for number, variable in enumerate(known, start=1):
        kind = "PATH_TOKEN" if f"path_token: ${{{variable}}}" in text else "SECRET"
        suffix = "" if number == 1 or kind == "PATH_TOKEN" else f"_{number}"
        text = text.replace(f"${{{variable}}}", f"${{{prefix}_{kind}{suffix}}}")
    renamed: dict[str, Any] = yaml.safe_load(text)
    return renamed


def _first_number(folder: Path) -> str:
    """A number the rule can call from: the first the folder's configuration has, read as Dialgate reads it."""
    problems = ProblemList(str(folder))
    content = merge(read_files(folder, problems), problems) if folder.is_dir() else None
    if problems:
        raise ConfigInvalid(problems.sorted())
    numbers = content.get("numbers") if isinstance(content, dict) else None
    if isinstance(numbers, dict) and numbers:
        return next(iter(numbers))
    raise CommandFailed(f"no file in {folder} has a number to call from: add `numbers` first", code=FAILED)


def _text(start: Start) -> str:
    rule: dict[str, Any] = {
        "name": f"call leads of {start.name}",
        "sources": [start.name],
        "when": True,
        "call": {
            "from": start.number,
            "contact": {
                "phone": "person.phone",
                "region": start.region,
                "first_name": "person.first_name",
                "last_name": "person.last_name",
                "email": "person.email",
            },
        },
        "regions": [start.region],
    }
    content = {"sources": {start.name: dict(start.source)}, "rules": [rule]}
    head = _HEAD.format(title=start.provider.title, provider=start.provider.name)
    return head + yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def _samples(folder: Path, start: Start) -> list[Path]:
    now, written = datetime.now(UTC), []
    for sample in start.provider.samples():
        ending = ".json" if "json" in sample.content_type else ".txt"
        path = folder / "samples" / f"{start.name}-{sample.name.replace(' ', '-')}{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        written.append(_write(path, sample.make(now, Random(1))))  # noqa: S311 - invents people, guards nothing
    return written


def _write(path: Path, content: bytes) -> Path:
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        raise CommandFailed(f"{path} exists: choose another --name, or remove it", code=FAILED) from None
    except OSError as error:
        raise CommandFailed(f"{path} cannot be written: {error.strerror}", code=FAILED) from None
    return path


def _value_for(variable: str) -> str:
    return secrets.token_urlsafe(_TOKEN_BYTES) if variable.endswith("PATH_TOKEN") else "…  # from the sender"
