"""Values computed from events."""

from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from audiences.conditions import traits
from audiences.conditions.errors import ConditionError


class Trait(models.Model):
    """
    A value computed from the events of a contact or of an account, whenever it is asked for.

    ``definition`` is a document (``conditions/LANGUAGE.md``). ``key`` is made of the name once
    and stays: exports and messages know the trait by it. ``measured`` tells how the values are
    distributed, as of ``measured_at``: no condition depends on it.
    """

    name = models.CharField(max_length=120, unique=True)
    key = models.SlugField(max_length=140, unique=True)
    description = models.TextField(blank=True)
    definition = models.JSONField()
    # Counts the changes of the definition.
    version = models.PositiveIntegerField(default=1)
    measured = models.JSONField(default=dict, blank=True)
    measured_at = models.DateTimeField(null=True, blank=True)
    measure_due_at = models.DateTimeField(null=True, blank=True)
    measure_error = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        indexes = [
            models.Index(fields=["measure_due_at"], name="trait_measure_due"),
        ]

    def __str__(self) -> str:
        return self.name


def definitions_of(trait_ids: Iterable[int]) -> dict[int, traits.Trait]:
    """
    Read the definitions of traits, and of those of which they are put together.

    What is gone, or can't be read any more, is left out. At most two queries.
    """
    found = _read_rows(set(trait_ids))
    sides = {side for one in found.values() for side in traits.sides(one)}
    return found | _read_rows(sides - found.keys())


def _read_rows(trait_ids: set[int]) -> dict[int, traits.Trait]:
    """Read the definitions of some traits, if there are any."""
    if not trait_ids:
        return {}
    rows = Trait.objects.filter(pk__in=trait_ids).values_list("pk", "definition")
    read = {pk: _read(definition) for pk, definition in rows}
    return {pk: definition for pk, definition in read.items() if definition}


def _read(definition: object) -> traits.Trait | None:
    """Read a definition; None if it can't be understood."""
    try:
        return traits.parse_trait(definition)
    except ConditionError:
        return None
