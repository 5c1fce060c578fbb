"""What came of somebody's link: referrals and rewards, in plain words; friends are named if they agreed."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from referrals.models import Advocate, Delivery, Referral, Reward
from referrals.money import say_money
from referrals.portal.history import asks_of
from referrals.rewards.claiming import asks_address, charities_for, reward_url
from referrals.rewards.delivering import NO_ADDRESS
from referrals.showing import shown_friends
from referrals.texts import Texts

# The newest are shown; nobody reads further.
MOST = 50
State = Reward.State
# Which moment a sentence about a reward names.
MOMENTS = {
    State.ON_HOLD: "held_until",
    State.FULFILLED: "fulfilled_at",
    State.EXPIRED: "expires_at",
}
GOOD = {State.APPROVED, State.SENDING, State.FULFILLED}
BAD = {State.REJECTED, State.REVERSED, State.EXPIRED, State.OWED_BACK}


@dataclass(frozen=True)
class Line:
    """Something that came of the link: what, how it stands, and whether that is good."""

    title: str
    state: str
    tone: str = ""
    code: str = ""
    # Where the person says what to do with it, and what that is called.
    url: str = ""
    action: str = ""


def day_of(moment: datetime, texts: Texts, now: datetime) -> str:
    """Write the day of a moment."""
    return texts.day(timezone.localdate(moment), today=timezone.localdate(now))


def reason_of(referral: Referral) -> tuple[str, str]:
    """Choose the sentence that says how a referral stands, and its tone."""
    standings = (
        (referral.fraud_state == Referral.FraudState.REJECTED, "ref_rejected", "bad"),
        (referral.reversed_at, "ref_reversed", "bad"),
        (referral.fraud_state == Referral.FraudState.HELD, "ref_checking", ""),
        (referral.won_at, "ref_won", "good"),
        (referral.lost_at, "ref_lost", "bad"),
        (referral.opportunity_at, "ref_talking", ""),
    )
    for holds, sentence, tone in standings:
        if holds:
            return sentence, tone
    return "ref_waiting", ""


def referrals_of(advocate: Advocate, texts: Texts, now: datetime) -> list[Line]:
    """
    Say what friends did and how that stands, newest first.

    Who they are is said only of those who have agreed to it.
    """
    found = Referral.objects.filter(
        advocate_contact_id=advocate.contact_id,
        advocate_id=advocate.pk,
        program_id=advocate.program_id,
    )
    rows = list(found.order_by("-lead_at", "-pk")[:MOST])
    names = shown_friends(rows)
    lines = []
    for row in rows:
        sentence, tone = reason_of(row)
        values = {"day": day_of(row.won_at or row.lead_at, texts, now)}
        title = "friend_ordered" if row.won_at else "friend_joined"
        if name := names.get(row.contact_id):
            title, values["name"] = f"{title}_named", name
        lines.append(Line(texts.say(title, **values), texts.words[sentence], tone))
    return lines


def rewards_of(advocate: Advocate, texts: Texts, now: datetime) -> list[Line]:
    """Say what the advocate has earned in the program and when it comes, newest first."""
    rows = (
        Reward.objects.filter(
            contact_id=advocate.contact_id, program_id=advocate.program_id
        )
        .select_related("rule")
        .order_by("-earned_at", "-pk")[:MOST]
    )
    return [reward_line(row, texts, now) for row in rows]


def reward_line(reward: Reward, texts: Texts, now: datetime) -> Line:
    """Say what a reward is and how it stands."""
    minor = reward.amount_minor or reward.wanted_minor
    worth = (
        say_money(minor, reward.currency, texts.language)
        if minor and reward.currency
        else ""
    )
    title = reward.rule.label or worth or texts.words["reward_thanks"]
    if reward.rule.label and worth:
        title = f"{title} · {worth}"
    if reward.charity:
        title = f"{title} · {texts.say('goes_to', charity=reward.charity)}"
    code = reward.coupon_code if reward.state in GOOD else ""
    action = action_of(reward, texts)
    url = reward_url(reward) if action else ""
    return Line(title, state_of(reward, texts, now), tone_of(reward), code, url, action)


def action_of(reward: Reward, texts: Texts) -> str:
    """Name what the person may do with a reward; blank for nothing."""
    if asks_address(reward):
        waits = reward.because == NO_ADDRESS
        return texts.words["claim_address" if waits else "claim_address_again"]
    if charities_for(reward):
        return texts.words["claim_charity_again" if reward.charity else "claim_charity"]
    return ""


def state_of(reward: Reward, texts: Texts, now: datetime) -> str:
    """Say how a reward stands, with its day where there is one."""
    sentence = f"reward_{reward.state}"
    if reward.state == State.APPROVED and reward.rule.delivery == Delivery.GIFT:
        waits = reward.because == NO_ADDRESS
        return texts.words["reward_no_address" if waits else "reward_gift"]
    moment = getattr(reward, MOMENTS.get(State(reward.state), ""), None)
    if State(reward.state) not in MOMENTS:
        return texts.words[sentence]
    if moment is None:
        return texts.words.get(f"{sentence}_some_day", texts.words["reward_sending"])
    return texts.say(sentence, day=day_of(moment, texts, now))


def tone_of(reward: Reward) -> str:
    """Tell whether a state is good news."""
    if reward.state in GOOD:
        return "good"
    return "bad" if reward.state in BAD else ""


def history_of(advocate: Advocate, texts: Texts, now: datetime) -> list[str]:
    """Say when the advocate was asked, and what he answered."""
    return [
        texts.say(f"asked_{ask.answer or 'open'}", day=day_of(ask.at, texts, now))
        for ask in asks_of(advocate.contact_id, advocate.program_id)
    ]
