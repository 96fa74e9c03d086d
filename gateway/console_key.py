"""The console's key: made up once, shown once, and kept only as a digest in the data folder."""

import hmac
import secrets
from hashlib import sha256
from pathlib import Path

KEY_FILE = "console_key.sha256"
_PREFIX = "dgc_"
_KEY_BYTES = 24  # 192 random bits: nothing a slow hash could add to


def fresh_key() -> str:
    """A new key."""
    return _PREFIX + secrets.token_urlsafe(_KEY_BYTES)


def digest_of(key: str) -> str:
    """What is kept of a key."""
    return sha256(key.encode()).hexdigest()


def read_digest(data_dir: Path) -> str | None:
    """The digest kept in a data folder; None when none was made there, or none can be read."""
    try:
        text = (data_dir / KEY_FILE).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return text or None


def is_key(given: str, digest: str | None) -> bool:
    """Whether this is the key, in the same time whatever is given."""
    same = hmac.compare_digest(digest_of(given), digest or digest_of(""))
    return same and digest is not None and given.startswith(_PREFIX)
