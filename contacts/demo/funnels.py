"""What the shop's owner looks at: two funnels, and how many people did each event."""

from datetime import datetime, timedelta

from contacts.funnels.edit import save_funnel
from contacts.funnels.stages import Stage
from contacts.observed import count_one

FUNNELS = {
    "From sign-up to praise": (
        Stage("Signed up", ("signed_up",)),
        Stage("Ordered", ("order_completed",)),
        Stage("Answered the survey", ("survey_answered",)),
        Stage("Reviewed", ("review_left",)),
    ),
    "From a visit to the cart": (
        Stage("Visited", ("Page Viewed",)),
        Stage("Looked at beans", ("Product Viewed",)),
        Stage("Put some into the cart", ("Product Added",)),
    ),
}


def load_funnels(*, now: datetime) -> None:
    """Make the funnels, and count once what is else counted in the background."""
    for name, stages in FUNNELS.items():
        save_funnel(
            funnel=None,
            name=name,
            stages=stages,
            window_days=60,
            user=None,
            now=now - timedelta(days=20),
        )
    while count_one(now=now):
        pass
