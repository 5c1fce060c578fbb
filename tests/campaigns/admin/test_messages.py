import pytest

from campaigns.admin.messages import WORDS
from campaigns.channels.causes import Cause
from campaigns.guardrails import reasons
from campaigns.models import Message
from tests.factories.connections import make_connection, make_webhook
from tests.factories.contacts import make_contact, make_user
from tests.factories.messages import make_due_message, make_mail_campaign

pytestmark = pytest.mark.django_db

URL = "/campaigns/message/"


def test_the_log_says_what_became_of_each(admin_client):
    campaign = make_mail_campaign(name="Spring")
    make_due_message(campaign, state=Message.State.ACCEPTED, subject="Hello Ada")
    make_due_message(
        campaign,
        state=Message.State.REFUSED,
        cause="address_unknown",
        details="550 who?",
    )
    make_due_message(campaign, state=Message.State.CANCELED, cause="unsubscribed")

    text = admin_client.get(URL).text

    assert "Hello Ada" in text
    assert "Accepted by the mail server" in text
    assert "The address does not exist" in text
    assert "550 who?" in text
    assert "Unsubscribed" in text


def test_the_empty_log_leads_to_campaigns(admin_client):
    assert "No message has been written yet" in admin_client.get(URL).text


def test_search_finds_by_the_beginning_of_the_address(admin_client):
    wanted = make_due_message(contact=make_contact(email="ada@example.com"))
    make_due_message(contact=make_contact(email="bob@example.com"))

    response = admin_client.get(URL, {"q": " ADA@"})

    assert list(response.context["cl"].queryset) == [wanted]


def test_nothing_can_be_added_changed_or_deleted(admin_client):
    message = make_due_message()

    statuses = [
        admin_client.get(f"{URL}add/").status_code,
        admin_client.post(
            f"{URL}{message.pk}/change/", {"state": "queued"}
        ).status_code,
        admin_client.post(f"{URL}{message.pk}/delete/", {"post": "yes"}).status_code,
    ]

    assert statuses == [403, 403, 403]


def test_who_may_not_look_is_refused(client):
    client.force_login(make_user())

    assert client.get(URL).status_code == 403


def test_the_file_says_it_in_words(admin_client):
    message = make_due_message(
        make_mail_campaign(name="Spring"),
        state=Message.State.FAILED,
        cause="sender_died",
    )

    response = admin_client.get(f"{URL}export/")

    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == (
        "address,campaign,subject,state,cause,details,created_at,handed_over_at,"
        "finished_at,attempts,tag"
    )
    assert lines[1].startswith(
        f"{message.address},Spring,,Could not be made,The sending program ended in the middle,"
    )


def test_every_cause_has_words():
    assert set(WORDS) == {str(cause) for cause in Cause} | set(reasons.LABELS)


@pytest.mark.parametrize("rows", [1, 3])
def test_rows_cost_no_queries(admin_client, django_assert_max_num_queries, rows):
    campaign = make_mail_campaign()
    for _ in range(rows):
        make_due_message(campaign)

    with django_assert_max_num_queries(8):
        admin_client.get(URL)


def test_of_a_webhook_no_mail_server_is_spoken_of(admin_client):
    message = make_webhook(make_connection(name="Our CRM"))
    rows = Message.objects.filter(pk=message.pk)
    rows.update(state=Message.State.ACCEPTED)
    taken = admin_client.get(URL).text
    rows.update(state=Message.State.REFUSED, cause="refused")
    refused = admin_client.get(URL).text

    assert "The other system refused it" in refused
    for text in (taken, refused):
        assert ("Our CRM" in text, "Webhook" in text) == (True, True)
    assert ">Accepted<" in taken
    assert ">Refused<" in refused
