"""The starters as the page "New audience" offers them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from audiences.starters import rules
from audiences.starters.spending import IN_90_DAYS, IN_ALL, Spending


@dataclass(frozen=True)
class Starter:
    """A rule to start from: how it is offered, how the audience is called, and its rule."""

    key: str
    name: str
    about: str
    icon: str
    write: Callable[..., dict[str, Any]]
    # What its data may be called, for whom has none.
    needs: str = ""
    # Of a rule about spending: ``write`` takes the id of this trait and the amount last.
    spending: Spending | None = None


STARTERS = {
    starter.key: starter
    for starter in (
        Starter(
            "promoters",
            "Promoters",
            "Answered 9 or 10 when asked whether they would recommend you.",
            "thumb_up",
            rules.promoters,
            "an attribute such as “nps”, or an event “NPS Answered” with a “score”",
        ),
        Starter(
            "satisfied",
            "Delighted by support",
            "Gave support a score of 95% or more.",
            "sentiment_very_satisfied",
            rules.satisfied,
            "an attribute such as “csat”, or an event “Ticket Rated” with a “score”",
        ),
        Starter(
            "third_order",
            "Third order",
            "Came back twice: ordered three times or more.",
            "shopping_bag",
            rules.third_order,
            "an event such as “Order Completed”",
        ),
        Starter(
            "first_value",
            "First value within 7 days",
            "Signed up, and reached what they came for within a week.",
            "rocket_launch",
            rules.first_value,
            "events such as “Signed Up” and “Activated”",
        ),
        Starter(
            "seats",
            "90% of seats adopted",
            "Nearly everybody at their company uses the product.",
            "event_seat",
            rules.seats,
            "an attribute of accounts or contacts such as “seat_adoption”, from 0 to 100",
        ),
        Starter(
            "renewed",
            "Renewed or upgraded",
            "Decided for you once more in the last 30 days.",
            "autorenew",
            rules.renewed,
            "an event such as “Subscription Renewed” or “Plan Upgraded”",
        ),
        Starter(
            "praise",
            "Praise in a support thread",
            "Said thank you, or rated a thread well, in the last two weeks.",
            "forum",
            rules.praise,
            "an event such as “Conversation Rated” with a “score”, a “sentiment” or the “message”",
        ),
        Starter(
            "big_spenders",
            "Big spenders",
            "Spent far more than most in the last 90 days.",
            "payments",
            rules.big_spenders,
            spending=IN_90_DAYS,
        ),
        Starter(
            "recently_active",
            "Recently active",
            "Was there three times or more in the last 7 days.",
            "local_fire_department",
            rules.recently_active,
            "an event such as “Session Started”",
        ),
        Starter(
            "lapsed_big_spenders",
            "Lapsed big spenders",
            "Spent far more than most, and nothing in the last 60 days.",
            "history_toggle_off",
            rules.lapsed_big_spenders,
            needs="an event such as “Order Completed”",
            spending=IN_ALL,
        ),
    )
}
