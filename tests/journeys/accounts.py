"""
Several hundred new accounts in a quarter, and what should become of each, from the rules alone.

Nothing here knows the engine. What happens is drawn once, from a seed; the expectation walks
through it account by account with wall clocks and calendar days.
"""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.journeys.calendars import (
    BEGIN,
    DAY,
    DAYS,
    END,
    HOUR,
    OFFSET,
    ZONES,
    clock_of,
    next_opening,
    on_page,
)

WINDOW = 30 * DAY
# Something happens at most every six hours; mostly it is told at once, else so many turns later.
TURN = timedelta(hours=6)
DELAYS = (0, 0, 0, 0, 0, 0, 0, 1, 2, 5)


@dataclass
class Happening:
    """Something that a product tells of a person."""

    name: str
    at: datetime
    heard: datetime


@dataclass
class Person:
    """Somebody who gets an account, and what he does with it."""

    email: str
    zone: str
    role: str
    promoted: datetime | None
    has_mail: bool
    unsubscribed: datetime | None
    happenings: list[Happening]
    passes: list[tuple] = field(default_factory=list)
    refused: list[tuple[str, datetime]] = field(default_factory=list)
    steps: list[tuple[str, str, datetime]] = field(default_factory=list)

    def heard_of(self, name):
        """List what was told by that name, in the order in which it was told."""
        found = [one for one in self.happenings if one.name == name]
        return sorted(found, key=lambda one: (one.heard, one.at))

    def has_done(self, name, by):
        """Whether it is known that he has done something."""
        return any(one.heard <= by for one in self.heard_of(name))

    def may_be_written_to(self, at):
        """Whether he has agreed and not unsubscribed."""
        left = self.unsubscribed
        return self.has_mail and not (left and left <= at)

    def is_owner(self, at):
        """Whether he is an owner by then."""
        return self.role == "owner" or bool(self.promoted and self.promoted <= at)


def draw_people(seed, count):
    """Draw people and their quarter."""
    draw = random.Random(seed)
    return [draw_person(draw, number) for number in range(count)]


def draw_person(draw, number):
    """Draw one: an account, perhaps another one, and what is done with them."""
    account = draw.randrange(24, DAYS * 4)

    def some_time(first, last):
        return BEGIN + (account + draw.randrange(first, last)) * TURN + OFFSET

    def told(name, at):
        return Happening(name, at, at + draw.choice(DELAYS) * TURN)

    happenings = [told("Account Created", some_time(0, 1))]
    for name, chance, first, last in (
        ("Account Created", 0.15, 2, 150),
        ("Trial Started", 0.7, 1, 8),
        ("Feature Used", 0.6, 1, 15),
        ("Activated", 0.5, -8, 150),
        ("Activated", 0.3, 1, 24),
        ("Plan Upgraded", 0.3, -2, 30),
    ):
        if draw.random() < chance:
            happenings.append(told(name, some_time(first, last)))
    return Person(
        f"p{number}@example.com",
        draw.choice(ZONES),
        draw.choice(("owner", "owner", "member", "viewer", "")),
        some_time(-4, 20) if draw.random() < 0.1 else None,
        draw.random() < 0.85,
        some_time(1, 20) if draw.random() < 0.15 else None,
        happenings,
    )


def expect(person):
    """Walk through his quarter by the rules of the campaign."""
    ended = None
    for account in person.heard_of("Account Created"):
        if account.heard >= END:
            continue
        if account.heard - account.at > 24 * HOUR:
            person.refused.append(("too_old", account.heard))
        elif not person.passes:
            ended = go_through(person, account.at, account.heard)
        elif ended is None or ended >= account.heard:
            person.refused.append(("still_active", account.heard))
        else:
            person.refused.append(("already_enrolled", account.heard))


def go_through(person, moment, entered):
    """Write down the steps until he is through, has got there, or leaves; say when it ends."""
    steps, through = walk(person, entered)
    reached = goal_at(person, moment, entered)
    left = exit_at(person, entered)
    end, state, reason = through, "completed", ""
    if left and left <= through and not (reached and reached <= left):
        end, state, reason = left, "exited", "exit_condition"
    elif reached:
        end, state, reason = min(through, reached), "converted", "goal"
    if end >= END:
        end, state, reason = None, "active", ""
    # What ends a pass is looked at before the next step.
    early = reached if state == "converted" else left if state == "exited" else None
    person.steps += [one for one in steps if one[2] < (early or END) and one[2] < END]
    person.passes.append((state, reason, moment, entered, end))
    return end


def goal_at(person, moment, entered):
    """Say when it is known that he is up and running, if that counts."""
    for one in person.heard_of("Activated"):
        seen = max(one.heard, entered)
        if one.at > moment and seen < min(entered + WINDOW, END):
            return seen
    return None


def exit_at(person, entered):
    """Say when it is known that he pays; what was before counts, too."""
    seen = [max(one.heard, entered) for one in person.heard_of("Plan Upgraded")]
    return min((at for at in seen if at < END), default=None)


def walk(person, entered):
    """Walk through the flow as if nobody left early: the steps, and when it is over."""
    steps = []

    def branch(key, at, holds):
        steps.append((key, "yes" if holds else "no", at))
        return holds

    def write(key, at, word="sent"):
        if person.may_be_written_to(at):
            at = next_opening(at.astimezone(clock_of(person.zone)))
        steps.append((key, word if person.may_be_written_to(at) else "held", at))
        return at

    at = entered
    if branch("role", at, person.is_owner(at)):
        steps.append(("day", "waited", at))
        at += DAY
        has_trial = branch("trial", at, person.has_done("Trial Started", at))
        at = write("counts" if has_trial else "shows", at)
    else:
        steps.append(("two", "waited", at))
        at += 2 * DAY
        if branch("feature", at, person.has_done("Feature Used", at)):
            at = write("ask", at, "asked")
        else:
            at = write("minutes", at)
    steps.append(("rest", "waited", at))
    clock = clock_of(person.zone)
    third = at.astimezone(clock).date() + timedelta(days=3)
    at = write("still", on_page(third, 9, 30, clock))
    return steps, at
