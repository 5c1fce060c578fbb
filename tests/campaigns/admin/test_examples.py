"""The pages of example people, and what they keep from being published."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from audiences.models import Membership
from campaigns.models import Campaign, Example
from campaigns.seeing.examples import check_examples, keep_example
from campaigns.seeing.expectations import BLANK
from tests.factories.campaigns import make_contact
from tests.factories.contacts import make_user

pytestmark = pytest.mark.django_db


def url(campaign, name="", *args):
    name = f"campaigns_examples{name and '_'}{name}"
    return reverse(f"admin:{name}", args=[campaign.pk, *args])


@pytest.fixture
def ana(ready):
    contact = Membership.objects.earliest("pk").contact
    ready.audience_rule = None
    return contact


def pin(campaign, contact, **expected):
    now = timezone.now()
    return keep_example(
        campaign=campaign,
        contact=contact,
        starts_at=None,
        answer="",
        expected={**BLANK, **expected},
        user=None,
        now=now,
    )


def test_who_is_previewed_is_kept_with_one_click(editor, ready, ana):
    preview = reverse("admin:campaigns_preview_person", args=[ready.pk])
    page = editor.get(preview, {"contact": ana.pk}).content.decode()
    assert "Keep as example" in page
    at = timezone.now() - timedelta(minutes=5)

    response = editor.post(
        url(ready, "keep"), {"contact": ana.pk, "at": at.isoformat(), "answer": "yes"}
    )

    example = Example.objects.get()
    assert (example.contact, example.starts_at, example.answer) == (ana, at, "yes")
    assert example.made_by.username == "editor"
    assert response.url.startswith(f"{preview}?contact={ana.pk}")


def test_a_draft_with_errors_keeps_nobody(editor, ready, ana):
    ready.draft["steps"][0]["content"] = {}
    ready.save()

    response = editor.post(url(ready, "keep"), {"contact": ana.pk}, follow=True)

    assert "has to be mended before anybody can go through it" in (
        response.content.decode()
    )
    assert not Example.objects.exists()


def test_they_are_run_on_the_review_and_what_breaks_says_why(editor, ready):
    bo = make_contact(first_name="Bo")
    example = pin(ready, bo, outcome="asked")
    review = reverse("admin:campaigns_review", args=[ready.pk])

    before = editor.get(review).content.decode()
    part = editor.post(url(ready, "check")).content.decode()
    after = editor.get(review).content.decode()

    assert f'hx-post="{url(ready, "check")}"' in before
    assert "Not run yet" in before
    for page in (part, after):
        assert "Breaks" in page
        assert "Expected to be asked, but is held at “Ask”: never agreed to get" in page
        assert "Why: Never agreed to get email (Consent: none)." in page
        assert f"contact={bo.pk}" in page
    accepted = editor.post(url(ready, "accept", example.pk)).content.decode()
    assert "As expected" in accepted
    assert "Expected to be held: never agreed to get email." in accepted


def test_a_start_runs_them_and_waits_for_what_breaks(publisher, ready):
    example = pin(ready, make_contact(), outcome="asked")
    start = reverse("admin:campaigns_lifecycle", args=[ready.pk, "start"])

    refused = publisher.post(start, {"revision": ready.revision}, follow=True)
    ready.refresh_from_db()
    assert ready.state == Campaign.State.DRAFT
    assert "An example person breaks. Expected to be asked" in refused.content.decode()
    example.delete()

    publisher.post(start, {"revision": ready.revision})
    ready.refresh_from_db()
    assert ready.state == Campaign.State.RUNNING


def test_what_is_expected_is_said_in_a_form(editor, ready, ana):
    form = reverse("admin:campaigns_example", args=[ready.pk, ana.pk])
    blank = editor.get(form).content.decode()
    wrong = editor.post(form, {"outcome": "any", "starts": "at"}).content.decode()
    editor.post(
        form,
        {
            "outcome": "asked",
            "channel": "email",
            "amount": "2",
            "unit": "hours",
            "starts": "",
            "reason": "cap",
        },
    )

    assert "What should happen to Ana?" in blank
    assert "any is not one of the available choices" in wrong
    assert "Say when, such as" in wrong
    example = Example.objects.get()
    assert example.starts_at is None
    assert example.expected == {
        **BLANK,
        "outcome": "asked",
        "channel": "email",
        "within_minutes": 120,
    }
    again = editor.get(form).context["form"].initial
    assert (again["amount"], again["unit"], again["starts"]) == (2, "hours", "")
    listed = editor.get(url(ready)).content.decode()
    assert "Expected to be asked by email within 2 hours." in listed
    assert "Enters whenever it is run" in listed


def test_people_are_found_and_examples_removed(editor, ready, ana):
    example = pin(ready, ana, outcome="asked")

    found = editor.get(url(ready, "results"), {"q": "Ana"}).content.decode()
    none = editor.get(url(ready, "results"), {"q": "Zoë"}).content.decode()
    left = editor.post(url(ready, "remove", example.pk)).content.decode()

    assert reverse("admin:campaigns_example", args=[ready.pk, ana.pk]) in found
    assert "Nobody begins with “Zoë”." in none
    assert "Choose a few people whom you know" in left
    assert not Example.objects.exists()


def test_who_was_forgotten_or_merged_has_a_sentence(editor, ready):
    gone, merged = make_contact(), make_contact(first_name="Mia")
    for contact in (gone, merged):
        pin(ready, contact, outcome="asked")
    gone.erased_at = timezone.now()
    gone.save()
    Example.objects.filter(contact=merged).update(merged_at=timezone.now())

    page = editor.get(url(ready)).content.decode()

    assert "This person was forgotten" in page
    assert "This person was merged with another contact" in page


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_many(
    editor, ready, count, django_assert_max_num_queries
):
    for _ in range(count):
        pin(ready, make_contact(), outcome="held", reason="no_consent")
    check_examples(ready, now=timezone.now())

    with django_assert_max_num_queries(12):
        editor.get(url(ready))


def test_who_may_not_see_people_learns_how_many_there_are(client, publisher, ready):
    pin(ready, make_contact(first_name="Xaver"), outcome="asked")
    page = publisher.get(reverse("admin:campaigns_review", args=[ready.pk]))

    assert "1 person is an example" in page.content.decode()
    assert "Xaver" not in page.content.decode().partition("Example people")[2][:600]
    assert publisher.get(url(ready)).status_code == 403


def test_who_may_only_look_changes_nothing(client, ready):
    looker = make_user("campaigns.view_campaign", "contacts.view_contact")
    client.force_login(looker)
    pin(ready, make_contact(), outcome="asked")

    assert "Add a person" not in client.get(url(ready)).content.decode()
    assert client.post(url(ready, "check")).status_code == 403
