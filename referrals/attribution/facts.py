"""What is known of friends: their clues, what their events mean, whether they are customers."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from audiences.models import Membership
from contacts.models import Contact, ContactList, ListMembership
from referrals.attribution.stages import Steps, read_steps
from referrals.claims import Claim, claims_of
from referrals.models import Clue, Program, Referral, StageRule
from referrals.waiting_visits import judge_clicks


@dataclass
class Facts:
    """One friend."""

    contact_id: int
    known_since: datetime
    claims: list[Claim] = field(default_factory=list)
    # When the friend came through a paid ad.
    ads: list[datetime] = field(default_factory=list)
    steps: Steps = field(default_factory=dict)
    referrals: dict[int, Referral] = field(default_factory=dict)
    # List and audience → since when; of lists of customers the first, by its name.
    lists: dict[int, datetime] = field(default_factory=dict)
    customer: tuple[str, datetime] | None = None
    audiences: dict[int, datetime] = field(default_factory=dict)


def lock_friends(contact_ids: Collection[int]) -> list[Contact]:
    """Lock contacts in the order of their ids, so that one at a time decides about each."""
    rows = Contact.objects.filter(pk__in=contact_ids, erased_at=None).order_by("pk")
    return list(rows.select_for_update(no_key=True).only("pk", "created_at"))


def read_facts(
    friends: Sequence[Contact], programs: dict[int, Program], *, now: datetime
) -> list[Facts]:
    """Read all of it for locked contacts; some ten queries, and a few for each clue."""
    ids = [friend.pk for friend in friends]
    rules = list(StageRule.objects.filter(program__in=programs).order_by("pk"))
    found = {friend.pk: Facts(friend.pk, friend.created_at) for friend in friends}
    clues: dict[int, list[Clue]] = defaultdict(list)
    for clue in Clue.objects.filter(contact_id__in=ids).order_by("seen_at", "pk"):
        if clue.source == Clue.Source.AD:
            found[clue.contact_id].ads.append(clue.seen_at)
        else:
            clues[clue.contact_id].append(clue)
    _see_visits(clues, now)
    for pk, own in clues.items():
        found[pk].claims = claims_of(own)
    for pk, steps in read_steps(ids, rules, now=now).items():
        found[pk].steps = steps
    for referral in Referral.objects.filter(contact_id__in=ids):
        found[referral.contact_id].referrals[referral.program_id] = referral
    _read_customers(found, programs)
    return [found[pk] for pk in ids]


def _see_visits(clues: dict[int, list[Clue]], now: datetime) -> None:
    """Let visits be judged that were recorded a moment ago, if a friend names one."""
    by_click = (Clue.Source.CLICK, Clue.Source.DEVICE)
    named = [
        one.value for own in clues.values() for one in own if one.source in by_click
    ]
    judge_clicks(named, now=now)


def _read_customers(found: dict[int, Facts], programs: dict[int, Program]) -> None:
    """Read who is on a list, or in an audience, of existing customers."""
    marked = dict(
        ContactList.objects.exclude(customers_at=None).values_list("pk", "name")
    )
    lists = {one.customers_list_id for one in programs.values()} - {None} | set(marked)
    audiences = [
        one.customers_audience_id
        for one in programs.values()
        if one.customers_audience_id
    ]
    if lists:
        rows = ListMembership.objects.filter(
            contact_id__in=found, contact_list_id__in=lists
        )
        for on_list in rows.order_by("-added_at", "-pk"):
            facts, pk = found[on_list.contact_id], on_list.contact_list_id
            facts.lists[pk] = on_list.added_at
            if pk in marked:
                facts.customer = marked[pk], on_list.added_at
    if audiences:
        members = Membership.objects.filter(
            contact_id__in=found, audience_id__in=audiences
        )
        for one in members:
            found[one.contact_id].audiences[one.audience_id] = one.entered_at
