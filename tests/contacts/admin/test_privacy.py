import json
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.urls import reverse

from contacts.admin.privacy import words_for
from contacts.models import Erasure, Receipt
from contacts.tasks import forget_people
from tests.factories.contacts import NOW, make_contact, make_event, make_user
from tests.factories.everything import make_person, make_world

pytestmark = pytest.mark.django_db


def test_everything_is_handed_over(admin_client):
    world = make_world()
    contact = make_person(world, "Marker")
    identifier = contact.identifiers.get(kind="user_id")
    Receipt.objects.create(
        message_id="m1",
        received_at=NOW,
        understood_at=NOW,
        state="accepted",
        identifier_id=identifier.pk,
        payload={"said": "so"},
    )

    answer = admin_client.get(
        reverse("admin:contacts_contact_handover", args=[contact.pk])
    )

    archive = ZipFile(BytesIO(b"".join(answer.streaming_content)))
    names = archive.namelist()
    assert {"contact.json", "events.csv", "attributes.csv", "receipts.json"} < set(
        names
    )
    assert json.loads(archive.read("contact.json"))["first_name"] == "Marker"
    [receipt] = json.loads(archive.read("receipts.json"))
    assert receipt["payload"] == {"said": "so"}
    [message] = json.loads(archive.read("tables/campaigns.message.json"))
    assert message["address"] == "Marker"
    assert len([name for name in names if name.startswith("tables/")]) > 20


def test_forgetting_from_the_page_leaves_a_proof(admin_client, admin_user):
    contact = make_contact(email="ada@example.com", first_name="Ada")
    make_event(contact)
    page = reverse("admin:contacts_contact_forget", args=[contact.pk])
    assert "This can’t be undone" in admin_client.get(page).content.decode().replace(
        "&#x27;", "’"
    ).replace("'", "’")

    answer = admin_client.post(
        page, {"never_again": "on", "statement": "T-1"}, follow=True
    )
    assert "Waiting for a worker" in answer.content.decode()
    forget_people()

    erasure = Erasure.objects.get()
    proof = admin_client.get(reverse("admin:contacts_erasure", args=[erasure.pk]))
    assert (erasure.statement, erasure.created_by) == ("T-1", admin_user)
    assert dict(proof.context["counts"])["events"] == 2
    progress = admin_client.get(
        reverse("admin:contacts_erasure_progress", args=[erasure.pk])
    )
    assert progress.status_code == 286
    gone = admin_client.get(reverse("admin:contacts_contact_change", args=[contact.pk]))
    assert "This person was forgotten" in gone.content.decode()
    assert "Ada" not in gone.content.decode()
    assert admin_client.get(page).status_code == 404
    again = admin_client.post(page, {}, follow=True)
    assert "asked for this already" in again.content.decode()


def test_list_answers_whether_somebody_was_forgotten(admin_client):
    contact = make_contact(email="ada@example.com")
    admin_client.post(reverse("admin:contacts_contact_forget", args=[contact.pk]), {})
    page = reverse("admin:contacts_erasures")

    yes = admin_client.get(page, {"q": "Ada@example.com"}).content.decode()
    no = admin_client.get(page, {"q": "bob@example.com"}).content.decode()

    assert "Yes:" in yes
    assert "was forgotten here" in no
    assert "Yes:" not in no


def test_forgotten_people_are_not_listed(admin_client):
    contact = make_contact(email="ada@example.com", first_name="Ada")
    admin_client.post(reverse("admin:contacts_contact_forget", args=[contact.pk]), {})

    people = admin_client.get(reverse("admin:contacts_contact_changelist"))

    assert list(people.context["cl"].result_list) == []


def test_forgetting_needs_the_permission(client):
    contact = make_contact()
    client.force_login(make_user("contacts.view_contact", "contacts.change_contact"))

    for name in ("forget", "handover"):
        page = reverse(f"admin:contacts_contact_{name}", args=[contact.pk])
        assert client.get(page).status_code == 403
    assert client.get(reverse("admin:contacts_erasures")).status_code == 403


@pytest.mark.parametrize(
    ("label", "count", "words"),
    [
        ("contacts.event", 1, "event"),
        ("contacts.event", 2, "events"),
        ("files", 2, "uploaded files"),
    ],
)
def test_tables_have_words(label, count, words):
    assert words_for(label, count) == words
