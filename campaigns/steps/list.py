"""Put the contact on a list, or take it off."""

from typing import ClassVar

from campaigns.flows.definition import Step
from campaigns.steps.base import Batch, Outcome
from contacts import lists
from contacts.models import ContactList


class ListStep:
    """A change of a list; who is on it already, or is not, stays as he is."""

    kind: ClassVar[str] = "list"
    label: ClassVar[str] = "Change a list"

    def run(self, batch: Batch) -> list[Outcome]:
        """Change the list for the whole batch."""
        contact_list = ContactList.objects.get(pk=batch.step["list"])
        change = (
            lists.add_contacts
            if batch.step["action"] == "add"
            else lists.remove_contacts
        )
        change(
            contact_list=contact_list,
            contact_ids=sorted(one.contact_id for one in batch.candidates),
            now=batch.now,
        )
        return [Outcome("done", batch.candidates)]

    def describe(self, step: Step) -> str:
        """Say which list; one query."""
        found = ContactList.objects.filter(pk=step["list"] or 0).first()
        if found is None:
            return "No list yet"
        if step["action"] == "add":
            return f"Add to the list “{found}”"
        return f"Remove from the list “{found}”"
