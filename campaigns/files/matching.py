"""Find what of a file's needs is here, and what else may be taken or made."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser, User
from django.db.models import QuerySet

from audiences.models import Audience, Trait
from campaigns.files.format import CampaignFile, Thing, named_by
from campaigns.files.words import is_same, say_definition
from campaigns.files.write import MODELS, Namer, define
from campaigns.flows.references import (
    AUDIENCE,
    CAMPAIGN,
    CONNECTION,
    LIST,
    TRAIT,
    TRIGGER,
    USER,
)
from campaigns.models import Campaign
from campaigns.models.connection import Connection
from contacts.models import ContactList

USE, CREATE, NOTHING = "use:", "create", "nothing"
MOST_OTHERS = 500
LABELS = {
    AUDIENCE: "audience",
    LIST: "list",
    TRAIT: "trait",
    CAMPAIGN: "campaign",
    USER: "user",
    CONNECTION: "connection",
}
PERMISSIONS = {
    AUDIENCE: "audiences.add_audience",
    LIST: "contacts.add_contactlist",
    TRAIT: "audiences.add_trait",
}
OTHERWISE = "Here it is something else"
# What is taken where nothing is: of these nothing has a meaning.
NOTHINGS = {
    CAMPAIGN: "Any campaign",
    USER: "Anybody",
    AUDIENCE: "Choose it later",
    CONNECTION: "Choose it later",
}


@dataclass(frozen=True)
class Option:
    """Something that can be taken for a thing."""

    value: str
    label: str


@dataclass(frozen=True)
class Match:
    """
    A thing that the file names, and what can be taken for it.

    ``proposed`` is what we would take; "" if somebody must choose. ``stays`` says of one with
    this name here whether it is the same.
    """

    thing: Thing
    places: list[str]
    options: list[Option]
    others: list[Option]
    proposed: str
    about: str = ""
    stays: str = ""
    only_for: list[str] = field(default_factory=list)

    @property
    def field_name(self) -> str:
        """Name the choice in a form."""
        return f"{self.thing[0]}:{self.thing[1]}"

    @property
    def kind(self) -> str:
        """Name the kind in words."""
        return LABELS[self.thing[0]]

    @property
    def name(self) -> str:
        """Give its name in the file."""
        return self.thing[1]

    @property
    def is_possible(self) -> bool:
        """Whether anything can be chosen."""
        return bool(self.options or self.others)


def find_matches(file: CampaignFile, *, user: AbstractBaseUser) -> list[Match]:
    """
    Look for everything that a file names.

    What only a definition names comes behind what the campaign names itself: it is needed
    where that is made. Three queries for each kind, and some for each thing that is here.
    """
    places = file.places()
    inner: dict[Thing, list[str]] = {}
    waiting = list(places)
    seen = set(waiting)
    while waiting:
        thing = waiting.pop(0)
        for other in named_by(thing, file.definitions.get(thing, {})):
            if other not in places:
                inner.setdefault(other, []).append(
                    f"the {LABELS[thing[0]]} “{thing[1]}”"
                )
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    rows = {kind: list(rows_of(kind)[:MOST_OTHERS]) for kind in LABELS}
    return [
        *(_match(thing, where, file, rows, user) for thing, where in places.items()),
        *(_match(thing, [], file, rows, user, where) for thing, where in inner.items()),
    ]


def _match(
    thing: Thing,
    places: list[str],
    file: CampaignFile,
    rows: Mapping[str, list[Any]],
    user: AbstractBaseUser,
    only_for: list[str] | None = None,
) -> Match:
    """Find what can be taken for one thing."""
    kind, name = thing
    definition = file.definitions.get(thing)
    here = [row for row in rows[kind] if _is_called(row, thing, definition)]
    words, stays = _compare(thing, here[0] if here else None, definition)
    options = [Option(f"{USE}{row.pk}", f"Use “{row}”, which is here") for row in here]
    if definition and _may_create(thing, definition, user):
        new = free_name(kind, name)
        which = f"Make “{new}”" if new == name else f"Make another one, “{new}”,"
        options.append(Option(CREATE, f"{which} as the file explains it"))
    if _may_be_nothing(kind, places):
        options.append(Option(NOTHING, NOTHINGS[kind]))
    others = [
        Option(f"{USE}{row.pk}", str(row)) for row in rows[kind] if row not in here
    ]
    is_same_here = len(here) == 1 and not stays.startswith(OTHERWISE)
    is_sure = is_same_here or (not here and any(options[:1]) and kind in PERMISSIONS)
    return Match(
        thing=thing,
        places=places,
        options=options,
        others=others,
        proposed=options[0].value if is_sure else "",
        about=words,
        stays=stays,
        only_for=only_for or [],
    )


def rows_of(kind: str) -> QuerySet:
    """Select what can be taken for things of a kind."""
    if kind == AUDIENCE:
        return Audience.objects.live().order_by("name", "pk")
    if kind == LIST:
        return ContactList.objects.order_by("name", "pk")
    if kind == TRAIT:
        return Trait.objects.order_by("name", "pk")
    if kind == CAMPAIGN:
        return Campaign.objects.order_by("name", "pk")
    if kind == CONNECTION:
        return Connection.objects.order_by("name", "pk")
    staff = get_user_model().objects.filter(is_active=True, is_staff=True)
    return staff.order_by("username", "pk")


def _is_called(row: Any, thing: Thing, definition: Mapping[str, Any] | None) -> bool:
    """Whether a row is what is meant; the list of everybody is, whatever it is called."""
    if definition and definition.get("everybody"):
        return bool(row.kind == ContactList.Kind.EVERYONE)
    return bool((row.get_username() if isinstance(row, User) else row.name) == thing[1])


def _compare(
    thing: Thing, row: Any, definition: Mapping[str, Any] | None
) -> tuple[str, str]:
    """Say what the thing is in the file, and whether what is here comes to the same."""
    words = say_definition(thing, definition) if definition else ""
    if row is None or not definition:
        return words, ""
    here = define(thing, row, Namer())
    if is_same(here, definition):
        return words, "Here it is the same."
    return words, f"{OTHERWISE}: {say_definition(thing, here)}"


def _may_create(
    thing: Thing, definition: Mapping[str, Any], user: AbstractBaseUser
) -> bool:
    """Whether the user may make it."""
    needed = PERMISSIONS.get(thing[0])
    if needed is None or definition.get("everybody"):
        return False
    return bool(user.has_perm(needed))  # type: ignore[attr-defined]


def free_name(kind: str, name: str) -> str:
    """Number a name that is taken, also by what is archived; one query for each number."""
    found, number = name, 2
    while MODELS[kind].objects.filter(name__iexact=found).exists():
        found = f"{name[:112]} {number}"
        number += 1
    return found


def _may_be_nothing(kind: str, places: list[str]) -> bool:
    """Whether the campaign can do without: an audience only where it lets people in."""
    return kind in NOTHINGS and (kind != AUDIENCE or places == [TRIGGER])


def needed_things(file: CampaignFile, choices: Mapping[Thing, str]) -> Iterator[Thing]:
    """Yield what the campaign names, and what those that are made name, in turn."""
    waiting = list(file.places())
    seen = set(waiting)
    while waiting:
        thing = waiting.pop(0)
        yield thing
        if choices.get(thing) != CREATE:
            continue
        for other in named_by(thing, file.definitions[thing]):
            if other not in seen:
                seen.add(other)
                waiting.append(other)
