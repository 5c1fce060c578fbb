"""What a referral's receipt says of rewards and of fraud."""

from django.contrib.auth.models import User

from referrals.admin.referral_sections import ReferralSection, register_referral_section
from referrals.attribution.stories import BAD, GONE, GOOD, PLAIN, Line, names_of
from referrals.fraud.queue import tell
from referrals.models import FraudCase, FraudDecision, FraudFinding, Referral, Reward
from referrals.money import say_money
from referrals.rewards.facts import rules_of
from referrals.rewards.reasons import say_reason
from referrals.rewards.reckon import reckoning_of

State = Reward.State
TONES = {
    State.APPROVED: GOOD,
    State.SENDING: GOOD,
    State.FULFILLED: GOOD,
    State.FAILED: BAD,
    State.REJECTED: BAD,
    State.REVERSED: BAD,
    State.EXPIRED: BAD,
    State.OWED_BACK: BAD,
}
ROLES = {"advocate": "the advocate", "friend": "the friend"}
FRAUD_TONES = {"clear": GOOD, "held": BAD, "rejected": BAD}


def rewards_section(referral: Referral, user: User) -> ReferralSection:
    """Say where the rewards are, and why there are no others."""
    rewards = list(
        Reward.objects.filter(
            referral_contact_id=referral.contact_id, referral_id=referral.pk
        ).order_by("earned_at", "pk")
    )
    people = [referral.contact_id, referral.advocate_contact_id]
    names = names_of([*people, *(one.contact_id for one in rewards)])
    lines = [_tell_reward(one, names) for one in rewards]
    lines += _tell_missed(referral, names)
    return ReferralSection(
        "Where the rewards are",
        lines or [Line("The program promises nothing for what happened so far.")],
    )


def _tell_reward(reward: Reward, names: dict[int, str]) -> Line:
    """Tell one reward: what, for whom, how far."""
    worth = "A reward"
    if reward.currency and (reward.amount_minor or reward.wanted_minor):
        worth = say_money(reward.amount_minor or reward.wanted_minor, reward.currency)
    owner = names.get(reward.contact_id, GONE)
    until = ""
    if reward.state == State.ON_HOLD:
        until = f" Until {reward.held_until:%-d %B %Y} at the earliest."
    because = say_reason(reward.because) if reward.because else ""
    return Line(
        f"{worth} for {owner}, {ROLES.get(reward.role, reward.role)}.",
        reward.earned_at,
        TONES.get(State(reward.state), PLAIN),
        reward.get_state_display(),
        f"{because}{until}".strip(),
    )


def _tell_missed(referral: Referral, names: dict[int, str]) -> list[Line]:
    """Tell what earns nothing, and why."""
    rules = rules_of(referral.program_id)
    if not rules or referral.withdrawn_at:
        return []
    told: dict[str, Line] = {}
    for one in reckoning_of(referral, rules).missed:
        if one.friend_id != referral.contact_id:
            continue
        owner = (
            referral.contact_id
            if one.role == "friend"
            else referral.advocate_contact_id
        )
        text = f"Nothing for {names.get(owner, GONE)}, {ROLES.get(one.role, one.role)}."
        note = say_reason(one.reason, one.numbers)
        told[f"{text} {note}"] = Line(text, badge="No reward", note=note)
    return list(told.values())


def fraud_section(referral: Referral, user: User) -> ReferralSection | None:
    """Say what the checks found, and what people decided."""
    own = {"contact_id": referral.contact_id, "referral_id": referral.pk}
    case = FraudCase.objects.filter(**own).first()
    findings = FraudFinding.objects.filter(**own).order_by("-score", "pk")
    lines = []
    if case:
        verdict = FraudCase.Verdict(case.verdict)
        due = ""
        if case.review_due_at and verdict == FraudCase.Verdict.HELD:
            due = f"To be decided by {case.review_due_at:%-d %B %Y}."
        lines.append(
            Line(
                "The checks for fraud looked at it.",
                case.judged_at,
                FRAUD_TONES.get(case.verdict, PLAIN),
                verdict.label,
                due,
            )
        )
    lines += [
        Line(one.sentence, badge="Noted only" if one.is_shadow else one.label)
        for one in tell(findings)
    ]
    decisions = FraudDecision.objects.filter(**own).select_related("decided_by")
    for decision in decisions.order_by("decided_at", "pk"):
        who = decision.decided_by.get_username() if decision.decided_by else "Somebody"
        text = f"{who}: {decision.get_verdict_display().lower()}."
        words = [decision.get_reason_display(), decision.note]
        note = ". ".join(word for word in words if word)
        lines.append(Line(text, decision.decided_at, note=note))
    return ReferralSection("Checks for fraud", lines) if lines else None


register_referral_section(
    "rewards", rewards_section, permission="referrals.view_reward"
)
register_referral_section("fraud", fraud_section, permission="referrals.view_fraudcase")
