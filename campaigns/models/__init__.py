"""The tables of campaigns."""

from campaigns.models.ask import Answer, Ask, AskBudget, Hold
from campaigns.models.campaign import Campaign, CampaignVersion, DraftRevision
from campaigns.models.enrollment import Enrollment, StartRun, StepRun
from campaigns.models.message import Message, MessageTag

__all__ = [
    "Answer",
    "Ask",
    "AskBudget",
    "Campaign",
    "CampaignVersion",
    "DraftRevision",
    "Enrollment",
    "Hold",
    "Message",
    "MessageTag",
    "StartRun",
    "StepRun",
]
