"""
Who uses an audience, so that nobody pulls it from under a campaign.

Apps above register how they name their uses, in ``AppConfig.ready``::

    usage.register("campaign", campaigns_by_audience)

where the function takes ids of audiences and returns, for each that is used, its ``Use`` rows.
It costs the same for one audience and for a page of them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse

from audiences.conditions import nodes
from audiences.conditions.parse import parse_condition
from audiences.models import Audience
from contacts.models import ContactList


@dataclass(frozen=True)
class Use:
    """Something that needs the audience: what it is, its name, and where it is edited."""

    kind: str
    name: str
    url: str


FindUses = Callable[[Sequence[int]], Mapping[int, Iterable[Use]]]
USERS: dict[str, FindUses] = {}
# The same for traits, by users above this app.
TRAIT_USERS: dict[str, FindUses] = {}


def register(kind: str, find: FindUses) -> None:
    """Make a kind of user of audiences known."""
    USERS[kind] = find


def register_of_traits(kind: str, find: FindUses) -> None:
    """Make a kind of user of traits known."""
    TRAIT_USERS[kind] = find


def nested_uses(audience_ids: Sequence[int]) -> dict[int, list[Use]]:
    """List the live audiences whose rules name each of the audiences."""
    found: dict[int, list[Use]] = {}
    for other in Audience.objects.live().filter(depth__gt=0).order_by("name", "pk"):
        url = reverse("admin:audiences_audience_change", args=[other.pk])
        for pk in other.names_audiences() & set(audience_ids):
            found.setdefault(pk, []).append(Use("Audience", other.name, url))
    return found


def lists_in(rule: object) -> set[int]:
    """Gather the ids of the lists that a condition document names."""
    inside = nodes.walk(parse_condition(rule))
    return {node.list_id for node in inside if isinstance(node, nodes.OnList)}


def audiences_of_list(contact_list: ContactList) -> list[Audience]:
    """List the audiences whose rules name a list, archived ones too: they may come back."""
    return [
        audience
        for audience in Audience.objects.order_by("name", "pk")
        if contact_list.pk in lists_in(audience.rule)
    ]


def uses_of_list(contact_list: ContactList) -> list[str]:
    """Name the audiences that need a list."""
    return [
        f"the {'archived ' if audience.archived_at else ''}audience “{audience.name}”"
        for audience in audiences_of_list(contact_list)
    ]


def uses_of(audience: Audience) -> list[Use]:
    """List everything that uses the audience, kind by kind."""
    return uses_of_many([audience.pk])[audience.pk]


def uses_of_many(audience_ids: Sequence[int]) -> dict[int, list[Use]]:
    """List everything that uses each of the audiences; costs what each kind costs once."""
    found: dict[int, list[Use]] = {pk: [] for pk in audience_ids}
    for find in USERS.values():
        for pk, uses in find(audience_ids).items():
            found[pk].extend(uses)
    return found
