"""What events mean in a program."""

from typing import TYPE_CHECKING

from django.db import models

from contacts.models import WatchedEvent
from referrals.standard_stages import STANDARD_STAGES

if TYPE_CHECKING:
    from referrals.models.program import Program

# As whom we hear of events; of those told after the fact, by another name.
CONSUMER = "referrals"
HISTORY = "referrals.history"


class StageRule(models.Model):
    """
    An event that means a stage in a program, or takes an order back.

    ``filters`` are those of a condition about events, all of which must hold.
    ``key_property`` names what tells one order or opportunity from another; blank if the
    stage is reached once. Of several properties, separated by commas, the first that the
    event has counts.
    """

    class Means(models.TextChoices):
        """What the event means."""

        LEAD = "lead", "Lead"
        QUALIFIED = "qualified", "Qualified"
        OPPORTUNITY = "opportunity", "Opportunity"
        WON = "won", "Won"
        LOST = "lost", "Lost"
        REFUND = "refund", "Refund"
        CANCEL = "cancel", "Cancel"

    program = models.ForeignKey(
        "referrals.Program", on_delete=models.CASCADE, related_name="stage_rules"
    )
    means = models.CharField(max_length=12, choices=Means)
    event = models.CharField(max_length=200)
    filters = models.JSONField(default=list, blank=True)
    key_property = models.CharField(max_length=100, blank=True)
    amount_property = models.CharField(max_length=100, blank=True)
    currency_property = models.CharField(max_length=100, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["event"], name="stage_rules_of_event")]

    def __str__(self) -> str:
        return f"{self.event} means {self.means}"


def standard_rules(program: "Program") -> list[StageRule]:
    """Write what events mean in a new program."""
    return [
        StageRule(
            program=program,
            means=means,
            event=event,
            key_property=key,
            amount_property=amount,
            currency_property=currency,
            position=position,
        )
        for position, (means, event, key, amount, currency) in enumerate(
            STANDARD_STAGES
        )
    ]


def begin_program(program: "Program") -> None:
    """Write what events mean in a new program, and hear of them."""
    rules = StageRule.objects.bulk_create(standard_rules(program))
    hear_of({rule.event for rule in rules}, CONSUMER, tells_history=False)


def hear_of(names: set[str], consumer: str, *, tells_history: bool) -> None:
    """Ask for a reaction to each event of these names."""
    WatchedEvent.objects.bulk_create(
        [
            WatchedEvent(consumer=consumer, name=name, tells_history=tells_history)
            for name in sorted(names)
        ],
        ignore_conflicts=True,
    )
