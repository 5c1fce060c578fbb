"""The ask of the guide on a quarter of events: who is asked when, who is held for what."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db.models import Min

from campaigns.asks.answer import answer_ask
from campaigns.asks.by_hand import finish_task
from campaigns.asks.credit import credit_asks
from campaigns.asks.in_app import answer_offer, claim_offer, mark_seen
from campaigns.channels.base import Letter
from campaigns.engine import lifecycle
from campaigns.engine.advance import advance_round
from campaigns.engine.enroll import enroll_moments
from campaigns.engine.notice import notice_changes
from campaigns.messaging.send import send_due
from campaigns.models import Ask, Campaign, Enrollment, Hold, Message, Refusal, Task
from campaigns.publishing import publish
from contacts import consents
from contacts.events import Fact, record_many
from contacts.models import Contact
from tests.factories.contacts import make_user
from tests.factories.referrals import make_program
from tests.journeys import promoters
from tests.journeys.promoters import BEGIN, DAYS
from tests.journeys.recipe import guide_ask

pytestmark = pytest.mark.django_db
PEOPLE = 200
END = BEGIN + timedelta(days=DAYS + 1)


class Quarter:
    """The campaign, its people, and a clock that jumps to whatever is next."""

    def __init__(self, people, document):
        self.people = people
        self.colleague = make_user(username="colleague")
        self.mails = []
        self.campaign = Campaign.objects.create(
            name="Guide", program=make_program(), draft=document
        )
        made = Contact.objects.bulk_create(
            Contact(email=one.email, time_zone=one.zone) for one in people
        )
        self.ids = {one.email: row.pk for one, row in zip(people, made, strict=True)}
        self.by_id = {self.ids[one.email]: one for one in people}
        for channel, wish in (("email", "has_mail"), ("dm", "has_dm")):
            agreed = [self.ids[one.email] for one in people if getattr(one, wish)]
            consents.grant(
                agreed, channel=channel, source="test", statement="", now=BEGIN
            )
        publish(campaign=self.campaign, revision=1, user=None, now=BEGIN)
        self.campaign.refresh_from_db()
        lifecycle.start(campaign=self.campaign, user=None, now=BEGIN)

    def facts(self):
        """Put all that happens in the order of time."""
        found = []
        for one in self.people:
            pk = self.ids[one.email]
            for at, score in one.surveys:
                found.append((at, pk, "NPS Answered", {"score": score}))
            opened, closed = one.ticket or (None, None)
            if opened:
                found.append((opened, pk, "ticket_opened", {}))
            if closed:
                found.append((closed, pk, "ticket_closed", {}))
        return sorted(found, key=lambda fact: (fact[0], fact[1]))

    def live(self):
        """Go from moment to moment until the quarter is over."""
        facts = self.facts()
        while True:
            coming = [at for at in (facts[0][0] if facts else None, self.due()) if at]
            now = min(coming, default=END)
            if now >= END:
                return
            here = []
            while facts and facts[0][0] <= now:
                here.append(facts.pop(0))
            record_many(
                [
                    Fact(pk, name, at, f"{name} {at.isoformat()}", properties)
                    for at, pk, name, properties in here
                ],
                now=now,
            )
            self.work(now)
            if self.act(now):
                self.work(now)

    def due(self):
        """Say when the engine has something to do next."""
        active = Enrollment.objects.filter(state="active")
        queued = Message.objects.filter(state="queued")
        found = [rows.aggregate(at=Min("due_at"))["at"] for rows in (active, queued)]
        return min((at for at in found if at), default=None)

    def work(self, now):
        """Let the workers do what is due."""
        for step in (
            lambda: enroll_moments(now=now),
            lambda: advance_round(now=now),
            lambda: send_due(owner="me", clock=lambda: now),
            credit_asks,
            lambda: notice_changes(now=now),
        ):
            while step():
                pass

    def act(self, now):
        """Let people do what they do when they are asked; tell whether anybody did."""
        acted = False
        for message in Message.objects.filter(channel="in_app", state="waiting"):
            person = self.by_id[message.contact_id]
            if person.answers_on == "in_app":
                offer = claim_offer(contact_id=message.contact_id, now=now)
                named = {"contact_id": message.contact_id, "now": now}
                named["message_id"] = offer.message.pk
                mark_seen(**named)
                answer_offer(**named, answer=person.answer)
                acted = True
        while self.mails:
            person = self.by_id[self.mails.pop()]
            if person.answers_on == "email":
                ask = Ask.objects.filter(contact_id=self.ids[person.email]).latest("pk")
                answer_ask(ask=ask, answer=person.answer, via="email", now=now)
                acted = True
        for task in Task.objects.filter(state="open"):
            finish_task(task=task, user=self.colleague, now=now)
            acted = True
        return acted


@pytest.fixture(params=[True, False], ids=["in the product first", "by mail first"])
def quarter(request, monkeypatch):
    """A quarter that was lived through, beside what the rules say of it."""
    people = promoters.draw_people(5, PEOPLE)
    document = guide_ask()
    if not request.param:
        document["steps"][0]["in_app"] = None
    made = Quarter(people, document)

    class Mailbox:
        def open(self):
            """Nothing to open."""

        def close(self):
            """Nothing to close."""

        def send(self, letter: Letter):
            made.mails.append(made.ids[letter.to])
            return "250 taken"

    monkeypatch.setattr("campaigns.messaging.send.make_channel", lambda kind: Mailbox())
    made.live()
    for person in people:
        promoters.expect(person, in_app=request.param)
    made.is_in_app = request.param
    return made


def expected(quarter, name):
    """Gather what the rules say, with the contact before each."""
    return sorted(
        (quarter.ids[one.email], *(value if isinstance(value, tuple) else (value,)))
        for one in quarter.people
        for value in getattr(one, name)
    )


def test_everybody_is_asked_or_held_as_the_rules_say(quarter):
    asks = list(Ask.objects.values_list("contact_id", "asked_at"))
    holds = list(Hold.objects.values_list("contact_id", "reason", "held_at"))
    mails = Message.objects.filter(channel="email", state="accepted")
    rungs = {}
    for contact, ask, channel in Message.objects.order_by("pk").values_list(
        "contact_id", "ask_id", "channel"
    ):
        rungs.setdefault((contact, ask), []).append(channel)

    assert sorted(holds) == expected(quarter, "held")
    assert sorted(asks) == expected(quarter, "asked")
    assert sorted(mails.values_list("contact_id", "handed_over_at")) == expected(
        quarter, "mails"
    )
    assert sorted((pk, those) for (pk, _), those in rungs.items()) == expected(
        quarter, "rungs"
    )
    reasons = {reason for _, reason, _ in holds}
    always = {"snoozed", "open_ticket", "recent_ticket", "cap", "quiet_hours"}
    assert reasons == always | (
        set() if quarter.is_in_app else {"stale_moment", "no_consent"}
    )
    assert len(asks) > 50

    # And in the words of the guide.
    moments = [at for one in quarter.people for at, score in one.surveys if score >= 9]
    passes = {one.pk: one for one in Enrollment.objects.all()}
    assert Counter(one.moment_at for one in passes.values()) == Counter(moments)
    assert Refusal.objects.count() == 0
    for ask in Ask.objects.all():
        late = ask.asked_at - passes[ask.enrollment_id].moment_at
        assert timedelta() <= late <= timedelta(hours=2)
    for mail in mails:
        zone = quarter.by_id[mail.contact_id].clock
        assert 8 <= mail.handed_over_at.astimezone(zone).hour < 20
    own = Ask.objects.filter(refunded_at=None).values_list("contact_id", flat=True)
    assert max(Counter(own).values()) == 1
