import pytest

from contacts.admin import receipts
from contacts.admin.panels import PanelRow
from contacts.models import Identifier
from tests.factories.contacts import NOW, make_contact, make_user
from tests.factories.receipts import make_receipt
from tests.factories.tracking import make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def source():
    return make_source(name="Shop")


def sign_in(client, *permissions):
    client.force_login(
        make_user("contacts.view_receipt", "contacts.view_contact", *permissions)
    )
    return client


def page(client, receipt):
    return client.get(f"/data/debugger/{receipt.pk}/")


def test_receipt_is_refused_without_permission(client, source):
    receipt = make_receipt(source)
    client.force_login(make_user("contacts.view_receipt"))

    for end in ("", "results/"):
        assert client.get(f"/data/debugger/{receipt.pk}/{end}").status_code == 403


def test_receipt_shows_the_message_as_it_came(client, source):
    receipt = make_receipt(
        source, payload={"city": "Köln", "event": "Left", "type": "track"}
    )

    answer = page(sign_in(client), receipt)

    assert answer.context["raw"].split("\n") == [
        "{",
        '  "type": "track",',
        '  "event": "Left",',
        '  "city": "Köln"',
        "}",
    ]


def test_message_that_is_no_object_shows_too(client, source):
    receipt = make_receipt(source, payload=[1])

    assert page(sign_in(client), receipt).context["raw"] == "[\n  1\n]"


def test_emptied_message_says_so(client, source):
    receipt = make_receipt(source, payload=None)

    assert "has been removed" in page(sign_in(client), receipt).text


def test_missing_receipt_is_not_found(client):
    assert sign_in(client).get("/data/debugger/9/").status_code == 404


def test_consequences_show_to_who_may_see_them(client, source, monkeypatch):
    ada = make_contact(user_id="ada")
    own = Identifier.objects.get(value="ada")
    monkeypatch.setattr(receipts, "CONSEQUENCES", {})
    seen = []

    def build(receipt, contact):
        seen.append((receipt, contact))
        return [PanelRow("Entered", "VIPs")]

    receipts.register_consequence(
        "Audiences", build, permission="audiences.view_audience"
    )
    receipts.register_consequence(
        "Nothing", lambda receipt, contact: [], permission="audiences.view_audience"
    )
    accepted = make_receipt(source, identifier_id=own.pk)
    refused = make_receipt(source, identifier_id=own.pk, state="blocked")

    assert page(sign_in(client), accepted).context["consequences"] == []
    sign_in(client, "audiences.view_audience")
    built = page(client, accepted).context["consequences"]
    assert [(part.title, part.rows) for part in built] == [
        ("Audiences", [PanelRow("Entered", "VIPs")])
    ]
    assert page(client, refused).context["consequences"] == []
    assert seen == [(accepted, ada)]


def test_copies_are_counted(client, source):
    receipt = make_receipt(source, copies=2, last_copy_at=NOW)

    assert "2 more copies came" in page(sign_in(client), receipt).text
