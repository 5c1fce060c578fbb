"""Begin a campaign with a starter, and with the audience that it needs."""

from datetime import datetime
from itertools import count

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from audiences.conditions.parse import dump_condition, parse_condition
from audiences.definitions import create_audience
from audiences.models import Audience
from campaigns.models import Campaign
from campaigns.starters.starter import Filled, Starter
from referrals.models import Program


@transaction.atomic
def begin_campaign(
    *,
    starter: Starter,
    filled: Filled,
    audience: Audience | None,
    name: str,
    program: Program,
    user: AbstractBaseUser | None,
    now: datetime,
) -> Campaign:
    """
    Make a draft of a starter.

    One that begins with an audience takes the one that is given, else one of its own rule;
    if there is none, it is made.

    :raises ConditionError: if that rule can't be understood
    """
    document = starter.write(filled)
    if starter.rule is not None:
        chosen = audience or _own_audience(starter, filled, user, now)
        document["trigger"]["audience"] = chosen.pk
    return Campaign.objects.create(
        name=name,
        program=program,
        draft=document,
        created_at=now,
        created_by_id=user.pk if user else None,
    )


def _own_audience(
    starter: Starter, filled: Filled, user: AbstractBaseUser | None, now: datetime
) -> Audience:
    """Find the audience of the starter's rule, or make it under a name that is free."""
    assert starter.rule is not None  # noqa: S101 - asked before
    rule = dump_condition(parse_condition(starter.rule(filled)))
    found = Audience.objects.live().filter(rule=rule, counts_from=None)
    if same := found.order_by("pk").first():
        return same
    name = starter.audience_name
    for number in count(2):
        if not Audience.objects.filter(name=name).exists():
            break
        name = f"{starter.audience_name} {number}"
    return create_audience(
        name=name, rule=rule, description=starter.about, user=user, now=now
    )
