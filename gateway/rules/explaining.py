"""A rule as a sentence, for `dialgate check` and the console."""

from gateway.rules.compiling import CompiledRule
from gateway.rules.config import Config
from gateway.rules.from_number import FromChoice

_BY = {
    "area_code": "by the person's area code",
    "round_robin": "in turn",
    "weighted": "by weight",
    "sticky": "always the same for a person",
}


def sentence_of(rule: CompiledRule, config: Config) -> str:
    """What a rule does, in one sentence."""
    spec = rule.config
    origin = f"from {' or '.join(spec.sources)}" if spec.sources else "from any source"
    whom = "the contact it names" if spec.call.contact.id else "the phone number it gives"
    parts = [f"An event {origin}, when {rule.sentence}: call {whom} from {_from(spec.call.from_, config)}"]
    if spec.regions:
        parts.append(f"only in {', '.join(spec.regions)}")
    if spec.delay:
        parts.append(f"no sooner than {spec.delay} later")
    return ", ".join(parts) + "."


def _from(wanted: str | FromChoice, config: Config) -> str:
    if isinstance(wanted, str):
        return f"{wanted} ({config.numbers[wanted].id})"
    otherwise = f", otherwise {wanted.otherwise}" if wanted.otherwise else ""
    return f"{' or '.join(wanted.of)} ({_BY[wanted.by]}{otherwise})"
