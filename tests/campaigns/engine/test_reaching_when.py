"""When a goal came true, and what touched the person before."""

from datetime import timedelta

import pytest

from audiences.models import Membership, MembershipChange
from campaigns.engine import reaching
from campaigns.engine.notice import notice_changes
from campaigns.models import GoalReached, MessageFact
from contacts import events
from tests.factories.campaigns import NOW, make_audience, make_enrollment
from tests.factories.goals import happened, make_tracking, touch, tracked

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def happen(contact, name, at, now=None, key=""):
    events.record(
        events.Fact(contact.pk, name, at, key or f"{name}{at}"), now=now or at
    )
    notice_changes(now=now or at)


def reached():
    fields = ("goal", "occurred_at", "touch", "touched_at")
    return list(GoalReached.objects.order_by("pk").values_list(*fields))


@pytest.mark.parametrize(
    ("condition", "at"),
    [
        (happened("order_completed", 2), 2),
        ({"kind": "any", "conditions": [happened("a"), happened("b")]}, 3),
        (
            {
                "kind": "all",
                "conditions": [happened("a"), happened("order_completed")],
            },
            4,
        ),
    ],
)
def test_it_happened_when_the_condition_came_true(condition, at):
    campaign = make_tracking(tracked("done", condition))
    enrollment = make_enrollment(campaign)
    touch(enrollment, NOW)
    told = [
        events.Fact(enrollment.contact_id, name, NOW + hours * HOUR, str(hours))
        for hours, name in (
            (1, "order_completed"),
            (2, "order_completed"),
            (3, "b"),
            (4, "a"),
            (5, "a"),
        )
    ]
    events.record_many(told, now=NOW + DAY)

    notice_changes(now=NOW + DAY)

    assert reached() == [("done", NOW + at * HOUR, "delivered", NOW)]


def test_an_entry_into_an_audience_is_a_goal():
    audience = make_audience()
    campaign = make_tracking(
        tracked(
            "joined", {"kind": "audience", "audience": audience.pk, "operator": "in"}
        )
    )
    enrollment = make_enrollment(campaign)
    touch(enrollment, NOW)
    values = {"contact": enrollment.contact, "audience": audience, "episode": 1}
    Membership.objects.create(**values, entered_at=NOW + HOUR)
    MembershipChange.objects.create(
        **values, change="entered", changed_at=NOW + HOUR, cause="event"
    )

    reaching.note_goals([enrollment.contact_id], now=NOW + 2 * HOUR)

    assert reached() == [("joined", NOW + HOUR, "delivered", NOW)]


def test_a_goal_may_ask_for_more_or_for_less_than_a_delivery():
    campaign = make_tracking(
        tracked("seen", happened("order_completed"), touch="viewed"),
        tracked("any", happened("order_completed"), touch="any"),
    )
    delivered, viewed, untouched = [make_enrollment(campaign) for _ in range(3)]
    touch(delivered, NOW)
    ask, _ = touch(viewed, NOW)
    type(ask).objects.filter(pk=ask.pk).update(viewed_at=NOW + HOUR)

    for enrollment in (delivered, viewed, untouched):
        happen(enrollment.contact, "order_completed", NOW + DAY)

    rows = GoalReached.objects.order_by("pk")
    fields = ("contact_id", "goal", "touch", "touched_at")
    assert list(rows.values_list(*fields)) == [
        (delivered.contact_id, "seen", "none", None),
        (delivered.contact_id, "any", "any", NOW),
        (viewed.contact_id, "seen", "viewed", NOW + HOUR),
        (viewed.contact_id, "any", "any", NOW + HOUR),
        (untouched.contact_id, "seen", "none", None),
        (untouched.contact_id, "any", "any", None),
    ]


def test_a_message_that_is_no_ask_touches_too():
    campaign = make_tracking(
        tracked("bought", happened("order_completed")),
        tracked("seen", happened("order_completed"), touch="viewed"),
    )
    enrollment = make_enrollment(campaign)
    ask, message = touch(enrollment, NOW)
    ask.delete()
    type(message).objects.update(ask_id=None)
    MessageFact.objects.create(
        contact=enrollment.contact,
        message_id=message.pk,
        kind="clicked",
        happened_at=NOW + HOUR,
        noted_at=NOW + HOUR,
        source="test",
        key="1",
    )

    happen(enrollment.contact, "order_completed", NOW + DAY)

    rows = GoalReached.objects.order_by("goal")
    assert list(rows.values_list("goal", "touched_at", "message_id")) == [
        ("bought", NOW, message.pk),
        ("seen", NOW + HOUR, message.pk),
    ]
