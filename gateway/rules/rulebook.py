"""The rulebook in force: compiled rules, ready sources, and the policy of each rule. Immutable; swapped whole."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType

from gateway.contracts import Source
from gateway.do_not_call import decide_opt_out
from gateway.external_check import Check
from gateway.model import (
    CallPlan,
    Contact,
    ContactById,
    Decision,
    Event,
    EventState,
    Person,
    Priority,
    Request,
    RuleTrace,
)
from gateway.phones import parse_phone
from gateway.policy import Caps, ConsentTerms, Policy, Windows
from gateway.reasons import Reason
from gateway.rules.compiling import CompiledRule
from gateway.rules.config import Account, Config, Number, RuleConfig
from gateway.rules.endpoints import hearers
from gateway.rules.explaining import sentence_of
from gateway.rules.expressions import Scope
from gateway.rules.indexing import SourceRules
from gateway.rules.matching import ask, scope_of
from gateway.rules.opting_out import opt_out_of
from gateway.rules.planning import PlanError, Planned, Terms, plan_by_id, plan_by_phone, plan_of
from gateway.rules.suppression import ListConfig
from gateway.rules.tracing import short_trace, whole_trace

DIRECT_RULE = "api"
_UNLIMITED = Windows()


class Rulebook:
    """Built by `load` (rules/loading.py) from YAML; every expression is compiled and type-checked by then."""

    version: str  # short digest of the files as read, before secrets are put in
    config: Config
    sources: Mapping[str, Source]

    def __init__(
        self,
        *,
        version: str,
        config: Config,
        sources: Mapping[str, Source],
        rules: Sequence[CompiledRule],
        checks: Mapping[str, Check] | None = None,
    ) -> None:
        self.version = version
        self.config = config
        self.sources = MappingProxyType(dict(sources))
        self._rules = tuple(rules)
        self._of_source: dict[str, SourceRules] = {}
        self._checks = dict(checks or {})
        self._beside: dict[tuple[str, str], Mapping[str, Windows]] = {}
        self._policies = {rule.name: _policy_of(rule, config.policy) for rule in config.rules}

    def match(
        self,
        event: Event,
        *,
        event_id: str,
        source: Source,
        request: Request,
        now: datetime,
        every_rule: bool = False,
    ) -> Decision:
        """What the rules say of one event. Never raises for what a payload holds: a rule's error is FAILED.

        `every_rule`: the trace has a line for each of them, however many there are.
        matching=first: the first rule that holds; a rule that errors before that stops there (FAILED, no call).
        matching=all: every rule that holds; errors make the event FAILED, calls of the others stand.
        """
        taken = self.config.sources.get(source.name)
        if taken is not None and taken.opt_out:
            return decide_opt_out(event.person, region=taken.opt_out_region, version=self.version)
        scope = scope_of(event, event_id=event_id, source=source, request=request)
        plan = partial(self._planned, scope=scope, event_id=event_id, source=source.name, now=now)
        return self._asked(self._rules_of(source.name), scope, event.person, plan, every_rule=every_rule)

    def _asked(
        self,
        mine: SourceRules,
        scope: Scope,
        person: Person,
        plan: Callable[[CompiledRule], Planned | PlanError],
        *,
        every_rule: bool,
    ) -> Decision:
        plans: list[CallPlan] = []
        opted_out: list[Decision] = []
        trace: dict[int, RuleTrace] = {}
        stops = self.config.matching == "first"
        for place in mine.worth_asking(scope):
            answer = ask(self._rules[place], scope)
            said = answer.trace
            if answer.rule is not None and answer.rule.opt_out is not None:
                opted_out.append(opt_out_of(answer.rule.opt_out, scope, person, rule=said.rule))
            elif answer.rule is not None:
                planned = plan(answer.rule)
                if isinstance(planned, PlanError):
                    said = replace(said, error=planned.message)
                else:
                    plans.append(planned.plan)
                    said = replace(said, detail=said.detail + _from(planned)) if planned.why_number else said
            if said.matched or said.error:
                trace[place] = said
                if stops:
                    break
        last = max(trace) if stops and trace else len(self._rules)
        lines = (whole_trace if every_rule else short_trace)(self._rules, mine, trace, last)
        return self._decision(plans, lines, opted_out)

    def _planned(
        self, rule: CompiledRule, *, scope: Scope, event_id: str, source: str, now: datetime
    ) -> Planned | PlanError:
        return plan_of(
            rule,
            scope,
            numbers=self.config.numbers,
            policy=self.policy_for(rule.config.name),
            event_id=event_id,
            now=now,
            beside=partial(self.hours_beside, source),
            notify=self._hearers(rule.config, source),
        )

    def _rules_of(self, source: str) -> SourceRules:
        found = self._of_source.get(source)
        if found is None:
            found = self._of_source[source] = SourceRules(self._rules, source)
        return found

    def _decision(
        self, plans: Sequence[CallPlan], trace: Sequence[RuleTrace], opted_out: Sequence[Decision]
    ) -> Decision:
        """One decision from what was asked."""
        errors = [f"rule {said.rule}: {said.error}" for said in trace if said.error]
        unread = [left for left in opted_out if left.error]
        if errors:
            state, reason = EventState.FAILED, Reason.RULE_ERROR
        elif unread:
            state, reason = EventState.FAILED, unread[0].reason or Reason.OPT_OUT_UNREADABLE
        elif plans:
            state, reason = EventState.MATCHED, None
        else:
            state, reason = EventState.IGNORED, Reason.OPTED_OUT if opted_out else Reason.NO_RULE_MATCHED
        return Decision(
            state=state,
            reason=reason,
            error="; ".join((*errors, *(left.error or "" for left in unread))) or None,
            plans=tuple(plans),
            opt_outs=tuple(dict.fromkeys(subject for left in opted_out for subject in left.opt_outs)),
            trace=tuple(trace),
            rulebook=self.version,
        )

    def plan_direct(
        self,
        *,
        number: str,
        contact: Contact,
        region: str | None,
        campaign_id: str | None,
        priority: Priority,
        now: datetime,
    ) -> CallPlan:
        """The plan of a call ordered by API, under the default policy; rule name `api`. KeyError: no such number."""
        terms = Terms(
            rule=DIRECT_RULE,
            number_name=number,
            number=self.config.numbers[number],
            policy=self.config.policy,
            regions=None,
            priority=priority,
            delay=timedelta(),
            now=now,
            beside=self.hours_beside(DIRECT_RULE, number),
            notify=hearers(self.config.notify, source=DIRECT_RULE, rule=DIRECT_RULE, chosen=None),
        )
        if isinstance(contact, ContactById):
            none = parse_phone("", region=None)
            return plan_by_id(contact.contact_id, none, terms, zone=None, campaign_id=campaign_id)
        phone = parse_phone(contact.phone, region=region)
        fields = replace(contact, phone=phone.e164 or contact.phone)
        return plan_by_phone(fields, phone, terms, zone=None, campaign_id=campaign_id)

    def _hearers(self, rule: RuleConfig, source: str) -> tuple[str, ...]:
        return hearers(self.config.notify, source=source, rule=rule.name, chosen=rule.notify)

    def policy_for(self, rule: str) -> Policy:
        """The policy in force for a rule's calls; the default policy if the rule is gone."""
        return self._policies.get(rule, self.config.policy)

    def checks_for(self, rule: str) -> tuple[Check, ...]:
        """The do-not-call checks to be asked before a rule's calls are dialled."""
        wanted = self.policy_for(rule).do_not_call.checks
        return tuple(check for name, check in self._checks.items() if wanted is None or name in wanted)

    def lists_for(self, rule: str) -> Mapping[str, ListConfig]:
        """The registries that must have been scrubbed lately for a rule's calls, by name."""
        wanted, lists = self.policy_for(rule).do_not_call.lists, self.config.do_not_call.lists
        return {name: terms for name, terms in lists.items() if wanted is None or name in wanted}

    def hours_beside(self, source: str, number: str) -> Mapping[str, Windows]:
        """The hours of a source and of a number, by what they are of; only those that limit anything."""
        found = self._beside.get((source, number))
        if found is None:
            found = self._hours_beside(source, number)
            if source in self.config.sources and number in self.config.numbers:
                self._beside[source, number] = found
        return found

    def _hours_beside(self, source: str, number: str) -> Mapping[str, Windows]:
        given = (
            (f"source {source}", taken.hours if (taken := self.config.sources.get(source)) else None),
            (f"number {number}", own.hours if (own := self.config.numbers.get(number)) else None),
        )
        return {name: hours for name, hours in given if hours is not None and hours != _UNLIMITED}

    def number(self, name: str) -> Number | None:
        """A number by its name."""
        return self.config.numbers.get(name)

    def account(self, name: str) -> Account | None:
        """An account by its name."""
        return self.config.accounts.get(name)

    def explain(self) -> Sequence[RuleTrace]:
        """Every rule as a sentence in `detail`, in order."""
        return tuple(
            RuleTrace(rule=rule.config.name, matched=None, detail=self._sentence(rule)) for rule in self._rules
        )

    def _sentence(self, rule: CompiledRule) -> str:
        return sentence_of(rule, self.config, self.policy_for(rule.config.name).hours)


def _from(planned: Planned) -> str:
    """Which number was chosen and why, for the trace."""
    return f"; from {planned.plan.number}: {planned.why_number}"


def _policy_of(rule: RuleConfig, policy: Policy) -> Policy:
    """The default policy with what the rule sets; of its hours, only the keys it gives."""
    given: dict[str, object] = {
        name: value
        for name in ("cooldown", "expires_after", "strict_expiry")
        if (value := getattr(rule, name)) is not None
    }
    if rule.consent is not None:
        terms = {
            name: getattr(rule.consent, name)
            for name in ConsentTerms.model_fields
            if name in rule.consent.model_fields_set
        }
        given["consent"] = policy.consent.model_copy(update=terms)
    if rule.do_not_call is not None:
        named = {name: getattr(rule.do_not_call, name) for name in rule.do_not_call.model_fields_set - {"add"}}
        given["do_not_call"] = policy.do_not_call.model_copy(update=named)
    if rule.caps is not None:
        own = rule.caps.per_person
        caps = {name: getattr(own, name) for name in own.model_fields_set}
        given["caps"] = Caps(per_person=policy.caps.per_person.model_copy(update=caps))
    if rule.hours is not None:
        changed = {name: getattr(rule.hours, name) for name in rule.hours.model_fields_set}
        given["hours"] = policy.hours.model_copy(update=changed)
    return policy.model_copy(update=given)
