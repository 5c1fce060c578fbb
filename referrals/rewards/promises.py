"""Rules made, changed and ended: what was promised before stays promised."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction

from referrals.models import Program, Referral, RewardRule
from referrals.rewards.facts import terms_from
from referrals.rewards.owed import Refused, worth_of
from referrals.rewards.terms import WON, Deed


@transaction.atomic
def make_rule(
    *, rule: RewardRule, user: User | None, now: datetime, since: datetime | None = None
) -> RewardRule:
    """
    Add a promise to a program, from now on or for what happened since a time in the past.

    What happened since then is reckoned again.
    """
    rule.starts_at = since or now
    rule.created_at = now
    rule.created_by = user
    if not rule.position:
        rule.position = RewardRule.objects.filter(program=rule.program).count() + 1
    rule.save()
    if since:
        reckon_program(program=rule.program, now=now)
    return rule


@transaction.atomic
def replace_rule(
    *, old: RewardRule, rule: RewardRule, user: User | None, now: datetime
) -> RewardRule:
    """
    Change a promise: what happens from now on earns by the new words.

    :raises RuleEnded: if somebody has ended or changed it meanwhile
    """
    _end(old, user, now)
    rule.replaces = old
    rule.position = old.position
    return make_rule(rule=rule, user=user, now=now)


@transaction.atomic
def end_rule(*, rule: RewardRule, user: User | None, now: datetime) -> None:
    """
    Promise it no more; what was earned until now stays.

    :raises RuleEnded: if somebody was faster
    """
    _end(rule, user, now)


class RuleEnded(ValueError):
    """The rule was ended or changed before."""


def _end(rule: RewardRule, user: User | None, now: datetime) -> None:
    """End a rule that has not ended."""
    ended = RewardRule.objects.filter(pk=rule.pk, ended_at=None).update(
        ended_at=max(now, rule.starts_at), ended_by=user
    )
    if not ended:
        raise RuleEnded(rule)


def reckon_program(*, program: Program, now: datetime) -> None:
    """Let all referrals of a program be reckoned again."""
    Referral.objects.filter(program=program).update(rewards_due_at=now)


def would_earn(
    rule: RewardRule, *, amount_minor: int, currency: str, now: datetime
) -> int | Refused:
    """Say what an order of today would earn by a rule, or why it earns nothing."""
    deed = Deed(WON, "preview", now, amount_minor=amount_minor, currency=currency)
    try:
        return worth_of(terms_from(rule), deed)
    except Refused as error:
        return error


def paid_on(rule: RewardRule, *, now: datetime) -> datetime:
    """Say when what happens today is not held any more."""
    return now + timedelta(days=rule.hold_days)
