"""The closed list of reasons why somebody is not asked, in their order."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

TEST_CONTACT = "test_contact"
GONE = "gone"
NO_ADDRESS = "no_address"
SUPPRESSED = "suppressed"
UNSUBSCRIBED = "unsubscribed"
NO_CONSENT = "no_consent"
GLOBAL_STOP = "global_stop"
INCIDENT = "incident"
NEVER = "never"
SNOOZED = "snoozed"
OPEN_TICKET = "open_ticket"
RECENT_TICKET = "recent_ticket"
LOW_SATISFACTION = "low_satisfaction"
CHURN_RISK = "churn_risk"
BELOW_ENGAGEMENT = "below_engagement"
CAP = "cap"
LOST_TO = "lost_to"
STALE_MOMENT = "stale_moment"
QUIET_HOURS = "quiet_hours"
THROTTLED = "throttled"
# Only at the instant of handing over.
CAMPAIGN_STOPPED = "campaign_stopped"
CAMPAIGN_PAUSED = "campaign_paused"
GOAL_MET = "exited_goal"
EXIT_MET = "exited_condition"

# What each means, as it stands after "Not asked:".
LABELS = {
    GONE: "The contact was deleted",
    TEST_CONTACT: "Is a test contact",
    NO_ADDRESS: "Has no email address",
    SUPPRESSED: "The address is suppressed",
    UNSUBSCRIBED: "Unsubscribed",
    NO_CONSENT: "Never agreed to get email",
    CAMPAIGN_STOPPED: "The campaign was stopped",
    GOAL_MET: "Reached the goal before the email left",
    EXIT_MET: "Met the exit condition before the email left",
    GLOBAL_STOP: "Everything is stopped",
    INCIDENT: "An incident concerns this person",
    NEVER: "Asked us never to ask again",
    SNOOZED: "Said not now",
    OPEN_TICKET: "Has an open ticket",
    RECENT_TICKET: "Had a ticket in the last 14 days",
    LOW_SATISFACTION: "Is not satisfied",
    CHURN_RISK: "Is about to leave",
    BELOW_ENGAGEMENT: "Uses the product too little",
    CAP: "Was asked less than 90 days ago",
    LOST_TO: "A campaign of higher priority asks first",
    STALE_MOMENT: "The moment has passed",
    CAMPAIGN_PAUSED: "The campaign is paused",
    QUIET_HOURS: "It is night where the contact lives",
    THROTTLED: "Waits for its turn: no more may leave at once",
}
# These pass by themselves: wait, whatever the step says.
TIMING = frozenset({GLOBAL_STOP, INCIDENT, CAMPAIGN_PAUSED, QUIET_HOURS, THROTTLED})
# Of these nobody knows the end, but they may end: whoever waits is looked at again.
OPEN_ENDED = frozenset(
    {
        GLOBAL_STOP,
        INCIDENT,
        OPEN_TICKET,
        RECENT_TICKET,
        LOW_SATISFACTION,
        CHURN_RISK,
        BELOW_ENGAGEMENT,
    }
)
# What a campaign may do without; law, and what a person has said, never is among them.
MAY_BE_OFF = (
    OPEN_TICKET,
    RECENT_TICKET,
    LOW_SATISFACTION,
    CHURN_RISK,
    BELOW_ENGAGEMENT,
    LOST_TO,
)
AT_THE_HAND_OVER = frozenset({CAMPAIGN_STOPPED, CAMPAIGN_PAUSED, GOAL_MET, EXIT_MET})
ORDER = {reason: position for position, reason in enumerate(LABELS)}


@dataclass(frozen=True)
class Objection:
    """
    A guardrail says no: why, and from when on it would say yes.

    ``until`` is None where nobody knows, or waiting does not help.
    """

    reason: str
    until: datetime | None = None
    details: dict[str, Any] = field(default_factory=dict)
