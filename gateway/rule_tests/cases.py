"""How a rule test is written: YAML files beside the configuration, read with every place kept."""

from datetime import UTC, datetime
from pathlib import Path

from pydantic import AwareDatetime, Field, JsonValue, model_validator

from gateway.errors import ConfigInvalid
from gateway.model import record
from gateway.policy import Strict
from gateway.reasons import Reason
from gateway.rehearsed import Ending
from gateway.rules.documents import Mark
from gateway.rules.files import merge, read_files
from gateway.rules.problems import Places, ProblemList
from gateway.rules.validation import piece

USUAL_INSTANT = datetime(2026, 11, 18, 17, 30, tzinfo=UTC)  # a Wednesday, by day from Los Angeles to Berlin
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Body(Strict):
    """What is posted, in one of these forms."""

    json_: JsonValue = Field(None, alias="json", description="any value, posted as JSON")
    form: dict[str, str] | None = Field(None, description="fields of an HTML form")
    raw: str | None = Field(None, description="the text as it is")
    file: str | None = Field(None, description="a file with the body, relative to this one")
    sample: str | None = Field(None, description="one of the provider's samples, by its name")

    @model_validator(mode="after")
    def _one_form(self) -> "Body":
        if len(self.model_fields_set) != 1:
            raise ValueError("give the body in one form: json, form, raw, file or sample")
        return self


class ExpectedCall(Strict):
    """One call; only what is written is compared."""

    rule: str | None = Field(None, description="name of the rule that makes it")
    number: str | None = Field(None, description="name of the number it is made from")
    phone: str | None = Field(None, description="whom, in E.164")
    contact: str | None = Field(None, description="whom, by the contact's id")
    campaign: str | None = Field(None, description="the campaign id")
    priority: str | None = Field(None, pattern="^(low|normal|high)$", description="low, normal or high")
    ends: Ending | None = Field(None, description="rings (at once), waits, held or skipped")
    until: AwareDatetime | None = Field(None, description="for one that waits: the instant, with its zone")
    reason: Reason | None = Field(None, description="why it waits, is held or skipped; see docs/reasons.md")


class Expected(Strict):
    """What the delivery is to come to: one of these. The word `nobody` stands for: nobody's phone rings for it."""

    calls: tuple[ExpectedCall, ...] | None = Field(None, min_length=1, description="every call, in order")
    ignored: Reason | None = Field(None, description="no rule makes a call, and why")
    failed: Reason | None = Field(None, description="it cannot be decided, and why")
    nobody: bool = Field(False, description="nobody's phone rings, now or later, for whatever reason")

    @model_validator(mode="before")
    @classmethod
    def _word(cls, value: object) -> object:
        return {"nobody": True} if value == "nobody" else value

    @model_validator(mode="after")
    def _one_end(self) -> "Expected":
        if len(self.model_fields_set) != 1:
            raise ValueError("expect one thing: calls, ignored, failed, or nobody")
        return self


class Case(Strict):
    """One delivery and what it is to come to."""

    name: str = Field(min_length=1, max_length=200, description="what must hold, in words")
    source: str = Field(description="name of the source it is posted to; its signature is not looked at")
    body: Body = Field(description="what is posted")
    headers: dict[str, str] = Field(default_factory=dict, description="headers of the request")
    query: str = Field("", description="the query string, without ?")
    at: AwareDatetime = Field(
        USUAL_INSTANT,
        description="as if it came in at this instant; default: a Wednesday, by day from Los Angeles to Berlin",
    )
    expect: Expected = Field(description="what is to come of it")


class Cases(Strict):
    """A file of rule tests."""

    config: str | None = Field(None, description="the configuration they are for, relative to this file")
    tests: tuple[Case, ...] = Field(min_length=1, description="one delivery each")


@record
class CaseFile:
    """A file as read. `places`: where everything in it stands."""

    path: Path
    cases: Cases
    places: Places

    def mark(self, *path: str | int) -> Mark:
        """Where something stands, or the nearest thing around it."""
        return self.places.key(path) or Mark(file=self.path.as_posix(), line=1, column=1)


def find_files(path: Path) -> list[Path]:
    """The file itself, or every *.yaml and *.yml under a folder; hidden ones left out."""
    if not path.is_dir():
        return [path]
    found = (file for file in path.rglob("*") if file.suffix in {".yaml", ".yml"} and file.name[0] != ".")
    return sorted(found)


def read_cases(path: Path) -> CaseFile:
    """One file. Raises ConfigInvalid with every problem in it."""
    problems = ProblemList(str(path))
    data = merge(read_files(path, problems), problems)
    cases = piece(Cases, data, (), problems)
    if cases is None or problems:
        raise ConfigInvalid(problems.sorted())
    return CaseFile(path=path, cases=cases, places=problems.places)


def cases_schema() -> dict[str, object]:
    """The JSON Schema of such files, for editors."""
    schema = Cases.model_json_schema()
    expected = schema["$defs"]["Expected"]
    about = expected.pop("description", "")
    schema["$defs"]["Expected"] = {"description": about, "anyOf": [{"const": "nobody"}, expected]}
    return {"$schema": _DIALECT, **schema}
