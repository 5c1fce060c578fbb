"""The rules and the facts as they stand in the tables, as the values that owing depends on."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from django.db.models import Q

from audiences.models import Membership
from contacts.models import Contact
from referrals.models import (
    Delivery,
    Milestone,
    Referral,
    Reward,
    RewardRule,
)
from referrals.rewards.owed import counting_all
from referrals.rewards.states import DELIVERED, UNDER_WAY
from referrals.rewards.terms import (
    CLEAR,
    REJECTED,
    WAITING,
    Case,
    Cause,
    Deed,
    Friend,
    Terms,
)

MANY = 100
# What of it is worth something in parts, and can be set off.
MONEY = (Delivery.PAYMENT, Delivery.CREDIT)


def rules_of(program_id: int) -> list[RewardRule]:
    """List all rules that a program ever had, in their order."""
    rules = RewardRule.objects.filter(program=program_id)
    return list(rules.order_by("position", "pk"))


def terms_of(rules: Iterable[RewardRule]) -> list[Terms]:
    """Turn rules into terms; those that replace one another are a family."""
    known = list(rules)
    parents = {rule.pk: rule.replaces_id for rule in known}

    def family(pk: int) -> int:
        """Find the first of those that replace one another."""
        while parents.get(pk):
            pk = parents[pk] or pk
        return pk

    return [terms_from(rule, family=family(rule.pk)) for rule in known]


def terms_from(rule: RewardRule, *, family: int = 0) -> Terms:
    """Turn one rule into terms."""
    return Terms(
        id=rule.pk or 0,
        family=family or rule.pk or 0,
        role=rule.role,
        stage=rule.stage,
        starts_at=rule.starts_at,
        ended_at=rule.ended_at,
        amount_minor=rule.amount_minor,
        percent_points=rule.percent_points,
        most_minor=rule.most_minor,
        currency=rule.currency,
        minimum_minor=rule.minimum_minor,
        first_orders=rule.first_orders,
        within_months=rule.within_months,
        counting=rule.counting,
        friend_count=rule.friend_count,
        most_rewards=rule.most_rewards,
        most_money_minor=rule.most_money_minor,
        most_period=rule.most_period,
        hold_days=rule.hold_days,
        has_variant=rule.has_variant,
        is_otherwise=rule.is_otherwise,
        position=rule.position,
        is_divisible=rule.delivery in MONEY,
    )


def counts_all_friends(terms: Sequence[Terms]) -> bool:
    """Whether what is owed for one friend depends on the others of the advocate."""
    return bool(counting_all(terms))


def case_of(
    *,
    rules: Sequence[RewardRule],
    advocate_contact_id: int,
    referrals: Sequence[Referral],
    own: Collection[Referral] | None = None,
) -> Case:
    """
    Collect what is known of an advocate's referrals; five queries at most.

    ``own`` are those that are asked about, if not all: of the others less is read.
    """
    asked = referrals if own is None else own
    people = [advocate_contact_id, *(one.contact_id for one in asked)]
    fits = _variants(rules, people)
    deeds = _deeds(referrals)
    known, settled = _rewarded(rules, people, own)
    return Case(
        advocate_id=advocate_contact_id,
        friends=tuple(
            Friend(
                contact_id=referral.contact_id,
                referral_id=referral.pk,
                lead_at=referral.lead_at,
                deeds=tuple(deeds.get(referral.pk, ())),
                doubt=doubt_of(referral),
                because="withdrawn" if referral.withdrawn_at else "fraud_rejected",
                fits=fits.get(referral.contact_id, frozenset()),
            )
            for referral in referrals
        ),
        fits=fits[advocate_contact_id],
        known=known,
        settled=settled,
        own=None if own is None else frozenset(one.pk for one in own),
    )


def doubt_of(referral: Referral) -> str:
    """
    Say whether anybody doubts a referral; who has not been looked at yet has to wait.

    One from before there were checks, which nobody will look at, is not in doubt.
    """
    if referral.fraud_state == Referral.FraudState.REJECTED:
        return REJECTED
    is_held = referral.fraud_state == Referral.FraudState.HELD
    return WAITING if is_held or referral.judge_due_at else CLEAR


def _deeds(referrals: Sequence[Referral]) -> defaultdict[int, list[Deed]]:
    """Collect the milestones of referrals."""
    found = defaultdict(list)
    milestones = Milestone.objects.filter(referral_id__in=[one.pk for one in referrals])
    if len(referrals) > MANY:
        # Of so many the database finds them by itself sooner than by their numbers.
        theirs = Referral.objects.filter(
            advocate_contact_id__in={one.advocate_contact_id for one in referrals},
            program__in={one.program_id for one in referrals},
        )
        milestones = Milestone.objects.filter(referral_id__in=theirs.values("pk"))
    else:
        milestones = milestones.filter(
            contact__in=[one.contact_id for one in referrals]
        )
    columns = (
        *("stage", "key", "occurred_at", "amount_minor", "currency"),
        *("refunded_minor", "canceled_at", "referral_id"),
    )
    for row in milestones.values_list(*columns):
        stage, key, at, amount, currency, refunded, canceled_at, referral_id = row
        is_canceled = canceled_at is not None
        found[referral_id].append(
            Deed(stage, key, at, amount, currency, refunded, is_canceled)
        )
    return found


def _rewarded(
    rules: Sequence[RewardRule],
    people: Sequence[int],
    own: Collection[Referral] | None,
) -> tuple[frozenset[Cause], frozenset[Cause]]:
    """
    Name the causes that these people have been rewarded for, and what was delivered.

    Of an advocate with very many friends no more than what may matter to those asked about.
    """
    rewards = Reward.objects.filter(contact__in=people, rule__in=rules)
    if own is not None:
        counting = counting_all(terms_of(rules))
        asked = Q(
            referral_contact_id__in=[one.contact_id for one in own],
            referral_id__in=[one.pk for one in own],
        )
        rewards = rewards.filter(asked | Q(rule__in=counting))
    known, settled = set(), set()
    for pk, contact, referral, key, state in rewards.values_list(
        "rule", "contact", "referral_id", "milestone_key", "state"
    ):
        cause = Cause(pk, contact, referral, key)
        known.add(cause)
        if state in (*DELIVERED, *UNDER_WAY):
            settled.add(cause)
    return frozenset(known), frozenset(settled)


def _variants(
    rules: Sequence[RewardRule], people: Sequence[int]
) -> dict[int, frozenset[int]]:
    """Say which of the rules that are for some people are for whom."""
    found: dict[int, set[int]] = {person: set() for person in people}
    variants = [rule for rule in rules if rule.has_variant]
    if variants:
        countries = _countries(people)
        audiences = {rule.audience_id for rule in variants if rule.audience_id}
        members = set(
            Membership.objects.filter(
                contact__in=people, audience__in=audiences
            ).values_list("contact", "audience")
        )
        for rule in variants:
            for person in people:
                lives_there = not rule.countries or countries[person] in rule.countries
                is_member = (
                    not rule.audience_id or (person, rule.audience_id) in members
                )
                if lives_there and is_member:
                    found[person].add(rule.pk)
    return {person: frozenset(ids) for person, ids in found.items()}


def _countries(people: Sequence[int]) -> dict[int, str]:
    """Read where people live, as two letters; blank if nobody has told."""
    found = dict.fromkeys(people, "")
    rows = Contact.objects.filter(pk__in=people).values_list("pk", "attributes")
    for pk, attributes in rows:
        country = attributes.get("country")
        if isinstance(country, str):
            found[pk] = country.strip().upper()
    return found
