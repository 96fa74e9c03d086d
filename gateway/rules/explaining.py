"""A rule as a sentence, for `dialgate check` and the console."""

from gateway.rules.compiling import CompiledRule
from gateway.rules.config import Config


def sentence_of(rule: CompiledRule, config: Config) -> str:
    """What a rule does, in one sentence."""
    spec = rule.config
    origin = f"from {' or '.join(spec.sources)}" if spec.sources else "from any source"
    number = config.numbers[spec.call.from_]
    whom = "the contact it names" if spec.call.contact.id else "the phone number it gives"
    parts = [f"An event {origin}, when {rule.sentence}: call {whom} from {spec.call.from_} ({number.id})"]
    if spec.regions:
        parts.append(f"only in {', '.join(spec.regions)}")
    if spec.delay:
        parts.append(f"no sooner than {spec.delay} later")
    return ", ".join(parts) + "."
