import pytest
from django.urls import reverse

from campaigns.flows.edits import new_step
from campaigns.models import CampaignChange, StartRun
from tests.factories.campaigns import (
    NOW,
    make_ask,
    make_campaign,
    make_enrollment,
    make_hold,
    make_step_run,
)
from tests.factories.contacts import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def running():
    steps = [new_step("delay", key="wait", name="Wait"), new_step("email", key="ask")]
    return make_campaign(name="Autumn", state="running", steps=steps)


def url(campaign):
    return reverse("admin:campaigns_overview", args=[campaign.pk])


def test_the_numbers_are_those_of_the_rows(client, running):
    client.force_login(
        make_user(
            "campaigns.view_campaign",
            "campaigns.publish_campaign",
            "contacts.view_contact",
        )
    )
    waiting = make_enrollment(running, step_key="ask")
    make_step_run(waiting, step_key="wait", outcome="waited")
    make_enrollment(running, state="converted", step_key="", ended_at=NOW)
    make_hold(running, enrollment=waiting, reason="cap")
    make_ask(running, enrollment=waiting, delivered_at=NOW, intent_at=NOW)
    response = client.get(url(running))
    page = response.content.decode()

    numbers = response.context["numbers"]
    assert (numbers["all"], numbers["active"], numbers["converted"]) == (2, 1, 1)
    assert response.context["held"] == [("Was asked less than 90 days ago", "cap", 1)]
    assert (
        f"{reverse('admin:campaigns_enrollments', args=[running.pk])}?held=cap" in page
    )
    assert "<strong>1</strong> waiting" in page
    assert "<strong>1</strong> reached" in page
    assert "Pause…" in page
    assert "data-op=" not in page


def test_the_polled_part_has_the_numbers_and_the_counts_of_each_step(
    publisher, running
):
    make_enrollment(running, step_key="ask")
    part = publisher.get(
        reverse("admin:campaigns_overview_results", args=[running.pk])
    ).content.decode()

    assert "<html" not in part
    assert part.count("hx-swap-oob") == 2
    assert 'id="counts-ask" hx-swap-oob="outerHTML"' in part
    assert "<strong>1</strong> waiting" in part


def test_who_may_not_publish_sees_no_buttons(editor, running):
    page = editor.get(url(running)).content.decode()

    assert "Pause…" not in page
    assert "Edit" in page


def test_who_may_not_see_people_reads_plain_numbers(client, running):
    make_hold(running, enrollment=make_enrollment(running, step_key="ask"))
    client.force_login(make_user("campaigns.view_campaign"))

    pages = [
        client.get(reverse(name, args=[running.pk])).content.decode()
        for name in ("admin:campaigns_overview", "admin:campaigns_overview_results")
    ]

    people = reverse("admin:campaigns_enrollments", args=[running.pk])
    assert [people in page for page in pages] == [False, False]
    assert "<strong>1</strong> waiting" in pages[0]
    assert 'href="?step=' not in pages[0]


def test_a_draft_has_no_overview(editor, flow):
    response = editor.get(url(flow))

    assert response["Location"] == reverse("admin:campaigns_trigger", args=[flow.pk])


def test_states_and_changes_are_told(publisher, running):
    CampaignChange.objects.create(
        campaign=running, change="started", changed_at=NOW, details={"version": 1}
    )
    running.state, running.paused_at, running.revision = "paused", NOW, 2
    running.save()
    page = publisher.get(url(running)).content.decode()

    assert "Everybody keeps their place" in page
    assert "The draft has changes that nobody gets yet." in page
    assert "Started version 1" in page


def test_an_enrolling_that_goes_on_is_shown_and_can_be_stopped(publisher, running):
    run = StartRun.objects.create(
        campaign=running, version=running.published, total_count=10, done_count=4
    )
    progress = reverse("admin:campaigns_start_progress", args=[run.pk])

    assert progress in publisher.get(url(running)).content.decode()
    assert "40%" in publisher.get(progress).content.decode()
    publisher.post(progress)
    run.refresh_from_db()
    assert run.cancel_requested_at is not None


def test_who_may_only_edit_does_not_stop_the_enrolling(editor, running):
    run = StartRun.objects.create(campaign=running, version=running.published)
    response = editor.post(reverse("admin:campaigns_start_progress", args=[run.pk]))

    assert response.status_code == 403
    run.refresh_from_db()
    assert run.cancel_requested_at is None


def test_the_page_costs_the_same_for_many_people(
    publisher, running, django_assert_max_num_queries
):
    make_hold(running)
    publisher.get(url(running))
    with django_assert_max_num_queries(40) as few:
        publisher.get(url(running))
    count = len(few)
    for _ in range(3):
        make_hold(running)
        make_ask(running)
    with django_assert_max_num_queries(count):
        publisher.get(url(running))
