"""The closed list of reasons why somebody is not asked, in their order."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

GONE = "gone"
NO_ADDRESS = "no_address"
SUPPRESSED = "suppressed"
UNSUBSCRIBED = "unsubscribed"
NO_CONSENT = "no_consent"
NEVER = "never"
SNOOZED = "snoozed"
CAP = "cap"
QUIET_HOURS = "quiet_hours"
# Only at the instant of sending.
CAMPAIGN_STOPPED = "campaign_stopped"
CAMPAIGN_PAUSED = "campaign_paused"
GOAL_MET = "exited_goal"
EXIT_MET = "exited_condition"

# What each means, as it stands after "Not asked:".
LABELS = {
    GONE: "The contact was deleted",
    NO_ADDRESS: "Has no email address",
    SUPPRESSED: "The address is suppressed",
    UNSUBSCRIBED: "Unsubscribed",
    NO_CONSENT: "Never agreed to get email",
    NEVER: "Asked us never to ask again",
    SNOOZED: "Said not now",
    CAP: "Was asked less than 90 days ago",
    QUIET_HOURS: "It is night where the contact lives",
    CAMPAIGN_STOPPED: "The campaign was stopped",
    CAMPAIGN_PAUSED: "The campaign is paused",
    GOAL_MET: "Reached the goal before the email left",
    EXIT_MET: "Met the exit condition before the email left",
}
ORDER = {reason: position for position, reason in enumerate(LABELS)}


@dataclass(frozen=True)
class Objection:
    """
    A guardrail says no: why, and from when on it would say yes.

    ``until`` is None where waiting does not help.
    """

    reason: str
    until: datetime | None = None
    details: dict[str, Any] = field(default_factory=dict)
