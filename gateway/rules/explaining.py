"""A rule as a sentence, for `dialgate check` and the console."""

from datetime import timedelta

from gateway.lawful_hours import lawful_hours
from gateway.policy import Hours, Windows
from gateway.rules.compiling import CompiledRule
from gateway.rules.config import CallSpec, Config, RuleConfig
from gateway.rules.from_number import FromChoice

_BY = {
    "area_code": "by the person's area code",
    "round_robin": "in turn",
    "weighted": "by weight",
    "sticky": "always the same for a person",
}


def sentence_of(rule: CompiledRule, config: Config, hours: Hours) -> str:
    """What a rule does under these hours, in one sentence; and what it lacks for its calls to ring."""
    spec = rule.config
    origin = f"from {' or '.join(spec.sources)}" if spec.sources else "from any source"
    if spec.call is None:
        return f"An event {origin}, when {rule.sentence}: put its person on the do-not-call list."
    whom = "the contact it names" if spec.call.contact.id else "the phone number it gives"
    parts = [f"An event {origin}, when {rule.sentence}: call {whom} from {_from(spec.call.from_, config)}"]
    if spec.regions:
        parts.append(f"only in {', '.join(spec.regions)}")
    if spec.delay:
        parts.append(f"no sooner than {_span(spec.delay)} later")
    return ", ".join(parts) + "." + _without_a_zone(spec, spec.call, config, hours)


def _span(delay: timedelta) -> str:
    """A span as one says it: "3 h", "1 h 30 min"."""
    minutes, seconds = divmod(int(delay.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    said = ((days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{number} {unit}" for number, unit in said if number)


def _without_a_zone(rule: RuleConfig, call: CallSpec, config: Config, hours: Hours) -> str:
    """Nothing, unless hours are limited where a contact's id is all that is known of the person."""
    contact = call.contact
    if contact.phone or contact.zone or contact.state or contact.country or hours.assume_zone:
        return ""
    if _limited(hours):
        held = "Its calls are held"
    elif closing := _closing(rule.sources or tuple(config.sources), call.from_, config):
        held = f"Its calls {' or '.join(closing)} are held under the hours there"
    else:
        return ""
    return f" {held}, as nobody knows the person's time zone: give hours: {{assume_zone: …}} or a contact's zone."


def _closing(sources: tuple[str, ...], wanted: str | FromChoice, config: Config) -> tuple[str, ...]:
    """Which of a rule's sources and numbers have hours of their own that limit anything."""
    numbers = (wanted,) if isinstance(wanted, str) else wanted.names()
    given = [(f"from source {name}", config.sources[name].hours) for name in sources]
    given += [(f"over number {name}", config.numbers[name].hours) for name in numbers]
    return tuple(of for of, hours in given if hours is not None and _limited(hours))


def _limited(hours: Windows) -> bool:
    """Whether these hours close anything, wherever the person is."""
    own = Hours(window="always", days="all", preset=())
    return lawful_hours(own, phone=None, zones=(), address=None, beside={"": hours}).schedule is not None


def _from(wanted: str | FromChoice, config: Config) -> str:
    if isinstance(wanted, str):
        return f"{wanted} ({config.numbers[wanted].id})"
    otherwise = f", otherwise {wanted.otherwise}" if wanted.otherwise else ""
    return f"{' or '.join(wanted.of)} ({_BY[wanted.by]}{otherwise})"
