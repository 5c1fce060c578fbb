"""Where a contact is now: old links and tokens of one who became a part of another still work."""

from contacts.identities.tables import Table
from contacts.models import Contact, Merge


def present_id(contact_id: int) -> int:
    """
    Tell which contact somebody is by now; his own id if he is himself.

    Merges move along with whoever has them, so one look suffices. Two queries at most.
    """
    if Contact.objects.filter(pk=contact_id).exists():
        return contact_id
    merges = Merge.objects.filter(merged_id=contact_id, undone_at=None)
    holder = merges.order_by("-pk").values_list("contact_id", flat=True).first()
    return holder or contact_id


def stand_in_for(model: Table, contact_id: int, row_id: int) -> int:
    """Tell which row of a contact took the place of one that merging took away."""
    label = model._meta.label_lower
    merges = Merge.objects.filter(contact_id=contact_id, undone_at=None)
    for aliases in merges.order_by("pk").values_list("journal__aliases", flat=True):
        row_id = (aliases or {}).get(label, {}).get(str(row_id), row_id)
    return row_id
