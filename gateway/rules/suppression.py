"""The `do_not_call` section: other systems that are asked before a dial, and lists that must not grow old."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from gateway.decoding.selectors import Selector
from gateway.external_check import plain
from gateway.policy import Duration, Strict, parse_duration

Said = Annotated[tuple[bool | int | str, ...], Field(min_length=1)]
_SHORTEST_FRESH, _LONGEST_FRESH = parse_duration("1m"), parse_duration("31d")
_SHORTEST_WAIT, _LONGEST_WAIT = parse_duration("100ms"), parse_duration("15s")


class AnswerConfig(Strict):
    """How a check's answer, which must be JSON, is read. A value that is in neither list is no answer: no dial."""

    path: Selector = Field(description="path to the value that says it, e.g. result.status")
    listed: Said = Field((True,), description="the values that mean: do not call, in any case of letters")
    clear: Said = Field((False,), description="the values that mean: may be called")

    @model_validator(mode="after")
    def _one_meaning(self) -> "AnswerConfig":
        if {plain(value) for value in self.listed} & {plain(value) for value in self.clear}:
            raise ValueError("a value cannot mean both `listed` and `clear`")
        return self


class CheckConfig(Strict):
    """A system that is asked by HTTP, right before the dial, whether a person must not be called."""

    url: str = Field(
        repr=False,
        description="with {phone} (E.164), {digits} (without its +), {email} or {contact_id} in it, not in its host",
    )
    method: Literal["GET", "POST"] = Field("GET", description="GET or POST")
    headers: dict[str, SecretStr] = Field(default_factory=dict, description="sent with the request; never logged")
    body: dict[str, str] | None = Field(
        None, repr=False, description="for POST: a JSON object of texts, with the same names in it"
    )
    answer: AnswerConfig = Field(description="how its answer is read")
    not_found: Literal["fails", "clear"] = Field(
        "fails", description="what a 404 means: no answer, or that the person is on no list"
    )
    timeout: Duration = Field("5s", description="the longest wait for a whole answer", validate_default=True)
    fresh_for: Duration = Field("1h", description="how long an answer is kept and good", validate_default=True)
    concurrent: int = Field(4, ge=1, le=64, description="requests in flight at once, for each worker process")
    add_listed: bool = Field(False, description="also put whom it lists on the do-not-call list here")

    @model_validator(mode="after")
    def _body_is_posted(self) -> "CheckConfig":
        if self.body is not None and self.method != "POST":
            raise ValueError("a `body` needs `method: POST`")
        return self

    @field_validator("timeout")
    @classmethod
    def _timeout_in_bounds(cls, value: object) -> object:
        return _between(value, _SHORTEST_WAIT, _LONGEST_WAIT, "between 100ms and 15s")

    @field_validator("fresh_for")
    @classmethod
    def _fresh_in_bounds(cls, value: object) -> object:
        return _between(value, _SHORTEST_FRESH, _LONGEST_FRESH, "between 1m and 31d")


class ListConfig(Strict):
    """A registry that the do-not-call list is filled from. Without a scrub as young as this nobody is dialled."""

    max_age: Duration = Field(
        "31d", description="the oldest a scrub may be when a call is dialled", validate_default=True
    )
    warn_before: Duration = Field("3d", description="how long before that it is warned of", validate_default=True)


class DoNotCallConfig(Strict):
    """Whom not to call, beyond the list kept here. Every rule is under all of it unless its policy says less."""

    checks: dict[str, CheckConfig] = Field(default_factory=dict, description="systems asked before a dial, by name")
    lists: dict[str, ListConfig] = Field(
        default_factory=dict, description="registries with a limited age, by name, e.g. national"
    )


def _between(value: object, least: object, most: object, words: str) -> object:
    if not least <= value <= most:  # type: ignore[operator] # durations, all three
        raise ValueError(f"must be {words}")
    return value
