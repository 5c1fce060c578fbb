from datetime import timedelta

import pytest
from django.utils import timezone

from contacts.models import InboxBody, Source
from contacts.sources import create_key, disable_source, find_source
from tests.factories.contacts import NOW, make_user
from tests.factories.receipts import make_receipt, make_volume
from tests.factories.tracking import make_source

pytestmark = pytest.mark.django_db
NEW = "/data/sources/new/"


@pytest.fixture
def marketer(client):
    verbs = ("view_source", "add_source", "view_receipt", "view_contact")
    client.force_login(make_user(*(f"contacts.{verb}" for verb in verbs)))
    return client


def page_of(source, end=""):
    return f"/data/sources/{source.pk}/{end}"


def test_new_source_shows_its_key_this_once(marketer):
    answer = marketer.post(NEW, {"kind": "server", "name": " Shop "})

    source = Source.objects.get()
    secret = answer.context["secret"]
    assert (source.name, source.kind, source.created_by.username) == (
        "Shop",
        "server",
        answer.context["user"].username,
    )
    assert find_source(secret, now=timezone.now()).source_id == source.pk
    assert answer["Cache-Control"] == "no-store"
    examples = {one.language.name: one.code for one in answer.context["examples"]}
    assert all(secret in code for code in examples.values())
    assert f'data-own-address="/data/sources/{source.pk}/"' in answer.text
    later = marketer.get(page_of(source))
    assert secret not in later.text
    assert "YOUR_WRITE_KEY" in later.text


@pytest.mark.parametrize(
    ("form", "errors"),
    [
        ({"kind": "server", "name": ""}, {"name": ["This field is required."]}),
        ({"name": "Till"}, {"kind": ["Choose what sends."]}),
        (
            {"kind": "server", "name": "shop"},
            {"name": ["There is a source “shop” already. Choose another name."]},
        ),
    ],
)
def test_wrong_source_is_corrected(marketer, form, errors):
    make_source(name="Shop")

    answer = marketer.post(NEW, form)

    assert answer.context["form"].errors == errors
    assert Source.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "languages"),
    [
        ("browser", ["website", "javascript", "http", "pixel"]),
        ("mobile", ["dotnet", "ios", "android", "react_native", "http"]),
        (
            "server",
            ["node", "python", "ruby", "php", "go", "java", "dotnet", "http", "events"],
        ),
    ],
)
def test_source_is_installed_in_its_languages(marketer, settings, kind, languages):
    settings.SITE_URL = "https://data.example.com"
    source = make_source(kind=kind)

    examples = marketer.get(page_of(source)).context["examples"]

    assert [one.language.name for one in examples] == languages
    for one in examples:
        assert "data.example.com" in one.code, one.language.name
        assert "segment.io" not in one.code
        assert "&quot;" not in one.code


def test_mobile_clients_are_told_of_an_address_without_encryption(marketer, settings):
    settings.SITE_URL = "http://data.example.com"
    source = make_source(kind="mobile")

    examples = marketer.get(page_of(source)).context["examples"]

    code = {one.language.name: one.code for one in examples}
    assert "allowInsecureProxy: true," in code["react_native"]
    for name in ("android", "ios", "dotnet"):
        assert code[name].startswith("// This client speaks HTTPS only.\n"), name


def test_waiting_part_polls_until_the_first_event_is_there(marketer):
    source = make_source()

    before = marketer.get(page_of(source, "first/"))
    make_volume(source, timezone.now(), accepted=1)
    receipt = make_receipt(source, name="Cart Viewed")
    after = marketer.get(page_of(source, "first/"))

    assert before.status_code == 200
    assert "Waiting for the first event" in before.text
    assert "hx-trigger" in before.text
    assert after.status_code == 286
    assert "The first event has arrived." in after.text
    assert f"/data/debugger/{receipt.pk}/" in after.text
    assert "hx-trigger" not in after.text


def test_page_says_why_messages_were_refused(marketer):
    source = make_source()
    make_volume(source, timezone.now(), accepted=10, rejected=3, blocked=1)
    make_receipt(make_source(), state="rejected", reason="bad_name")
    refused = [
        make_receipt(source, state="rejected", reason="no_identifier") for _ in range(2)
    ]
    blocked = make_receipt(source, state="blocked", reason="blocked")

    troubles = marketer.get(page_of(source)).context["troubles"]

    assert [(one.count, one.receipt) for one in troubles] == [
        (2, refused[1]),
        (1, blocked),
    ]


def test_missing_source_is_not_found(marketer):
    assert marketer.get("/data/sources/9/").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_keys_takes_the_same_queries(
    marketer, count, django_assert_num_queries
):
    source = make_source()
    for _ in range(count):
        create_key(source=source, user=None, now=NOW)
    marketer.get(page_of(source))

    with django_assert_num_queries(10):
        assert len(marketer.get(page_of(source)).context["keys"]) == count


@pytest.mark.parametrize("end", ["", "first/"])
def test_page_is_refused_without_permission(client, end):
    source = make_source()
    client.force_login(make_user("contacts.add_source"))

    assert client.get(page_of(source, end)).status_code == 403


def test_new_source_is_refused_without_permission(client):
    client.force_login(make_user("contacts.view_source"))

    answer = client.post(NEW, {"kind": "server", "name": "Shop"})

    assert answer.status_code == 403
    assert not Source.objects.exists()


def test_test_event_is_sent_and_awaited(client):
    source = make_source()
    verbs = ("view_source", "change_source", "view_receipt", "view_contact")
    client.force_login(make_user(*(f"contacts.{verb}" for verb in verbs)))

    sent = client.post(page_of(source, "test/"))
    message_id = sent.context["message_id"]
    address = page_of(source, "first/")
    early = client.get(address, {"message": message_id, "asked": "1"})
    late = client.get(address, {"message": message_id, "asked": "15"})
    receipt = make_receipt(source, message_id=message_id)
    arrived = client.get(address, {"message": message_id, "asked": "16"})

    assert InboxBody.objects.filter(source=source).count() == 1
    assert f"message={message_id}&amp;asked=1" in sent.text
    assert "on its way" in early.text
    assert "background worker" not in early.text
    assert "background worker" in late.text
    assert arrived.status_code == 286
    assert "The test event has arrived." in arrived.text
    assert f"/data/debugger/{receipt.pk}/" in arrived.text


def test_source_that_is_off_is_not_tested(client):
    source = make_source()
    disable_source(source=source, user=None, now=NOW)
    client.force_login(make_user("contacts.view_source", "contacts.change_source"))

    answer = client.post(page_of(source, "test/"))

    assert "it has been turned off" in answer.text
    assert not InboxBody.objects.exists()


def test_test_event_is_refused_without_permission(client):
    source = make_source()
    client.force_login(make_user("contacts.view_source"))

    assert client.post(page_of(source, "test/")).status_code == 403
    assert not InboxBody.objects.exists()


def test_waiting_source_hears_of_requests_that_went_astray(marketer):
    source = make_source()
    now = timezone.now()
    make_receipt(make_source(), at=now, state="rejected", reason="bad_name")
    make_receipt(None, at=now - timedelta(hours=2), state="rejected")
    assert "was refused" not in marketer.get(page_of(source)).text

    stray = make_receipt(None, at=now, state="rejected", reason="unknown_key")

    for end in ("", "first/"):
        text = marketer.get(page_of(source, end)).text
        assert "perhaps one of this source: The write key is unknown" in text
        assert f"/data/debugger/{stray.pk}/" in text
    own = make_receipt(source, at=now, state="rejected", reason="bad_json")
    text = marketer.get(page_of(source, "first/")).text
    assert "just now: The body of the request is not JSON." in text
    assert f"/data/debugger/{own.pk}/" in text
