"""Begin a campaign with the draft of another one."""

from copy import deepcopy
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser

from campaigns.models import Campaign

LONGEST_NAME = 120


def duplicate_campaign(
    *, campaign: Campaign, user: AbstractBaseUser | None, now: datetime
) -> Campaign:
    """
    Make a draft that says what the draft of a campaign says, under a name of its own.

    The keys of its steps stay, so that the two can be compared. Nothing that happened goes
    with it: it has no versions, no people, no asks and nothing to undo.
    """
    return Campaign.objects.create(
        name=free_name(f"Copy of {campaign.name}"),
        program_id=campaign.program_id,
        priority=campaign.priority,
        draft=deepcopy(campaign.draft),
        created_at=now,
        created_by_id=user.pk if user else None,
    )


def free_name(name: str) -> str:
    """Number a name if another campaign has it; long ones are cut to leave room for that."""
    begun = name[:LONGEST_NAME].rstrip()
    taken = {
        one.casefold()
        for one in Campaign.objects.filter(
            name__istartswith=begun[: LONGEST_NAME - 8]
        ).values_list("name", flat=True)
    }
    found, number = begun, 2
    while found.casefold() in taken:
        ending = f" {number}"
        found = begun[: LONGEST_NAME - len(ending)].rstrip() + ending
        number += 1
    return found
