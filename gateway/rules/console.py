"""`console` in the configuration: who may sign in, as what, and for how long."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from gateway.policy import Duration, Strict

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


class Console(Strict):
    """Who may sign in at the console besides the holder of its key."""

    users: dict[UserName, ConsoleUser] = Field(default_factory=dict, description="by name")
    idle: Duration = Field("8h", description="a session unused for so long has ended", validate_default=True)
    longest: Duration = Field("7d", description="no session lasts longer than this", validate_default=True)
