"""What a service message tells: the reward, or the friend, of the event with which it began."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from campaigns.guardrails.look import tells_news
from campaigns.models import Enrollment, Message
from contacts.models import Event
from referrals.models import Intro, Referral, Reward
from referrals.money import NoAmount, say_money, to_minor
from referrals.rewards.claiming import reward_url
from referrals.showing import shown_friends

EVENT_KEY = "event:"
NAMED = re.compile(r"(referral|intro):(\d{1,18})")


@dataclass(frozen=True)
class News:
    """A piece of news; blank where it speaks of something else."""

    # In minor units, and what it is called if it has a name.
    amount_minor: int = 0
    currency: str = ""
    label: str = ""
    reward_url: str = ""
    # The friend's first name, if the friend has agreed to be named.
    friend: str = ""

    def variables(self, locale: str) -> dict[str, Any]:
        """Write it for a mail in a language."""
        amount = ""
        if self.amount_minor and self.currency:
            amount = say_money(self.amount_minor, self.currency, locale)
        name = " · ".join(part for part in (self.label, amount) if part)
        return {
            "reward": {"name": name, "amount": amount, "url": self.reward_url},
            "friend": {"first_name": self.friend},
        }


NOTHING = News()
SAMPLE = News(2_000, "USD", "", "https://example.com/reward/sample", "Cleo")


def news_of(messages: Sequence[Message]) -> dict[int, News]:
    """
    Read what service messages tell, by message; others have none.

    Six queries for all of them, and none if there is no service message.
    """
    telling = [message for message in messages if tells_news(message)]
    if not telling:
        return {}
    events = _events_of(telling)
    rewards = _rewards_of(events.values())
    friends = _friends_of(events.values(), rewards)
    found = {}
    for message in telling:
        event = events.get(message.pk)
        if event:
            reward = rewards.get(_number(event.properties.get("reward_id")))
            friend = friends.get(event.pk, "")
            found[message.pk] = _tell(event, reward, friend)
    return found


def _tell(event: Event, reward: Reward | None, friend: str) -> News:
    """Put a piece of news together."""
    if reward is None or reward.contact_id != event.contact_id:
        return News(friend=friend)
    currency = str(event.properties.get("currency", ""))
    try:
        minor = to_minor(event.properties.get("amount", 0), currency)
    except NoAmount:
        minor, currency = 0, ""
    return News(minor, currency, reward.rule.label, reward_url(reward), friend)


def _events_of(messages: Sequence[Message]) -> dict[int, Event]:
    """Read the event with which each message began, by message."""
    contacts = {message.contact_id for message in messages}
    passes = Enrollment.objects.filter(
        contact_id__in=contacts, pk__in=[one.enrollment_id for one in messages]
    )
    keys = dict(passes.values_list("pk", "moment_key"))
    ids = {
        message.pk: _number(keys.get(message.enrollment_id, "").removeprefix(EVENT_KEY))
        for message in messages
    }
    events = Event.objects.filter(contact_id__in=contacts).in_bulk(set(ids.values()))
    return {pk: events[event_id] for pk, event_id in ids.items() if event_id in events}


def _rewards_of(events: Any) -> dict[int, Reward]:
    """Read the rewards that events are about."""
    ids = {_number(event.properties.get("reward_id")) for event in events} - {0}
    if not ids:
        return {}
    contacts = {event.contact_id for event in events}
    rows = Reward.objects.filter(contact_id__in=contacts).select_related("rule")
    return rows.in_bulk(ids)


def _friends_of(events: Any, rewards: dict[int, Reward]) -> dict[int, str]:
    """Name the friends of whom events tell their advocates, by event; if they agreed."""
    referrals: dict[int, int] = {}
    intros: dict[int, int] = {}
    for event in events:
        reward = rewards.get(_number(event.properties.get("reward_id")))
        named = NAMED.match(event.key)
        if reward:
            referrals[event.pk] = reward.referral_id
        elif named:
            kinds = referrals if named[1] == "referral" else intros
            kinds[event.pk] = int(named[2])
    contacts = {event.contact_id for event in events}
    rows = Referral.objects.filter(
        pk__in=set(referrals.values()), advocate_contact_id__in=contacts
    ).in_bulk()
    found = {pk: rows[one] for pk, one in referrals.items() if one in rows}
    if intros:
        found |= _introduced(intros, contacts)
    names = shown_friends(found.values())
    return {pk: names.get(one.contact_id, "") for pk, one in found.items()}


def _introduced(intros: dict[int, int], contacts: set[int]) -> dict[int, Referral]:
    """Find the referrals that came of introductions, by event."""
    known = Intro.objects.filter(contact_id__in=contacts).in_bulk(set(intros.values()))
    friends = {one.friend_contact_id or 0 for one in known.values()} - {0}
    rows = {
        (one.contact_id, one.program_id): one
        for one in Referral.objects.filter(
            contact_id__in=friends, advocate_contact_id__in=contacts
        )
    }
    found = {}
    for pk, intro_id in intros.items():
        intro = known.get(intro_id)
        key = (intro.friend_contact_id or 0, intro.program_id) if intro else (0, 0)
        if key in rows:
            found[pk] = rows[key]
    return found


def _number(value: Any) -> int:
    """Read the number of a row; 0 if it is none."""
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
