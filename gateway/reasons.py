"""The stable reason codes: every "no", "not now" and "we cannot know" has exactly one.

The code is the wire value, in the ledger, the API and the metrics; it never changes its meaning.
The text beside it is what a person reads, and the documentation page is generated from it.
"""

from enum import StrEnum


class Reason(StrEnum):
    """A reason code; `.text` explains it."""

    text: str

    def __new__(cls, code: str, text: str) -> "Reason":
        """A member from its code and its text."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.text = text
        return member

    # events that start no call
    NO_RULE_MATCHED = "no_rule_matched", "No rule's condition held for this event."
    TEST_EVENT = "test_event", "The sender marked it as a test; a test never rings a phone."
    HONEYPOT = "honeypot", "The form's hidden field was filled in, as only a program does."
    HANDSHAKE = "handshake", "The sender was checking the address; there is nothing to call about."
    NOT_AN_EVENT = "not_an_event", "The delivery held no event."
    RULE_ERROR = (
        "rule_error",
        "A rule could not be evaluated on this payload. Fix the rule, then replay the event.",
    )
    ENRICHMENT_FAILED = (
        "enrichment_failed",
        "The record that the event names could not be fetched; the error says why. Replay the event to fetch it again.",
    )
    RECORD_NOT_FOUND = (
        "record_not_found",
        "The system asked for the record that the event names has none. Replay the event to ask again.",
    )
    UNREADABLE = "unreadable", "The delivery was authentic but its body could not be read."

    OPTED_OUT = "opted_out", "An opt-out, by its source or a rule: the person was put on the do-not-call list."
    OPT_OUT_UNREADABLE = (
        "opt_out_unreadable",
        "An opt-out whose phone number or e-mail address cannot be read, or is missing. Add it by hand.",
    )

    # calls that must not ring
    DO_NOT_CALL = "do_not_call", "The person is on the do-not-call list."
    LISTED_ELSEWHERE = "listed_elsewhere", "A do-not-call check, asked before the dial, says that the person is listed."
    PHONE_MISSING = "phone_missing", "The rule found neither a phone number nor a contact id in the payload."
    PHONE_INVALID = "phone_invalid", "The phone number is not a valid number."
    PHONE_PREMIUM = "phone_premium", "The number is a premium-rate or shared-cost number."
    PHONE_SATELLITE = "phone_satellite", "The number belongs to a satellite or global network."
    PHONE_SHORT = "phone_short", "The number is a short code."
    PHONE_EMERGENCY = "phone_emergency", "The number is an emergency number."
    CONSENT_MISSING = "consent_missing", "The rule requires consent, and the event tells of none, or not since when."
    CONSENT_TOO_OLD = "consent_too_old", "The person's consent is older than the rule accepts."
    REGION_NOT_ALLOWED = "region_not_allowed", "The number is outside the regions the rule may ring."
    CONTACT_REFUSED = "contact_refused", "The call API refused to create or update the contact."
    CONTACT_ID_NOT_FOUND = (
        "contact_id_not_found",
        "The call API's answer held no contact id where we look for one.",
    )

    # calls that wait
    OUTSIDE_HOURS = (
        "outside_hours",
        "Outside the calling hours where the person may be; waits for the next opening.",
    )
    ZONE_UNKNOWN = "zone_unknown", "The person's time zone is not known and the rule assumes none."
    NO_COMMON_HOURS = "no_common_hours", "The person's possible time zones share no lawful hour."
    PACE = "pace", "The number or account has reached its pace; the call waits for a free slot."
    CONCURRENCY = "concurrency", "The number or account has as many calls being placed as it may."
    ACCOUNT_STOPPED = (
        "account_stopped",
        "The call API refuses this account, or several times in a row gave no plain answer; probed until it works.",
    )
    CAP_REACHED = (
        "cap_reached",
        "The person has been rung as often as they may be; waits for the cap, or is skipped if that is past its limit.",
    )
    STOPPED = "stopped", "A person stopped it, its account, source, rule or number; it waits until that is resumed."
    DO_NOT_CALL_UNREAD = "do_not_call_unread", "The do-not-call list could not be read; nobody is dialled until it can."
    CHECK_UNANSWERED = (
        "check_unanswered",
        "A do-not-call check failed or gave no plain answer; nobody is dialled without one. Asked again.",
    )
    CHECK_UNASKABLE = (
        "check_unaskable",
        "A do-not-call check asks by something that is not known of this person; a person must decide.",
    )
    SCRUB_OVERDUE = (
        "scrub_overdue",
        "A registry that must not be too old has not been imported or scrubbed lately enough; waits until it is.",
    )
    NUMBER_REFUSED = (
        "number_refused",
        "The call API refused the number to call from; nobody rang. Another of the rule's is tried, or this one later.",
    )
    NUMBER_AILING = (
        "number_ailing",
        "The call API refuses the number again and again: it rests, and the call waits for it, until one is placed.",
    )
    NUMBER_UNKNOWN = "number_unknown", "The rule's number is no longer in the configuration."
    RATE_LIMITED = "rate_limited", "The call API answered 429; tried again after the time it gave."
    LEASE_LOST = "lease_lost", "The worker holding the call stopped before anything was sent."
    SOURCE_CEILING = (
        "source_ceiling",
        "The source is over its hourly ceiling; a person must release the call.",
    )
    BURST = "burst", "The source makes far more new calls than it ever does; a person must say whether they are meant."
    UNUSUAL_RANGE = (
        "unusual_range",
        "Many new numbers of a range that is unusual for the source came at once; a person must release the call.",
    )
    ROLLED_BACK = (
        "rolled_back",
        "Redis was set back to an older state, and it may have rung since; a person decides.",
    )
    VERDICT_STALE = (
        "verdict_stale",
        "The guards' answer was too old when the call was about to be dialled; looked at again.",
    )

    # how calls end
    EXPIRED = "expired", "The lead grew older than its limit before it could lawfully ring."
    JOINED_PERSON = "joined_person", "The same person already has a call waiting or has just been rung."
    CANCELLED = "cancelled", "A person cancelled the call."
    PLACED = "placed", "The call API accepted the call."
    REFUSED = "refused", "The call API refused the call for good."
    RESOLVED_PLACED = "resolved_placed", "A person says the call was placed."
    RESOLVED_CLOSED = "resolved_closed", "A person closed the call without knowing whether it rang."
    RESOLVED_REDIAL = "resolved_redial", "A person ordered the call to be dialled again."
    REPLAYED = "replayed", "The event was replayed."
    PROMOTED = "promoted", "The call it had joined ended without ringing; it takes its place."
    RELEASED = "released", "A person released the held call."

    # proved unsent: safe to try again
    CONNECT_FAILED = "connect_failed", "No connection to the call API; not one byte of the request was sent."
    CONNECT_TIMEOUT = (
        "connect_timeout",
        "The call API did not accept the connection in time; nothing was sent.",
    )
    TLS_FAILED = "tls_failed", "The TLS handshake with the call API failed; nothing was sent."
    NOT_STARTED = (
        "not_started",
        "The grant was too old when the request was about to start; nothing was sent.",
    )

    # nobody can know whether the phone rang
    RESPONSE_TIMEOUT = "response_timeout", "The request was sent and no answer came in time."
    CONNECTION_LOST = "connection_lost", "The connection broke after the request began."
    RESPONSE_UNREADABLE = "response_unreadable", "The answer could not be read."
    INTERRUPTED = "interrupted", "The worker was told to stop after the request began and before an answer came."
    SERVER_ERROR = (
        "server_error",
        "The call API answered with an error that does not prove the call was refused.",
    )
    DEADLINE_PASSED = "deadline_passed", "The dial's deadline passed without a recorded outcome."
