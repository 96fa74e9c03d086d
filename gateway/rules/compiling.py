"""A rule's configuration with its expressions compiled: what matching and planning read."""

from collections.abc import Iterator, Mapping

from gateway.model import JsonValue, record
from gateway.rules.conditions import read_condition
from gateway.rules.config import Computed, ConsentSpec, ContactSpec, RuleConfig
from gateway.rules.documents import Path
from gateway.rules.expressions import Expression, ExpressionFaults, Kind
from gateway.rules.opting_out import CompiledOptOut, compile_opt_out
from gateway.rules.problems import ProblemList
from gateway.rules.source_map import place_in

MAX_CONDITION_LENGTH = 50_000  # characters of CEL; the engine's own limit is 100,000
_CONTACT_TEXTS = ("id", "phone", "first_name", "last_name", "email", "zone", "state", "country")
_CONSENT_TEXTS = ("basis", "at", "source")


@record
class CompiledContact:
    """The expressions of a contact; None where the rule sets nothing. A str is taken as it stands."""

    id: Expression | None
    phone: Expression | None
    region: Expression | str | None
    first_name: Expression | None
    last_name: Expression | None
    email: Expression | None
    zone: Expression | None
    state: Expression | None
    country: Expression | None
    tags: tuple[Expression | str, ...]
    fields: Mapping[str, Expression]


@record
class CompiledConsent:
    """The expressions that tell of consent; None where the rule sets nothing."""

    basis: Expression | None
    at: Expression | None
    source: Expression | None


@record
class CompiledRule:
    """A rule ready to be asked. `when` None: it always holds; False: never."""

    config: RuleConfig
    when: Expression | bool
    sentence: str  # the condition in words
    contact: CompiledContact | None  # None: it calls nobody
    campaign: Expression | str | None
    consent: CompiledConsent | None
    opt_out: CompiledOptOut | None = None


def compile_rule(config: RuleConfig) -> CompiledRule:
    """The compiled rule. Raises ExpressionFaults or ValueError for what `expression_problems` finds before."""
    when, sentence = _compile_when(config.when)
    call, add = config.call, config.do_not_call.add if config.do_not_call else None
    return CompiledRule(
        config=config,
        when=when,
        sentence=sentence,
        contact=_compile_contact(call.contact) if call else None,
        campaign=_text(call.campaign, Kind.TEXT) if call else None,
        consent=_compile_consent(config.consent),
        opt_out=compile_opt_out(add) if add else None,
    )


def expression_problems(rule: dict[str, JsonValue], path: Path, problems: ProblemList) -> None:
    """Add what is wrong with the expressions of a rule as written, valid in other ways or not."""
    when = rule.get("when")
    if isinstance(when, dict):
        condition = read_condition(when)
        for wrong in condition.faults:
            problems.at((*path, "when", *wrong.path), wrong.message)
        if len(condition.cel) > MAX_CONDITION_LENGTH:
            problems.at((*path, "when"), "the condition is too long: use `in` with a list, or several rules")
    for at, text, kind in _written(rule):
        try:
            Expression(text, kind)
        except ExpressionFaults as error:
            for fault in error.faults:
                problems.on(place_in(problems.places, (*path, *at), text, fault.line, fault.column), fault.message)


def _written(rule: dict[str, JsonValue]) -> Iterator[tuple[Path, str, Kind]]:
    """Every expression in a rule as written: where it stands, its text, what it must give."""
    yield from _plain(("when",), rule.get("when"), Kind.CONDITION)
    for name in _CONSENT_TEXTS:
        yield from _plain(("consent", name), _map(rule.get("consent")).get(name), Kind.TEXT)
    add = _map(_map(rule.get("do_not_call")).get("add"))
    for name in ("phone", "email", "id"):
        yield from _plain(("do_not_call", "add", name), add.get(name), Kind.TEXT)
    yield from _computed(("do_not_call", "add", "region"), add.get("region"), Kind.TEXT)
    call = _map(rule.get("call"))
    yield from _computed(("call", "campaign"), call.get("campaign"), Kind.TEXT)
    contact, at = _map(call.get("contact")), ("call", "contact")
    for name in _CONTACT_TEXTS:
        yield from _plain((*at, name), contact.get(name), Kind.TEXT)
    yield from _computed((*at, "region"), contact.get("region"), Kind.TEXT)
    tags = contact.get("tags")
    for index, tag in enumerate(tags if isinstance(tags, list) else ()):
        yield from _computed((*at, "tags", index), tag, Kind.TEXTS)
    for name, text in _map(contact.get("fields")).items():
        yield from _plain((*at, "fields", name), text, Kind.VALUE)


def _map(value: JsonValue) -> dict[str, JsonValue]:
    return value if isinstance(value, dict) else {}


def _plain(at: Path, value: JsonValue, kind: Kind) -> Iterator[tuple[Path, str, Kind]]:
    if isinstance(value, str):
        yield at, value, kind


def _computed(at: Path, value: JsonValue, kind: Kind) -> Iterator[tuple[Path, str, Kind]]:
    if isinstance(value, dict) and isinstance(value.get("cel"), str):
        yield (*at, "cel"), str(value["cel"]), kind


def _compile_when(when: str | bool | dict[str, object]) -> tuple[Expression | bool, str]:
    if isinstance(when, bool):
        return when, "always" if when else "never"
    if isinstance(when, str):
        return Expression(when, Kind.CONDITION), when
    condition = read_condition(when)
    if condition.faults:
        raise ValueError("; ".join(fault.message for fault in condition.faults))
    compiled = Expression(condition.cel, Kind.CONDITION, max_length=MAX_CONDITION_LENGTH, plain=condition.plain)
    return compiled, condition.sentence


def _compile_contact(spec: ContactSpec) -> CompiledContact:
    return CompiledContact(
        **{name: _text_expression(getattr(spec, name)) for name in _CONTACT_TEXTS},
        region=_text(spec.region, Kind.TEXT),
        tags=tuple(tag for tag in (_text(tag, Kind.TEXTS) for tag in spec.tags) if tag is not None),
        fields={name: Expression(text, Kind.VALUE) for name, text in spec.fields.items()},
    )


def _compile_consent(spec: ConsentSpec | None) -> CompiledConsent | None:
    if spec is None:
        return None
    return CompiledConsent(**{name: _text_expression(getattr(spec, name)) for name in _CONSENT_TEXTS})


def _text_expression(text: str | None) -> Expression | None:
    return None if text is None else Expression(text, Kind.TEXT)


def _text(value: str | Computed | None, kind: Kind) -> Expression | str | None:
    return Expression(value.cel, kind) if isinstance(value, Computed) else value
