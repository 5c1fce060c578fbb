"""Why something was or was not owed, as codes for machines and sentences for people."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from referrals.money import say_money

# Why a cause earns nothing.
NOT_OWED = {
    "not_there_yet": "The friend has not come that far yet.",
    "fraud_rejected": "The referral was rejected in the fraud review.",
    "withdrawn": "The credit for the referral was withdrawn.",
    "credit_moved": "The credit for the referral went to another advocate.",
    "canceled": "The order was canceled.",
    "refunded": "The order was refunded as a whole.",
    "no_amount": "The order came without an amount, so nobody can tell what it is worth.",
    "other_currency": "The order was in {currency}. The rule speaks of {expected}, and"
    " nothing is converted.",
    "below_minimum": "The order of {amount} is below the minimum of {minimum}.",
    "refunded_below_minimum": "{net} of the order is left after the refund. The minimum"
    " is {minimum}.",
    "nothing_left": "The part of the order is less than the smallest coin.",
    "after_months": "The order came more than {months} months after the friend joined.",
    "beyond_first_orders": "Only the first {orders} orders of a friend count.",
    "before_rule": "It happened before the rule began on {starts_at}.",
    "after_rule": "It happened after the rule ended on {ended_at}.",
    "not_for_this_person": "The rule is for other countries or another audience.",
    "other_variant": "Another rule for the same thing is for this person.",
    "not_enough_friends": "{count} of {needed} friends have come that far.",
    "most_rewards": "The person has had the most rewards that the rule allows, which is"
    " {rewards}{period}.",
    "most_money": "The person has had the most money that the rule allows, which is"
    " {money}{period}.",
    "forgotten": "The person was forgotten at their own wish.",
    "same_person": "The advocate and the friend turned out to be one person, or the"
    " referral was counted twice.",
    "not_owed": "The rules and what happened since owe nothing for it any more.",
}

# What stands in the ledger, and why a reward stays where it is.
WHY = NOT_OWED | {
    "earned": "A rule promised it.",
    "changed_order": "What is left of the order has changed.",
    "owed_again": "It is owed again.",
    "hold": "It is held until refunds are unlikely.",
    "hold_over": "The hold is over, and nobody has to look at it.",
    "fraud_review": "Somebody has to look at the referral first.",
    "fraud_cleared": "The referral was found to be fine.",
    "two_people": "It is worth so much that two people have to approve it.",
    "by_hand": "Somebody decided so.",
    "budget": "The budget of the program is used up.",
    "budget_raised": "There is budget for it again.",
    "no_coupon": "The pool has no coupon left.",
    "no_address": "It waits for the postal address, which the person gives on their page.",
    "address_given": "The person has said where to send it.",
    "coupon": "A coupon was given out.",
    "shared_code": "The code that is the same for all was given.",
    "thanks": "Thanks were all that was promised.",
    "in_payment": "It was put into a payment.",
    "payment_canceled": "The payment was canceled.",
    "paid": "The payment was made.",
    "credit_sent": "Your product booked the credit.",
    "credit_leaves": "The credit is on its way to your product.",
    "credit_later": "Your product could not take it; it is sent again.",
    "credit_refused": "Your product did not take it.",
    "refunded_after_payment": "The order was taken back after the reward was paid.",
    "set_off": "What was paid too much before is set off against it.",
    "expired": "It was not claimed in time.",
    "sent_again": "Somebody sends it again.",
    "charity": "The person gives it to charity.",
}
# The same where the numbers are not at hand.
WITHOUT_NUMBERS = {
    "other_currency": "The order was in another currency, and nothing is converted.",
    "below_minimum": "The order is below the minimum.",
    "refunded_below_minimum": "What is left of the order after the refund is below the"
    " minimum.",
    "after_months": "The order came too long after the friend joined.",
    "beyond_first_orders": "Only the first orders of a friend count.",
    "before_rule": "It happened before the rule began.",
    "after_rule": "It happened after the rule had ended.",
    "not_enough_friends": "Not enough friends have come that far any more.",
    "most_rewards": "The person has had the most rewards that the rule allows.",
    "most_money": "The person has had the most money that the rule allows.",
}
PERIODS = {"ever": "", "year": " a year", "month": " a month", "day": " a day"}


def say_reason(code: str, numbers: Mapping[str, Any] | None = None) -> str:
    """Say a reason as a sentence, with its numbers where they are given."""
    if not numbers and code in WITHOUT_NUMBERS:
        return WITHOUT_NUMBERS[code]
    text = WHY.get(code, code.replace("_", " ").capitalize() + ".")
    known = dict(numbers or {})
    currency = known.get("currency", "")
    for name in ("amount", "net", "minimum", "money"):
        if isinstance(known.get(name), int) and currency:
            known[name] = say_money(known[name], currency)
    for name, value in known.items():
        if isinstance(value, datetime):
            known[name] = f"{value:%-d %B %Y}"
    if "period" in known:
        known["period"] = PERIODS[known["period"]]
    return text.format_map(known)
