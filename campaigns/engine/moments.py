"""
What has become of the moments of a campaign, counted from the rows.

Moments = enrolled + refused + waiting. What is planned, such as a date, is no moment yet, and
what is in the inbox has not been looked at.
"""

from dataclasses import dataclass

from django.db.models import Count

from audiences.models import MembershipReaction
from campaigns.engine.watch import moments_of
from campaigns.models import Campaign, Enrollment, Moment, Refusal
from contacts.models import Reaction
from contacts.models.event import CONTACT_CHANGED, CONTACT_REMADE


@dataclass(frozen=True)
class Books:
    """Moments by what became of them; words and counts, the largest first."""

    enrolled: int
    refused: list[tuple[str, str, int]]
    waiting: list[tuple[str, str, int]]
    planned: list[tuple[str, str, int]]
    inbox: int

    @property
    def refused_count(self) -> int:
        """How many were refused."""
        return sum(count for _, _, count in self.refused)

    @property
    def waiting_count(self) -> int:
        """How many wait."""
        return sum(count for _, _, count in self.waiting)

    @property
    def moments(self) -> int:
        """How many moments there were."""
        return self.enrolled + self.refused_count + self.waiting_count


def read_books(campaign: Campaign) -> Books:
    """Count; five queries."""
    own = {"campaign": campaign}
    refused = dict(_by(Refusal, "reason", own))
    waiting = dict(_by(Moment, "waits_for", own))
    consumer = moments_of(campaign.pk)
    changed = (CONTACT_CHANGED, CONTACT_REMADE)
    happened = Reaction.objects.filter(consumer=consumer).exclude(name__in=changed)
    entered = MembershipReaction.objects.filter(consumer=consumer)
    return Books(
        enrolled=Enrollment.objects.filter(**own).count(),
        refused=_named(refused, Refusal.Reason),
        waiting=_named(
            {key: n for key, n in waiting.items() if key not in Moment.PLANNED},
            Moment.Wait,
        ),
        planned=_named(
            {key: n for key, n in waiting.items() if key in Moment.PLANNED},
            Moment.Wait,
        ),
        inbox=happened.count() + entered.count(),
    )


def _by(
    model: type[Refusal] | type[Moment], field: str, own: dict[str, Campaign]
) -> list[tuple[str, int]]:
    """Count the rows of a campaign by a field."""
    rows = model._default_manager.filter(**own).values_list(field)
    return [(key, n) for key, n in rows.annotate(Count("pk")).order_by(field)]


def _named(
    counts: dict[str, int], words: type[Refusal.Reason] | type[Moment.Wait]
) -> list[tuple[str, str, int]]:
    """Put words to the keys."""
    labels = dict(words.choices)
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(key, str(labels[key]), n) for key, n in ordered]
