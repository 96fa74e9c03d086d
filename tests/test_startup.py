"""What must hold before anything runs."""

import base64
from pathlib import Path

import pytest

from gateway.errors import ConfigInvalid
from gateway.rules.loading import load
from gateway.rules.rulebook import Rulebook
from gateway.settings import read_settings
from gateway.startup import accounts_without_token, has_shipped_secret, refuse_to_start, start_problems

TOKEN = "15c94c3c-1873-4a09-bfbb-03357c29ea50.abc123xyz"
CONFIG = """
accounts: {main: {token: "TOKEN"}}
numbers: {east: {id: pn_east, account: main}}
sources: {crm: {provider: generic, secrets: ["SECRET"], authentication: [{bearer: true}]}}
rules: [{name: leads, call: {from: east, contact: {id: payload.id}}}]
"""


def said(folder: Path, *, token: str = TOKEN, secret: str = "a-long-enough-secret", **environ: str) -> str:
    """Every problem of a configuration with these settings, as text."""
    path = folder / "dialgate.yaml"
    path.write_text(CONFIG.replace("TOKEN", token).replace("SECRET", secret))
    settings = read_settings({f"DIALGATE_{name.upper()}": text for name, text in environ.items()})
    return "\n".join(str(problem) for problem in start_problems(settings, load(path, {})))


def test_a_sound_configuration_may_start(tmp_path: Path) -> None:
    """A token, a secret of one's own."""
    assert said(tmp_path) == ""


def test_an_account_without_a_token_is_refused(tmp_path: Path) -> None:
    """Before the first call; with the sandbox no token is needed."""
    assert "account main has no token" in said(tmp_path, token="")
    assert said(tmp_path, token="", sandbox="1", call_api_url="http://127.0.0.1:8090") == ""


def test_a_shipped_secret_needs_the_sandbox(tmp_path: Path) -> None:
    """Anybody could ring real phones with it; and the real API is no sandbox."""
    secret = "my-dialgate-demo-secret"
    assert "source crm is guarded by a secret that is shipped" in said(tmp_path, secret=secret)
    assert said(tmp_path, secret=secret, sandbox="1", call_api_url="http://127.0.0.1:8090") == ""
    assert "the real call API's address" in said(tmp_path, secret=secret, sandbox="1")


@pytest.mark.parametrize(
    ("secrets", "path_token", "shipped"),
    [
        ((b"dialgate-demo-1",), None, True),
        ((b"mine", b"whsec_" + base64.b64encode(b"dialgate-demo-2")), None, True),
        ((base64.b64encode(b"dialgate-demo-3"),), None, True),
        ((b"mine",), "dialgate-demo-4", True),
        ((b"mine", b"whsec_notbase64!"), None, False),
        ((), None, False),
    ],
)
def test_a_shipped_secret_is_known_in_every_form(
    secrets: tuple[bytes, ...], path_token: str | None, shipped: bool
) -> None:
    """As text, as base64, as the last part of an address."""
    assert has_shipped_secret(secrets, path_token) is shipped


def test_every_secret_in_a_shipped_file_carries_the_mark() -> None:
    """What is published under config/ can never guard a live source."""
    config = Path(__file__).parent.parent / "config"
    for path in (*config.glob("*.yaml"), *config.glob("examples/*.yaml")):
        for name, source in _rulebook(path).sources.items():
            literal = [secret for secret in source.secrets if secret in path.read_bytes()]
            assert all(has_shipped_secret([secret], None) for secret in literal), f"{path}: {name}"


def test_refusing_names_everything(tmp_path: Path) -> None:
    """One error with every problem."""
    path = tmp_path / "dialgate.yaml"
    path.write_text(CONFIG.replace("TOKEN", "").replace("SECRET", "dialgate-demo-secret"))
    rulebook = load(path, {})
    assert accounts_without_token(rulebook) == ("main",)
    with pytest.raises(ConfigInvalid) as refused:
        refuse_to_start(read_settings({}), rulebook)
    assert len(refused.value.problems) == 2


class _Anything(dict[str, str]):
    """An environment in which every variable is set."""

    def __missing__(self, name: str) -> str:
        if "ORIGIN" in name or "URL" in name:
            return "https://example.com"
        return TOKEN if "TOKEN" in name else "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"

    def __contains__(self, name: object) -> bool:
        return True

    def get(self, name: str, default: object = None) -> str:
        return self[name]


def _rulebook(path: Path) -> Rulebook:
    return load(path, _Anything())
