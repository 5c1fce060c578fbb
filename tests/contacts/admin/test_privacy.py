import json
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.urls import reverse

from contacts.admin.privacy import words_for
from contacts.models import Erasure, Receipt
from contacts.models.work import WorkState
from contacts.tasks import forget_people
from tests.factories.contacts import NOW, make_contact, make_event, make_user
from tests.factories.everything import make_person, make_world
from tests.factories.plans import make_source

pytestmark = pytest.mark.django_db


def leave_receipts(contact):
    """One that is booked, and one that was refused; and of each one of somebody else."""
    source = make_source()
    own = contact.identifiers.get(kind="user_id")
    fields = {"source": source, "received_at": NOW, "understood_at": NOW}

    def leave(message_id, **changes):
        values = {"state": "accepted", "payload": {"said": "so"}, **changes}
        return Receipt.objects.create(message_id=message_id, **fields, **values)

    leave("booked", identifier_id=own.pk)
    leave("booked elsewhere", identifier_id=own.pk + 1000)
    leave("refused", state="blocked", user_id=own.value)
    leave("of somebody else", state="blocked", user_id="somebody else")


def test_everything_is_handed_over(admin_client):
    world = make_world()
    contact = make_person(world, "Marker")
    leave_receipts(contact)

    answer = admin_client.get(
        reverse("admin:contacts_contact_handover", args=[contact.pk])
    )

    archive = ZipFile(BytesIO(b"".join(answer.streaming_content)))
    names = archive.namelist()
    assert {"contact.json", "events.csv", "attributes.csv", "receipts.json"} < set(
        names
    )
    assert json.loads(archive.read("contact.json"))["first_name"] == "Marker"
    receipts = json.loads(archive.read("receipts.json"))
    assert [receipt["message_id"] for receipt in receipts] == [
        "booked",
        "refused",
    ]
    assert receipts[0]["payload"] == {"said": "so"}
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


def test_erasure_that_failed_can_be_tried_again(admin_client, client):
    contact = make_contact(email="ada@example.com")
    admin_client.post(reverse("admin:contacts_contact_forget", args=[contact.pk]), {})
    erasure = Erasure.objects.get()
    page = reverse("admin:contacts_erasure", args=[erasure.pk])
    assert "Try again" not in admin_client.get(page).content.decode()
    Erasure.objects.update(state=WorkState.FAILED, error="Something broke.", attempts=6)
    assert "Try again" in admin_client.get(page).content.decode()
    client.force_login(make_user("contacts.view_erasure"))
    assert "Try again" not in client.get(page).content.decode()
    assert client.post(page).status_code == 403

    again = admin_client.post(page, follow=True).content.decode()
    forget_people()
    late = admin_client.post(page, follow=True).content.decode()

    assert "Waiting for a worker" in again
    assert "under way, or done already" in late
    erasure.refresh_from_db()
    assert (erasure.state, erasure.error) == (WorkState.DONE, "")
    assert not contact.identifiers.exists()


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
