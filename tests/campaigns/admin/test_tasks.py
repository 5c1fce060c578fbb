"""The page on which people of ours do what campaigns give them to do."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Ask, AskBudget, Message, Task
from contacts import consents
from referrals.models import AskPreference
from tests.factories.campaigns import NOW, make_ask, make_enrollment, make_task
from tests.factories.contacts import make_user
from tests.factories.messages import make_mail_campaign

pytestmark = pytest.mark.django_db

URL = "/campaigns/tasks/"
State = Task.State


def make_asking_task(**changes):
    """A task that makes an ask in person, to somebody who agreed to that."""
    campaign = make_mail_campaign()
    ask = make_ask(campaign)
    consents.grant([ask.contact_id], channel="dm", source="test", statement="", now=NOW)
    AskBudget.objects.create(
        contact_id=ask.contact_id,
        last_asked_on=NOW.date(),
        next_on=NOW.date() + timedelta(days=90),
    )
    Message.objects.create(
        contact_id=ask.contact_id,
        campaign=campaign,
        version=campaign.published,
        enrollment_id=ask.enrollment_id,
        step_key="ask",
        visit=ask.visit,
        ask_id=ask.pk,
        channel="dm",
        tag="tag",
        state="waiting",
        due_at=NOW,
    )
    return make_task(ask=ask, kind="dm", **changes)


def titles(response):
    return [task.title for task in response.context["page_obj"]]


def test_mine_and_nobodys_come_first_the_overdue_before_all(admin_client, admin_user):
    today = timezone.localdate()
    make_task(title="Later", due_on=today + timedelta(days=3))
    make_task(title="Late", due_on=today - timedelta(days=3), owner=admin_user)
    make_task(title="Hers", owner=make_user(username="other"))
    make_task(title="Over", state="done", closed_at=NOW)

    mine, everybodys = admin_client.get(URL), admin_client.get(URL, {"whose": "all"})

    assert titles(mine) == ["Late", "Later"]
    assert sorted(titles(everybodys)) == ["Hers", "Late", "Later"]
    assert "Overdue since" in mine.text
    assert titles(admin_client.get(URL, {"show": "closed"})) == ["Over"]


def test_the_empty_page_says_what_it_is_for(admin_client):
    assert "Nothing to do" in admin_client.get(URL).text
    closed = admin_client.get(URL, {"show": "closed"})
    assert "No task has been closed yet" in closed.text


def test_done_says_who_and_when(admin_client, admin_user):
    task = make_task(title="Call Ada")

    response = admin_client.post(URL, {"task": task.pk, "do": "done"}, follow=True)

    task.refresh_from_db()
    assert (task.state, task.closed_by) == (State.DONE, admin_user)
    assert "Done: “Call Ada”." in response.text


def test_an_ask_that_was_made_in_person_is_delivered(admin_client):
    task = make_asking_task()

    admin_client.post(URL, {"task": task.pk, "do": "done"})

    message, ask = Message.objects.get(), Ask.objects.get()
    assert message.state == Message.State.ACCEPTED
    assert ask.delivered_at == message.finished_at != None  # noqa: E711 - all three
    assert ask.refunded_at is None


def test_an_ask_that_is_dismissed_gives_back_its_unit(admin_client):
    task = make_asking_task()

    admin_client.post(URL, {"task": task.pk, "do": "dismiss"})

    task.refresh_from_db()
    assert task.state == State.DISMISSED
    assert Message.objects.get().state == Message.State.CANCELED
    assert Ask.objects.get().refunded_at is not None
    assert AskBudget.objects.get().next_on is None


@pytest.mark.parametrize("answer", ["yes", "not_now", "never"])
@pytest.mark.parametrize("is_done", [True, False])
def test_what_they_said_answers_the_ask(admin_client, answer, is_done):
    task = make_asking_task()
    if is_done:
        admin_client.post(URL, {"task": task.pk, "do": "done"})

    admin_client.post(URL, {"task": task.pk, "do": answer})

    task.refresh_from_db()
    ask = Ask.objects.get()
    assert (task.state, ask.answer, ask.answered_via) == (State.DONE, answer, "dm")
    assert ask.delivered_at is not None
    closed = admin_client.get(URL, {"show": "closed"})
    assert [one.answer for one in closed.context["page_obj"]] == [answer]


def test_what_is_closed_stays_as_it_is(admin_client):
    task = make_asking_task(state=State.DISMISSED, closed_at=NOW)

    for what in ("done", "dismiss", "yes"):
        response = admin_client.post(URL, {"task": task.pk, "do": what}, follow=True)
        assert "is closed already" in response.text

    task.refresh_from_db()
    assert (task.state, Ask.objects.get().answer) == (State.DISMISSED, "")


def test_who_takes_back_his_consent_is_not_written_to(admin_client):
    task = make_asking_task(text="Hello Ada")
    consents.withdraw(contact=task.contact, channel="dm", source="test", now=NOW)

    response = admin_client.get(URL)

    assert "does not agree to this any more" in response.text
    assert "Hello Ada" not in response.text
    assert 'value="done"' not in response.text


@pytest.mark.parametrize("wish", ["never_since", "snoozed_until"])
def test_who_wants_no_asks_any_more_is_not_asked_in_person(admin_client, wish):
    task = make_asking_task(text="Hello Ada")
    soon = timezone.now() + timedelta(days=60)
    AskPreference.objects.create(contact=task.contact, changed_at=NOW, **{wish: soon})

    response = admin_client.get(URL)

    assert "does not agree to this any more" in response.text
    assert 'value="done"' not in response.text


def test_who_may_only_look_gets_no_buttons(client):
    task = make_task()
    client.force_login(make_user("campaigns.view_task", "contacts.view_contact"))

    page = client.get(URL)
    response = client.post(URL, {"task": task.pk, "do": "done"})

    task.refresh_from_db()
    assert page.status_code == 200
    assert 'name="do"' not in page.text
    assert (response.status_code, task.state) == (403, State.OPEN)


def test_who_may_not_look_is_refused(client):
    client.force_login(make_user())

    assert client.get(URL).status_code == 403


def test_the_file_holds_all_of_them(admin_client):
    task = make_task(
        title="=Call", text="Hi", owner_hint="bo@example.com", due_on=NOW.date()
    )

    response = admin_client.get(URL, {"format": "csv"})

    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert lines == [
        "Task,Contact,Campaign,Kind,Owner,Due,State,Closed,Words",
        f"'=Call,{task.contact.email},{task.campaign.name},Task,bo@example.com,"
        "2026-11-20,Open,,Hi",
    ]


@pytest.mark.parametrize("rows", [1, 3])
def test_rows_cost_no_queries(admin_client, django_assert_max_num_queries, rows):
    for _ in range(rows):
        make_task()

    with django_assert_max_num_queries(6):
        admin_client.get(URL)


def test_a_stranger_of_a_task_is_not_found(admin_client):
    make_enrollment(make_mail_campaign())

    assert admin_client.post(URL, {"task": "x", "do": "done"}).status_code == 404
