"""The onboarding of the recipe on a quarter of accounts: each step, mail and end, person by person."""

from collections import Counter
from functools import partial

import pytest

from campaigns.models import Ask, Enrollment, Message, Refusal, StepRun
from contacts import consents
from contacts.attributes import assert_now
from contacts.events import Fact
from contacts.models import Contact
from tests.journeys import accounts, living
from tests.journeys.calendars import BEGIN
from tests.journeys.recipe import onboarding

pytestmark = pytest.mark.django_db
PEOPLE = 240
MAILS = {"counts", "shows", "ask", "minutes", "still"}


class Quarter(living.Quarter):
    """People who get accounts, some of them told of late; roles change, and some unsubscribe."""

    def __init__(self, people):
        super().__init__(people, onboarding())
        self.agree("email", "has_mail")
        for one in people:
            if one.role:
                self.tell_role(one.email, one.role, BEGIN)

    def tell_role(self, email, role, now):
        """Let somebody have a role from now on."""
        values = {"role": role}
        pk = self.ids[email]
        assert_now(contact_id=pk, values=values, cause="by_hand", now=now)

    def unsubscribe(self, email, now):
        """Let somebody say no to mails."""
        contact = Contact.objects.get(email=email)
        consents.withdraw(contact=contact, source="unsubscribe_page", now=now)

    def facts(self):
        """Tell what the product tells, when it tells it."""
        return [
            (one.heard, Fact(self.ids[person.email], one.name, one.at, f"{number}"))
            for person in self.people
            for number, one in enumerate(person.happenings)
        ]

    def deeds(self):
        """Promote some, and let some unsubscribe."""
        found = []
        for one in self.people:
            if one.promoted:
                found.append(
                    (one.promoted, partial(self.tell_role, one.email, "owner"))
                )
            if one.unsubscribed and one.has_mail:
                found.append((one.unsubscribed, partial(self.unsubscribe, one.email)))
        return found


@pytest.fixture
def quarter(monkeypatch):
    """A quarter that was lived through, beside what the rules say of it."""
    people = accounts.draw_people(7, PEOPLE)
    made = Quarter(people)
    living.live_through(made, monkeypatch)
    for person in people:
        accounts.expect(person)
    return made


def expected(quarter, name):
    """Gather what the rules say, with the contact before each."""
    return sorted(
        (quarter.ids[one.email], *values)
        for one in quarter.people
        for values in getattr(one, name)
    )


def ended(one):
    """Write a pass as the rules do."""
    when = (one.moment_at, one.enrolled_at, one.ended_at)
    return (one.contact_id, one.state, one.end_reason, *when)


def test_everybody_goes_the_way_of_the_rules_and_ends_where_they_say(quarter):
    runs = StepRun.objects.values_list("contact_id", "step_key", "outcome", "ran_at")
    refusals = Refusal.objects.values_list("contact_id", "reason", "refused_at")
    mails = Message.objects.filter(state="accepted")
    asks = Ask.objects.values_list("contact_id", "asked_at")
    wanted = expected(quarter, "steps")

    assert sorted(runs) == wanted
    assert sorted(map(ended, Enrollment.objects.all())) == expected(quarter, "passes")
    assert sorted(refusals) == expected(quarter, "refused")
    assert sorted(
        mails.values_list("contact_id", "step_key", "handed_over_at")
    ) == sorted(
        (pk, key, at) for pk, key, word, at in wanted if word in ("sent", "asked")
    )
    assert Message.objects.count() == mails.count() == len(quarter.mails)
    assert sorted(asks) == sorted(
        (pk, at) for pk, _, word, at in wanted if word == "asked"
    )


def test_the_quarter_has_all_of_it():
    people = accounts.draw_people(7, PEOPLE)
    for person in people:
        accounts.expect(person)
    words = Counter((key, word) for one in people for key, word, _ in one.steps)
    passes = [one for person in people for one in person.passes]
    reasons = {reason for one in people for reason, _ in one.refused}

    branches = {"role", "trial", "feature"}
    assert set(words) == (
        {(key, side) for key in branches for side in ("yes", "no")}
        | {(key, "waited") for key in ("day", "two", "rest")}
        | {(key, "asked" if key == "ask" else "sent") for key in MAILS}
        | {(key, "held") for key in MAILS}
    )
    assert {state for state, *_ in passes} == {
        "active",
        "completed",
        "converted",
        "exited",
    }
    assert reasons == {"too_old", "still_active", "already_enrolled"}
