"""What must hold before a process may take webhooks or ring: checked by `serve`, `work` and `sweep` alike."""

from base64 import b64decode
from collections.abc import Sequence
from urllib.parse import urlsplit

from gateway.errors import ConfigInvalid, Problem
from gateway.rules.config import Account
from gateway.rules.rulebook import Rulebook
from gateway.settings import Settings

SHIPPED_SECRET_MARK = b"dialgate-demo"  # part of every secret that stands in a file we ship
_REAL_CALL_API = urlsplit(str(Settings.model_fields["call_api_url"].default)).hostname


def refuse_to_start(settings: Settings, rulebook: Rulebook) -> None:
    """Raises ConfigInvalid with everything that stands in the way of starting."""
    problems = start_problems(settings, rulebook)
    if problems:
        raise ConfigInvalid(problems)


def start_problems(settings: Settings, rulebook: Rulebook) -> tuple[Problem, ...]:
    """Why this configuration may not run with these settings; empty is good. Checked again on each reload.

    With `sandbox` every dial carries the sandbox's token, which opens nothing else: no real phone can ring,
    so accounts need no token and a shipped secret does no harm.
    """
    file = str(settings.config)
    plain = (
        *_plain_lookups(settings, rulebook),
        *_plain_checks(settings, rulebook),
        *_plain_notify(settings, rulebook),
    )
    if settings.sandbox:
        return (*_sandbox_problems(settings, file), *plain)
    messages = [*_account_problems(rulebook), *_shipped_secrets(rulebook)]
    return (*plain, *(Problem(file=file, line=0, column=0, message=message) for message in messages))


def has_shipped_secret(secrets: Sequence[bytes], path_token: str | None) -> bool:
    """Whether a secret is one that stands in a file we ship, and so is known to everybody."""
    return any(
        SHIPPED_SECRET_MARK in form for secret in (*secrets, (path_token or "").encode()) for form in _forms(secret)
    )


def accounts_without_token(rulebook: Rulebook) -> tuple[str, ...]:
    """Names of the accounts that cannot dial for want of a token."""
    return tuple(name for name, account in rulebook.config.accounts.items() if not _token(account))


def _sandbox_problems(settings: Settings, file: str) -> tuple[Problem, ...]:
    if urlsplit(settings.call_api_url).hostname != _REAL_CALL_API:
        return ()
    message = "DIALGATE_SANDBOX is on, but DIALGATE_CALL_API_URL is the real call API's address"
    return (Problem(file=file, line=0, column=0, message=message),)


def _plain_lookups(settings: Settings, rulebook: Rulebook) -> tuple[Problem, ...]:
    return tuple(
        Problem(
            file=str(settings.config),
            line=0,
            column=0,
            message=f"source {name} would fetch records by plain http: use https, or DIALGATE_ENRICH_PRIVATE=true",
        )
        for name, source in rulebook.sources.items()
        if source.enrich is not None and source.enrich.origin.startswith("http:") and not settings.enrich_private
    )


def _plain_checks(settings: Settings, rulebook: Rulebook) -> tuple[Problem, ...]:
    message = "would send phone numbers by plain http: use https, or DIALGATE_CHECK_PRIVATE=true"
    return tuple(
        Problem(file=str(settings.config), line=0, column=0, message=f"do-not-call check {name} {message}")
        for name, check in rulebook.config.do_not_call.checks.items()
        if check.url.startswith("http:") and not settings.check_private
    )


def _plain_notify(settings: Settings, rulebook: Rulebook) -> tuple[Problem, ...]:
    message = "would be told by plain http: use https, or DIALGATE_NOTIFY_PRIVATE=true"
    return tuple(
        Problem(file=str(settings.config), line=0, column=0, message=f"endpoint {name} {message}")
        for name, endpoint in rulebook.config.notify.items()
        if endpoint.url.startswith("http:") and not settings.notify_private
    )


def _account_problems(rulebook: Rulebook) -> list[str]:
    return [
        f"account {name} has no token: set it, or use the sandbox (`dialgate up`, or DIALGATE_SANDBOX=1)"
        for name in accounts_without_token(rulebook)
    ]


def _shipped_secrets(rulebook: Rulebook) -> list[str]:
    return [
        f"source {name} is guarded by a secret that is shipped with Dialgate, so known to everybody: replace it"
        for name, source in rulebook.sources.items()
        if has_shipped_secret(source.secrets, source.path_token)
    ]


def _token(account: Account) -> str:
    return account.token.get_secret_value() if account.token is not None else ""


def _forms(secret: bytes) -> tuple[bytes, ...]:
    try:
        return (secret, b64decode(secret.removeprefix(b"whsec_"), validate=True))
    except ValueError:
        return (secret,)
