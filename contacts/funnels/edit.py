"""Keep funnels: make, change and delete them."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from contacts.funnels.stages import Stage, check_stages, documents
from contacts.models import Funnel

LONGEST_WINDOW = 730


class FunnelRefused(ValueError):
    """The funnel can't be kept so; the argument says why, for people."""


@transaction.atomic
def save_funnel(
    *,
    funnel: Funnel | None,
    name: str,
    stages: Sequence[Stage],
    window_days: int,
    user: AbstractBaseUser | None,
    now: datetime,
) -> Funnel:
    """
    Make a funnel, or change one.

    :raises StagesRefused: if the stages can't be used
    :raises FunnelRefused: if the name is taken, or the window is too long or too short
    """
    kept = check_stages(stages)
    others = Funnel.objects.filter(name__iexact=name.strip())
    if funnel is not None:
        others = others.exclude(pk=funnel.pk)
    if not name.strip():
        raise FunnelRefused("Name the funnel.")
    if others.exists():
        raise FunnelRefused(f"There is a funnel “{name.strip()}” already.")
    if not 1 <= window_days <= LONGEST_WINDOW:
        raise FunnelRefused(f"The window has 1 to {LONGEST_WINDOW} days.")
    if funnel is None:
        funnel = Funnel(created_at=now, created_by_id=user.pk if user else None)
    funnel.name = name.strip()
    funnel.stages = documents(kept)
    funnel.window_days = window_days
    funnel.save()
    return funnel
