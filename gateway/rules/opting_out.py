"""A rule that opts people out: whom its event names, to be put on the do-not-call list instead of called."""

from gateway.do_not_call import decide_opt_out
from gateway.model import Decision, EventState, Person, record
from gateway.reasons import Reason
from gateway.rules.config import OptOutSpec
from gateway.rules.expressions import Expression, ExpressionError, Kind, Scope


@record
class CompiledOptOut:
    """The expressions of an opt-out; None where the rule sets nothing. A str is taken as it stands."""

    phone: Expression | None
    email: Expression | None
    id: Expression | None
    region: Expression | str | None


def compile_opt_out(spec: OptOutSpec) -> CompiledOptOut:
    """The compiled opt-out. Raises ExpressionFaults."""
    region = spec.region
    return CompiledOptOut(
        **{name: _expression(getattr(spec, name)) for name in ("phone", "email", "id")},
        region=region if region is None or isinstance(region, str) else Expression(region.cel, Kind.TEXT),
    )


def opt_out_of(wanted: CompiledOptOut, scope: Scope, person: Person, *, rule: str) -> Decision:
    """What `decide_opt_out` says of the person the rule names; FAILED where an expression fails, too."""
    values: dict[str, str | None] = {}
    for name in ("phone", "email", "id", "region"):
        expression = getattr(wanted, name)
        value = expression.evaluate(scope) if isinstance(expression, Expression) else expression
        if isinstance(value, ExpressionError):
            error = f"rule {rule}: do_not_call.add.{name}: {value.message}"
            return Decision(state=EventState.FAILED, reason=Reason.RULE_ERROR, error=error)
        values[name] = None if value is None else str(value)
    if any((wanted.phone, wanted.email, wanted.id)):
        person = Person(phone=values["phone"], email=values["email"], contact_id=values["id"])
    return decide_opt_out(person, region=values["region"], version="")


def _expression(text: str | None) -> Expression | None:
    return None if text is None else Expression(text, Kind.TEXT)
