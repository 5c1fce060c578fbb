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
# Only at the instant of handing over.
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
    CAMPAIGN_STOPPED: "The campaign was stopped",
    GOAL_MET: "Reached the goal before the email left",
    EXIT_MET: "Met the exit condition before the email left",
    NEVER: "Asked us never to ask again",
    SNOOZED: "Said not now",
    CAP: "Was asked less than 90 days ago",
    CAMPAIGN_PAUSED: "The campaign is paused",
    QUIET_HOURS: "It is night where the contact lives",
}
# These pass by themselves: wait, whatever the step says.
TIMING = frozenset({CAMPAIGN_PAUSED, QUIET_HOURS})
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
