"""`console` in the configuration: who may sign in, as what, and for how long."""

from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from gateway.policy import Duration, Strict

_THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})
UserName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._@+-]{0,63}$")]


class Role(StrEnum):
    """What a user may do: a viewer only looks, an operator also acts and reveals."""

    VIEWER = "viewer"
    OPERATOR = "operator"

    def covers(self, needed: "Role") -> bool:
        """Whether this role may do what needs the other."""
        return self is Role.OPERATOR or needed is Role.VIEWER


class ConsoleUser(Strict):
    """One person."""

    password_hash: str = Field(
        pattern=r"^\$argon2id\$", max_length=300, description="made by `dialgate console hash`; begins with $argon2id$"
    )
    role: Role = Field(Role.VIEWER, description="viewer: looks, sees no phone number; operator: also acts and reveals")


def _sure_address(text: str) -> str:
    """An address whose answers nobody on the way can change: https, or this machine."""
    parts = urlsplit(text)
    near = parts.scheme == "http" and parts.hostname in _THIS_MACHINE
    if not parts.netloc or parts.query or parts.fragment or (parts.scheme != "https" and not near):
        raise ValueError("write an address that begins with https://, without ? and #")
    return text


SureAddress = Annotated[str, AfterValidator(_sure_address), Field(max_length=500)]


class OidcRoles(Strict):
    """Which people of the sign-in service may do what; who has neither role is not let in."""

    claim: str = Field(
        "groups",
        min_length=1,
        description="the claim of the id token that decides: a text or a list; a.b for b inside a",
    )
    operators: tuple[str, ...] = Field((), description="its values that make an operator")
    viewers: tuple[str, ...] = Field(
        (), description='its values that make a viewer; "*": everybody who can sign in there'
    )


class Oidc(Strict):
    """Signing in by a service of yours that speaks OpenID Connect: authorization code with PKCE."""

    issuer: SureAddress = Field(
        description="as its discovery document has it, e.g. https://login.example.com/realms/us"
    )
    client_id: str = Field(min_length=1, max_length=300, description="as which Dialgate is registered there")
    client_secret: SecretStr | None = Field(None, description="`${NAME}`; leave it out for a public client")
    roles: OidcRoles = Field(description="who may do what")
    name: str = Field(
        "email",
        min_length=1,
        description="the claim people are called by; an unverified e-mail does not count, then `sub`",
    )
    scopes: tuple[str, ...] = Field(("email", "profile"), description="what is asked for besides openid, e.g. groups")
    url: SureAddress | None = Field(
        None, description="where people reach the console, without /console (default: DIALGATE_PUBLIC_URL)"
    )
    title: str = Field(
        "single sign-on", min_length=1, max_length=60, description="how the service is called on the button"
    )


class Console(Strict):
    """Who may sign in at the console besides the holder of its key."""

    users: dict[UserName, ConsoleUser] = Field(default_factory=dict, description="by name")
    oidc: Oidc | None = Field(None, description="sign-in by a service that speaks OpenID Connect, too")
    idle: Duration = Field("8h", description="a session unused for so long has ended", validate_default=True)
    longest: Duration = Field("7d", description="no session lasts longer than this", validate_default=True)
