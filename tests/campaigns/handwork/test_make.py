"""Tasks for people of ours: their words, their owners, and never two."""

import pytest

from campaigns.emails.liquid import TemplateError
from campaigns.handwork.make import Assignment, TaskMaker
from campaigns.models import Campaign, Task
from tests.factories.campaigns import NOW, make_campaign, make_enrollment
from tests.factories.contacts import make_contact, make_user

pytestmark = pytest.mark.django_db


def make_maker(**changes):
    campaign = make_campaign(
        state=Campaign.State.RUNNING, settings={"time_zone": "Pacific/Kiritimati"}
    )
    words = {
        "title": "Call {{ contact.name }}",
        "text": "Hi {{ contact.first_name }}, {{ advocate.link }}",
        "owner": {"rule": "anyone"},
        "due_days": 1,
    }
    return TaskMaker(campaign, campaign.published, "do", words | changes, NOW)


def assign(maker, *contacts):
    return [
        Assignment(
            contact.pk, make_enrollment(maker.campaign, contact=contact).pk, visit=2
        )
        for contact in contacts
    ]


def test_each_gets_words_of_his_own_once():
    maker = make_maker()
    runs = assign(
        maker,
        make_contact(first_name="Ada", last_name="Lovelace"),
        make_contact(first_name="李"),
    )

    maker.write(runs)
    maker.write(runs)

    ada, li = Task.objects.order_by("pk")
    assert (ada.title, li.title) == ("Call Ada Lovelace", "Call 李")
    assert ada.text.startswith("Hi Ada, http")
    assert ada.text.endswith("?c=task")
    # It is tomorrow in Kiritimati already.
    assert str(ada.due_on) == "2026-11-22"
    assert (ada.owner, ada.owner_hint, ada.kind, ada.visit) == (None, "", "task", 2)


@pytest.mark.parametrize("said", ["Sam@Example.com", " sam ", "SAM"])
def test_the_owner_is_the_user_whom_an_attribute_names(said):
    sam = make_user(username="sam", email="sam@example.com")
    maker = make_maker(owner={"rule": "attribute", "attribute": "owner"})

    maker.write(assign(maker, make_contact(attributes={"owner": said})))

    task = Task.objects.get()
    assert (task.owner, task.owner_hint) == (sam, "")


@pytest.mark.parametrize(
    ("attributes", "hint"),
    [({"owner": "nobody@example.com"}, "nobody@example.com"), ({}, "")],
)
def test_who_is_no_user_is_named(attributes, hint):
    maker = make_maker(owner={"rule": "attribute", "attribute": "owner"})

    maker.write(assign(maker, make_contact(attributes=attributes)))

    task = Task.objects.get()
    assert (task.owner, task.owner_hint) == (None, hint)


def test_a_user_who_is_gone_owns_nothing():
    sam = make_user(username="sam")
    with_sam = make_maker(owner={"rule": "user", "user": sam.pk})
    without = make_maker(owner={"rule": "user", "user": 0})

    with_sam.write(assign(with_sam, make_contact()))
    without.write(assign(without, make_contact()))

    owners = Task.objects.order_by("pk").values_list("owner", flat=True)
    assert list(owners) == [sam.pk, None]


def test_words_that_cannot_be_rendered_are_an_error():
    maker = make_maker(text="{{ contact.name | nothing }}")

    with pytest.raises(TemplateError):
        maker.write(assign(maker, make_contact()))

    assert not Task.objects.exists()
