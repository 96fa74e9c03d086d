"""The request a sender would make to one of our sources: from a file or a fresh sample, signed as it signs."""

import os
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import Random

from gateway.cli.screen import MISUSED, CommandFailed
from gateway.contracts import Sample, Source
from gateway.model import Request
from gateway.providers import load_providers
from gateway.rules.loading import load
from gateway.rules.rulebook import Rulebook


def source_in(config: Path, name: str) -> tuple[Rulebook, Source]:
    """The rulebook of a configuration and one of its sources, by its name or else its provider's.

    Raises CommandFailed naming those there are.
    """
    rulebook = load(config, os.environ)
    of_provider = (source for source in rulebook.sources.values() if source.provider.name == name.replace("-", "_"))
    source = rulebook.sources.get(name) or next(of_provider, None)
    if source is None:
        known = ", ".join(rulebook.sources) or "none"
        advice = f"; `dialgate init {name}` writes one" if name.replace("-", "_") in load_providers() else ""
        raise CommandFailed(f"{config} has no source {name!r}; it has: {known}{advice}", code=MISUSED)
    return rulebook, source


def body_from(file: Path | None, source: Source, sample: str | None, *, now: datetime, draws: Random) -> bytes:
    """The file's bytes (`-` reads stdin), or the body of a sample made fresh."""
    if file is None:
        return sample_of(source, sample).make(now, draws)
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise CommandFailed(f"{file} cannot be read: {error.strerror}", code=MISUSED) from None


def refuse_both(file: Path | None, *, fresh: bool) -> None:
    """A file and --sample contradict each other. Raises CommandFailed."""
    if file is not None and fresh:
        raise CommandFailed("a file or --sample, not both", code=MISUSED)


def sample_of(source: Source, name: str | None) -> Sample:
    """The provider's sample of that name, or its first. Raises CommandFailed."""
    samples = source.provider.samples()
    found = next((sample for sample in samples if name in (None, sample.name)), None)
    if found is None:
        known = ", ".join(sample.name for sample in samples) or "none"
        raise CommandFailed(f"{source.provider.title} has no sample {name!r}; it has: {known}", code=MISUSED)
    return found


def signed_request(source: Source, body: bytes, sample: Sample, *, base_url: str, now: datetime) -> Request:
    """The request as the sender would make it now: address, its own headers, content type, signature.

    Raises CommandFailed where only the sender could sign.
    """
    path = f"/hooks/{source.name}" + (f"/{source.path_token}" if source.path_token else "")
    is_get = sample.method == "GET"
    own = sample.headers(now, Random(body))  # noqa: S311 - ids of the sender's: the same body brings the same ones
    query = "&".join(part for part in (source.provider.sign_query(source), body.decode() if is_get else "") if part)
    unsigned = Request(
        method=sample.method,
        url=base_url.rstrip("/") + path + (f"?{query}" if query else ""),
        query=query,
        headers=(*own, *(() if is_get else (("content-type", sample.content_type),))),
        body=b"" if is_get else body,
        remote="127.0.0.1",
        received_at=now,
        path_token=source.path_token,
    )
    filled = unsigned if is_get else replace(unsigned, body=source.provider.sign_body(unsigned, source))
    try:
        signature = source.provider.sign(filled, source, now)
    except ValueError as error:
        raise CommandFailed(f"the source {source.name} cannot be signed for: {error}", code=MISUSED) from None
    return replace(filled, headers=(*filled.headers, *signature))
