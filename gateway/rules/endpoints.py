"""Endpoints that hear what became of calls: `notify` of the configuration, and which of them hears of which call."""

from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from gateway.auth.keys import key_from
from gateway.model import CallState, record
from gateway.policy import Strict
from gateway.reasons import Reason

NonEmpty = Annotated[str, Field(min_length=1)]

_ON_THEIR_WAY = {CallState.READY, CallState.CLAIMED, CallState.DIALING}
OUTCOMES: Mapping[str, CallState] = {state.lower(): state for state in CallState if state not in _ON_THEIR_WAY}
_DEFAULT = ("expired", "unknown", "held", "skipped", "rejected", "placed")


class EndpointConfig(Strict):
    """An address of yours that is told, by a signed POST, what became of a call."""

    url: NonEmpty = Field(description="where to post: https://…")
    secrets: tuple[SecretStr, ...] = Field(
        min_length=1, max_length=2, description="`whsec_…` to sign with: the current, and the next"
    )
    on: tuple[str, ...] = Field(
        _DEFAULT,
        min_length=1,
        description="what it hears of: states in small letters, or single reason codes",
    )
    sources: tuple[str, ...] = Field((), description="only calls of these sources; empty: of every one")
    rules: tuple[str, ...] = Field((), description="only calls of these rules; empty: of every one")
    phone: Literal["masked", "full"] = Field("masked", description="whether it gets the person's phone number whole")
    headers: dict[str, SecretStr] = Field(default_factory=dict, description="sent with each POST; never logged")


@record
class Endpoint:
    """An endpoint ready to be told. `keys` sign, each once: while a secret is changed, either may be verified."""

    name: str
    url: str
    origin: str  # scheme://host[:port], the only place that is asked
    keys: tuple[bytes, ...]
    headers: tuple[tuple[str, str], ...]
    full_phone: bool

    def __repr__(self) -> str:
        """Without keys and headers."""
        return f"Endpoint({self.name})"


def endpoint_of(name: str, config: EndpointConfig) -> Endpoint:
    """An endpoint as configured and checked."""
    parts = urlsplit(config.url)
    keys = (key_from(secret.get_secret_value().encode(), "whsec") for secret in config.secrets)
    return Endpoint(
        name=name,
        url=config.url,
        origin=f"{parts.scheme}://{parts.netloc}",
        keys=tuple(key for key in keys if key),
        headers=tuple((key, value.get_secret_value()) for key, value in config.headers.items()),
        full_phone=config.phone == "full",
    )


def hearers(
    notify: Mapping[str, EndpointConfig], *, source: str, rule: str, chosen: tuple[str, ...] | None
) -> tuple[str, ...]:
    """Who hears of a call of this source and rule: per endpoint its name, then states and reasons.

    `chosen` is what the rule says: these endpoints only; None: each that takes the source and the rule.
    """
    return tuple(
        " ".join((name, *(_word(one) for one in config.on)))
        for name, config in notify.items()
        if (chosen is None or name in chosen)
        and (not config.sources or source in config.sources)
        and (not config.rules or rule in config.rules)
    )


def is_outcome(word: str) -> bool:
    """Whether an endpoint can hear of it: a state a call comes to rest in, or a reason."""
    return word in OUTCOMES or word in {reason.value for reason in Reason}


def _word(word: str) -> str:
    return OUTCOMES[word].value if word in OUTCOMES else word
