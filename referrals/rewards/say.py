"""A reward rule as sentences that a marketer reads."""

from babel import Locale

from referrals.models import Delivery, RewardRule, Role, Stage
from referrals.money import say_money

ENGLISH = Locale("en")
REACHED = {
    Stage.LEAD: ("the friend joins", "joined"),
    Stage.QUALIFIED: ("the friend qualifies", "qualified"),
    Stage.OPPORTUNITY: ("the friend becomes an opportunity", "become an opportunity"),
    Stage.WON: ("the friend orders", "ordered"),
}
A_PERIOD = {"ever": "in all", "year": "a year", "month": "a month", "day": "a day"}


def say_rule(rule: RewardRule) -> str:
    """Say who gets what, and when."""
    return f"{_who(rule)} gets {what(rule)} {_when(rule)}."


def say_limits(rule: RewardRule) -> list[str]:
    """Say for whom it is, how often, and who has to look at it."""
    sentences = []
    if rule.countries:
        names = [ENGLISH.territories.get(one, one) for one in rule.countries]
        sentences.append(f"Only for people in {_list(names)}.")
    if rule.audience:
        sentences.append(f"Only for people in the audience “{rule.audience.name}”.")
    if rule.is_otherwise:
        sentences.append("Only for those whom no rule above it is for.")
    period = A_PERIOD[rule.most_period]
    if rule.most_rewards:
        noun = "reward" if rule.most_rewards == 1 else "rewards"
        sentences.append(
            f"One person gets at most {rule.most_rewards} {noun} {period}."
        )
    if rule.most_money_minor:
        most = say_money(rule.most_money_minor, rule.currency)
        sentences.append(f"One person gets at most {most} {period}.")
    if rule.approval_over_minor is not None:
        limit = say_money(rule.approval_over_minor, rule.currency or "USD")
        worth = f"more than {limit}" if rule.approval_over_minor else "anything"
        sentences.append(f"Two people have to approve it if it is worth {worth}.")
    if rule.expires_days:
        sentences.append(f"It expires {_days(rule.expires_days)} after it is approved.")
    if rule.delivery == Delivery.GIFT and rule.needs_address:
        sentences.append("The person says on their page where to send it.")
    if rule.charities:
        sentences.append(f"The person may give it to {_list(rule.charities, 'or')}.")
    return sentences


def what(rule: RewardRule) -> str:
    """Say what the person gets."""
    worth = _worth(rule)
    if rule.delivery in (Delivery.GIFT, Delivery.THANKS):
        nothing = "a gift" if rule.delivery == Delivery.GIFT else "thanks"
        return rule.label or nothing
    texts = {
        Delivery.PAYMENT: worth,
        Delivery.CREDIT: f"{worth} as account credit",
        Delivery.COUPON: f"a coupon worth {worth}" if worth else "a coupon",
        Delivery.SHARED_CODE: f"the code {rule.shared_code}"
        + (f", worth {worth}," if worth else ""),
    }
    text = texts[Delivery(rule.delivery)]
    return f"{rule.label} ({text.rstrip(',')})" if rule.label else text


def _worth(rule: RewardRule) -> str:
    """Say how much it is worth."""
    if rule.amount_minor is not None:
        return say_money(rule.amount_minor, rule.currency)
    if rule.percent_points is None:
        return ""
    text = f"{rule.percent_points / 100:g}% of the order"
    if rule.most_minor is None:
        return text
    return f"{text}, at most {say_money(rule.most_minor, rule.currency)},"


def _who(rule: RewardRule) -> str:
    """Name who gets it."""
    return "The advocate" if rule.role == Role.ADVOCATE else "The friend"


def _when(rule: RewardRule) -> str:
    """Say what has to happen, and for how long it is held."""
    now, done = REACHED[Stage(rule.stage)]
    after = f"{_days(rule.hold_days)} after " if rule.hold_days else "when "
    if rule.counting == RewardRule.Counting.REACHING:
        return f"{after}{rule.friend_count} friends have {done}, once"
    if rule.counting == RewardRule.Counting.EVERY:
        return f"{after}each {_ordinal(rule.friend_count or 1)} friend has {done}"
    if rule.stage != Stage.WON:
        return f"{after}{now}"
    old = f"is {_days(rule.hold_days)} old" if rule.hold_days else "comes in"
    return f"when {_orders(rule)} {old}"


def _orders(rule: RewardRule) -> str:
    """Name the orders that count."""
    if rule.first_orders == 1:
        text = "the friend's first order"
    elif rule.first_orders:
        text = f"each of the friend's first {rule.first_orders} orders"
    else:
        text = "each order of the friend"
    if rule.minimum_minor:
        text += f" of at least {say_money(rule.minimum_minor, rule.currency)}"
    if rule.within_months:
        months = "month" if rule.within_months == 1 else "months"
        text += f" within {rule.within_months} {months} of joining"
    return text


def _days(count: int) -> str:
    """Write a number of days."""
    return f"{count} day" if count == 1 else f"{count} days"


def _ordinal(number: int) -> str:
    """Write 1st, 2nd, 3rd, 4th."""
    if 10 <= number % 100 <= 20:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def _list(names: list[str], word: str = "and") -> str:
    """Join names as in a sentence."""
    *first, last = names
    return f"{', '.join(first)} {word} {last}" if first else last
