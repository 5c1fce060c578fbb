"""Visits of past days, counted once."""

from django.db import models

from referrals.models.program import Program
from referrals.models.visit import Visit


class VisitCount(models.Model):
    """
    How many visits of a kind a program had on a day, by UTC, through one way of sharing.

    Only days before ``VisitCounting.counted_until`` are here; later ones are counted from the
    rows themselves. Names nobody, so an erasure changes none of them.
    """

    program = models.ForeignKey(Program, on_delete=models.CASCADE)
    day = models.DateField()
    channel = models.CharField(max_length=20, blank=True)
    kind = models.CharField(max_length=12, choices=Visit.Kind)
    visits = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "program", "channel", "kind"], name="visits_counted_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.visits} of kind {self.kind} on {self.day}"


class VisitCounting(models.Model):
    """
    Up to where visits are counted: one row, whose lock lets one count at a time.

    Nobody records a visit on a day that is over for so long; whoever has to, such as a demo,
    calls ``referrals.visit_counts.recount_visits`` after it.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    counted_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(id=1), name="one_counting_of_visits"
            ),
        ]

    def __str__(self) -> str:
        return f"Counted until {self.counted_until}"
