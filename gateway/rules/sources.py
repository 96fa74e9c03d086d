"""A source's configuration → the endpoint ready to use, with its provider's own options checked."""

from collections.abc import Mapping
from datetime import timedelta

from gateway.auth.schemes import source_problems
from gateway.contracts import AddressLimit, Provider, Source
from gateway.lookup import Lookup
from gateway.rules.bounding import bounds_of
from gateway.rules.config import SourceConfig
from gateway.rules.lookups import lookup_of
from gateway.rules.problems import ProblemList
from gateway.rules.validation import Draft, piece

_ADDRESS_WINDOW = timedelta(minutes=10)
# What a public source gets when neither its configuration nor its provider says: it is never without.
_PUBLIC_ADDRESS_LIMIT = AddressLimit(limit=10, window=_ADDRESS_WINDOW)


def sources_of(draft: Draft, providers: Mapping[str, Provider], problems: ProblemList) -> dict[str, Source]:
    """Every source whose options are valid; what is wrong with options or secrets is added to the problems."""
    found = {}
    for name, config in draft.sources.items():
        provider = providers.get(config.provider) if config else None
        if config is None or provider is None:
            continue
        path = ("sources", name)
        options = piece(provider.options, config.model_extra or {}, path, problems, also=SourceConfig)
        if options is None:
            continue
        lookup = lookup_of(config.enrich, (*path, "enrich"), problems) if config.enrich else None
        found[name] = _source(name, config, provider, options, lookup)
        for wrong in source_problems(found[name]):
            problems.at_key(path, wrong)
    return found


def _source(name: str, config: SourceConfig, provider: Provider, options: object, lookup: Lookup | None) -> Source:
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
        bounds=bounds_of(config.hourly_ceiling, config.burst, config.range_watch, provider),
        address_limit=_address_limit(config, provider),
        enrich=lookup,
    )


def _address_limit(config: SourceConfig, provider: Provider) -> AddressLimit | None:
    if config.address_limit is not None:
        return AddressLimit(limit=config.address_limit, window=_ADDRESS_WINDOW)
    return provider.default_address_limit or (_PUBLIC_ADDRESS_LIMIT if provider.public else None)
