"""A campaign that lives through a quarter on a moved clock, with the engine as it is."""

from django.db.models import Min

from campaigns.asks.credit import credit_asks
from campaigns.engine import lifecycle
from campaigns.engine.advance import advance_round
from campaigns.engine.enroll import enroll_moments
from campaigns.engine.notice import notice_changes
from campaigns.messaging.send import send_due
from campaigns.models import Campaign, Enrollment, Message
from campaigns.publishing import publish
from contacts import consents
from contacts.events import record_many
from contacts.models import Contact
from tests.factories.referrals import make_program
from tests.journeys.calendars import BEGIN, END


class Quarter:
    """The campaign, its people, and a clock that jumps to whatever is next."""

    def __init__(self, people, document):
        self.people = people
        self.mails = []
        self.campaign = Campaign.objects.create(
            name="Quarter", program=make_program(), draft=document
        )
        made = Contact.objects.bulk_create(
            Contact(email=one.email, time_zone=one.zone) for one in people
        )
        self.ids = {one.email: row.pk for one, row in zip(people, made, strict=True)}
        self.by_id = {self.ids[one.email]: one for one in people}
        publish(campaign=self.campaign, revision=1, user=None, now=BEGIN)
        self.campaign.refresh_from_db()
        lifecycle.start(campaign=self.campaign, user=None, now=BEGIN)

    def agree(self, channel, wish):
        """Let everybody agree who wishes."""
        agreed = [self.ids[one.email] for one in self.people if getattr(one, wish)]
        consents.grant(agreed, channel=channel, source="test", statement="", now=BEGIN)

    def facts(self):
        """List (when it is heard of, the fact)."""
        raise NotImplementedError

    def deeds(self):
        """List (when, what is done then), which are no facts."""
        return []

    def act(self, now):
        """Let people do what they do when they are asked; tell whether anybody did."""
        return False

    def live(self):
        """Go from moment to moment until the quarter is over."""
        facts = sorted(self.facts(), key=lambda one: (one[0], one[1].contact_id))
        deeds = sorted(self.deeds(), key=lambda one: one[0])
        while True:
            heads = [rows[0][0] for rows in (facts, deeds) if rows]
            now = min((at for at in (*heads, self.due()) if at), default=END)
            if now >= END:
                return
            here = []
            while facts and facts[0][0] <= now:
                here.append(facts.pop(0)[1])
            while deeds and deeds[0][0] <= now:
                deeds.pop(0)[1](now)
            record_many(here, now=now)
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


class Mailbox:
    """Takes the mails of a quarter, and keeps who got them."""

    def __init__(self, quarter):
        self.quarter = quarter

    def open(self):
        """Nothing to open."""

    def close(self):
        """Nothing to close."""

    def send(self, letter):
        self.quarter.mails.append(self.quarter.ids[letter.to])
        return "250 taken"


def live_through(quarter, monkeypatch):
    """Let a quarter pass, with its mails taken by nobody else."""
    monkeypatch.setattr(
        "campaigns.messaging.send.make_channel", lambda kind: Mailbox(quarter)
    )
    quarter.live()
