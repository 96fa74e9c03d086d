"""The rulebook in force: compiled rules, ready sources, and the policy of each rule. Immutable; swapped whole."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from gateway.contracts import Source
from gateway.model import CallPlan, Contact, Decision, Event, Priority, Request, RuleTrace
from gateway.policy import Policy
from gateway.rules.config import Account, Config, Number


class Rulebook:
    """Built by `load` (rules/loading.py) from YAML; every expression is compiled and type-checked by then."""

    version: str  # short digest of the files as read, before secrets are put in
    config: Config
    sources: Mapping[str, Source]

    def match(self, event: Event, *, event_id: str, source: Source, request: Request, now: datetime) -> Decision:
        """What the rules say of one event. Never raises for what a payload holds: a rule's error is FAILED.

        matching=first: the first rule that holds; a rule that errors before that stops there (FAILED, no call).
        matching=all: every rule that holds; errors make the event FAILED, calls of the others stand.
        """
        raise NotImplementedError

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
        raise NotImplementedError

    def policy_for(self, rule: str) -> Policy:
        """The policy in force for a rule's calls; the default policy if the rule is gone."""
        raise NotImplementedError

    def number(self, name: str) -> Number | None:
        """A number by its name."""
        raise NotImplementedError

    def account(self, name: str) -> Account | None:
        """An account by its name."""
        raise NotImplementedError

    def explain(self) -> Sequence[RuleTrace]:
        """Every rule as a sentence in `detail`, in order."""
        raise NotImplementedError
