"""The ask of the guide on a quarter of events: who is asked when, who is held for what."""

from collections import Counter
from datetime import timedelta

import pytest

from campaigns.asks.answer import answer_ask
from campaigns.asks.by_hand import finish_task
from campaigns.asks.in_app import answer_offer, claim_offer, mark_seen
from campaigns.models import Ask, Enrollment, Hold, Message, Refusal, Task
from contacts.events import Fact
from tests.factories.contacts import make_user
from tests.journeys import living, promoters
from tests.journeys.recipe import guide_ask

pytestmark = pytest.mark.django_db
PEOPLE = 200


class Quarter(living.Quarter):
    """People who are surveyed, have tickets, and answer where they are asked."""

    def __init__(self, people, document):
        super().__init__(people, document)
        self.colleague = make_user(username="colleague")
        self.agree("email", "has_mail")
        self.agree("dm", "has_dm")

    def facts(self):
        """Tell of surveys and tickets as they happen."""
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
        return [
            (at, Fact(pk, name, at, f"{name} {at.isoformat()}", properties))
            for at, pk, name, properties in found
        ]

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
    living.live_through(made, monkeypatch)
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
