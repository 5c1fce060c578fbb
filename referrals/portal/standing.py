"""What came of somebody's link: referrals and rewards, in plain words and without names."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from referrals.models import Advocate, Referral, Reward
from referrals.money import say_money
from referrals.portal.history import asks_of
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
    """Say what friends did and how that stands, newest first, without saying who they are."""
    rows = Referral.objects.filter(
        advocate_contact_id=advocate.contact_id,
        advocate_id=advocate.pk,
        program_id=advocate.program_id,
    ).order_by("-lead_at", "-pk")[:MOST]
    lines = []
    for row in rows:
        sentence, tone = reason_of(row)
        title = "friend_ordered" if row.won_at else "friend_joined"
        day = day_of(row.won_at or row.lead_at, texts, now)
        lines.append(Line(texts.say(title, day=day), texts.words[sentence], tone))
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
    code = reward.coupon_code if reward.state in GOOD else ""
    return Line(title, state_of(reward, texts, now), tone_of(reward), code)


def state_of(reward: Reward, texts: Texts, now: datetime) -> str:
    """Say how a reward stands, with its day where there is one."""
    sentence = f"reward_{reward.state}"
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
