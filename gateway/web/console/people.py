"""Who may sign in: the key's holder, the configuration's users, and those a sign-in service vouches for."""

import hmac
from collections.abc import Mapping
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.console_key import is_key, read_digest
from gateway.ids import digest
from gateway.ledger.sessions import Session
from gateway.model import record
from gateway.rules.console import Console, ConsoleUser, Oidc, Role
from gateway.settings import Settings

KEY_HOLDER = "key holder"  # the blank keeps it apart from every name a user may have
ELSEWHERE = "oidc:"  # the colon does the same for those who signed in elsewhere
PASSWORD_CHARACTERS = 1000


@record
class Identity:
    """A user as they stand in the configuration now. `credential` changes with their password."""

    name: str
    role: Role
    credential: str


def standing(session: Session, settings: Settings, console: Console) -> Identity | None:
    """Whose session it is, by the configuration in force; None when there is no such user any more."""
    if not session.user.startswith(ELSEWHERE):
        return identity_of(session.user, settings, console.users)
    return None if console.oidc is None else vouched_for(session.user, Role(session.role), console.oidc)


def vouched_for(name: str, role: Role, oidc: Oidc) -> Identity:
    """Somebody of the sign-in service. Whatever changes in how it is trusted ends their session."""
    secret = oidc.client_secret.get_secret_value() if oidc.client_secret is not None else ""
    roles = (oidc.roles.claim, *oidc.roles.operators, "viewers", *oidc.roles.viewers)
    credential = digest("oidc", oidc.issuer, oidc.client_id, secret, oidc.name, *roles)
    return Identity(name=name, role=role, credential=credential)


def identity_of(name: str, settings: Settings, users: Mapping[str, ConsoleUser]) -> Identity | None:
    """The user of this name; None when there is none any more."""
    if name == KEY_HOLDER:
        stored = read_digest(settings.data_dir)
        return None if stored is None else Identity(name=name, role=Role.OPERATOR, credential=digest("key", stored))
    user = users.get(name)
    if user is None:
        return None
    return Identity(name=name, role=user.role, credential=digest("password", user.password_hash))


def verify(name: str, secret: str, settings: Settings, users: Mapping[str, ConsoleUser]) -> Identity | None:
    """The user who proved to be one, else None. Slow on purpose: call it in a thread.

    A name nobody has takes as long as a wrong password.
    """
    if name == KEY_HOLDER:
        return identity_of(name, settings, users) if is_key(secret, read_digest(settings.data_dir)) else None
    user = users.get(name)
    right = _matches(user.password_hash if user is not None else _nobodys_hash(), secret)
    return identity_of(name, settings, users) if right and user is not None else None


def hash_password(password: str) -> str:
    """What stands in the configuration for a password: argon2id, RFC 9106's second recommendation."""
    return PasswordHasher().hash(password)


def same_credential(one: str, other: str) -> bool:
    """Whether a session was begun with what is valid now."""
    return hmac.compare_digest(one, other)


def _matches(stored: str, secret: str) -> bool:
    try:
        return PasswordHasher().verify(stored, secret)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    return hash_password("nobody has this name")
