"""What no model can see alone: names that must exist, tokens of the right shape, doors open to anyone."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TypeAlias

from gateway.calling_hours import is_zone
from gateway.contracts import Provider
from gateway.model import JsonValue
from gateway.phones import REGIONS
from gateway.policy import ConsentTerms, Hours, Windows
from gateway.presets import load_presets
from gateway.rules.compiling import expression_problems
from gateway.rules.config import Account, ConsentSpec, RuleConfig, SourceConfig
from gateway.rules.documents import Path
from gateway.rules.from_number import FromChoice
from gateway.rules.problems import ProblemList, did_you_mean
from gateway.rules.validation import Draft

Entries: TypeAlias = dict[str, JsonValue]

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.IGNORECASE)
_PATH_TOKEN = re.compile(r"[A-Za-z0-9_-]{22,200}$")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}$")
_DEFAULT_EXPIRY = timedelta(hours=24)


def check(draft: Draft, providers: Mapping[str, Provider], problems: ProblemList) -> None:
    """Add everything the pieces say that does not fit together."""
    for section in ("accounts", "numbers", "sources", "notify"):
        for name in getattr(draft, section):
            if not _NAME.match(name):
                problems.at_key((section, name), "a name has letters, digits, - and _ only, at most 63")
    for name, account in draft.accounts.items():
        _check_account(account, ("accounts", name), problems)
    for name, raw in _entries(draft.raw.get("numbers")).items():
        account_name = _entries(raw).get("account")
        _known(account_name, draft.accounts, "account", ("numbers", name, "account"), problems)
    for name, source in draft.sources.items():
        _check_source(source, ("sources", name), providers, problems)
    _check_all_hours(draft, problems)
    _check_rules(draft, providers, problems)
    _check_do_not_call(draft, problems)


def _check_do_not_call(draft: Draft, problems: ProblemList) -> None:
    """The checks and lists that the policy and the rules name are there."""
    raw = draft.raw.get("rules")
    places: dict[Path, JsonValue] = {("policy", "do_not_call"): _entries(draft.raw.get("policy")).get("do_not_call")}
    for index, rule in enumerate(raw if isinstance(raw, list) else ()):
        places[("rules", index, "do_not_call")] = _entries(rule).get("do_not_call")
    configured = _entries(draft.raw.get("do_not_call"))
    for path, terms in places.items():
        for section, what in (("checks", "do-not-call check"), ("lists", "do-not-call list")):
            named = _entries(terms).get(section)
            for index, name in enumerate(named if isinstance(named, list) else ()):
                _known(name, _entries(configured.get(section)), what, (*path, section, index), problems)


def _check_rules(draft: Draft, providers: Mapping[str, Provider], problems: ProblemList) -> None:
    """Rules as written, valid in other ways or not; only what compares durations needs the model."""
    raw_rules = draft.raw.get("rules")
    rules = raw_rules if isinstance(raw_rules, list) else []
    names = Counter(str(_entries(raw).get("name")) for raw in rules)
    public = _public_sources(draft, providers)
    for index, raw in enumerate(rules):
        path: Path = ("rules", index)
        if not isinstance(raw, dict):
            continue
        if "name" in raw and names[str(raw["name"])] > 1:
            problems.at((*path, "name"), f'there is more than one rule called "{raw["name"]}"')
        _check_names(raw, path, draft, problems)
        expression_problems(raw, path, problems)
        _check_contact(raw, path, problems)
        _check_regions(raw, path, problems)
        _check_open_doors(raw, path, public & set(_texts(raw.get("sources")) or draft.sources), problems)
        _check_limits(draft.rules[index], path, draft, problems)


def _public_sources(draft: Draft, providers: Mapping[str, Provider]) -> set[str]:
    """The sources anyone can post to."""
    kinds = {name: providers.get(source.provider) for name, source in draft.sources.items() if source}
    return {name for name, provider in kinds.items() if provider and provider.public}


def _check_names(raw: Entries, path: Path, draft: Draft, problems: ProblemList) -> None:
    sources = raw.get("sources")
    for index, name in enumerate(sources if isinstance(sources, list) else ()):
        _known(name, draft.sources, "source", (*path, "sources", index), problems)
    for at, name in _number_names(_entries(raw.get("call")).get("from")):
        _known(name, draft.numbers, "number", (*path, "call", "from", *at), problems)


def _number_names(wanted: JsonValue) -> Iterator[tuple[Path, JsonValue]]:
    """The numbers a rule names as what it calls from, and where each stands."""
    if not isinstance(wanted, dict):
        yield (), wanted
        return
    of = wanted.get("of")
    yield from ((("of", index), name) for index, name in enumerate(of if isinstance(of, list) else ()))
    yield ("otherwise",), wanted.get("otherwise")


def _check_choice(rule: RuleConfig, path: Path, draft: Draft, problems: ProblemList) -> None:
    """Numbers to choose from have what they are chosen by, and share an account where it knows the contact's id."""
    if rule.call is None or isinstance(rule.call.from_, str):
        return
    wanted: FromChoice = rule.call.from_
    at: Path = (*path, "call", "from")
    numbers = {name: number for name in wanted.names() if (number := draft.numbers.get(name))}
    for index, name in enumerate(wanted.of):
        if wanted.by == "area_code" and name in numbers and not numbers[name].area_codes:
            problems.at((*at, "of", index), f'the number "{name}" has no `area_codes` to be chosen by')
    if rule.call.contact.id is not None and len({number.account for number in numbers.values()}) > 1:
        problems.at(at, "a contact's `id` is known to one account: these numbers belong to several")


def _check_contact(raw: Entries, path: Path, problems: ProblemList) -> None:
    contact = _entries(raw.get("call")).get("contact")
    if isinstance(contact, dict) and contact.get("id") is None and contact.get("phone") is None:
        problems.at((*path, "call", "contact"), "give an `id` or a `phone`: there is nobody to call")


def _check_regions(raw: Entries, path: Path, problems: ProblemList) -> None:
    default = _entries(_entries(raw.get("call")).get("contact")).get("region")
    places: dict[Path, JsonValue] = {(*path, "call", "contact", "region"): default}
    regions = raw.get("regions")
    if isinstance(regions, list):
        places |= {(*path, "regions", index): region for index, region in enumerate(regions)}
    for place, region in places.items():
        if isinstance(region, str) and region not in REGIONS:
            hint = f'; did you mean "{region.upper()}"?' if region.upper() in REGIONS else ""
            problems.at(place, f'"{region}" is not a region; write two capital letters, for example US{hint}')


def _check_open_doors(raw: Entries, path: Path, doors: set[str], problems: ProblemList) -> None:
    """A stranger may name any phone through a public source: only listed regions, and never a contact's id."""
    if not doors:
        return
    names = ", ".join(sorted(doors))
    if not raw.get("regions") and raw.get("call") is not None:
        problems.at(path, f"anyone can post to {names}: list the `regions` this rule may ring")
    if _entries(_entries(raw.get("call")).get("contact")).get("id") is not None:
        problems.at((*path, "call", "contact", "id"), f"anyone can post to {names}: use `phone`, not `id`")


def _check_limits(rule: RuleConfig | None, path: Path, draft: Draft, problems: ProblemList) -> None:
    if rule is None:
        return
    _check_choice(rule, path, draft, problems)
    _check_consent(rule, path, draft, problems)
    if rule.hours is not None:
        _check_hours(rule.hours, (*path, "hours"), problems)
        given = rule.hours.model_fields_set
        if "days" in given and "window" not in given and draft.policy and isinstance(draft.policy.hours.window, dict):
            problems.at((*path, "hours", "days"), "the policy's `window` names its days: give this rule a `window` too")
    limit = rule.expires_after or (draft.policy.expires_after if draft.policy else _DEFAULT_EXPIRY)
    if rule.delay is not None and rule.delay >= limit:
        problems.at((*path, "delay"), "the lead expires before the delay is over")


def _check_consent(rule: RuleConfig, path: Path, draft: Draft, problems: ProblemList) -> None:
    """A rule that requires consent and does not say where it stands would never ring, nor one whose consent must have
    a time and that does not say where the time stands."""
    default, own = draft.policy.consent if draft.policy else ConsentTerms(), rule.consent or ConsentSpec()
    required = own.required if "required" in own.model_fields_set else default.required
    max_age = own.max_age if "max_age" in own.model_fields_set else default.max_age
    at: Path = (*path, "consent") if rule.consent else path
    if rule.opts_out:
        return
    if required and own.basis is None:
        problems.at_key(at, "consent is required: say where the payload tells of it, consent: {basis: …}")
    elif required and max_age is not None and own.at is None:
        problems.at_key(at, "consent has a `max_age`: say where the payload tells its time, consent: {at: …}")


def _check_account(account: Account | None, path: Path, problems: ProblemList) -> None:
    if account is None:
        return
    if account.organization is not None and not _UUID.match(account.organization):
        problems.at((*path, "organization"), "an organization id is a UUID")
    wrong = token_fault(account.token.get_secret_value()) if account.token else None
    if wrong:
        problems.at((*path, "token"), wrong)


def token_fault(token: str) -> str | None:
    """What is wrong with the shape of a call API token (orgId.secret); None if nothing is. Never shows it."""
    parts = token.split(".")
    if len(parts) == 3:
        return "this looks like a JWT, which the call API does not accept: it wants orgId.secret"
    if len(parts) != 2 or not parts[1] or any(letter.isspace() for letter in token):
        return "a token is orgId.secret: one dot, with a UUID before it and the secret after it"
    if not _UUID.match(parts[0]):
        return "the part of the token before the dot must be the organization's UUID"
    return None


def _check_source(
    source: SourceConfig | None, path: Path, providers: Mapping[str, Provider], problems: ProblemList
) -> None:
    if source is None:
        return
    if source.path_token is not None and not _PATH_TOKEN.match(source.path_token.get_secret_value()):
        problems.at((*path, "path_token"), "must be 22 to 200 letters, digits, - and _, chosen at random")
    provider = providers.get(source.provider)
    if provider is None:
        hint = did_you_mean(source.provider, providers)
        problems.at((*path, "provider"), f'there is no provider "{source.provider}"{hint}')
    elif len(source.secrets) < provider.secrets_required:
        problems.at_key(path, f'{provider.name} needs a secret: secrets: ["${{NAME}}"]')


def _check_all_hours(draft: Draft, problems: ProblemList) -> None:
    """Those of the policy, the numbers and the sources; a rule's are looked at with it."""
    if draft.policy is not None:
        _check_hours(draft.policy.hours, ("policy", "hours"), problems)
    for section, models in (("numbers", draft.numbers), ("sources", draft.sources)):
        for name, model in models.items():
            if model is not None:
                _check_hours(model.hours, (section, name, "hours"), problems)


def _check_hours(hours: Windows, path: Path, problems: ProblemList) -> None:
    if isinstance(hours, Hours):
        _check_zone(hours.assume_zone, (*path, "assume_zone"), problems)
    for index, name in enumerate(hours.preset):
        at: Path = (*path, "preset", index)
        _known(name, load_presets(), "preset", at, problems)


def _check_zone(zone: str | None, path: Path, problems: ProblemList) -> None:
    if zone is not None and not is_zone(zone):
        problems.at(path, f'"{zone}" is not an IANA time zone; write for example America/New_York')


def _known(name: JsonValue, known: Mapping[str, object], what: str, path: Path, problems: ProblemList) -> None:
    if isinstance(name, str) and name not in known:
        problems.at(path, f'there is no {what} "{name}"{did_you_mean(name, known)}')


def _entries(section: JsonValue) -> Entries:
    return section if isinstance(section, dict) else {}


def _texts(value: JsonValue) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
