"""Every starter, in the order in which they are offered."""

from campaigns.starters.first_value import FIRST_VALUE
from campaigns.starters.give_and_get import GIVE_AND_GET
from campaigns.starters.introduction import INTRODUCTION
from campaigns.starters.milestone import MILESTONE
from campaigns.starters.onboarding import ONBOARDING
from campaigns.starters.promoters import PROMOTERS
from campaigns.starters.renewal import RENEWAL
from campaigns.starters.starter import Starter
from campaigns.starters.win_back import WIN_BACK

STARTERS: dict[str, Starter] = {
    one.key: one
    for one in (
        PROMOTERS,
        MILESTONE,
        FIRST_VALUE,
        RENEWAL,
        GIVE_AND_GET,
        WIN_BACK,
        INTRODUCTION,
        ONBOARDING,
    )
}
