"""A source's configuration → the endpoint ready to use, with its provider's own options checked."""

from collections.abc import Mapping
from datetime import timedelta

from gateway.auth.schemes import source_problems
from gateway.contracts import AddressLimit, Provider, Source
from gateway.model import Ceiling
from gateway.rules.config import SourceConfig
from gateway.rules.problems import ProblemList
from gateway.rules.validation import Draft, piece

_HOUR = timedelta(hours=1)
_ADDRESS_WINDOW = timedelta(minutes=10)
_PUBLIC_CEILING = 60
_PUBLIC_PER_ADDRESS = 20


def sources_of(draft: Draft, providers: Mapping[str, Provider], problems: ProblemList) -> dict[str, Source]:
    """Every valid source; what is wrong with a provider's options, or its secrets, is added to the problems."""
    found = {}
    for name, config in draft.sources.items():
        provider = providers.get(config.provider) if config else None
        if config is None or provider is None:
            continue
        options = piece(provider.options, config.model_extra or {}, ("sources", name), problems)
        if options is not None:
            found[name] = _source(name, config, provider, options)
            for text in source_problems(found[name]):
                problems.at(("sources", name), text)
    return found


def _source(name: str, config: SourceConfig, provider: Provider, options: object) -> Source:
    ceiling = config.hourly_ceiling or (_PUBLIC_CEILING if provider.public else None)
    per_address = config.address_limit or (_PUBLIC_PER_ADDRESS if provider.public else None)
    return Source(
        name=name,
        provider=provider,
        options=options,
        secrets=tuple(secret.get_secret_value().encode() for secret in config.secrets),
        path_token=config.path_token.get_secret_value() if config.path_token else None,
        max_body_bytes=config.max_body,
        clock_skew=config.clock_skew,
        dedupe_window=config.dedupe or provider.dedupe_window,
        body_dedupe_window=config.dedupe_body or provider.body_dedupe_window,
        ceiling=Ceiling(limit=ceiling, window=_HOUR) if ceiling else None,
        address_limit=AddressLimit(limit=per_address, window=_ADDRESS_WINDOW) if per_address else None,
    )
