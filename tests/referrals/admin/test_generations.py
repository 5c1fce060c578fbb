from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from referrals.models import Advocate, Referral
from tests.factories.contacts import make_contact, make_user
from tests.factories.referrals import make_advocate, make_program

pytestmark = pytest.mark.django_db

PAGE = reverse("admin:referrals_generations")
PEOPLE = reverse("admin:referrals_generations_people")


@pytest.fixture
def story():
    program = make_program(name="Coffee")
    advocate = make_advocate(program, make_contact(first_name="Ada"))
    friend = make_contact(first_name="Grace", email="grace@example.com")
    ago = timezone.now() - timedelta(days=120)
    Advocate.objects.update(joined_at=ago)
    Referral.objects.create(
        contact=friend,
        program=program,
        advocate_contact_id=advocate.contact_id,
        advocate_id=advocate.pk,
        source="click",
        lead_at=ago + timedelta(days=1),
        won_at=ago + timedelta(days=2),
    )
    return program


def test_an_empty_report_says_what_comes(admin_client):
    assert "No generations yet" in admin_client.get(PAGE).text


def test_each_number_opens_its_people(admin_client, story):
    page = admin_client.get(PAGE)

    assert [row.people for row, _ in page.context["rows"]] == [1, 1]
    assert f"{PEOPLE}?program={story.pk}&amp;generation=1&amp;who=won" in page.text
    people = admin_client.get(
        PEOPLE, {"program": story.pk, "generation": 1, "who": "won"}
    )
    assert "Grace" in people.text
    assert "Ada" not in people.text
    ring = admin_client.get(PEOPLE, {"program": story.pk, "who": "ring"})
    assert "Nobody here" in ring.text


def test_the_window_and_the_program_are_chosen(admin_client, story):
    other = make_program()

    shown = admin_client.get(PAGE, {"program": story.pk, "window": "180"}).context
    assert (shown["program"], shown["window"]) == (story, 180)
    assert shown["report"].total.k is None
    assert admin_client.get(PAGE, {"window": "7"}).context["program"] == other
    assert admin_client.get(PAGE, {"window": "7"}).context["window"] == 90


def test_report_and_people_are_exported(admin_client, story):
    where = {"program": story.pk, "format": "csv"}
    report = b"".join(admin_client.get(PAGE, where).streaming_content).decode(
        "utf-8-sig"
    )
    people = admin_client.get(PEOPLE, {**where, "generation": 1})

    assert report.splitlines()[1:] == ["0,1,1,0,,1,0,1,1.000,", "1,1,0,1,,1,0,0,0.000,"]
    rows = b"".join(people.streaming_content).decode("utf-8-sig").splitlines()
    assert rows[1].endswith(",grace@example.com")


@pytest.mark.parametrize("query", ["who=x", "generation=x", "generation=999"])
def test_unknown_numbers_are_not_found(admin_client, story, query):
    assert admin_client.get(f"{PEOPLE}?{query}").status_code == 404


def test_who_may_not_see_people_sees_no_way_to_them(story):
    client = Client()
    client.force_login(make_user("referrals.view_referral"))

    assert PEOPLE not in client.get(PAGE).text
    assert client.get(PEOPLE).status_code == 403
    client.force_login(make_user())
    assert client.get(PAGE).status_code == 403
