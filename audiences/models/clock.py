"""How far the passing of time has been followed, for rules that time alone changes."""

from django.db import models

from contacts.models import PersonModel


class ClockHead(models.Model):
    """
    A reading head behind the present: what lies ``after`` back has been looked at.

    ``clock`` and ``name`` say what it reads (``conditions.kind.Flip``), such as the times of
    the events of a name. All up to ``passed_until`` have passed: the next turn takes those
    from there to the present, each shifted by ``after``, and looks at their contacts again.
    """

    clock = models.CharField(max_length=20)
    name = models.CharField(max_length=200, blank=True)
    after = models.DurationField()
    passed_until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clock", "name", "after"], name="clock_head_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clock} {self.name} {self.after}"


class WatchedDate(PersonModel):
    """
    A moment that an attribute of a contact holds, of an attribute that a live rule compares
    with the present, or that a rule has kept (``conditions.kept``); so that heads find it by
    time.
    """

    merging = "moves"
    erasing = "deleted"

    # We compute it: that the row exists shows no activity of the contact.
    is_derived = True

    contact = models.ForeignKey(
        "contacts.Contact",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
    )
    name = models.CharField(max_length=200)
    at = models.DateTimeField()
    # Month × 100 + day of the moment, for anniversaries.
    month_day = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "name", "at"], name="watched_date_once"
            ),
        ]
        indexes = [
            models.Index(fields=["name", "at"], name="watched_date_by_time"),
            models.Index(fields=["name", "month_day"], name="watched_date_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.contact_id}"
