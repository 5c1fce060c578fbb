"""What every table about one person has in common."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models


class PersonModel(models.Model):
    """
    A row about one contact, ready to be sharded by contact.

    The contact of a row never changes: an update names it in WHERE and leaves it out of SET.
    Tables that are written in bulk repeat the field with ``db_constraint=False``.

    Each table says, in class attributes that a system check asks for:

    - ``merging``: what becomes of its rows when two contacts become one: they "move", and
      where a unique rule stops one, the row of who remains stays; or a function "combines"
      them (``contacts.identities.combining``)
    - ``erasing``: what is left when a person is forgotten: "deleted", "kept" as it is, or the
      fields that are emptied, each with its value
    - ``follows``: a field that names another row of the contact and the table of that row,
      if it goes where that goes when contacts part
    """

    merging: ClassVar[str]
    erasing: ClassVar[str | Mapping[str, Any]]
    follows: ClassVar[tuple[str, str]]

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
        """Update by the contact too, which is never changed."""
        changed = [row for row in values if row[0].name != "contact"]
        own = base_qs.filter(contact_id=self.contact_id)
        return super()._do_update(own, using, pk, changed, *rest)
