"""
Several hundred people in a quarter, and what should become of each, from the rules alone.

Nothing here knows the engine. What happens is drawn once, from a seed; the expectation walks
through it person by person with wall clocks and calendar days.
"""

import random
from dataclasses import dataclass, field
from datetime import datetime

from tests.journeys.calendars import (
    BEGIN,
    DAY,
    DAYS,
    HOUR,
    OFFSET,
    SLOT,
    ZONES,
    clock_of,
    next_opening,
)


@dataclass
class Person:
    """Somebody, what happens to him, and what he does when he is asked."""

    email: str
    zone: str
    has_mail: bool
    has_dm: bool
    # Where he answers, and what: "in_app", "email" or nowhere.
    answers_on: str
    answer: str
    surveys: list[tuple[datetime, int]]
    ticket: tuple[datetime, datetime | None] | None
    asked: list[datetime] = field(default_factory=list)
    held: list[tuple[str, datetime]] = field(default_factory=list)
    rungs: list[list[str]] = field(default_factory=list)
    mails: list[datetime] = field(default_factory=list)

    @property
    def clock(self):
        """Where he lives."""
        return clock_of(self.zone)


def draw_people(seed, count):
    """Draw people and their quarter."""
    draw = random.Random(seed)
    return [draw_person(draw, number) for number in range(count)]


def draw_person(draw, number):
    """Draw one: surveys at least eleven days apart; a ticket never on the heels of one."""
    surveys, last = [], -100 * DAY
    for slot in sorted(draw.sample(range(DAYS * 8 - 48), draw.choice((1, 1, 2, 3)))):
        at = slot * SLOT + OFFSET
        if at - last >= 11 * DAY:
            surveys.append((BEGIN + at, draw.choice((4, 7, 8, 9, 9, 10, 10))))
            last = at
    ticket = None
    if draw.random() < 0.4:
        opened = surveys[0][0] + draw.randrange(-160, 40) * SLOT + 7 * HOUR / 60
        closed = opened + draw.randrange(1, 90) * SLOT if draw.random() < 0.7 else None
        moments = [one for one in (opened, closed) if one]
        if opened > BEGIN and not any(
            at - HOUR < one < at + 6 * DAY for one in moments for at, _ in surveys
        ):
            ticket = (opened, closed)
    answers_on, answer = draw.choice(
        (
            ("in_app", "yes"),
            ("in_app", "not_now"),
            ("email", "not_now"),
            ("", ""),
            ("", ""),
        )
    )
    return Person(
        f"p{number}@example.com",
        draw.choice(ZONES),
        draw.random() < 0.8,
        draw.random() < 0.5,
        answers_on,
        answer,
        surveys,
        ticket,
    )


def expect(person, *, in_app):
    """Walk through his quarter by the rules of the campaign, with or without the first way."""
    snoozed_until, budget_day = BEGIN, None
    for moment, score in person.surveys:
        if score < 9:
            continue
        at, reason = moment, objection(person, moment, snoozed_until, budget_day)
        if not in_app and not person.has_mail and not person.has_dm:
            reason = "no_consent"
        if reason is None and not in_app and person.has_mail:
            at, reason = in_the_day(person, moment)
        if reason:
            person.held.append((reason, moment))
            continue
        person.asked.append(at)
        answered = climb(person, at, in_app=in_app)
        # An ask that nobody could see is not counted against him.
        if len(person.rungs[-1]) > 1 or answered or not in_app:
            budget_day = at.astimezone(person.clock).date()
        if answered and person.answer == "not_now":
            snoozed_until = answered + 75 * DAY


def in_the_day(person, moment):
    """Say when a mail may go out, or that the moment will have passed by then."""
    opening = next_opening(moment.astimezone(person.clock))
    if opening - moment > 2 * HOUR:
        return moment, "stale_moment"
    if opening != moment:
        person.held.append(("quiet_hours", moment))
    return opening, None


def objection(person, at, snoozed_until, budget_day):
    """Say what forbids to ask him, the first in order."""
    if at < snoozed_until:
        return "snoozed"
    if person.ticket:
        opened, closed = person.ticket
        if opened <= at and (closed is None or closed > at):
            return "open_ticket"
        if any(one and at - 14 * DAY < one <= at for one in (opened, closed)):
            return "recent_ticket"
    day = at.astimezone(person.clock).date()
    if budget_day and (day - budget_day).days < 90:
        return "cap"
    return None


def climb(person, at, *, in_app):
    """Write down on which ways he is asked and when mail leaves; say when he answers."""
    rungs = ["in_app"] if in_app else []
    person.rungs.append(rungs)
    if in_app and person.answers_on == "in_app":
        return at
    mail_at = at + DAY if in_app else at
    if person.has_mail:
        opening = next_opening(mail_at.astimezone(person.clock))
        if opening != mail_at:
            person.held.append(("quiet_hours", mail_at))
        rungs.append("email")
        person.mails.append(opening)
        if person.answers_on == "email":
            return opening
    if person.has_dm:
        rungs.append("dm")
    return None
