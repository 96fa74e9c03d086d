"""The README's sample webhook is one that its demo source accepts, and that rings."""

import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from tree import ROOT

from gateway.model import EventState, Request
from gateway.rules.loading import load

README = (ROOT / "README.md").read_text(encoding="utf-8")
CURL = """#!/bin/sh
for word in "$@"; do printf '%s\\0' "$word"; done > "$RECORDED"
"""


def posted_by_the_readme(folder: Path) -> Request:
    """What the README's shell block hands to curl, as the request curl would make."""
    script = re.search(r"^```sh\n(.*?curl.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert script is not None
    curl = folder / "curl"
    curl.write_text(CURL, encoding="utf-8")
    curl.chmod(0o755)
    recorded = folder / "recorded"
    clock = {name: os.environ[name] for name in ("LD_PRELOAD", "CLOCK_OFFSET_SECONDS") if name in os.environ}
    environment = {"PATH": f"{folder}:/usr/local/bin:/usr/bin:/bin", "RECORDED": str(recorded), **clock}
    subprocess.run(["/bin/sh", "-eu", "-c", script[1]], env=environment, check=True)
    words = recorded.read_text(encoding="utf-8").split("\0")[:-1]
    named = [words[index + 1].split(": ", 1) for index, word in enumerate(words) if word == "--header"]
    return Request(
        method="POST",
        url=next(word for word in words if word.startswith("http://")),
        query="",
        headers=tuple((name, value) for name, value in named),
        body=words[words.index("--data-raw") + 1].encode(),
        remote="127.0.0.1",
        received_at=datetime.now(UTC),
    )


def test_the_curl_example_is_authentic_and_matches_the_demo_rule(tmp_path: Path) -> None:
    """Pasted into a shell, it passes the shipped source's signature check and makes one call."""
    rulebook = load(ROOT / "config/dialgate.yaml", {})
    source = rulebook.sources["demo"]
    request = posted_by_the_readme(tmp_path)
    now = datetime.now(UTC)
    assert request.url.endswith("/hooks/demo")
    assert source.provider.authenticate(request, source, now)
    events = source.provider.split(source.provider.decode(request, source), request, source)
    decision = rulebook.match(events[0], event_id="ev_readme", source=source, request=request, now=now)
    assert decision.state is EventState.MATCHED
    assert [plan.skip for plan in decision.plans] == [None]


def test_the_demo_secret_is_the_shipped_one() -> None:
    """The README and the configuration name the same secret."""
    secrets = set(re.findall(r"whsec_\w+", README))
    assert secrets == set(re.findall(r"whsec_\w+", (ROOT / "config/dialgate.yaml").read_text(encoding="utf-8")))
