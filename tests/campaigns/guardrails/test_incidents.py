"""Incidents: whom they hold, when they end, and that nothing leaves once one is open."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from campaigns.engine.advance import advance_round
from campaigns.guardrails.incidents import (
    AlreadyOpen,
    close_incident,
    end_cool_down,
    incidents_at,
    open_incident,
    stop_at,
)
from campaigns.messaging import hand_over
from campaigns.models import Campaign, Enrollment, Hold, Incident, Message
from tests.factories.campaigns import NOW, make_enrollment, make_reachable
from tests.factories.messages import make_due_message, make_mail_campaign

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def test_it_holds_while_it_is_open_and_rests():
    incident = open_incident(title="Down", user=None, now=NOW, cool_down_hours=2)
    close_incident(incident=incident, user=None, now=NOW + HOUR)
    again = close_incident(incident=incident, user=None, now=NOW + 2 * HOUR)

    assert again.ends_at == NOW + 3 * HOUR
    assert list(incidents_at(NOW + 2 * HOUR)) == [incident]
    assert list(incidents_at(NOW + 3 * HOUR)) == []
    assert stop_at(NOW) is None


def test_a_rest_can_be_ended():
    incident = open_incident(title="Down", user=None, now=NOW, cool_down_hours=2)
    still = end_cool_down(incident=incident, now=NOW)
    close_incident(incident=incident, user=None, now=NOW)
    ended = end_cool_down(incident=incident, now=NOW + HOUR)
    later = end_cool_down(incident=incident, now=NOW + 9 * HOUR)

    assert still.ends_at is None
    assert (ended.ends_at, later.ends_at) == (NOW + HOUR, NOW + HOUR)


def test_there_is_one_switch():
    stop = open_incident(title="Stop", kind="stop", user=None, now=NOW)
    with pytest.raises(AlreadyOpen):
        open_incident(title="Stop", kind="stop", user=None, now=NOW)

    assert stop_at(NOW) == stop
    assert Incident.objects.count() == 1


def test_who_waited_is_judged_for_freshness_afterwards():
    campaign = make_mail_campaign()
    [step] = campaign.published.definition["steps"]
    step |= {"freshness_hours": 4, "fresh_from": "moment"}
    type(campaign.published).objects.update(definition=campaign.published.definition)
    people = [
        make_enrollment(
            campaign, contact=make_reachable(), step_key="ask", moment_at=at
        )
        for at in (NOW, NOW - 3 * HOUR)
    ]
    incident = open_incident(title="Down", user=None, now=NOW)

    advance_round(now=NOW)
    waits = {one.contact_id: one.due_at - NOW for one in Enrollment.objects.all()}
    close_incident(incident=incident, user=None, now=NOW + HOUR)
    advance_round(now=NOW + 2 * HOUR)

    assert waits == {
        one.contact_id: timedelta(minutes=30 + one.contact_id % 60) for one in people
    }
    fresh, stale = [Enrollment.objects.get(pk=one.pk) for one in people]
    assert (fresh.state, stale.state, stale.end_reason) == (
        "completed",
        "exited",
        "stale_moment",
    )
    assert list(
        Hold.objects.order_by("pk").values_list("contact_id", "reason", "then")
    ) == [
        (people[0].contact_id, "incident", "wait"),
        (people[1].contact_id, "incident", "wait"),
        (people[1].contact_id, "stale_moment", "exit"),
    ]


def test_who_still_waits_has_one_hold():
    campaign = make_mail_campaign()
    make_enrollment(campaign, contact=make_reachable(), step_key="ask")
    open_incident(title="Down", user=None, now=NOW)

    advance_round(now=NOW)
    advance_round(now=NOW + 2 * HOUR)

    assert Hold.objects.count() == 1
    assert Enrollment.objects.get().due_at > NOW + 2 * HOUR


@pytest.mark.django_db(transaction=True)
def test_opening_waits_for_what_is_being_handed_over_and_nothing_leaves_after():
    message = make_due_message()
    Message.objects.update(state="claimed", lease_owner="me", attempts=1)

    def open_elsewhere():
        try:
            open_incident(title="Down", user=None, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            hand_over.lock(message)
            opening = pool.submit(open_elsewhere)
            with pytest.raises(TimeoutError):
                opening.result(timeout=0.3)
        opening.result(timeout=20)

    assert Incident.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("state", ["paused", "draft"])
def test_opening_waits_for_a_campaign_that_is_let_run(state):
    message = make_due_message()
    Campaign.objects.update(state=state)

    def open_elsewhere():
        try:
            open_incident(title="Down", user=None, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Campaign.objects.select_for_update().get(pk=message.campaign_id)
            opening = pool.submit(open_elsewhere)
            with pytest.raises(TimeoutError):
                opening.result(timeout=0.3)
        opening.result(timeout=20)

    assert Incident.objects.count() == 1
