"""Do the next part of whichever plan it is: one that moves people, or one that takes it back."""

from datetime import datetime

from campaigns.changing.carry_out import carry_out
from campaigns.changing.take_back import put_back
from campaigns.models import PublishPlan


def carry_on(work: PublishPlan, *, now: datetime) -> bool:
    """
    Do the next part of a plan.

    :returns: whether there may be more
    """
    if work.undoes_id is not None:
        return put_back(work, now=now)
    return carry_out(work, now=now)
