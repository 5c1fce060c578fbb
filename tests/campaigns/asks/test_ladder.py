"""The ladder of an ask: in the product, by mail, in person; one ask, one unit, no late rung."""

from datetime import timedelta

import pytest

from campaigns.asks.answer import answer_ask
from campaigns.asks.by_hand import dismiss_task
from campaigns.engine import lifecycle
from campaigns.engine.advance import advance_round
from campaigns.engine.ending import end_enrollments
from campaigns.flows.edits import new_step
from campaigns.messaging.send import send_due
from campaigns.models import (
    Ask,
    AskBudget,
    CampaignChange,
    Enrollment,
    Hold,
    Message,
    StepRun,
    Task,
)
from contacts import consents
from contacts.models import Contact, Event
from referrals.models import Advocate, AskPreference
from tests.factories.campaigns import (
    NOW,
    make_campaign,
    make_contact,
    make_enrollment,
    make_reachable,
)
from tests.factories.contacts import make_user
from tests.factories.messages import make_content

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
IN_APP = {"hours": 4, "variants": {"en": {"title": "Hi", "text": "A friend?"}}}
TASK = {
    "hours": 6,
    "channel": "dm",
    "title": "Write {{ contact.name }}",
    "text": "{{ ask.url }}",
    "owner": {"rule": "anyone"},
    "due_days": 1,
}


def make_ladder(quiet_from="00:00", quiet_until="00:00", **changes):
    values = {"in_app": IN_APP, "task": TASK, "content": make_content(), **changes}
    steps = [
        {**new_step("email", key="ask", name="Ask"), **values},
        new_step("delay", key="after"),
    ]
    return make_campaign(
        steps=steps,
        state="running",
        settings={"quiet_from": quiet_from, "quiet_until": quiet_until},
    )


def stand(campaign, contact=None, *, dm=True):
    contact = contact or make_reachable()
    if dm:
        consents.grant([contact.pk], channel="dm", source="test", statement="", now=NOW)
    return make_enrollment(campaign, contact=contact, step_key="ask")


def advance(hours=0):
    advance_round(now=NOW + hours * HOUR)


def send(hours, channel):
    send_due(owner="me", clock=lambda: NOW + hours * HOUR)
    return len(channel.letters)


def place(enrollment):
    enrollment.refresh_from_db()
    due = enrollment.due_at
    return (
        enrollment.state,
        enrollment.step_key,
        enrollment.visit,
        due and (due - NOW) / HOUR,
    )


def rungs():
    rows = Message.objects.order_by("pk")
    return {row.channel: row.state for row in rows}


def show(hours):
    """The product shows the ask, as the endpoint of the widget notes it."""
    at = NOW + hours * HOUR
    Message.objects.filter(channel="in_app").update(
        state="accepted", handed_over_at=at, finished_at=at
    )
    Ask.objects.update(delivered_at=at)


def spent():
    return AskBudget.objects.get().next_on is not None


@pytest.fixture(autouse=True)
def channel(mailbox):
    return mailbox


def test_one_ask_goes_up_the_ladder(channel):
    enrollment = stand(make_ladder())

    advance()
    assert (place(enrollment), rungs()) == (
        ("active", "ask", 0, 4),
        {"in_app": "waiting"},
    )
    assert send(0, channel) == 0

    advance(4)
    assert (place(enrollment), rungs()) == (
        ("active", "ask", 0, 10),
        {"in_app": "canceled", "email": "queued"},
    )
    assert send(5, channel) == 1

    # The time of the mail begins when it has left.
    advance(10)
    assert place(enrollment) == ("active", "ask", 0, 11)
    advance(11)
    assert place(enrollment) == ("active", "after", 1, 11)
    assert rungs() == {"in_app": "canceled", "email": "accepted", "dm": "waiting"}
    assert (Ask.objects.count(), Hold.objects.count(), spent()) == (1, 0, True)
    run = StepRun.objects.get()
    assert (run.outcome, run.visit) == ("asked", 0)
    task = Task.objects.get()
    ask = Ask.objects.get()
    assert (task.kind, task.ask_id, task.state) == ("dm", ask.pk, "open")
    assert task.text.endswith("?via=dm")


def test_advancing_again_changes_nothing(channel):
    stand(make_ladder())

    for hours in (0, 0, 3, 4, 4, 5):
        advance(hours)

    assert rungs() == {"in_app": "canceled", "email": "queued"}
    assert (Ask.objects.count(), StepRun.objects.count()) == (1, 0)


def test_who_saw_it_in_the_product_gets_no_mail(channel):
    enrollment = stand(make_ladder())
    advance()
    show(1)
    Ask.objects.update(viewed_at=NOW + HOUR)

    advance(4)

    assert rungs() == {"in_app": "accepted", "dm": "waiting"}
    assert Message.objects.get(channel="in_app").withdrawn_at == NOW + 4 * HOUR
    assert place(enrollment)[1] == "after"


@pytest.mark.parametrize("answer", ["yes", "not_now", "never"])
def test_an_answer_between_two_rungs_ends_the_ladder(channel, answer):
    enrollment = stand(make_ladder())
    advance()
    advance(4)

    answer_ask(ask=Ask.objects.get(), answer=answer, via="in_app", now=NOW + 5 * HOUR)

    assert rungs() == {"in_app": "canceled", "email": "canceled"}
    assert place(enrollment) == ("active", "ask", 0, 5)
    advance(5)
    assert place(enrollment) == ("active", "after", 1, 5)
    assert send(6, channel) == 0
    assert Ask.objects.get().answered_via == "in_app"
    assert not Task.objects.exists()


def test_an_answer_withdraws_the_task(channel):
    stand(make_ladder(in_app=None, by_email=False))
    advance()
    assert rungs() == {"dm": "waiting"}

    answer_ask(ask=Ask.objects.get(), answer="yes", now=NOW + HOUR)

    assert (rungs(), Task.objects.get().state) == ({"dm": "canceled"}, "withdrawn")


def test_an_answer_takes_the_mail_from_its_sender(channel):
    stand(make_ladder(in_app=None))
    advance()
    channel.on_open = lambda: answer_ask(
        ask=Ask.objects.get(), answer="yes", via="in_app", now=NOW
    )

    assert send(0, channel) == 0
    assert rungs() == {"email": "canceled"}


def test_an_exit_between_two_rungs_withdraws_everything(channel):
    enrollment = stand(make_ladder())
    advance()
    show(1)

    end_enrollments(
        enrollment_ids=[enrollment.pk],
        contact_ids=[enrollment.contact_id],
        state="exited",
        reason="exit_condition",
        cause="exited_condition",
        now=NOW + 2 * HOUR,
    )
    advance(4)

    message = Message.objects.get()
    assert (message.state, message.withdrawn_at) == ("accepted", NOW + 2 * HOUR)
    assert (place(enrollment)[0], spent()) == ("exited", True)


def test_an_exit_before_anybody_saw_anything_gives_the_unit_back(channel):
    enrollment = stand(make_ladder())
    advance()

    end_enrollments(
        enrollment_ids=[enrollment.pk],
        contact_ids=[enrollment.contact_id],
        state="exited",
        reason="exit_condition",
        cause="exited_condition",
        now=NOW + HOUR,
    )

    assert (rungs(), spent()) == ({"in_app": "canceled"}, False)


def test_consent_withdrawn_between_two_rungs_leaves_that_rung_out(channel):
    contact = make_reachable()
    enrollment = stand(make_ladder(), contact)
    advance()
    consents.withdraw(contact=contact, channel="email", source="test", now=NOW + HOUR)

    advance(4)

    assert rungs() == {"in_app": "canceled", "dm": "waiting"}
    assert place(enrollment)[1] == "after"


def test_with_no_consent_to_the_rest_the_ladder_ends_and_gives_back_the_unit(channel):
    enrollment = stand(make_ladder(), make_contact(), dm=False)
    advance()
    assert rungs() == {"in_app": "waiting"}

    advance(4)

    assert rungs() == {"in_app": "canceled"}
    assert (place(enrollment)[1], spent()) == ("after", False)
    assert StepRun.objects.get().outcome == "unseen"
    assert Ask.objects.get().refunded_at == NOW + 4 * HOUR


def test_who_may_be_asked_nowhere_is_held(channel):
    enrollment = stand(
        make_ladder(in_app=None, if_held="exit"), make_contact(), dm=False
    )

    advance()

    assert place(enrollment)[0] == "exited"
    hold = Hold.objects.get()
    assert (hold.reason, Ask.objects.count()) == ("no_consent", 0)


def test_a_never_between_two_rungs_ends_the_ladder(channel):
    enrollment = stand(make_ladder())
    advance()
    show(1)
    AskPreference.objects.create(
        contact_id=enrollment.contact_id, never_since=NOW, changed_at=NOW
    )

    advance(4)

    assert rungs() == {"in_app": "accepted"}
    assert (place(enrollment)[1], spent()) == ("after", True)
    assert Hold.objects.get().then == Hold.Then.SKIP


def test_the_mail_waits_for_the_morning(channel):
    enrollment = stand(make_ladder(quiet_from="15:00", quiet_until="20:00"))
    advance()

    advance(4)

    assert place(enrollment) == ("active", "ask", 0, 8)
    assert rungs() == {"in_app": "waiting"}
    advance(8)
    assert rungs() == {"in_app": "canceled", "email": "queued"}


def test_in_the_product_alone_it_is_shown_for_a_while(channel):
    enrollment = stand(make_ladder(by_email=False, task=None))
    advance()
    assert place(enrollment) == ("active", "ask", 0, 4)
    show(1)

    advance(4)

    assert place(enrollment) == ("active", "after", 1, 4)
    assert Message.objects.get().withdrawn_at == NOW + 4 * HOUR
    assert (StepRun.objects.get().outcome, spent()) == ("asked", True)


def test_a_refused_mail_keeps_the_unit_as_long_as_a_rung_may_follow(channel):
    contact = make_reachable()
    enrollment = stand(make_ladder(in_app=None), contact)
    advance()
    channel.refuse(contact.email)
    send(0, channel)
    assert (rungs(), spent()) == ({"email": "refused"}, True)

    enrollment.refresh_from_db()
    Enrollment.objects.update(due_at=NOW + HOUR)
    advance(1)
    assert rungs() == {"email": "refused", "dm": "waiting"}

    user = make_user()
    dismiss_task(task=Task.objects.get(), user=user, now=NOW + 2 * HOUR)
    assert (rungs()["dm"], spent()) == ("canceled", False)


def test_another_tool_sends_what_we_make_ready(channel):
    enrollment = stand(make_ladder(sender="elsewhere"))

    advance()

    ask = Ask.objects.get()
    contact = Contact.objects.get(pk=enrollment.contact_id)
    code = Advocate.objects.get().code
    assert place(enrollment) == ("active", "after", 1, 0)
    assert (rungs(), ask.delivered_at) == ({"elsewhere": "accepted"}, NOW)
    assert contact.attributes["referral_link"].endswith(f"/r/{code}?c=elsewhere")
    assert contact.attributes["referral_ask_page"].endswith("?via=elsewhere")
    ready = Event.objects.get(name="ask_ready")
    assert ready.properties["referral_link"] == contact.attributes["referral_link"]
    assert send(1, channel) == 0


def test_another_tool_needs_the_consent_to_mail(channel):
    enrollment = stand(make_ladder(sender="elsewhere", if_held="skip"), make_contact())

    advance()

    assert (Ask.objects.count(), Hold.objects.get().reason) == (0, "no_consent")
    assert place(enrollment)[1] == "after"


def test_a_stop_takes_back_tasks_of_who_has_come_to_the_end():
    campaign = make_ladder(in_app=None, by_email=False)
    stand(campaign)
    advance()
    Enrollment.objects.update(state="completed", due_at=None, step_key="")
    assert Task.objects.get().state == Task.State.OPEN

    lifecycle.stop(campaign=campaign, user=None, now=NOW + HOUR)

    assert Task.objects.get().state == Task.State.WITHDRAWN
    assert Message.objects.get().state == Message.State.CANCELED
    assert Ask.objects.get().refunded_at == NOW + HOUR
    assert AskBudget.objects.get().next_on is None
    change = CampaignChange.objects.latest("pk")
    assert change.details == {"ended": 0, "canceled": 1}


def test_an_ask_that_began_in_time_goes_on_when_its_moment_has_passed(channel):
    enrollment = stand(make_ladder(freshness_hours=2, fresh_from="moment"))

    advance()
    advance(4)
    assert send(4, channel) == 1

    assert rungs()["email"] == "accepted"
    advance(10)
    assert [task.kind for task in Task.objects.all()] == ["dm"]
    assert not Hold.objects.filter(enrollment_id=enrollment.pk).exists()
