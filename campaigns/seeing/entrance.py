"""Whether the trigger of a campaign would let one person in, and when, if nothing else happens."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from audiences.conditions.errors import ConditionError
from audiences.explain import Explanation, explain
from audiences.models import Audience, Membership, MembershipReaction
from campaigns.engine.watch import moments_of
from campaigns.flows.triggers import AUDIENCE, EVENT, ONCE, Trigger, trigger_of
from campaigns.models import Campaign, Enrollment, Moment, Refusal
from campaigns.seeing.then import Standing
from campaigns.triggers.event import event_condition
from campaigns.triggers.registry import describe_trigger
from contacts.models import Contact

LETS_NOBODY_IN = (Campaign.State.STOPPING, Campaign.State.FINISHED)


@dataclass(frozen=True)
class Entrance:
    """
    What the trigger says of a person.

    ``explanation`` is what it waits for, leaf by leaf, ``condition`` what it asks of whoever
    enters; ``enters_at`` is when he would enter by the
    mere passing of time, None if something else has to happen; ``problem`` is a rule that can
    not be asked any more.
    """

    text: str
    enters_at: datetime | None = None
    explanation: Explanation | None = None
    condition: Explanation | None = None
    audience: Audience | None = None
    problem: str = ""

    @property
    def is_open(self) -> bool:
        """Whether he enters by himself."""
        return self.enters_at is not None


def find_entrance(
    campaign: Campaign, contact: Contact, standing: Standing, *, at: datetime
) -> Entrance:
    """
    Ask the trigger about a person who has no pass that is on.

    As the tables are: inside ``scratch`` they may be those of another time.
    """
    if standing.version is None:
        return Entrance("Nothing was published yet, so nobody can enter.")
    if standing.state in LETS_NOBODY_IN:
        return Entrance("It lets nobody in any more.")
    trigger = trigger_of(standing.version.definition)
    waiting = Moment.objects.filter(contact=contact, campaign=campaign)
    moment = waiting.order_by("due_at", "pk").first()
    if moment is not None:
        found = Entrance(
            f"A moment waits for this: {moment.get_waits_for_display().lower()}.",
            max(moment.due_at, at),
        )
    elif trigger["kind"] == AUDIENCE:
        found = _of_audience(campaign, contact, trigger, at)
    else:
        found = _of_moments(campaign, contact, trigger, at)
    return _with_condition(found, trigger["condition"], contact, at)


def _of_moments(
    campaign: Campaign, contact: Contact, trigger: Trigger, at: datetime
) -> Entrance:
    """Ask a trigger that waits for something to happen."""
    passes = Enrollment.objects.filter(contact=contact, campaign=campaign)
    if trigger["frequency"] == ONCE and passes.exists():
        return Entrance(
            "Has been in this campaign, and it lets everybody in once only."
        )
    text = f"Has to happen first: it starts {describe_trigger(trigger)}."
    if trigger["kind"] != EVENT:
        return Entrance(text)
    try:
        return Entrance(
            text, explanation=explain(event_condition(trigger), contact.pk, as_of=at)
        )
    except ConditionError as error:
        return Entrance(text, problem=error.message)


def _with_condition(
    found: Entrance, condition: dict[str, Any] | None, contact: Contact, at: datetime
) -> Entrance:
    """Ask also the condition for entering, if the trigger has one."""
    if not condition:
        return found
    try:
        card = explain(condition, contact.pk, as_of=at)
    except ConditionError as error:
        return replace(found, enters_at=None, problem=error.message)
    if card.holds or found.enters_at is None:
        return replace(found, condition=card)
    later = card.change.at
    enters_at = max(found.enters_at, later) if later else None
    return replace(
        found,
        condition=card,
        enters_at=enters_at,
        text="Does not meet the condition for entering.",
    )


def _of_audience(
    campaign: Campaign, contact: Contact, trigger: Trigger, at: datetime
) -> Entrance:
    """Ask a trigger that waits for entries into an audience."""
    audience = Audience.objects.filter(pk=trigger["audience"] or 0).first()
    if audience is None:
        return Entrance("The audience that it waits for was deleted.")
    shown: dict[str, Any] = {"audience": audience}
    try:
        explanation = explain(
            audience.rule, contact.pk, as_of=at, counts_from=audience.counts_from
        )
    except ConditionError as error:
        return Entrance(
            f"The rule of “{audience}” can’t be asked.", problem=error.message, **shown
        )
    shown["explanation"] = explanation
    member = Membership.objects.filter(contact=contact, audience=audience).first()
    closed = _is_closed(campaign, contact, trigger, member)
    if closed:
        return Entrance(closed, **shown)
    if member is not None or explanation.holds:
        return Entrance(f"Is in “{audience}”, so it lets the person in.", at, **shown)
    change = explanation.change.at
    if change is not None:
        return Entrance(
            f"Is not in “{audience}” yet; time alone changes that.", change, **shown
        )
    return Entrance(f"Is not in “{audience}”.", **shown)


def _is_closed(
    campaign: Campaign,
    contact: Contact,
    trigger: dict[str, Any],
    member: Membership | None,
) -> str:
    """Say why nobody like this is let in, though he may fit; blank if he is."""
    passes = Enrollment.objects.filter(contact=contact, campaign=campaign)
    if trigger["frequency"] == ONCE and passes.exists():
        return "Has been in this campaign, and it lets everybody in once only."
    if member is None:
        return ""
    key = f"episode:{member.episode}"
    if passes.filter(entry_key=key).exists() or _was_refused(campaign, contact, key):
        return (
            "Has been in this campaign for this stay in the audience; it takes another"
            " entry into it."
        )
    started_at = campaign.started_at
    if started_at and member.entered_at <= started_at and not trigger["existing"]:
        return (
            "Has been in the audience since before the start, and only those enter who"
            " join it from then on."
        )
    if not trigger["existing"] and not _waits(campaign, contact):
        return (
            f"Came into the audience at {member.entered_at:%-d %B %Y, %H:%M} UTC without"
            " a moment for this campaign: it did not listen then."
        )
    return ""


def _waits(campaign: Campaign, contact: Contact) -> bool:
    """Whether a moment of the contact waits to be taken."""
    return MembershipReaction.objects.filter(
        consumer=moments_of(campaign.pk), contact=contact
    ).exists()


def _was_refused(campaign: Campaign, contact: Contact, key: str) -> bool:
    """Whether this moment did not count."""
    return Refusal.objects.filter(
        contact=contact, campaign=campaign, moment_key=key
    ).exists()
