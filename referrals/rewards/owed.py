"""
What is owed: a pure function of the rules and the facts.

It knows nothing of what was granted before but which rewards exist and which are delivered, so
events in any order, doubled and taken back, end with the same. Halves of the smallest unit go to
the even one, for each reward by itself.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from referrals.rewards.terms import (
    EACH,
    EVERY,
    FRIEND,
    LEAD,
    REJECTED,
    STAGES,
    WAITING,
    WON,
    Case,
    Cause,
    Deed,
    Friend,
    Missed,
    Owed,
    Reckoning,
    Terms,
)

HUNDREDTHS_OF_A_PERCENT = 10_000


@dataclass(frozen=True)
class Refused(Exception):
    """A deed earns nothing by a rule: the code of a reason, and the numbers in its sentence."""

    reason: str
    numbers: dict[str, object]


def reckon_owed(rules: Sequence[Terms], case: Case) -> Reckoning:
    """
    Say what is owed to the advocate and the friends of a case, and what is not, and why.

    1. Each rule by itself: which deeds, or numbers of friends, earn something.
    2. Of the variants of one promise, a cause is rewarded by one.
    3. The most that a person gets: what is delivered first, then what was earned first.
    """
    owed: list[Owed] = []
    missed: list[Missed] = []
    counting, own = counting_all(rules), case.own
    asked = [one for one in case.friends if own is None or one.referral_id in own]
    for rule in rules:
        friends = case.friends if rule.id in counting else asked
        found = _for_each(rule, rules, case, friends) if rule.counting == EACH else ()
        if rule.counting != EACH and rule.role != FRIEND:
            found = _for_numbers(rule, rules, case)
        for one in found:
            if isinstance(one, Owed):
                owed.append(one)
            else:
                missed.append(one)
    capped, refused = _cap(rules, case, owed)
    return Reckoning(tuple(capped), (*missed, *refused))


def counting_all(rules: Sequence[Terms]) -> frozenset[int]:
    """
    List the rules by which what is owed for one friend depends on the others of the advocate.

    Those that they replace, or are replaced by, count with them.
    """
    families = {
        one.family
        for one in rules
        if one.role != FRIEND and (one.counting != EACH or one.is_capped)
    }
    return frozenset(one.id for one in rules if one.family in families)


def worth_of(rule: Terms, deed: Deed) -> int:
    """
    Say what a deed earns by a rule, in minor units.

    :raises Refused: if it earns nothing
    """
    _check_taken_back(deed)
    needs_amount = rule.percent_points is not None or rule.minimum_minor is not None
    if needs_amount:
        _check_amount(rule, deed)
    if rule.percent_points is None:
        return rule.amount_minor or 0
    part = Decimal(deed.net_minor or 0) * rule.percent_points / HUNDREDTHS_OF_A_PERCENT
    amount = int(part.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
    if rule.most_minor is not None:
        amount = min(amount, rule.most_minor)
    if not amount:
        raise Refused("nothing_left", {})
    return amount


def _check_taken_back(deed: Deed) -> None:
    """Refuse what was taken back as a whole."""
    if deed.is_canceled:
        raise Refused("canceled", {})
    if deed.amount_minor and deed.net_minor == 0:
        raise Refused("refunded", {})


def _check_amount(rule: Terms, deed: Deed) -> None:
    """Refuse orders whose amount the rule can't judge, or that are too small."""
    if deed.amount_minor is None or deed.net_minor is None:
        raise Refused("no_amount", {})
    if deed.currency != rule.currency:
        raise Refused(
            "other_currency", {"currency": deed.currency, "expected": rule.currency}
        )
    minimum = rule.minimum_minor or 0
    numbers = {
        "amount": deed.amount_minor,
        "net": deed.net_minor,
        "minimum": minimum,
        "currency": rule.currency,
    }
    if deed.amount_minor < minimum:
        raise Refused("below_minimum", numbers)
    if deed.net_minor < minimum:
        raise Refused("refunded_below_minimum", numbers)


def deeds_for(rule: Terms, friend: Friend) -> list[Deed]:
    """
    List what of a friend's deeds may count for a rule, in order.

    Orders each; of the other stages the first deed that reached them or a later one, under one
    name, so that it counts once.
    """
    if rule.stage == WON:
        own = [deed for deed in friend.deeds if deed.stage == WON]
        return sorted(own, key=lambda deed: (deed.at, deed.key))
    if rule.stage == LEAD:
        return [Deed(LEAD, LEAD, friend.lead_at)]
    reached = STAGES[STAGES.index(rule.stage) :]
    own = [
        deed
        for deed in friend.deeds
        if deed.stage in reached and not _is_taken_back(deed)
    ]
    first = sorted(own, key=lambda deed: (deed.at, deed.key))[:1]
    return [replace(deed, key=rule.stage) for deed in first]


def _is_taken_back(deed: Deed) -> bool:
    """Whether nothing is left of a deed."""
    try:
        _check_taken_back(deed)
    except Refused:
        return True
    return False


def _for_each(
    rule: Terms, rules: Sequence[Terms], case: Case, friends: Sequence[Friend]
) -> Iterator[Owed | Missed]:
    """Go through friends one by one."""
    for friend in friends:
        person = friend.contact_id if rule.role == FRIEND else case.advocate_id
        deeds = deeds_for(rule, friend)
        if not deeds:
            cause = Cause(rule.id, person, friend.referral_id, "")
            yield Missed(cause, rule.role, friend.contact_id, "not_there_yet")
        ranks = _ranks(rule, rules, case, friend, person, deeds)
        for deed in deeds:
            cause = Cause(rule.id, person, friend.referral_id, deed.key)
            try:
                _check(rule, rules, case, friend, deed, cause, ranks)
                amount = worth_of(rule, deed)
            except Refused as error:
                yield Missed(
                    cause, rule.role, friend.contact_id, error.reason, error.numbers
                )
                continue
            yield Owed(
                cause,
                rule.role,
                friend.contact_id,
                amount,
                rule.currency,
                earned_at=deed.at,
                held_until=deed.at + timedelta(days=rule.hold_days),
                is_waiting=friend.doubt == WAITING,
            )


def _ranks(
    rule: Terms,
    rules: Sequence[Terms],
    case: Case,
    friend: Friend,
    person: int,
    deeds: Sequence[Deed],
) -> dict[str, int]:
    """
    Number the deeds that are worth something, from 1, those delivered first; if all may count, none.

    All of them are counted, under whichever words of the promise they happened.
    """
    if not rule.first_orders or len(deeds) <= rule.first_orders:
        return {}
    family = [one.id for one in rules if one.family == rule.family]

    def is_settled(deed: Deed) -> bool:
        """Whether the person has been given something for it."""
        causes = {Cause(one, person, friend.referral_id, deed.key) for one in family}
        return bool(causes & case.settled)

    worthy = []
    for deed in deeds:
        try:
            worth_of(rule, deed)
        except Refused:
            continue
        worthy.append(deed)
    worthy.sort(key=lambda deed: (not is_settled(deed), deed.at, deed.key))
    return {deed.key: rank for rank, deed in enumerate(worthy, 1)}


def _check(
    rule: Terms,
    rules: Sequence[Terms],
    case: Case,
    friend: Friend,
    deed: Deed,
    cause: Cause,
    ranks: dict[str, int],
) -> None:
    """Refuse a deed that is not for the rule."""
    if friend.doubt == REJECTED:
        raise Refused(friend.because, {})
    _check_time(rule, deed.at)
    fits = friend.fits if rule.role == FRIEND else case.fits
    _check_variant(rule, rules, case, cause, fits, deed.at)
    if rule.stage != WON:
        return
    if rule.within_months and deed.at >= add_months(friend.lead_at, rule.within_months):
        raise Refused("after_months", {"months": rule.within_months})
    if rule.first_orders and ranks.get(deed.key, 0) > rule.first_orders:
        raise Refused("beyond_first_orders", {"orders": rule.first_orders})


def _check_time(rule: Terms, at: datetime) -> None:
    """Refuse what happened while the rule did not count."""
    if at < rule.starts_at:
        raise Refused("before_rule", {"starts_at": rule.starts_at})
    if not rule.is_current(at):
        raise Refused("after_rule", {"ended_at": rule.ended_at})


def _check_variant(
    rule: Terms,
    rules: Sequence[Terms],
    case: Case,
    cause: Cause,
    fits: frozenset[int],
    at: datetime,
) -> None:
    """Refuse a person for whom another variant of the promise is; what exists stays."""
    if not rule.is_variant or cause in case.known:
        return
    rivals = [
        one
        for one in rules
        if one.id != rule.id and one.group == rule.group and one.is_variant
    ]
    if any(replace(cause, rule_id=one.id) in case.known for one in rivals):
        raise Refused("other_variant", {})
    if rule.has_variant and rule.id not in fits:
        raise Refused("not_for_this_person", {})
    above = (
        one
        for one in rivals
        if one.position < rule.position and one.has_variant and one.is_current(at)
    )
    if rule.is_otherwise and any(one.id in fits for one in above):
        raise Refused("other_variant", {})


def _for_numbers(
    rule: Terms, rules: Sequence[Terms], case: Case
) -> Iterator[Owed | Missed]:
    """Count the advocate's friends, without those who are rejected or taken back."""
    step = rule.friend_count or 1
    counted: list[tuple[Deed, Friend]] = []
    for friend in case.friends:
        first = _first_worthy(rule, friend)
        if first and friend.doubt != REJECTED:
            counted.append((first, friend))
    counted.sort(key=lambda pair: (pair[0].at, pair[1].referral_id))
    numbers = range(step, len(counted) + 1, step) if rule.counting == EVERY else [step]
    for number in numbers:
        cause = Cause(rule.id, case.advocate_id, 0, f"reached:{number}")
        if number > len(counted):
            found = {"count": len(counted), "needed": number}
            yield Missed(cause, rule.role, 0, "not_enough_friends", found)
            continue
        deed, friend = counted[number - 1]
        try:
            _check_time(rule, deed.at)
            _check_variant(rule, rules, case, cause, case.fits, deed.at)
            amount = worth_of(rule, deed)
        except Refused as error:
            yield Missed(
                cause, rule.role, friend.contact_id, error.reason, error.numbers
            )
            continue
        yield Owed(
            cause,
            rule.role,
            friend.contact_id,
            amount,
            rule.currency,
            earned_at=deed.at,
            held_until=deed.at + timedelta(days=rule.hold_days),
            is_waiting=any(one.doubt == WAITING for _, one in counted[:number]),
        )


def _first_worthy(rule: Terms, friend: Friend) -> Deed | None:
    """Find the first deed of a friend that counts."""
    for deed in deeds_for(rule, friend):
        try:
            worth_of(rule, deed)
        except Refused:
            continue
        return deed
    return None


def _cap(
    rules: Sequence[Terms], case: Case, owed: Sequence[Owed]
) -> tuple[list[Owed], list[Missed]]:
    """Let nobody get more than a rule allows; the rules that it replaces count with it."""
    by_id = {rule.id: rule for rule in rules}
    count: Counter[tuple[int, int, str]] = Counter()
    money: defaultdict[tuple[int, int, str], int] = defaultdict(int)
    kept, missed = [], []
    for one in sorted(owed, key=lambda one: _before(one, case)):
        rule = by_id[one.cause.rule_id]
        place = (rule.family, one.cause.contact_id, _period(rule, one.earned_at))
        numbers: dict[str, object] = {
            "rewards": rule.most_rewards,
            "money": rule.most_money_minor,
            "currency": rule.currency,
            "period": rule.most_period,
        }
        amount = one.amount_minor
        if rule.most_money_minor is not None:
            left = rule.most_money_minor - money[place]
            amount = min(amount, left) if rule.is_divisible else amount
            amount = 0 if amount > left else amount
        reason = "most_money" if amount < one.amount_minor and amount <= 0 else ""
        if rule.most_rewards is not None and count[place] >= rule.most_rewards:
            reason = "most_rewards"
        if reason:
            missed.append(Missed(one.cause, one.role, one.friend_id, reason, numbers))
            continue
        count[place] += 1
        money[place] += amount
        kept.append(replace(one, amount_minor=amount))
    return kept, missed


def _before(one: Owed, case: Case) -> tuple[object, ...]:
    """Order what competes for a limit."""
    cause = one.cause
    is_later = cause not in case.settled
    return is_later, one.earned_at, cause.referral_id, cause.key, cause.rule_id


def _period(rule: Terms, at: datetime) -> str:
    """Name the period that a time belongs to."""
    forms = {"ever": "", "year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d"}
    return at.astimezone(UTC).strftime(forms[rule.most_period])


def add_months(at: datetime, months: int) -> datetime:
    """Go on by months; a day that the month has not is its last one."""
    months += at.month - 1
    year, month = at.year + months // 12, months % 12 + 1
    for day in range(at.day, 27, -1):
        try:
            return at.replace(year=year, month=month, day=day)
        except ValueError:
            continue
    return at.replace(year=year, month=month)
