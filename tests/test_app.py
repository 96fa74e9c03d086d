"""Starting: an import does nothing, and what must not run does not start."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import plain_http
import pytest
from pytest_httpserver import HTTPServer
from receiver import SITE, running, settings_for
from waiting import eventually

from gateway import opening
from gateway.embedded import EmbeddedValkey
from gateway.errors import ConfigInvalid
from gateway.ledger import Ledger
from gateway.ledger.connection import Connection
from gateway.opening import SANDBOX_PROOF, prove_sandbox
from gateway.rules.loading import load

ROOT = Path(__file__).parents[1]


def test_importing_reads_and_opens_nothing() -> None:
    """What must hold: `gateway.app:app` imports without settings, configuration or Redis, and opens no socket."""
    code = (
        "import sys, gateway.web.site\n"
        "opened = []\n"
        "sys.addaudithook(lambda name, args: opened.append((name, args)) if name.startswith('socket.') else None)\n"
        "from gateway.app import app\n"
        "assert app.openapi()['info']['title'] == 'Dialgate'\n"
        "assert not opened, opened\n"
    )
    environ = {"DIALGATE_CONFIG": "/nowhere", "DIALGATE_NONSENSE": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


def test_plain_uvicorn_serves(valkey_url: str, tmp_path: Path) -> None:
    """What must hold: `uvicorn gateway.app:app` serves from the environment alone, and writes no address to a log."""
    clock = {name: os.environ[name] for name in ("LD_PRELOAD", "CLOCK_OFFSET_SECONDS") if name in os.environ}
    environ = {"DIALGATE_CONFIG": str(SITE), "DIALGATE_REDIS_URL": valkey_url, "DIALGATE_API_KEY": "k"} | clock
    command = [sys.executable, "-m", "uvicorn", "gateway.app:app", "--port", "0"]
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=output, stderr=output)
    try:
        line = eventually(lambda: [one for one in log.read_text().splitlines() if "http://127.0.0.1:" in one])[0]
        port = line.partition("http://127.0.0.1:")[2].split(" ")[0]
        url = f"http://127.0.0.1:{port}"
        eventually(lambda: plain_http.post(f"{url}/hooks/hidden/not-the-token").status_code == 401)
    finally:
        process.terminate()
        process.wait(60)
    assert "not-the-token" not in log.read_text()
    assert '"event":"delivery"' in log.read_text()


@pytest.mark.anyio
async def test_a_shipped_secret_needs_a_proven_sandbox(httpserver: HTTPServer, tmp_path: Path) -> None:
    """What must hold: a secret everybody knows guards a source only once the call API says that it is the sandbox."""
    config = tmp_path / "demo.yaml"
    config.write_text(SITE.read_text().replace("test-bearer-secret-0002", "dialgate-demo-secret"))
    rulebook = load(config, {})
    settings = settings_for("redis://127.0.0.1:9", call_api_url=httpserver.url_for(""), sandbox=True)
    answers: list[dict[str, object]] = [{"sandbox": False}, {}, {"sandbox": True}]
    for answer in answers[:2]:
        httpserver.clear()
        httpserver.expect_request(SANDBOX_PROOF).respond_with_json(answer)
        with pytest.raises(ConfigInvalid, match="shipped secret"):
            await prove_sandbox(settings, rulebook)
    httpserver.clear()
    httpserver.expect_request(SANDBOX_PROOF).respond_with_json(answers[2])
    await prove_sandbox(settings, rulebook)
    await prove_sandbox(settings_for("redis://127.0.0.1:9"), load(SITE, {}))  # nothing shipped: nobody is asked


@pytest.mark.anyio
async def test_a_sandbox_that_never_answers_is_not_proven(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What must hold: after some tries start-up fails, rather than trust an address where nothing answers."""
    monkeypatch.setattr(opening, "_FIRST_WAIT", 0.001)
    monkeypatch.setattr(opening, "_LONGEST_WAIT", 0.001)
    config = tmp_path / "demo.yaml"
    config.write_text(SITE.read_text().replace("test-bearer-secret-0002", "dialgate-demo-secret"))
    with pytest.raises(ConfigInvalid, match="shipped secret"):
        await prove_sandbox(settings_for("redis://127.0.0.1:9"), load(config, {}))


@pytest.mark.anyio
async def test_the_start_waits_for_redis(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What must hold: a receiver that starts before its Redis waits for it, and takes webhooks only then."""
    monkeypatch.setattr(opening, "_LONGEST_WAIT", 0.05)
    folder = Path(tempfile.mkdtemp(prefix="dg"))
    server = EmbeddedValkey(folder)
    connection = Connection.open(server.url)
    waiting = asyncio.create_task(opening.wait_for_ledger(connection, refuse=True))
    done, _ = await asyncio.wait([waiting], timeout=0.3)
    assert not done
    with server:
        await asyncio.wait_for(waiting, 20)
        await connection.close()
    shutil.rmtree(folder)


@pytest.mark.anyio
async def test_a_call_nobody_rings_shows_in_readiness(valkey_url: str, ledger: Ledger) -> None:
    """What must hold: a call that has been due for over a minute makes the site not ready, but still receiving."""
    with running(settings_for(valkey_url)) as site:
        assert site.client.get("/readyz").json() == {"status": "ready", "problems": [], "warnings": []}
        call_id = site.lead().json()["events"][0]["calls"][0]
        past = datetime.now(UTC) + timedelta(seconds=61)
        assert (await ledger.reads.longest_due(now=past) or timedelta()) > timedelta(seconds=60)
        minute_ago = int((datetime.now(UTC) - timedelta(seconds=90)).timestamp() * 1000)
        fields = {"not_before": minute_ago, "updated_at": minute_ago}
        await ledger.connection.redis.hset(ledger.connection.key("call", call_id), mapping=fields)
        ready = site.client.get("/readyz")
        assert (ready.status_code, [one["name"] for one in ready.json()["problems"]]) == (503, ["due_calls"])
        assert site.client.get("/readyz?for=receiving").status_code == 200
