"""An instant as a person types it."""

from datetime import UTC, datetime

from gateway.web.console.visit import Refusal, Visit


def instant_in(visit: Visit, name: str) -> datetime | None:
    """The instant in a field of the form, in UTC unless it says otherwise; None: empty. Raises Refusal."""
    text = visit.field(name)
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refusal(422, "When?", "Write an instant such as 2026-11-28T21:00, in UTC, or with +01:00 or Z.") from None
