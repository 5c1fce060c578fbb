"""
The people behind visits, and behind the numbers of one advocate.

``visit:<kind>`` and ``visit:<kind>:<channel>``, where the kind may be ``all`` and the channel
``-`` for none; each row names the advocate whose link it was. ``leader:<advocate>:<what>``,
where what is ``friends``, ``won``, ``visits``, ``shares``, ``orders:USD`` or ``rewards:USD``.
"""

from django.db.models import F, QuerySet

from campaigns.reports.people import (
    People,
    UnknownGroup,
    in_words,
    show_rows,
    show_sums,
)
from campaigns.reports.referrals.filters import NONE, Filters
from campaigns.reports.referrals.money import (
    COSTS,
    NET,
    counted,
    orders_of,
    rewards_of,
)
from campaigns.reports.referrals.stages import FRIEND_WON
from contacts.models import Event
from referrals.event_names import LINK_SHARED
from referrals.models import Advocate, Reward, Visit

KINDS = {"all": "All visits"} | {
    str(value): str(label) for value, label in Visit.Kind.choices
}


def find_visits(filters: Filters, word: str) -> People:
    """Find whose link was opened, by whom and how it had been shared."""
    kind, _, channel = word.partition(":")
    if kind not in KINDS:
        raise UnknownGroup(word)
    visits = _visits_of(filters)
    if filters.program is not None:
        visits = visits.filter(program=filters.program)
    if kind != "all":
        visits = visits.filter(kind=kind)
    if channel:
        visits = visits.filter(channel="" if channel == NONE else channel)
    return People(
        f"Visits: {KINDS[kind]}",
        "Each visit once, with the advocate whose link was opened.",
        show_rows(visits, "visited_at", in_words("kind", Visit.Kind.choices)),
    )


def _visits_of(filters: Filters) -> QuerySet[Visit]:
    """Select the visits of the period, whatever ask they follow."""
    visits = Visit.objects.filter(visited_at__lt=filters.period.until)
    since = filters.period.since
    return visits if since is None else visits.filter(visited_at__gte=since)


def find_of_advocate(filters: Filters, word: str) -> People:
    """Find what is behind a number of the leaderboard."""
    number, _, rest = word.partition(":")
    what, _, currency = rest.partition(":")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise UnknownGroup(word)
    advocate = Advocate.objects.filter(pk=number).select_related("contact").first()
    if advocate is None:
        raise UnknownGroup(word)
    own = {"advocate_id": advocate.pk, "advocate_contact_id": advocate.contact_id}
    friends = counted(filters).filter(**own)
    if what in ("orders", "rewards") and currency:
        return _money_of(filters, advocate, what, currency)
    if what == "friends":
        rows = show_rows(friends, "lead_at", F("program__name"))
        return People(f"Friends of {advocate.contact.name}", "They joined.", rows)
    if what == "won":
        rows = show_rows(friends.filter(FRIEND_WON), "won_at", F("program__name"))
        return People(
            f"Friends of {advocate.contact.name} who bought",
            "They did not take all of it back.",
            rows,
        )
    return _acts_of(filters, advocate, what)


def _acts_of(filters: Filters, advocate: Advocate, what: str) -> People:
    """Find the visits that an advocate's link had, or how often it was passed on."""
    if what == "visits":
        visits = _visits_of(filters).filter(
            contact=advocate.contact_id,
            advocate_id=advocate.pk,
            kind=Visit.Kind.HUMAN,
        )
        return People(
            f"Visits through {advocate.contact.name}",
            "A person opened the link; again within the hour counts once.",
            show_rows(visits, "visited_at", F("channel")),
        )
    if what != "shares":
        raise UnknownGroup(what)
    shares = Event.objects.filter(
        contact=advocate.contact_id,
        name=LINK_SHARED,
        properties__program_id=advocate.program_id,
        occurred_at__lt=filters.period.until,
    )
    if filters.period.since is not None:
        shares = shares.filter(occurred_at__gte=filters.period.since)
    return People(
        f"Shares of {advocate.contact.name}",
        "The link was passed on, or an app to share it was opened.",
        show_rows(shares, "occurred_at", F("properties__channel")),
    )


def _money_of(filters: Filters, advocate: Advocate, what: str, currency: str) -> People:
    """Find what the friends of an advocate paid, or what the advocate got for it."""
    if what == "orders":
        own = counted(filters).filter(
            advocate_id=advocate.pk, advocate_contact_id=advocate.contact_id
        )
        orders = orders_of(filters).filter(
            referral_id__in=own.values("pk"), currency=currency
        )
        return People(
            f"Orders of friends of {advocate.contact.name}",
            "Net of what was taken back.",
            show_sums(orders, "occurred_at", F("program__name"), NET),
            has_money=True,
        )
    rewards = rewards_of(filters).filter(
        contact=advocate.contact_id,
        program=advocate.program_id,
        role="advocate",
        state__in=COSTS,
        currency=currency,
    )
    return People(
        f"Rewards of {advocate.contact.name}",
        "Approved or delivered, for these friends.",
        show_sums(
            rewards,
            "earned_at",
            in_words("state", Reward.State.choices),
            F("amount_minor"),
        ),
        has_money=True,
    )
