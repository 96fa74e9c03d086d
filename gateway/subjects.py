"""Whom the do-not-call list can name. It stands alone, so that every record can hold one."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """One phone, e-mail address or contact id; `value` normalised: E.164, lower case, or an id as it is."""

    kind: Literal["phone", "email", "contact"]
    value: str
