"""The senders' own npm libraries against our providers: `python -m senders.npm FOLDER`, with their node_modules in it.

Theirs run in one Node process a round (npm_bridge.mjs); a line a library is printed, and 0 means that all is well.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from provider_examples import PROVIDERS, example_sources, unsigned
from senders.libraries import TRICKY
from senders.tampering import takes, tampered, with_headers

from gateway.contracts import Source
from gateway.model import Request, record

BRIDGE = Path(__file__).with_name("npm_bridge.mjs")


@record
class Package:
    """One library: the provider it speaks to, its source's options, and whether it can sign."""

    provider: str
    options: dict[str, Any] | None = None
    signs: bool = True

    def source(self) -> Source:
        """The provider's page's first source, with these options."""
        source = next(iter(example_sources(self.provider).values()))
        options = source.provider.options.model_validate(self.options) if self.options else source.options
        return replace(source, options=options)


PACKAGES = {
    "@octokit/webhooks-methods": Package(provider="github"),
    "@notionhq/client": Package(provider="notion"),
    "@shopify/shopify-api": Package(provider="shopify", signs=False),
    **{
        f"@hubspot/api-client, {version}": Package(provider="hubspot", options={"versions": [version]})
        for version in ("v1", "v2", "v3")
    },
}


class Libraries:
    """The libraries installed in a folder."""

    def __init__(self, folder: Path) -> None:
        shutil.copy(BRIDGE, folder / BRIDGE.name)  # Node looks for modules beside the file
        self._folder = folder

    def ask(self, name: str, act: str, source: Source, requests: Sequence[Request]) -> list[Any]:
        """What a library says to each request: its headers for `sign`, true or false for `verify`."""
        jobs = [
            {
                "library": name,
                "act": act,
                "secret": source.secrets[0].decode(),
                "method": request.method,
                "url": request.url,
                "headers": dict(request.headers),
                "body": request.body.decode(),
            }
            for request in requests
        ]
        command = ["node", BRIDGE.name]
        done = subprocess.run(
            command, cwd=self._folder, input=json.dumps(jobs).encode(), capture_output=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stderr.decode()}")
        answers: list[Any] = json.loads(done.stdout)
        return answers


def check(libraries: Libraries, name: str, package: Package) -> tuple[str, bool]:
    """A line for a library, and whether all is as it must be."""
    now, source = datetime.now(UTC), package.source()
    plain = [unsigned(source, sample, now=now) for sample in PROVIDERS[package.provider].samples()]
    plain.append(replace(plain[0], body=TRICKY.encode()))
    ours = [with_headers(request, source.provider.sign(request, source, now)) for request in plain]
    changed = [other for request in ours for other in tampered(request)]
    verdicts = libraries.ask(name, "verify", source, ours + changed)
    taken, fooled = sum(verdicts[: len(ours)]), sum(verdicts[len(ours) :])
    said = f"{name:28} ours: {taken} of {len(ours)} taken, {fooled} of {len(changed)} tampered"
    good = verdicts == [True] * len(ours) + [False] * len(changed)
    if not package.signs:
        return said, good
    headers = libraries.ask(name, "sign", source, plain)
    theirs = [with_headers(request, more) for request, more in zip(plain, headers, strict=True)]
    now = datetime.now(UTC)
    right = [request for request in theirs if takes(source, request, now)]
    changed = [other for request in theirs for other in tampered(request)]
    wrong = [request for request in changed if takes(source, request, now)]
    said += f"; theirs: {len(right)} of {len(theirs)} taken, {len(wrong)} of {len(changed)} tampered"
    return said, good and right == theirs and not wrong


def main() -> int:
    """0 when every library and every provider agree."""
    libraries = Libraries(Path(sys.argv[1]))
    results = [check(libraries, name, package) for name, package in PACKAGES.items()]
    sys.stdout.write("\n".join([said + ("" if good else "  WRONG") for said, good in results] + [""]))
    return 0 if all(good for _, good in results) else 1


if __name__ == "__main__":
    sys.exit(main())
