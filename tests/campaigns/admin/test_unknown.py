import pytest
from django.urls import reverse

from campaigns.models import Message
from tests.factories.contacts import make_user
from tests.factories.messages import NOW, make_due_message, make_mail_campaign

pytestmark = pytest.mark.django_db

State = Message.State
URL = "/campaigns/decisions/"


def make_unknown(campaign=None, **changes):
    return make_due_message(
        campaign,
        state=State.UNKNOWN,
        cause="outcome_unknown",
        details="Connection lost",
        handed_over_at=NOW,
        finished_at=NOW,
        **changes,
    )


def test_the_page_lists_what_is_unknown_and_nothing_else(admin_client):
    campaign = make_mail_campaign(name="Spring")
    message = make_unknown(campaign)
    make_due_message(campaign, state=State.ACCEPTED)

    response = admin_client.get(reverse("admin:campaigns_unknown_messages"))

    assert response.request["PATH_INFO"] == URL
    assert list(response.context["page_obj"]) == [message]
    assert response.context["total"] == 1
    assert "Connection lost" in response.text
    assert "It arrived" in response.text


def test_the_empty_page_says_what_it_is_for(admin_client):
    assert "Nothing to decide" in admin_client.get(URL).text


def test_it_arrived(admin_client, admin_user):
    message, other = make_unknown(), make_unknown()

    response = admin_client.post(URL, {"arrived": message.pk}, follow=True)

    message.refresh_from_db()
    other.refresh_from_db()
    assert (message.state, other.state) == (State.ACCEPTED, State.UNKNOWN)
    assert message.details == f"Marked as arrived by {admin_user.username}"
    assert "1 message counted as arrived." in response.text


def test_send_it_again(admin_client):
    message = make_unknown()

    response = admin_client.post(URL, {"again": message.pk}, follow=True)

    message.refresh_from_db()
    assert message.state == State.QUEUED
    assert "1 message will be sent again." in response.text


def test_all_on_the_page_arrived(admin_client):
    shown = [make_unknown() for _ in range(3)]
    hidden = make_unknown()

    response = admin_client.post(
        URL, {"all": "1", "message": [one.pk for one in shown]}, follow=True
    )

    assert "3 messages counted as arrived." in response.text
    assert list(Message.objects.filter(state=State.UNKNOWN)) == [hidden]


@pytest.mark.parametrize(
    "fields", [{"arrived": "x"}, {"again": "999"}, {"all": "1"}, {}]
)
def test_what_is_settled_or_nonsense_changes_nothing(admin_client, fields):
    message = make_unknown()

    response = admin_client.post(URL, fields, follow=True)

    message.refresh_from_db()
    assert message.state == State.UNKNOWN
    assert "Somebody has decided about this message already." in response.text


def test_somebody_was_quicker(admin_client, monkeypatch):
    message = make_unknown()
    monkeypatch.setattr(
        "campaigns.admin.unknown.UnknownMessagesPage.get_messages",
        lambda page: Message.objects.select_related("campaign", "contact"),
    )
    Message.objects.update(state=State.ACCEPTED)

    response = admin_client.post(URL, {"again": message.pk})

    message.refresh_from_db()
    assert (response.status_code, message.state) == (302, State.ACCEPTED)


def test_who_may_only_look_gets_no_buttons(client):
    message = make_unknown()
    client.force_login(make_user("campaigns.view_message", "contacts.view_contact"))

    page = client.get(URL)
    response = client.post(URL, {"arrived": message.pk})

    message.refresh_from_db()
    assert page.status_code == 200
    assert "It arrived" not in page.text
    assert (response.status_code, message.state) == (403, State.UNKNOWN)


def test_who_may_not_look_is_refused(client):
    client.force_login(make_user())

    assert client.get(URL).status_code == 403


def test_the_file_holds_all_of_them(admin_client):
    message = make_unknown(make_mail_campaign(name="=Spring"))

    response = admin_client.get(URL, {"format": "csv"})

    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert lines == [
        "Address,Campaign,Subject,Handed over,What happened,Message-ID",
        f"{message.address},'=Spring,,2026-11-20T12:00:00+00:00,Connection lost,{message.tag}",
    ]


@pytest.mark.parametrize("rows", [1, 3])
def test_rows_cost_no_queries(admin_client, django_assert_max_num_queries, rows):
    for _ in range(rows):
        make_unknown()

    with django_assert_max_num_queries(6):
        admin_client.get(URL)
