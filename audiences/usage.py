"""
Who uses an audience, a trait or a list, so that nobody pulls it from under a campaign.

Apps above register how they name their uses, in ``AppConfig.ready``::

    usage.register("campaign", campaigns_by_audience)

where the function takes ids of audiences and returns, for each that is used, its ``Use`` rows.
It costs the same for one audience and for a page of them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from django.urls import reverse

from audiences.conditions import nodes
from audiences.conditions.errors import ConditionError
from audiences.conditions.parse import parse_condition
from audiences.models import Audience, Trait
from contacts.models import ContactList


@dataclass(frozen=True)
class Use:
    """
    Something that needs an audience, a trait or a list: what it is, its name, and where it is
    edited.

    ``details`` says what of it does, such as its draft, and ``serves`` what it is a part of.
    An audience or a trait, which others may need in turn, has its id.
    """

    kind: str
    name: str
    url: str
    details: str = ""
    serves: tuple["Use", ...] = ()
    audience_id: int | None = None
    trait_id: int | None = None


FindUses = Callable[[Sequence[int]], Mapping[int, Iterable[Use]]]
USERS: dict[str, FindUses] = {}
FindForPerson = Callable[[int, int], Iterable[Use]]
# What an audience means for one person, by the apps above.
OF_PEOPLE: list[FindForPerson] = []
# The same for traits and for lists, by users above this app.
TRAIT_USERS: dict[str, FindUses] = {}
LIST_USERS: dict[str, FindUses] = {}


def register(kind: str, find: FindUses) -> None:
    """Make a kind of user of audiences known."""
    USERS[kind] = find


def register_of_people(find: FindForPerson) -> None:
    """
    Lead from "why is he in it" to what comes of it; called in ``AppConfig.ready``.

    ``find`` takes ids of an audience and of a contact; the address is about that contact.
    """
    OF_PEOPLE.append(find)


def uses_for_person(audience_id: int, contact_id: int) -> list[Use]:
    """List what uses an audience, with addresses about one contact."""
    return [use for find in OF_PEOPLE for use in find(audience_id, contact_id)]


def register_of_traits(kind: str, find: FindUses) -> None:
    """Make a kind of user of traits known."""
    TRAIT_USERS[kind] = find


def register_of_lists(kind: str, find: FindUses) -> None:
    """Make a kind of user of lists known."""
    LIST_USERS[kind] = find


def nested_uses(audience_ids: Sequence[int]) -> dict[int, list[Use]]:
    """List the live audiences whose rules name each of the audiences."""
    found: dict[int, list[Use]] = {}
    for other in Audience.objects.live().filter(depth__gt=0).order_by("name", "pk"):
        for pk in other.names_audiences() & set(audience_ids):
            found.setdefault(pk, []).append(_by_audience(other))
    return found


def audiences_of_traits(trait_ids: Iterable[int]) -> list[Audience]:
    """List the audiences whose rules name one of the traits, archived ones too."""
    return _audiences_naming(_traits_in, set(trait_ids))


def formulas_of(trait_ids: Sequence[int]) -> dict[int, list[Trait]]:
    """List the traits that are put together from each of the traits."""
    found: dict[int, list[Trait]] = {pk: [] for pk in trait_ids}
    for other in Trait.objects.filter(definition__kind="formula").order_by("name"):
        definition = other.definition
        for pk in {definition["left"], definition["right"]} & found.keys():
            found[pk].append(other)
    return found


def uses_of_list(contact_list: ContactList) -> list[str]:
    """Name everything that needs a list, as parts of a sentence."""
    uses = uses_of_lists([contact_list.pk])[contact_list.pk]
    return [f"the {use.kind.lower()} “{use.name}”" for use in uses]


def uses_of_lists(list_ids: Sequence[int]) -> dict[int, list[Use]]:
    """List everything that needs each of the lists."""
    found: dict[int, list[Use]] = {pk: [] for pk in list_ids}
    for audience in _audiences_naming(_lists_in, found.keys()):
        for pk in _lists_in(audience.rule) & found.keys():
            found[pk].append(_by_audience(audience))
    return _with_users(found, LIST_USERS)


def uses_of_traits(trait_ids: Sequence[int]) -> dict[int, list[Use]]:
    """List everything that needs each of the traits."""
    found: dict[int, list[Use]] = {pk: [] for pk in trait_ids}
    for audience in audiences_of_traits(trait_ids):
        for pk in _traits_in(audience.rule) & found.keys():
            found[pk].append(_by_audience(audience))
    for pk, formulas in formulas_of(trait_ids).items():
        found[pk] += [_by_trait(one) for one in formulas]
    return _with_users(found, TRAIT_USERS)


def uses_of(audience: Audience) -> list[Use]:
    """List everything that uses the audience, kind by kind."""
    return uses_of_many([audience.pk])[audience.pk]


def uses_of_many(audience_ids: Sequence[int]) -> dict[int, list[Use]]:
    """List everything that uses each of the audiences; costs what each kind costs once."""
    return _with_users({pk: [] for pk in audience_ids}, USERS)


def _with_users(
    found: dict[int, list[Use]], users: Mapping[str, FindUses]
) -> dict[int, list[Use]]:
    """Add what has registered."""
    for find in users.values():
        for pk, uses in find(list(found)).items():
            found[pk].extend(uses)
    return found


def _by_audience(audience: Audience) -> Use:
    """Name an audience as a user."""
    return Use(
        "Archived audience" if audience.archived_at else "Audience",
        audience.name,
        reverse("admin:audiences_audience_change", args=[audience.pk]),
        audience_id=audience.pk,
    )


def _by_trait(trait: Trait) -> Use:
    """Name a trait as a user."""
    url = reverse("admin:audiences_trait_change", args=[trait.pk])
    return Use("Trait", trait.name, url, trait_id=trait.pk)


def _audiences_naming(
    find: Callable[[object], set[int]], wanted: AbstractSet[int]
) -> list[Audience]:
    """List the audiences in whose rules something finds what is wanted."""
    return [
        audience
        for audience in Audience.objects.order_by("name", "pk")
        if find(audience.rule) & wanted
    ]


def _lists_in(rule: object) -> set[int]:
    """Gather the lists that a rule names; none if it can't be read any more."""
    return {node.list_id for node in _walk(rule) if isinstance(node, nodes.OnList)}


def _traits_in(rule: object) -> set[int]:
    """Gather the traits that a rule names; none if it can't be read any more."""
    return {pk for node in _walk(rule)[:1] for pk in nodes.trait_ids(node)}


def _walk(rule: object) -> list[nodes.Node]:
    """List the nodes of a rule, the outermost first; none if it can't be read any more."""
    try:
        return nodes.walk(parse_condition(rule))
    except ConditionError:
        return []
