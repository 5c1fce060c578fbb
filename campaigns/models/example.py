"""People by whom a draft is tested: each with what should happen to him."""

from django.conf import settings
from django.db import models

from campaigns.models.campaign import Campaign
from contacts.models import PersonModel


class ExampleQuerySet(models.QuerySet["Example"]):
    """Examples of campaigns."""

    def counting(self) -> "ExampleQuerySet":
        """Select those who can be run: who was forgotten is an example of nothing."""
        return self.filter(contact__erased_at=None)


class Example(PersonModel):
    """
    A contact whom a marketer has pinned to a campaign with what he expects to happen to him.

    ``expected`` is a document of ``campaigns.seeing.expectations``; he enters at ``starts_at``,
    as he was then, or whenever it is run if that is null, and says ``answer`` to each ask. The
    rest is what came of it last, with the revision of the draft that it was run with.
    """

    merging = "combines"
    erasing = {"seen": {}, "happened": "", "why": ""}

    class State(models.TextChoices):
        """What came of it last."""

        UNCHECKED = "unchecked", "Not run yet"
        HOLDS = "holds", "As expected"
        BREAKS = "breaks", "Breaks"
        STUCK = "stuck", "Could not be run"

    contact = models.ForeignKey("contacts.Contact", on_delete=models.CASCADE)
    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="examples"
    )
    expected = models.JSONField()
    starts_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=10, blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    # When another contact became a part of this one, or this one of another.
    merged_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.UNCHECKED)
    checked_at = models.DateTimeField(null=True, blank=True)
    checked_revision = models.PositiveIntegerField(null=True, blank=True)
    # What was seen, as a document, and in words.
    seen = models.JSONField(default=dict, blank=True)
    happened = models.TextField(blank=True)
    why = models.TextField(blank=True)

    objects = ExampleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "campaign"], name="one_example_per_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} as an example of {self.campaign_id}"

    def was_run_with(self, revision: int) -> bool:
        """Whether what is known of it was found with this revision of the draft."""
        return self.state != self.State.UNCHECKED and self.checked_revision == revision
