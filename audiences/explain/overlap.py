"""How audiences overlap: how many people are in exactly these of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.datastructures import MultiValueDict

from audiences.models import Audience, Membership
from contacts.models import Contact

MOST_AUDIENCES = 8
MOST_SHOWN = 40

# Gathers for each member which of the audiences he is in, as bits, and counts each pattern.
# Leans on members_of_audience.
COUNT = """
SELECT pattern, count(*) FROM (
    SELECT bit_or(1 << chosen.place) AS pattern
    FROM unnest(%s::bigint[]) WITH ORDINALITY AS given (audience_id, number)
    CROSS JOIN LATERAL (SELECT given.number::integer - 1) AS chosen (place)
    JOIN audiences_membership AS member ON member.audience_id = given.audience_id
    GROUP BY member.contact_id
) AS member
GROUP BY pattern
"""


@dataclass(frozen=True)
class Intersection:
    """The people who are in all of some audiences, and in none of the others."""

    pattern: int
    inside: tuple[Audience, ...]
    outside: tuple[Audience, ...]
    people: int

    @property
    def name(self) -> str:
        """Name it by the audiences that it is in."""
        return " + ".join(audience.name for audience in self.inside)


def intersections(audiences: Sequence[Audience]) -> list[Intersection]:
    """Count everyone by which of the audiences they are in, the most people first."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [[audience.pk for audience in audiences]])
        rows = cursor.fetchall()
    found = [intersection(audiences, pattern, people) for pattern, people in rows]
    return sorted(found, key=lambda one: (-one.people, one.pattern))


def intersection(
    audiences: Sequence[Audience], pattern: int, people: int = 0
) -> Intersection:
    """Read a pattern of bits."""
    return Intersection(
        pattern=pattern,
        inside=tuple(one for at, one in enumerate(audiences) if pattern >> at & 1),
        outside=tuple(one for at, one in enumerate(audiences) if not pattern >> at & 1),
        people=people,
    )


def people_of(chosen: Intersection) -> QuerySet[Contact]:
    """Select the people of an intersection, the newest first."""
    found = Contact.objects.all()
    for audience in chosen.inside:
        members = Membership.objects.filter(audience=audience).values("contact_id")
        found = found.filter(pk__in=members)
    for audience in chosen.outside:
        members = Membership.objects.filter(audience=audience).values("contact_id")
        found = found.exclude(pk__in=members)
    return found.order_by("-pk")


def read_ids(values: MultiValueDict[str, str], name: str) -> list[int]:
    """Read the ids of audiences from an address; what is no number is none."""
    return [int(pk) for pk in values.getlist(name) if pk.isdecimal() and len(pk) < 18]


def rule_of_ids(inside: Sequence[int], outside: Sequence[int]) -> dict[str, Any]:
    """Write the rule of an intersection: in these, and not in those."""
    conditions = [
        {"kind": "audience", "audience": pk, "operator": word}
        for word, ids in (("in", inside), ("not_in", outside))
        for pk in ids
    ]
    return {"kind": "all", "conditions": conditions}
