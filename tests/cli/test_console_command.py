"""`dialgate console`: a key that is shown once, and hashes that the console takes."""

from pathlib import Path

import pytest
from upstairs import Dialgate

from gateway.console_key import KEY_FILE, is_key, read_digest
from gateway.rules.console import ConsoleUser
from gateway.settings import Settings
from gateway.web.console.people import verify

PASSWORD = "a password of some length"


def test_a_key_is_shown_and_only_its_digest_kept(dialgate: Dialgate, tmp_path: Path) -> None:
    """The key opens the console; the file does not hold it, and only its owner can read that."""
    answer = dialgate("console", "key", "--data-dir", str(tmp_path / "data"))
    key = answer.out.strip()
    kept = tmp_path / "data" / KEY_FILE
    assert answer.code == 0
    assert is_key(key, read_digest(tmp_path / "data"))
    assert key not in kept.read_text()
    assert kept.stat().st_mode & 0o077 == 0


def test_a_new_key_takes_the_place_of_the_old(dialgate: Dialgate, tmp_path: Path) -> None:
    """The old key opens nothing any more."""
    old, new = (dialgate("console", "key", "--data-dir", str(tmp_path)).out.strip() for _ in range(2))
    assert not is_key(old, read_digest(tmp_path))
    assert is_key(new, read_digest(tmp_path))


def test_a_folder_that_cannot_be_written_is_said(dialgate: Dialgate, tmp_path: Path) -> None:
    """One clear line, no key that opens nothing."""
    (tmp_path / "file").write_text("")
    answer = dialgate("console", "key", "--data-dir", str(tmp_path / "file"))
    assert answer.code == 1
    assert answer.out == ""
    assert "cannot be written" in answer.err


def test_a_hash_is_what_the_configuration_takes(dialgate: Dialgate) -> None:
    """The password it was made of signs in, and stands nowhere in it."""
    dialgate.typed = f"{PASSWORD}\n"
    answer = dialgate("console", "hash")
    user = ConsoleUser(password_hash=answer.out.strip())
    assert answer.code == 0
    assert PASSWORD not in answer.out
    assert verify("anna", PASSWORD, _settings(), {"anna": user}) is not None
    assert verify("anna", PASSWORD + "!", _settings(), {"anna": user}) is None


@pytest.mark.parametrize("typed", ["", "short\n", "           \n"])
def test_a_short_password_is_refused(dialgate: Dialgate, typed: str) -> None:
    """Twelve characters or more."""
    dialgate.typed = typed
    answer = dialgate("console", "hash")
    assert answer.code == 2
    assert "12 characters" in answer.err


def _settings() -> Settings:
    return Settings()
