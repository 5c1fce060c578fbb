"""
People to whom anything happens in any order, and the rules written down anew beside it.

Each person is an interleaving of his own. Whatever leaves is judged by a model in plain Python.
"""

import random
from collections import defaultdict
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.db.models import Min

from campaigns.channels.base import Letter
from campaigns.engine.advance import advance_batch
from campaigns.engine.places import Place
from campaigns.guardrails.incidents import close_incident, open_incident
from campaigns.messaging import send
from campaigns.models import Ask, Enrollment, Hold, Message
from contacts import consents
from contacts.events import Fact, record_many
from contacts.models import Consent, Contact
from referrals.models import AskPreference
from tests.campaigns.guardrails.person import DAY, Person
from tests.factories.campaigns import NOW
from tests.factories.messages import make_content, make_mail_campaign

ZONES = ("", "Asia/Tokyo", "America/New_York", "Pacific/Apia")
ON_PRO = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}
STEPS = (
    timedelta(minutes=5),
    timedelta(hours=3),
    timedelta(hours=11),
    3 * DAY,
    16 * DAY,
    47 * DAY,
)


class Crowd:
    """Some people, three campaigns that compete for them, and a clock."""

    def __init__(self, seed, size):
        self.draw = random.Random(seed)
        self.now = NOW
        self.violations = []
        self.delivered = 0
        self.campaigns = [
            make_mail_campaign(
                priority=priority,
                steps=[
                    {
                        "key": "ask",
                        "kind": "email",
                        "name": "Ask",
                        "ask": True,
                        "if_held": policy,
                        "content": CONTENT,
                        "freshness_hours": hours,
                        "fresh_from": fresh_from,
                    }
                ],
            )
            for priority, policy, hours, fresh_from in (
                (90, "wait", 72, "step"),
                (50, "skip", 48, "moment"),
                (50, "wait", None, "step"),
                (10, "exit", 24, "step"),
            )
        ]
        self.priorities = {one.pk: one.priority for one in self.campaigns}
        contacts = Contact.objects.bulk_create(
            Contact(
                email=f"c{seed}-{number}@example.com",
                time_zone=self.draw.choice(ZONES),
                attributes={"plan": self.draw.choice(["pro", "free"])},
            )
            for number in range(size)
        )
        consents.grant(
            [one.pk for one in contacts], source="test", statement="", now=NOW
        )
        self.people = {
            one.pk: Person(
                one.pk,
                ZoneInfo(one.time_zone or "UTC"),
                one.attributes["plan"] == "pro",
                attributes=dict(one.attributes),
            )
            for one in contacts
        }
        self.by_address = {one.email: self.people[one.pk] for one in contacts}
        self.incidents = []
        self.entries = 0
        self.last_ask = 0
        # Message: until when its moment is fresh; read for all that are prepared at once.
        self.fresh_until = {}

    def live(self, rounds):
        """Let time pass and things happen."""
        for _ in range(rounds):
            self.now += self.draw.choice(STEPS)
            self.something_happens(0.25)
            self.enroll()
            self.trouble()
            self.advance()
            self.something_happens(0.1)
            self.trouble()
            if self.draw.random() < 0.7:
                self.now += self.draw.choice(
                    (timedelta(0), timedelta(minutes=20), timedelta(hours=9))
                )
                self.send()

    def something_happens(self, share):
        """Let a share of the people do something; set-based, for there are many."""
        groups = defaultdict(list)
        for person in self.people.values():
            if self.draw.random() < share:
                groups[self.draw.choice(ACTS)].append(person)
        for act, those in groups.items():
            act(self, those)

    def record(self, name, people, **properties):
        """Record an event for some people."""
        self.entries += 1
        facts = [
            Fact(one.contact_id, name, self.now, str(self.entries), properties)
            for one in people
        ]
        record_many(facts, now=self.now)

    def open_ticket(self, people):
        self.record("ticket_opened", people)
        for one in people:
            one.opened.append(self.now)

    def close_ticket(self, people):
        self.record("ticket_closed", people)
        for one in people:
            one.closed.append(self.now)

    def answer_badly(self, people):
        self.record("survey_answered", people, nps=3)
        for one in people:
            one.scores.append((self.now, 3))

    def answer_well(self, people):
        self.record("survey_answered", people, nps=9)
        for one in people:
            one.scores.append((self.now, 9))

    def prefer(self, people):
        """Write what people said about being asked."""
        AskPreference.objects.bulk_create(
            [
                AskPreference(
                    contact_id=one.contact_id,
                    never_since=self.now if one.never else None,
                    snoozed_until=one.snoozed_until,
                    changed_at=self.now,
                )
                for one in people
            ],
            update_conflicts=True,
            unique_fields=["contact"],
            update_fields=["never_since", "snoozed_until", "changed_at"],
        )

    def snooze(self, people):
        for one in people:
            one.snoozed_until = self.now + 60 * DAY
        self.prefer(people)

    def refuse(self, people):
        for one in people:
            one.never = True
        self.prefer(people)

    def relent(self, people):
        for one in people:
            one.never, one.snoozed_until = False, None
        self.prefer(people)

    def agree(self, people, state="granted"):
        for one in people:
            one.agreed = state == "granted"
        ids = [one.contact_id for one in people]
        Consent.objects.filter(contact_id__in=ids).update(
            state=state, changed_at=self.now
        )

    def withdraw(self, people):
        self.agree(people, "withdrawn")

    def waver(self, people):
        for one in people:
            risk = "low" if one.attributes.get("churn_risk") == "high" else "high"
            one.attributes["churn_risk"] = risk
        Contact.objects.bulk_update(
            [Contact(pk=one.contact_id, attributes=one.attributes) for one in people],
            ["attributes"],
        )

    def trouble(self):
        """Open or close an incident, for some or for all; rarely."""
        chance = self.draw.random()
        if chance < 0.1 and not self.incidents:
            kind, scope = self.draw.choice(
                [("incident", None), ("incident", ON_PRO), ("stop", None)]
            )
            incident = open_incident(
                title="Down",
                user=None,
                now=self.now,
                kind=kind,
                scope=scope,
                cool_down_hours=5,
            )
            self.incidents = [incident]
        elif chance > 0.4 and self.incidents and self.incidents[0].closed_at is None:
            self.incidents = [
                close_incident(incident=self.incidents[0], user=None, now=self.now)
            ]
        if self.incidents and not self.incidents[0].holds_at(self.now):
            self.incidents = []

    def enroll(self):
        """Let campaigns begin with some people, now or soon."""
        active = set(
            Enrollment.objects.filter(state="active").values_list(
                "contact_id", "campaign_id"
            )
        )
        rows = []
        for person in self.people.values():
            for campaign in self.campaigns:
                if (
                    self.draw.random() < 0.3
                    and (person.contact_id, campaign.pk) not in active
                ):
                    self.entries += 1
                    rows.append(
                        Enrollment(
                            contact_id=person.contact_id,
                            campaign=campaign,
                            version=campaign.published,
                            entry_key=f"event:{self.entries}",
                            moment_at=self.now,
                            enrolled_at=self.now,
                            step_key="ask",
                            due_at=self.now
                            + self.draw.choice((0, 0, 6)) * timedelta(hours=1),
                        )
                    )
        Enrollment.objects.bulk_create(rows)

    def advance(self):
        """Move batches of any size, the campaigns in any order."""
        for _ in range(2):
            for campaign in self.draw.sample(self.campaigns, len(self.campaigns)):
                waiting = self.waiting_above(campaign)
                place = Place(campaign.pk, "ask", 1, self.now)
                advance_batch(
                    place, now=self.now, size=self.draw.choice((7, 60, 5_000))
                )
                for contact_id in self.newly_asked() & waiting:
                    self.violations.append((self.now, contact_id, "priority"))

    def newly_asked(self):
        """Name the contacts of the asks that have come since the last look."""
        rows = Ask.objects.filter(pk__gt=self.last_ask).values_list("pk", "contact_id")
        found = dict(rows)
        self.last_ask = max(found, default=self.last_ask)
        return set(found.values())

    def waiting_above(self, campaign):
        """Name those whom a campaign of a higher priority has waiting within a day."""
        above = [
            pk
            for pk, priority in self.priorities.items()
            if priority > campaign.priority
        ]
        waiting = Enrollment.objects.filter(
            campaign__in=above, state="active", due_at__lte=self.now + DAY
        )
        return set(waiting.values_list("contact_id", flat=True))

    def send(self):
        """Hand over what is due; halfway something happens."""
        for number in range(200):
            if not send.send_due(owner="me", clock=lambda: self.now):
                break
            if number == 0:
                self.something_happens(0.1)

    def make_letters(self, messages, *, now):
        """Stand in for the rendering, and let something happen meanwhile."""
        send.find_campaigns(messages)
        self.read_freshness(messages)
        if self.draw.random() < 0.5:
            some = [
                self.people[one.contact_id]
                for one in self.draw.sample(messages, len(messages) // 5)
            ]
            if some:
                self.draw.choice(ACTS)(self, some)
        return {
            one.pk: Letter(one.tag, now, one.contact.email, "a@b.c", "A", "S", "T", "H")
            for one in messages
        }

    def take(self, letter):
        """Judge a letter that leaves."""
        person = self.by_address[letter.to]
        found = person.objections(self.now)
        for incident in self.incidents:
            if incident.holds_at(self.now) and (
                person.is_pro or incident.scope is None
            ):
                found.append("incident")
        states = Message.objects.filter(tag=letter.tag, contact_id=person.contact_id)
        [(pk, state)] = states.values_list("pk", "state")
        if state != "handing_over":
            found.append("not handed over")
        if self.fresh_until[pk] and self.now > self.fresh_until[pk]:
            found.append("stale")
        self.violations += [(self.now, person.contact_id, name) for name in found]
        person.asked_on.append(self.now.astimezone(person.zone).date())
        self.delivered += 1

    def read_freshness(self, messages):
        """Reckon until when the moment of each message is fresh; two queries."""
        ids = [one.enrollment_id for one in messages]
        contacts = [one.contact_id for one in messages]
        moments = dict(
            Enrollment.objects.filter(pk__in=ids).values_list("pk", "moment_at")
        )
        holds = Hold.objects.filter(contact_id__in=contacts, enrollment_id__in=ids)
        held = {
            (enrollment_id, visit): first
            for enrollment_id, visit, first in holds.values_list(
                "enrollment_id", "visit"
            ).annotate(first=Min("held_at"))
        }
        for one in messages:
            [step] = one.version.definition["steps"]
            since = moments[one.enrollment_id]
            if step["fresh_from"] == "step":
                since = held.get((one.enrollment_id, one.visit), one.created_at)
            hours = step["freshness_hours"]
            self.fresh_until[one.pk] = (
                None if hours is None else since + timedelta(hours=hours)
            )


CONTENT = make_content()
ACTS = (
    Crowd.open_ticket,
    Crowd.close_ticket,
    Crowd.close_ticket,
    Crowd.answer_badly,
    Crowd.answer_well,
    Crowd.answer_well,
    Crowd.snooze,
    Crowd.refuse,
    Crowd.relent,
    Crowd.relent,
    Crowd.relent,
    Crowd.agree,
    Crowd.agree,
    Crowd.agree,
    Crowd.withdraw,
    Crowd.waver,
)
