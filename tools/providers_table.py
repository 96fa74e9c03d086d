"""docs/providers/index.md, from what the code says of every provider."""

from gateway.contracts import Provider
from gateway.providers import load_providers

_INTRODUCTION = """\
A provider is a kind of webhook sender: how it signs, encodes, batches, and wants to be answered. A source names one:

```yaml
sources:
  crm: {provider: hubspot, secrets: ["${HUBSPOT_CLIENT_SECRET}"]}
```

Each page says how to set the sender up, how it proves itself, what makes two deliveries the same event, where the
person stands, and what is not known for sure. A sender that is not here is a [generic](generic.md) source, without any
code; [a provider of its own](../contributing/providers.md) is a module, a page and a test.
"""

_LEGEND = """\
*Signed*: `body` where a changed byte is refused, `+ time` where an old copy is too; `partly` where the signature
leaves something open, or there is none. A *secret address* is `/hooks/{source}/{path_token}`. *Thin*: events that hold
no phone number. *Known*: `documented` by the sender or its own code, `observed` in captured requests or others' code,
`unsure` where only hearsay says so; each page lists what.
"""

_COLUMNS = ("provider", "proof", "signed", "secret address", "batch", "thin", "handshake", "dedupe", "retries", "known")


def providers_page(note: str) -> str:
    """The page: an introduction, and one row a provider in the order of their names."""
    rows = [_COLUMNS, ("---",) * len(_COLUMNS), *(_row(provider) for provider in load_providers().values())]
    table = "".join("| " + " | ".join(_cell(text) for text in row) + " |\n" for row in rows)
    return f"# Providers\n\n{note}{_INTRODUCTION}\n{table}\n{_LEGEND}"


def _row(provider: Provider) -> tuple[str, ...]:
    facts = provider.facts
    signed = "body" if facts.covers_body else "partly"
    return (
        f"[{provider.title}]({provider.name}.md) `{provider.name}`",
        facts.authentication,
        signed + (" + time" if facts.replay_window else ""),
        "required" if provider.requires_path_token else "",
        facts.batch,
        facts.thin,
        facts.handshake,
        facts.dedupe,
        facts.retries,
        facts.certainty,
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
