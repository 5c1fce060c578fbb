"""The pages on which other systems are connected."""

import json
import time

import pytest

from campaigns.admin.verification import VERIFICATION
from campaigns.models import Connection, Message
from campaigns.seeing.health import examine
from contacts.outgoing.signed import secrets_of
from contacts.outgoing.signing import check_signature, make_secret, signed_headers
from tests.factories.campaigns import NOW, make_contact
from tests.factories.connections import make_connection, make_webhook, webhook_step
from tests.factories.contacts import make_user
from tests.factories.flows import enroll_in, walk
from tests.receiver import receiver

pytestmark = pytest.mark.django_db

URL = "/settings/connections/"
VIEW, CHANGE = "campaigns.view_connection", "campaigns.change_connection"


@pytest.fixture(autouse=True)
def development(settings):
    settings.OUTGOING_HOSTS = ["localhost"]


def page_of(connection):
    return f"{URL}{connection.pk}/"


def test_a_connection_is_made_and_its_secret_is_shown_once(admin_client, admin_user):
    values = {"name": "CRM", "purpose": "webhook", "url": "http://localhost:1/in"}

    response = admin_client.post(URL, values)

    made = Connection.objects.get()
    [secret] = secrets_of(made, now=NOW)
    assert (made.name, made.created_by) == ("CRM", admin_user)
    assert secret.startswith("whsec_")
    assert secret in response.text
    assert response["Cache-Control"] == "no-store"
    assert secret not in made.secret
    assert secret not in admin_client.get(page_of(made)).text
    assert "CRM" in admin_client.get(URL).text


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://example.com/", "The address has to begin with https://."),
        ("https://127.0.0.1/", "“127.0.0.1” is not on the public internet."),
        ("https://169.254.169.254/", "is not on the public internet."),
        ("https://me:x@example.com/", "no name or password in it"),
        ("hooks", "The address needs a host"),
    ],
)
def test_an_address_inside_the_network_is_refused(admin_client, url, problem):
    values = {"name": "CRM", "purpose": "webhook", "url": url}

    response = admin_client.post(URL, values)

    assert problem in response.text
    assert not Connection.objects.exists()


def test_an_address_whose_name_is_not_known_yet_is_taken(admin_client):
    values = {"name": "CRM", "purpose": "webhook", "url": "https://no.invalid/in"}

    admin_client.post(URL, values)

    assert Connection.objects.get().url == "https://no.invalid/in"


def test_a_test_is_signed_and_shows_the_answer(admin_client):
    with receiver() as there:
        there.answers = [(202, {}, b"<b>thanks</b>" + b"x" * 600)]
        connection = make_connection(url=there.url)

        response = admin_client.post(page_of(connection), {"do": "test"})

    [came] = there.requests
    name = check_signature(
        secrets_of(connection, now=NOW),
        headers=came.headers,
        body=came.body,
        now=NOW.fromtimestamp(time.time(), NOW.tzinfo),
    )
    assert name.startswith("test_")
    assert json.loads(came.body)["type"] == "test"
    assert "It answered with status 202" in response.text
    assert "&lt;b&gt;thanks&lt;/b&gt;" + "x" * 487 + "<" in response.text


def test_a_test_that_nobody_answers_says_why(admin_client):
    connection = make_connection(url="https://10.0.0.1/")

    response = admin_client.post(page_of(connection), {"do": "test"})

    assert "“10.0.0.1” is not on the public internet." in response.text


def test_a_secret_that_the_site_cannot_read_any_more_is_named(admin_client):
    connection = make_connection(url="http://localhost:1/")
    Connection.objects.update(secret="1.gone.x")

    response = admin_client.post(page_of(connection), {"do": "test"})

    assert "The secret can’t be read any more. Make a new one." in response.text


def test_a_new_secret_signs_beside_the_old_one(admin_client):
    connection = make_connection()
    [old] = secrets_of(connection, now=NOW)

    response = admin_client.post(page_of(connection), {"do": "secret"})

    connection.refresh_from_db()
    new, other = secrets_of(connection, now=NOW)
    assert (other, new in response.text, old in response.text) == (old, True, False)
    assert secrets_of(connection, now=connection.old_secret_until) == [new]


def test_it_is_changed_and_switched_off_and_on(admin_client, admin_user):
    connection = make_connection()
    page = page_of(connection)
    values = {"name": "New", "purpose": "sms", "url": "http://localhost:2/"}

    admin_client.post(page, {"do": "save", **values})
    admin_client.post(page, {"do": "switch"})

    connection.refresh_from_db()
    assert (connection.name, connection.purpose, connection.url) == tuple(
        values.values()
    )
    assert connection.disabled_by == admin_user
    assert "what is on its way waits" in admin_client.get(page).text
    assert ">Off<" in admin_client.get(URL).text
    admin_client.post(page, {"do": "switch"})
    connection.refresh_from_db()
    assert (connection.disabled_at, connection.disabled_by) == (None, None)


def test_a_change_that_cannot_be_sent_to_is_refused(admin_client):
    connection = make_connection()
    values = {"name": "New", "purpose": "sms", "url": "https://[::1]/"}

    response = admin_client.post(page_of(connection), {"do": "save", **values})

    connection.refresh_from_db()
    assert connection.name == "Our CRM"
    assert "is not on the public internet" in response.text


def lose(connection, count=1, **changes):
    """Let some webhooks be refused."""
    people = [make_contact() for _ in range(count)]
    enroll_in([webhook_step(connection)], *people, name="Lost campaign")
    walk()
    Message.objects.update(
        **{"state": "refused", "finished_at": NOW, "attempts": 1, "details": "404 no"}
        | changes
    )


def test_what_was_not_taken_is_listed_and_sent_again(admin_client):
    connection = make_connection()
    lose(connection, 2)
    first, second = Message.objects.order_by("pk")
    tag = first.tag
    page = admin_client.get(page_of(connection))
    assert page.text.count("404 no") == 2

    admin_client.post(page_of(connection), {"do": "retry", "message": first.pk})

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.attempts, first.tag) == ("queued", 0, tag)
    assert second.state == "refused"
    response = admin_client.post(page_of(connection), {"do": "retry"}, follow=True)
    second.refresh_from_db()
    assert second.state == "queued"
    assert "1 webhook leaves again." in response.text


def test_what_belongs_to_a_stopped_campaign_stays(admin_client):
    connection = make_connection()
    lose(connection)
    message = Message.objects.get()
    message.campaign.state = "stopped"
    message.campaign.save()

    response = admin_client.post(page_of(connection), {"do": "retry"}, follow=True)

    message.refresh_from_db()
    assert message.state == "refused"
    assert "1 stay: their campaign was stopped." in response.text


def test_what_is_tried_again_by_itself_is_counted(admin_client):
    connection = make_connection()
    make_webhook(connection)
    Message.objects.update(attempts=1)

    assert "1 was not taken yet" in admin_client.get(page_of(connection)).text


def test_who_may_look_changes_nothing(client):
    connection = make_connection()
    client.force_login(make_user(VIEW))

    page = client.get(page_of(connection))

    assert (page.status_code, "Make a new secret" in page.text) == (200, False)
    assert client.post(page_of(connection), {"do": "secret"}).status_code == 403
    assert client.post(URL, {"name": "X"}).status_code == 403


def test_who_may_not_look_is_refused(client):
    connection = make_connection()
    client.force_login(make_user())

    assert client.get(URL).status_code == 403
    assert client.get(page_of(connection)).status_code == 403


@pytest.mark.parametrize("many", [1, 3])
def test_a_page_costs_the_same_however_many_there_are(
    admin_client, many, django_assert_max_num_queries
):
    connection = make_connection()
    for place in range(many):
        make_connection(name=f"Other {place}")
    lose(connection, many)
    admin_client.get(URL)

    with django_assert_max_num_queries(8):
        admin_client.get(URL)
    with django_assert_max_num_queries(11):
        admin_client.get(page_of(connection))


def test_the_lines_that_are_shown_check_a_signature():
    space = {}
    exec(VERIFICATION, space)
    check, secret, body = (
        space["is_from_greenlight"],
        make_secret(),
        '{"a":"ä"}'.encode(),
    )
    now = NOW.fromtimestamp(time.time(), NOW.tzinfo)
    headers = signed_headers([make_secret(), secret], name="m", body=body, now=now)
    old = signed_headers([secret], name="m", body=body, now=NOW.replace(year=2020))

    assert check(secret, headers, body)
    assert not check(secret, headers, body + b" ")
    assert not check(make_secret(), headers, body)
    assert not check(secret, old, body)


def test_who_delivers_messages_is_told_where_to_report(admin_client):
    webhook, texts = make_connection(), make_connection(name="Texts", purpose="sms")
    address = f"POST http://testserver/v1/connections/{texts.key}/reports"

    assert address in admin_client.get(page_of(texts)).text
    assert "v1/connections" not in admin_client.get(page_of(webhook)).text


def test_operations_tell_what_was_not_taken():
    lose(make_connection(), 2)

    health = examine(now=NOW)

    said = "2 webhooks were not taken by another system. See “Connections”."
    assert (health.not_taken, health.troubles[-1]) == (2, said)
