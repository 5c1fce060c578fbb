"""Say what a changed rule would do before it is saved: who enters, leaves and stays."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audiences import selection
from audiences.conditions.sql import Fragment, combine, value
from audiences.models import Audience, WatchedAudience
from audiences.models.audience import Telling

# Counts who fits and who is in, against each other. Leans on members_of_audience.
COMPARE = """
SELECT
    count(*) FILTER (WHERE member.contact_id IS NULL),
    count(*) FILTER (WHERE fitting.contact_id IS NULL),
    count(*) FILTER (WHERE fitting.contact_id = member.contact_id)
FROM (
    SELECT contact.id AS contact_id FROM contacts_contact AS contact WHERE {}
) AS fitting
FULL JOIN (
    SELECT contact_id FROM audiences_membership WHERE audience_id = {}
) AS member ON member.contact_id = fitting.contact_id
"""


@dataclass(frozen=True)
class Impact:
    """
    How many contacts would enter, leave and stay.

    ``consumers`` names who is told of entries, such as ``campaign:7``.
    """

    entering: int
    leaving: int
    staying: int
    consumers: tuple[str, ...] = ()

    def told(self, tells: str) -> int:
        """Say of how many contacts each consumer would be told as entering."""
        if tells == Telling.NOBODY:
            return 0
        return self.entering + (self.staying if tells == Telling.EVERYONE else 0)


def impact(
    audience: Audience | None,
    document: Mapping[str, Any],
    *,
    now: datetime,
    counts_from: datetime | None = None,
) -> Impact:
    """
    Compare a rule with the members of the audience that would get it; of a new one, with none.

    Exact as of now; one statement, and one for the consumers.

    :raises ConditionError: if the rule can't be understood
    """
    fitting = selection.predicate(document, as_of=now, counts_from=counts_from)
    pk = audience.pk if audience else None
    statement: Fragment = combine(COMPARE, fitting, value(pk, "bigint"))
    with selection.generous_cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        entering, leaving, staying = cursor.fetchone()
    if audience is None:
        return Impact(entering, leaving, staying)
    watching = WatchedAudience.objects.filter(audience=audience).order_by("consumer")
    consumers = tuple(watching.values_list("consumer", flat=True))
    return Impact(entering, leaving, staying, consumers)
