"""How a rule says which of several numbers a call is made from."""

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from gateway.policy import Duration, Strict

_AREA_CODE = re.compile(r"[2-9][0-9]{2}$|\+[1-9][0-9]{0,9}$")


def _area_code(written: object) -> str:
    """As text, for YAML reads 212 as a number. Raises ValueError for what is no area code."""
    text = str(written)
    if not _AREA_CODE.match(text):
        raise ValueError(
            f"{text!r} is not an area code: write three digits for North America, for example 212, "
            "or + and the country code, for example +4420"
        )
    return text


AreaCode = Annotated[str, BeforeValidator(_area_code, json_schema_input_type=str | int)]
NumberName = Annotated[str, Field(min_length=1)]


class FromChoice(Strict):
    """One of several numbers, chosen for each call. The same event always gets the same number."""

    by: Literal["area_code", "round_robin", "weighted", "sticky"] = Field(
        description="the person's area code; evenly; by the numbers' weights; or the same number for a person always"
    )
    of: tuple[NumberName, ...] = Field(min_length=1, description="names of numbers")
    otherwise: NumberName | None = Field(
        None, description="with `area_code`, which needs it: the number where none of them has the person's"
    )

    patience: Duration | None = Field(
        None,
        description="how long a call waits for its number's pace before another is taken (default: 1m; `sticky`: 1h)",
    )

    @model_validator(mode="after")
    def _otherwise_where_it_can_be_needed(self) -> "FromChoice":
        if self.by == "area_code" and self.otherwise is None:
            raise ValueError("`by: area_code` needs `otherwise`: the number for every other place")
        if self.by != "area_code" and self.otherwise is not None:
            raise ValueError(f"`otherwise` belongs to `by: area_code`; {self.by} always finds a number")
        return self

    def waits(self) -> timedelta:
        """How long a call waits for its number; a person's own is worth a longer wait."""
        if self.patience is not None:
            return self.patience
        return timedelta(hours=1) if self.by == "sticky" else timedelta(minutes=1)

    def names(self) -> tuple[str, ...]:
        """Every number it may choose, each once."""
        return tuple(dict.fromkeys((*self.of, self.otherwise) if self.otherwise else self.of))
