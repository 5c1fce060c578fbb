import pytest
from django.urls import reverse

from campaigns.models import Campaign
from contacts.identities.by_hand import merge_by_hand
from contacts.models import Contact, IdentifierLink, Merge
from tests.factories.campaigns import make_campaign, make_enrollment
from tests.factories.contacts import NOW, make_contact, make_user

pytestmark = pytest.mark.django_db


def page(contact):
    return reverse("admin:contacts_contact_merge", args=[contact.pk])


def test_other_contact_is_found_by_words(admin_client):
    ada = make_contact(email="ada@example.com")
    other = make_contact(email="ada.l@example.com", first_name="Ada")
    make_contact(email="bob@example.com")

    answer = admin_client.get(page(ada) + "results/", {"q": "ada"})

    assert list(answer.context["candidates"]) == [other]
    assert f"?other={other.pk}" in answer.content.decode()


def test_preview_says_what_happens_and_changes_nothing(admin_client):
    ada = make_contact(email="ada@example.com", first_name="Ada", attributes={"a": 1})
    other = make_contact(email="al@example.com", first_name="Al", attributes={"b": 2})
    campaign = make_campaign(name="Spring", state=Campaign.State.RUNNING)
    for contact in (ada, other):
        make_enrollment(campaign, contact=contact)

    answer = admin_client.get(page(ada), {"other": other.pk})

    assert [(row.label, row.ours, row.theirs) for row in answer.context["rows"]] == [
        ("Email", "ada@example.com", "al@example.com"),
        ("First name", "Ada", "Al"),
        ("a", "1", ""),
        ("b", "", "2"),
    ]
    assert "Both are in the campaign “Spring”." in answer.content.decode()
    assert Contact.objects.filter(pk__in=[ada.pk, other.pk]).count() == 2
    assert not Merge.objects.exists()
    assert not IdentifierLink.objects.exists()


def test_merge_and_undo_by_hand(admin_client, admin_user):
    ada, other = (
        make_contact(email="ada@example.com"),
        make_contact(email="al@example.com"),
    )

    answer = admin_client.post(page(ada), {"other": other.pk}, follow=True)

    merge = Merge.objects.get()
    assert (merge.contact_id, merge.merged_id, merge.merged_by) == (
        ada.pk,
        other.pk,
        admin_user,
    )
    assert "al@example.com" in answer.content.decode()
    # The page of who is a part now shows the one who remained.
    assert (
        admin_client.get(
            reverse("admin:contacts_contact_change", args=[other.pk])
        ).context["contact"]
        == ada
    )

    undo = reverse("admin:contacts_contact_undo_merge", args=[ada.pk, merge.pk])
    admin_client.post(undo)
    again = admin_client.post(undo, follow=True)

    assert Contact.objects.filter(pk=other.pk).get().email == "al@example.com"
    assert "undone this merge already" in again.content.decode()
    assert IdentifierLink.objects.get().cut_by == admin_user


def test_cut_link_holds_again_if_merged_by_hand_again(admin_client):
    ada, other = make_contact(), make_contact()
    merge = merge_by_hand(contact_id=ada.pk, other_id=other.pk, user=None, now=NOW)
    admin_client.post(
        reverse("admin:contacts_contact_undo_merge", args=[ada.pk, merge.pk])
    )

    merge_by_hand(contact_id=ada.pk, other_id=other.pk, user=None, now=NOW)

    assert not Contact.objects.filter(pk=other.pk).exists()


@pytest.mark.parametrize(
    ("choose", "words"),
    [
        (lambda ada: ada.pk, "This is the same contact."),
        (lambda ada: 0, "This contact is not there any more."),
    ],
)
def test_merge_that_makes_no_sense_is_refused(admin_client, choose, words):
    ada = make_contact()

    answer = admin_client.post(page(ada), {"other": choose(ada)}, follow=True)

    assert words in answer.content.decode()


def test_merging_needs_the_permission(client):
    ada, other = make_contact(), make_contact()
    client.force_login(make_user("contacts.view_contact", "contacts.view_event"))

    assert client.get(page(ada)).status_code == 403
    assert client.post(page(ada), {"other": other.pk}).status_code == 403
    assert Contact.objects.count() == 2
