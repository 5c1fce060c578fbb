"""What can be added to a rule, in the order and in the words in which a marketer looks for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from audiences import catalog
from audiences.builder.choices import Catalog
from audiences.builder.fields import kept
from audiences.builder.parts import ABOUT, COMPUTED, DID, FORMS
from audiences.builder.states import states

GROUPS = "Groups"
MOST_NAMED = 300


@dataclass(frozen=True)
class Pick:
    """Something to add: ``action`` and ``detail`` are what its button posts."""

    detail: str
    label: str
    icon: str
    about: str = ""
    words: str = ""
    action: str = "add"


@dataclass(frozen=True)
class Picks:
    """Picks under one heading; those that are found by name only wait for a search."""

    label: str
    picks: Sequence[Pick]
    is_searched: bool = False


def picks(offered: Catalog) -> list[Picks]:
    """List all that can be added, by headings; costs what the selects of all kinds cost."""
    return [group for group in (*kinds(), *named(offered)) if group.picks]


def kinds() -> Iterator[Picks]:
    """List the kinds of conditions, what apps offer by name, and the groups."""
    for category in (ABOUT, DID, COMPUTED):
        yield Picks(
            category,
            [
                Pick(form.kind, form.label, form.icon, form.about, form.words)
                for form in FORMS.values()
                if form.category == category
            ],
        )
    for category, conditions in catalog.OFFERED.items():
        yield Picks(
            category,
            [
                Pick(
                    kept(offered.document),
                    offered.label,
                    offered.icon,
                    offered.about,
                    category,
                    action="paste",
                )
                for offered in conditions
            ],
        )
    yield Picks(GROUPS, list(groups()))


def groups() -> Iterator[Pick]:
    """List the groups that can be added."""
    yield Pick(
        "group",
        "Group: any of these",
        "account_tree",
        "One of several conditions is enough",
        "or nested all bracket",
    )
    yield Pick(
        "none",
        "Group: none of these",
        "block",
        "Leave out those for whom any of them holds",
        "not exclude except without",
    )
    yield Pick(
        "account",
        "People of their account",
        "apartment",
        "Someone, everyone or nobody at the same company",
        "company colleagues team organization",
    )


def named(offered: Catalog) -> Iterator[Picks]:
    """List events, attributes, traits, lists and audiences by name."""
    yield Picks(
        "Events",
        [
            Pick(f"event:{entry.name}", entry.label, "bolt", "Did it", entry.name)
            for entry in offered.events[:MOST_NAMED]
        ],
        is_searched=True,
    )
    yield Picks(
        "Attributes",
        [
            Pick(f"attribute:{entry.name}", entry.label, "person", "", entry.name)
            for entry in [*offered.fields, *offered.attributes][:MOST_NAMED]
            if not entry.path
        ],
        is_searched=True,
    )
    yield Picks(
        "Traits",
        [
            Pick(f"trait:{entry.name}", entry.label, "functions")
            for entry in offered.traits[:MOST_NAMED]
        ],
        is_searched=True,
    )
    for heading, kind, icon, rows in (
        ("Permissions and states", "state", "verified_user", states(offered)),
        ("Lists", "list", "list_alt", offered.lists),
        ("Audiences", "audience", "groups", offered.audiences),
    ):
        yield Picks(
            heading,
            [Pick(f"{kind}:{pk}", name, icon) for pk, name in rows[:MOST_NAMED]],
            is_searched=True,
        )
