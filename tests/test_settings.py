"""Settings come from the environment alone, and every mistake in it is named."""

from pathlib import Path

import pytest

from gateway.errors import ConfigInvalid
from gateway.settings import Settings, read_settings


def test_defaults_need_no_environment() -> None:
    """An empty environment gives the documented defaults, bound to this machine only."""
    settings = read_settings({})
    assert settings.host == "127.0.0.1"
    assert settings.port == 8080
    assert settings.api_key is None


def test_every_setting_has_a_description() -> None:
    """Nothing can be set that the documentation does not explain."""
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    """DIALGATE_X_FILE reads the value from a mounted file, without its last newline."""
    (tmp_path / "key").write_text("k-123\n")
    settings = read_settings({"DIALGATE_API_KEY_FILE": str(tmp_path / "key")})
    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == "k-123"


def test_an_empty_variable_is_not_set() -> None:
    """`DIALGATE_PORT=` in an env file means the default, not a broken number."""
    assert read_settings({"DIALGATE_PORT": ""}).port == 8080


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"DIALGATE_PROT": "1"}, "DIALGATE_PROT: is not a setting"),
        ({"DIALGATE_PROT": "1"}, "did you mean DIALGATE_PORT"),
        ({"DIALGATE_PORT": "http"}, "DIALGATE_PORT"),
        ({"DIALGATE_API_KEY_FILE": "/nonexistent"}, "DIALGATE_API_KEY_FILE: cannot be read"),
        ({"DIALGATE_LOG_LEVEL": "loud"}, "DIALGATE_LOG_LEVEL"),
    ],
)
def test_a_mistake_is_named(environ: dict[str, str], named: str) -> None:
    """The error says which variable is wrong."""
    with pytest.raises(ConfigInvalid) as caught:
        read_settings(environ)
    assert named in str(caught.value)


def test_all_mistakes_at_once_and_no_secret(tmp_path: Path) -> None:
    """Every wrong variable is listed in one go, and none of the values is shown."""
    (tmp_path / "key").write_text("top-secret")
    environ = {
        "DIALGATE_PORT": "99999",
        "DIALGATE_NONSENSE": "1",
        "DIALGATE_API_KEY": "top-secret",
        "DIALGATE_API_KEY_FILE": str(tmp_path / "key"),
    }
    with pytest.raises(ConfigInvalid) as caught:
        read_settings(environ)
    assert len(caught.value.problems) == 3
    assert "top-secret" not in str(caught.value)
