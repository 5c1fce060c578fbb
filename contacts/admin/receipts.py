"""What other apps show on a message's receipt, so that nothing here imports upward."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User

from contacts.admin.panels import PanelRow
from contacts.models import Contact, Receipt


@dataclass(frozen=True)
class Consequence:
    """A section of a receipt: what the message led to in another app."""

    title: str
    build: Callable[[Receipt, Contact], Sequence[PanelRow]]
    permission: str


@dataclass(frozen=True)
class BuiltConsequence:
    """A consequence with its rows for one receipt."""

    title: str
    rows: Sequence[PanelRow]


CONSEQUENCES: dict[str, Consequence] = {}


def register_consequence(
    title: str,
    build: Callable[[Receipt, Contact], Sequence[PanelRow]],
    *,
    permission: str,
) -> None:
    """
    Add a section to every receipt; called in ``AppConfig.ready``.

    ``build`` gets an accepted receipt and the contact it belongs to today, and returns rows;
    none leave the section out. Users without the permission don't see it. One or two queries.
    """
    CONSEQUENCES[title] = Consequence(title, build, permission)


def build_consequences(
    receipt: Receipt, contact: Contact, user: User | AnonymousUser
) -> list[BuiltConsequence]:
    """Build the sections that the user may see and that have something to say."""
    built = [
        BuiltConsequence(consequence.title, consequence.build(receipt, contact))
        for consequence in CONSEQUENCES.values()
        if user.has_perm(consequence.permission)
    ]
    return [consequence for consequence in built if consequence.rows]
