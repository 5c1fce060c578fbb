"""
What a decision would do to rewards, before anybody decides.

What is owed is reckoned twice by the very code that pays, with the referral clear and with it
rejected; the difference is the effect.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from referrals.models import Referral, Reward, RewardRule
from referrals.money import say_money
from referrals.rewards.facts import case_of, counts_all_friends, rules_of, terms_of
from referrals.rewards.owed import reckon_owed
from referrals.rewards.states import DELIVERED
from referrals.rewards.terms import CLEAR, REJECTED, Case, Cause, Owed, Terms

Money = dict[str, int]


@dataclass(frozen=True)
class Effect:
    """What approving and what rejecting would do, each in a sentence."""

    approving: str
    rejecting: str


@dataclass(frozen=True)
class Stake:
    """What hangs on referrals of one advocate: what is owed only while they count."""

    owed: tuple[Owed, ...] = ()
    # How many numbers of friends are reached with and without them.
    tier_with: int = 0
    tier_without: int = 0


@dataclass
class _Book:
    """The rules of a program, and its advocates' cases."""

    terms: list[Terms]
    cases: dict[int, Case] = field(default_factory=dict)


def effects_of(
    referrals: Sequence[Referral], names: Mapping[int, str]
) -> dict[int, Effect]:
    """Say what each decision would do; ``names`` are those of the people."""
    books = _books(referrals)
    stakes = {row.pk: _stake(books[row.program_id], [row]) for row in referrals}
    paid = _paid(stakes.values())
    return {row.pk: _effect(row, stakes[row.pk], paid, names) for row in referrals}


def money_at_stake(referrals: Collection[Referral]) -> Money:
    """Add up what is owed only while these referrals count, by currency."""
    books = _books(referrals)
    together: dict[tuple[int, int], list[Referral]] = defaultdict(list)
    for row in referrals:
        together[row.program_id, row.advocate_contact_id].append(row)
    totals: Money = defaultdict(int)
    for (program_id, _), rows in together.items():
        for one in _stake(books[program_id], rows).owed:
            totals[one.currency] += one.amount_minor
    return {
        currency: total
        for currency, total in sorted(totals.items())
        if currency and total
    }


def say_all(money: Mapping[str, int]) -> str:
    """Say amounts in several currencies; blank if there are none."""
    said = [
        say_money(total, currency)
        for currency, total in sorted(money.items())
        if currency and total
    ]
    return " and ".join(said)


def _books(referrals: Collection[Referral]) -> dict[int, _Book]:
    """
    Collect the rules and the facts of each program.

    A fixed number of queries for a program; and two more for an advocate if its rules are for
    some people only.
    """
    books = {}
    for program_id in {row.program_id for row in referrals}:
        own = [row for row in referrals if row.program_id == program_id]
        rules = rules_of(program_id)
        book = _Book(terms_of(rules))
        if rules:
            book.cases = _cases(rules, book.terms, own)
        books[program_id] = book
    return books


def _cases(
    rules: Sequence[RewardRule], terms: Sequence[Terms], own: Sequence[Referral]
) -> dict[int, Case]:
    """Collect the cases of the advocates of some referrals of one program."""
    advocates = sorted({row.advocate_contact_id for row in own})
    rows = list(own)
    if counts_all_friends(terms):
        rows = list(
            Referral.objects.filter(
                advocate_contact_id__in=advocates, program=own[0].program_id
            ).order_by("lead_at", "pk")
        )
    whole = case_of(rules=rules, advocate_contact_id=advocates[0], referrals=rows)
    brought = {row.pk: row.advocate_contact_id for row in rows}
    has_variants = any(one.has_variant for one in terms)
    return {
        advocate: replace(
            whole,
            advocate_id=advocate,
            friends=tuple(
                friend
                for friend in whole.friends
                if brought[friend.referral_id] == advocate
            ),
            fits=case_of(rules=rules, advocate_contact_id=advocate, referrals=[]).fits
            if has_variants
            else whole.fits,
        )
        for advocate in advocates
    }


def _stake(book: _Book, chosen: Sequence[Referral]) -> Stake:
    """Find what hangs on referrals of one advocate."""
    case = book.cases.get(chosen[0].advocate_contact_id)
    if case is None:
        return Stake()
    ids = {row.pk for row in chosen}
    with_them = _owed(book.terms, case, ids, CLEAR)
    without = _owed(book.terms, case, ids, REJECTED)
    lost = [one for cause, one in with_them.items() if cause not in without]
    # What is owed for less without them is lost in part.
    lost += [
        replace(one, amount_minor=one.amount_minor - without[cause].amount_minor)
        for cause, one in with_them.items()
        if cause in without and one.amount_minor > without[cause].amount_minor
    ]
    return Stake(tuple(lost), _tier(with_them), _tier(without))


def _owed(
    terms: Sequence[Terms], case: Case, ids: set[int], doubt: str
) -> dict[Cause, Owed]:
    """Reckon what is owed if some referrals were clear, or rejected."""
    friends = tuple(
        replace(friend, doubt=doubt) if friend.referral_id in ids else friend
        for friend in case.friends
    )
    reckoning = reckon_owed(terms, replace(case, friends=friends))
    return {one.cause: one for one in reckoning.owed}


def _tier(owed: Mapping[Cause, Owed]) -> int:
    """Count the numbers of friends that are reached."""
    return len({cause.key for cause in owed if not cause.referral_id})


def _paid(stakes: Collection[Stake]) -> set[tuple[int, int, int, str]]:
    """Find which of what is at stake has been delivered. One query."""
    people = {one.cause.contact_id for stake in stakes for one in stake.owed}
    rows = Reward.objects.filter(contact__in=people, state__in=DELIVERED)
    return set(
        rows.values_list("rule_id", "contact_id", "referral_id", "milestone_key")
    )


def _effect(
    referral: Referral,
    stake: Stake,
    paid: set[tuple[int, int, int, str]],
    names: Mapping[int, str],
) -> Effect:
    """Say what both decisions would do."""
    friend, advocate = referral.contact_id, referral.advocate_contact_id
    known = {**names, friend: referral.contact.name}
    open_money: dict[int, Money] = {friend: {}, advocate: {}}
    paid_money: Money = {}
    for one in stake.owed:
        cause = one.cause
        key = (cause.rule_id, cause.contact_id, cause.referral_id, cause.key)
        totals = paid_money if key in paid else open_money[cause.contact_id]
        totals[one.currency] = totals.get(one.currency, 0) + one.amount_minor
    said = [
        f"{money} for {known.get(person, 'the advocate')}"
        for person in (advocate, friend)
        if (money := say_all(open_money[person]))
    ]
    approving = [f"lets {' and '.join(said)} go on"] if said else []
    rejecting = [f"takes back {' and '.join(said)}"] if said else []
    if paid_money:
        rejecting.append(
            f"sets {say_all(paid_money)} that was paid against the next rewards"
        )
    who = known.get(advocate, "the advocate")
    high, low = stake.tier_with, stake.tier_without
    if high != low and referral.fraud_state != "rejected":
        rejecting.append(f"brings {who} from tier {high} to tier {low}")
    elif high != low:
        approving.append(f"brings {who} from tier {low} to tier {high}")
    return Effect(
        f"Approving {', and '.join(approving) or 'pays nothing: no reward hangs on it yet'}.",
        f"Rejecting {', and '.join(rejecting) or 'takes nothing back'}.",
    )
