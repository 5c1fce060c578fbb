"""The pages on which changes are published, compared, restored and taken back."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns.flows.edits import Place, insert_step, new_step, update_step
from campaigns.models import Campaign, Enrollment, Message, PublishPlan, StepRun
from tests.factories.campaigns import make_campaign, make_reachable
from tests.factories.plans_in_flight import edit, letter, make_flight, run_plans

pytestmark = pytest.mark.django_db


def url(name, campaign, *more):
    return reverse(f"admin:campaigns_{name}", args=[campaign.pk, *more])


@pytest.fixture
def flight():
    """Three people who sit out a delay of three days, and a draft with one day."""
    wait = new_step("delay", key="wait", name="Rest", amount=3, unit="days")
    campaign = make_flight(
        [letter("mail"), wait, letter("more")],
        *(make_reachable(first_name=name) for name in ("Ana", "Bo", "李")),
        name="Autumn",
    )
    now = timezone.now()
    StepRun.objects.filter(step_key="wait").update(ran_at=now - timedelta(days=2))
    Enrollment.objects.update(
        enrolled_at=now - timedelta(days=3), due_at=now + timedelta(days=1)
    )
    edit(campaign, update_step(campaign.draft, "wait", amount=1))
    return campaign


def field(campaign, name="do"):
    return f"{name}-{campaign.published_id}-wait-0"


def wish(campaign, **values):
    return {"revision": campaign.revision, **values}


def test_the_page_says_who_waits_where_and_that_they_finish(publisher, flight):
    page = publisher.get(url("publish", flight)).content.decode()

    assert "1 step changed." in page
    assert "<strong>3</strong> people wait at 1 place." in page
    assert "Version 1 · for 2 days" in page
    assert "3 finish on version 1." in page
    assert "Those who go on because of this" not in page


def test_choices_are_said_in_numbers_and_write_nothing(publisher, flight):
    values = wish(
        flight,
        **{field(flight): "carry", field(flight, "times"): "anew", "spread": "60"},
    )
    page = publisher.post(url("publish_plan", flight), values).content.decode()

    assert "3 go on with the new flow at “Rest”" in page
    assert "All of them have waited long enough and go on over 1 hour." in page
    assert PublishPlan.objects.count() == 0
    flight.refresh_from_db()
    assert flight.published.number == 1


def test_publishing_carries_out_what_was_chosen(publisher, flight):
    values = wish(flight, **{field(flight): "map:more", field(flight, "times"): "anew"})

    response = publisher.post(url("publish", flight), values, follow=True)
    run_plans(timezone.now())
    page = publisher.get(url("overview", flight)).content.decode()

    assert response.redirect_chain == [(url("overview", flight), 302)]
    assert "Moving people to version 2" in response.content.decode()
    assert set(Enrollment.objects.values_list("version__number", "step_key")) == {
        (2, "more")
    }
    assert "<strong>3</strong> people went on with it." in page
    assert "Take it back" in page


def test_what_can_not_be_chosen_is_not_done(publisher, flight):
    values = wish(flight, **{field(flight): "map:nowhere"})

    publisher.post(url("publish", flight), values)
    run_plans(timezone.now())

    assert PublishPlan.objects.get().actions == []
    assert set(Enrollment.objects.values_list("version__number", flat=True)) == {1}


def test_it_is_taken_back_and_counted_who_had_gone_on(publisher, flight):
    publisher.post(
        url("publish", flight),
        wish(flight, **{field(flight): "map:more", field(flight, "times"): "anew"}),
    )
    run_plans(timezone.now())
    gone = Enrollment.objects.get(contact__first_name="李")
    Enrollment.objects.filter(pk=gone.pk).update(visit=gone.visit + 1)
    plan = PublishPlan.objects.get()

    response = publisher.post(url("take_back", flight, plan.pk), follow=True)
    run_plans(timezone.now())
    page = publisher.get(url("overview", flight)).content.decode()

    assert "Version 1 is published again." in response.content.decode()
    assert "<strong>2</strong> people stand where they stood before." in page
    assert "<strong>1</strong> has gone on since and finishes on version 2" in page
    assert "李" not in page
    again = publisher.post(url("take_back", flight, plan.pk), follow=True)
    assert "too late" in again.content.decode()


def test_only_who_may_publish_publishes_and_takes_back(editor, flight):
    assert editor.get(url("publish", flight)).status_code == 403
    assert editor.post(url("publish", flight)).status_code == 403
    assert editor.post(url("publish_plan", flight)).status_code == 403
    assert editor.post(url("take_back", flight, 1)).status_code == 403
    page = editor.get(url("overview", flight)).content.decode()
    assert "Take it back" not in page


def test_where_only_words_differ_everybody_is_to_get_them(publisher, flight):
    content = letter("mail")["content"]
    content["variants"]["en"]["subject"] = "Thanks a lot"
    draft = update_step(flight.draft, "wait", amount=3)
    edit(flight, update_step(draft, "mail", content=content))

    page = publisher.get(url("publish", flight)).content.decode()
    values = wish(flight, **{field(flight): "carry", "fixes-mails": "on"})
    publisher.post(url("publish", flight), values)
    run_plans(timezone.now())

    assert "Only words are different" in page
    assert "3 go on with the new flow at “Rest”, at the time that was planned." in page
    assert "Also give the new words to <strong>3</strong> mails" in page
    assert set(Message.objects.values_list("version__number", flat=True)) == {2}
    assert set(Enrollment.objects.values_list("version__number", flat=True)) == {2}


def test_nobody_inside_and_errors_are_said(publisher, flight):
    Enrollment.objects.update(state="completed", due_at=None)
    empty = publisher.get(url("publish", flight)).content.decode()
    edit(flight, flight.draft | {"steps": []})
    broken = publisher.get(url("publish", flight)).content.decode()

    assert "Nobody is inside now." in empty
    assert "to be mended first" in broken


def test_versions_are_listed_and_compared(publisher, flight):
    draft = insert_step(
        flight.draft, new_step("note", key="n", name="A note"), Place("", "main", 0)
    )
    edit(flight, draft)
    publisher.post(url("publish", flight), wish(flight))

    listed = publisher.get(url("versions", flight)).content.decode()
    compared = publisher.get(url("compare", flight) + "?old=1&new=2").content.decode()
    same = publisher.get(url("compare", flight)).content.decode()

    assert "1 step added, 1 step changed" in listed
    assert "Version 1 and version 2" in compared
    assert "<del>Wait 3 days.</del> <ins>Wait 1 day.</ins>" in compared
    assert "3 wait here" in compared
    assert "Nothing is different." in same
    assert publisher.get(url("compare", flight) + "?old=7").status_code == 404
    assert publisher.get(url("compare", flight) + "?old=x").status_code == 404


def test_other_parts_are_compared_in_words(publisher, flight):
    draft = flight.draft
    draft["settings"]["snooze_days"] = 60
    draft["exit"]["condition"] = {
        "kind": "attribute",
        "name": "plan",
        "operator": "is",
        "value": "pro",
    }
    draft["guardrails"]["off"] = ["open_ticket"]
    edit(flight, draft)

    page = publisher.get(url("compare", flight)).content.decode()

    assert "<del>75</del> <ins>60</ins>" in page
    assert "<del>None</del> <ins>contacts whose plan is “pro”</ins>" in page
    assert "<ins>Has an open ticket</ins>" in page


def test_a_version_is_put_into_the_draft_as_one_edit(publisher, flight):
    version = flight.published
    publisher.post(url("restore_version", flight, 1), wish(flight), follow=True)

    flight.refresh_from_db()
    assert flight.draft["steps"][1]["amount"] == 3
    assert "compiled" not in flight.draft["steps"][0]["content"]
    last = flight.revisions.latest("number")
    assert last.summary == "Put version 1 into the draft"
    stale = publisher.post(url("restore_version", flight, 1), {"revision": 1})
    assert stale.status_code == 302
    assert version == Campaign.objects.get().published


def test_who_may_only_look_restores_nothing(onlooker, flight):
    assert onlooker.get(url("versions", flight)).status_code == 200
    assert onlooker.post(url("restore_version", flight, 1)).status_code == 403


def test_a_campaign_without_versions_says_so(publisher):
    page = publisher.get(url("versions", make_campaign())).content.decode()

    assert "Nothing was published yet" in page


def count_queries(publisher, flight):
    with CaptureQueriesContext(connection) as queries:
        publisher.get(url("publish", flight))
    return len(queries)


def test_the_plan_asks_as_much_for_three_people_as_for_one(publisher, flight):
    count_queries(publisher, flight)
    three = count_queries(publisher, flight)
    first = Enrollment.objects.earliest("pk")
    Enrollment.objects.exclude(pk=first.pk).update(state="completed", due_at=None)

    assert count_queries(publisher, flight) == three
