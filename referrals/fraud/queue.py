"""What waits for a decision, with the evidence of both people side by side."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from contacts.models import Contact
from referrals.fraud.checks.registry import CHECKS, label_of
from referrals.fraud.effects import Effect, effects_of
from referrals.models import (
    FraudCase,
    FraudDecision,
    FraudFinding,
    Referral,
    Visit,
)

GONE = "An erased contact"

# How often contacts did what counts as an order in any program. Leans on event_of_contact.
ORDERS = """
SELECT event.contact_id, count(*)
FROM contacts_event AS event
WHERE event.contact_id = ANY(%s) AND event.name IN (
    SELECT meaning.event FROM referrals_stagerule AS meaning WHERE meaning.means = 'won'
    UNION SELECT 'order_completed'
)
GROUP BY event.contact_id
"""

# The last time that advocates opened their own link. Leans on visits_of_advocate.
OWN_VISITS = """
SELECT DISTINCT ON (contact_id) contact_id, user_agent, visited_at
FROM referrals_visit
WHERE contact_id = ANY(%s) AND kind = 'self'
ORDER BY contact_id, visited_at DESC, id DESC
"""


@dataclass(frozen=True)
class Told:
    """A finding in words."""

    label: str
    sentence: str
    points: int
    action: str
    is_shadow: bool
    kind: str


@dataclass(frozen=True)
class Side:
    """What is known of one of the two people."""

    value: Any

    @property
    def is_time(self) -> bool:
        """Whether it is a moment."""
        return isinstance(self.value, datetime)

    @property
    def is_span(self) -> bool:
        """Whether it is a length of time."""
        return isinstance(self.value, timedelta)


@dataclass(frozen=True)
class Fact:
    """A line of the evidence: what is compared, of the advocate and of the friend."""

    label: str
    advocate: Any
    friend: Any
    is_same: bool = False

    @property
    def sides(self) -> list[Side]:
        """Both, in this order."""
        return [Side(self.advocate), Side(self.friend)]


@dataclass
class Item:
    """A referral with all that a person needs to decide about it."""

    referral: Referral
    case: FraudCase | None
    friend: str
    advocate: str
    is_advocate_known: bool
    findings: list[Told] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    effect: Effect = Effect("", "")
    decisions: list[FraudDecision] = field(default_factory=list)

    @property
    def has_ring(self) -> bool:
        """Whether people around it are linked."""
        return any(one.kind == "ring" for one in self.findings)


@dataclass(frozen=True)
class Errors:
    """How often people approved what was held: of all decisions of the last 90 days."""

    decided: int
    approved: int

    @property
    def share(self) -> float | None:
        """The share of honest people among those who were held; None without a decision."""
        return self.approved / self.decided if self.decided else None

    @property
    def note(self) -> str:
        """Say of how many."""
        return f"{self.approved:,} of {self.decided:,} decided"


def held_cases(
    *, program_id: int | None = None, check: str = ""
) -> QuerySet[FraudCase]:
    """Select what waits for a decision, the most urgent first."""
    # One that was withdrawn by hand, or merged into another, waits for nobody.
    held = Referral.objects.filter(
        contact=OuterRef("contact"), pk=OuterRef("referral_id"), fraud_state="held"
    )
    cases = FraudCase.objects.filter(Exists(held), verdict=FraudCase.Verdict.HELD)
    if program_id:
        cases = cases.filter(program=program_id)
    if check:
        found = FraudFinding.objects.filter(
            contact=OuterRef("contact"),
            referral_id=OuterRef("referral_id"),
            check_kind=check,
            is_shadow=False,
        )
        cases = cases.filter(Exists(found))
    return cases.order_by("review_due_at", "pk")


def items_of(referral_ids: Sequence[int]) -> list[Item]:
    """Put together the evidence of referrals, in the order given; a fixed number of queries."""
    rows = {
        row.pk: row
        for row in Referral.objects.filter(pk__in=referral_ids).select_related(
            "contact", "program"
        )
    }
    referrals = [rows[pk] for pk in referral_ids if pk in rows]
    friends = [row.contact_id for row in referrals]
    advocates = Contact.objects.in_bulk([row.advocate_contact_id for row in referrals])
    own = {"contact__in": friends, "referral_id__in": list(rows)}
    cases = {case.referral_id: case for case in FraudCase.objects.filter(**own)}
    findings: dict[int, list[FraudFinding]] = defaultdict(list)
    for finding in FraudFinding.objects.filter(**own).order_by("-score", "check_kind"):
        findings[finding.referral_id].append(finding)
    decisions: dict[int, list[FraudDecision]] = defaultdict(list)
    made = FraudDecision.objects.filter(**own).select_related("decided_by")
    for decision in made.order_by("-decided_at", "-pk"):
        decisions[decision.referral_id].append(decision)
    names = {pk: contact.name for pk, contact in advocates.items()}
    effects = effects_of(referrals, names)
    evidence = _evidence(referrals, advocates)
    return [
        Item(
            referral=row,
            case=cases.get(row.pk),
            friend=row.contact.name,
            advocate=names.get(row.advocate_contact_id, GONE),
            is_advocate_known=row.advocate_contact_id in names,
            findings=tell(findings.get(row.pk, [])),
            facts=evidence[row.pk],
            effect=effects[row.pk],
            decisions=decisions.get(row.pk, []),
        )
        for row in referrals
    ]


def tell(findings: Iterable[FraudFinding]) -> list[Told]:
    """Bring findings to words; those of checks that are gone by their name only."""
    return [
        Told(
            label_of(one.check_kind),
            CHECKS[one.check_kind].say(one.evidence)
            if one.check_kind in CHECKS
            else label_of(one.check_kind),
            one.score,
            one.get_action_display(),
            one.is_shadow,
            one.check_kind,
        )
        for one in findings
    ]


def errors_since(since: datetime, program_id: int | None = None) -> Errors:
    """Count what people decided since a time: the false positives, and all."""
    rows = FraudDecision.objects.filter(decided_at__gte=since)
    if program_id:
        rows = rows.filter(program=program_id)
    approved = Count("pk", filter=Q(verdict=FraudDecision.Verdict.APPROVED))
    return Errors(**rows.aggregate(decided=Count("pk"), approved=approved))


def errors_by_check(program_id: int, since: datetime) -> dict[str, Errors]:
    """Count for each check how often people approved what it had found something in."""
    decided: dict[str, int] = defaultdict(int)
    approved: dict[str, int] = defaultdict(int)
    rows = FraudDecision.objects.filter(program=program_id, decided_at__gte=since)
    for kinds, verdict in rows.values_list("checks", "verdict"):
        for kind in kinds:
            decided[kind] += 1
            approved[kind] += verdict == FraudDecision.Verdict.APPROVED
    return {kind: Errors(decided[kind], approved[kind]) for kind in decided}


def _evidence(
    referrals: Sequence[Referral], advocates: Mapping[int, Contact]
) -> dict[int, list[Fact]]:
    """Compare both people of each referral."""
    people = sorted({row.contact_id for row in referrals} | set(advocates))
    with connection.cursor() as cursor:
        cursor.execute(ORDERS, [people])
        orders = dict(cursor.fetchall())
        cursor.execute(OWN_VISITS, [list(advocates)])
        own = {row[0]: row[1:] for row in cursor.fetchall()}
    visits = {
        visit.click_id: visit
        for visit in Visit.objects.filter(
            contact__in=list(advocates),
            click_id__in=[row.click_id for row in referrals if row.click_id],
        )
    }
    facts = {
        row.pk: _facts(
            row,
            advocates.get(row.advocate_contact_id),
            visits.get(row.click_id),
            own.get(row.advocate_contact_id, ("", None)),
            orders,
        )
        for row in referrals
    }
    return {
        pk: [fact for fact in lines if fact.advocate or fact.friend]
        for pk, lines in facts.items()
    }


def _facts(
    referral: Referral,
    advocate: Contact | None,
    visit: Visit | None,
    own: tuple[str, datetime | None],
    orders: Mapping[int, int],
) -> list[Fact]:
    """Compare the two people of a referral, line by line."""
    friend = referral.contact
    email = advocate.email if advocate else ""
    agent = visit.user_agent if visit else ""
    took = referral.lead_at - visit.visited_at if visit else None
    return [
        Fact("Name", advocate.name if advocate else GONE, friend.name),
        Fact("Address", email, friend.email, bool(email) and email == friend.email),
        Fact("Known since", advocate and advocate.created_at, friend.created_at),
        Fact("Opened the link", own[1], visit.visited_at if visit else None),
        Fact("Browser", own[0], agent, bool(agent) and agent == own[0]),
        Fact("Came from", "", visit.referrer_host if visit else ""),
        Fact("Joined", None, referral.lead_at),
        Fact("Time to join", None, took if took and took > timedelta() else None),
        Fact(
            "Orders",
            orders.get(referral.advocate_contact_id, 0),
            orders.get(referral.contact_id, 0),
        ),
    ]
