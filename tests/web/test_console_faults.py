"""The console while Redis is away: a page that says so, nothing half done, and the same session afterwards."""

import json
import re
import tempfile
from pathlib import Path

from receiver import running, settings_for
from waiting import eventually

from gateway.console_key import KEY_FILE, digest_of
from gateway.embedded import EmbeddedValkey

KEY = "dgc_the-key-of-this-test"
HOME = "/console"


def test_redis_gone_and_back(tmp_path: Path) -> None:
    """503 with Retry-After as a page, for looks, orders, sign-ins and streams; then all is as before."""
    (tmp_path / KEY_FILE).write_text(digest_of(KEY), encoding="ascii")
    (tmp_path / "site.yaml").write_text(json.dumps({"console": {"idle": "1h"}}), encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="dg") as folder, EmbeddedValkey(Path(folder)) as valkey:
        settings = settings_for(valkey.url, config=tmp_path / "site.yaml", data_dir=tmp_path)
        with running(settings) as site:
            own = {"Origin": site.url}
            token = re.findall(r'name="csrf" value="([^"]+)"', site.client.get(f"{HOME}/sign-in").text)[0]
            signed_in = {"csrf": token, "password": KEY}
            assert site.client.post(f"{HOME}/sign-in", data=signed_in, headers=own).status_code == 303
            csrf = re.findall(r'name="csrf" value="([^"]+)"', site.client.get(HOME).text)[0]
            valkey.kill()
            answers = [site.client.get(HOME + path) for path in ("", "/now/leads", "/now/tail", "/audit")]
            answers.append(site.client.post(f"{HOME}/stop", data={"csrf": csrf}, headers=own))
            answers.append(site.client.post(f"{HOME}/sign-in", data=signed_in, headers=own))
            for answer in answers:
                assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
                assert "Redis does not answer" in answer.text
            valkey.start()
            eventually(lambda: site.client.get(HOME).status_code == 200, message="the session is still there")
            assert site.client.post(f"{HOME}/stop", data={"csrf": csrf}, headers=own).status_code == 303
