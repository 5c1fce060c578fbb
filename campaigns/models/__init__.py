"""The tables of campaigns."""

from campaigns.models.ask import Answer, Ask, AskBudget, Evidence, Hold
from campaigns.models.campaign import (
    Campaign,
    CampaignChange,
    CampaignVersion,
    DraftRevision,
)
from campaigns.models.connection import Connection
from campaigns.models.document import DocumentField
from campaigns.models.enrollment import Enrollment, Refusal, StartRun, StepRun
from campaigns.models.example import Example
from campaigns.models.goal import GoalReached
from campaigns.models.guardrail import (
    Guardrail,
    Incident,
    IncidentKey,
    SendingRate,
)
from campaigns.models.in_app import InAppSite
from campaigns.models.message import PASSED_ON, Message, MessageFact, MessageTag
from campaigns.models.moment import Moment
from campaigns.models.picture import Picture
from campaigns.models.plan import PublishPlan, VersionMove
from campaigns.models.rehearsal import Rehearsal, RehearsedPerson
from campaigns.models.task import Task

__all__ = [
    "PASSED_ON",
    "Answer",
    "Ask",
    "AskBudget",
    "Campaign",
    "CampaignChange",
    "CampaignVersion",
    "Connection",
    "DocumentField",
    "DraftRevision",
    "Enrollment",
    "Evidence",
    "Example",
    "GoalReached",
    "Guardrail",
    "Hold",
    "InAppSite",
    "Incident",
    "IncidentKey",
    "Message",
    "MessageFact",
    "MessageTag",
    "Moment",
    "Picture",
    "PublishPlan",
    "Refusal",
    "Rehearsal",
    "RehearsedPerson",
    "SendingRate",
    "StartRun",
    "StepRun",
    "Task",
    "VersionMove",
]
