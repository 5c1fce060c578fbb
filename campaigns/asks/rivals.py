"""Which campaign took the ask that another one was held for."""

from typing import Any

from django.db.models import CharField, OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast

from campaigns.models import Ask, Hold


def with_rival(holds: QuerySet[Hold]) -> QuerySet[Any]:
    """
    Add the name of the campaign that asked instead, as ``rival``.

    None where the ask was held for another reason than the frequency cap, or the same campaign
    had asked before. The cap notes the day of the ask that used up the budget. Leans on
    asks_of_contact.
    """
    first = KeyTransform("0", KeyTransform("objections", OuterRef("details")))
    asks = (
        Ask.objects.annotate(day=Cast("asked_on", CharField()))
        .filter(
            contact=OuterRef("contact"),
            day=KeyTextTransform("last_asked_on", first),
            refunded_at=None,
        )
        .exclude(campaign=OuterRef("campaign"))
        .order_by("-asked_at", "-pk")
    )
    return holds.annotate(rival=Subquery(asks.values("campaign__name")[:1]))
