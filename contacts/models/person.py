"""What every table about one person has in common."""

from typing import Any

from django.db import models


class PersonModel(models.Model):
    """
    A row about one contact, ready to be sharded by contact.

    The contact of a row never changes: an update names it in WHERE and leaves it out of SET.
    Tables that are written in bulk repeat the field with ``db_constraint=False``.
    """

    contact = models.ForeignKey("contacts.Contact", on_delete=models.CASCADE)

    class Meta:
        abstract = True

    def _do_update(
        self,
        base_qs: models.QuerySet[Any],
        using: Any,
        pk: Any,
        values: Any,
        *rest: Any,
    ) -> Any:
        changed = [row for row in values if row[0].name != "contact"]
        own = base_qs.filter(contact_id=self.contact_id)
        return super()._do_update(own, using, pk, changed, *rest)
