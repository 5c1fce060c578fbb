"""Who enters because a date comes."""

from datetime import UTC, date, datetime, timedelta

import pytest

from campaigns.engine import enroll, lifecycle
from campaigns.models import Enrollment, Moment, StartRun
from campaigns.publishing import publish
from campaigns.triggers.date import in_year, next_day
from campaigns.triggers.registry import describe_trigger
from contacts import work
from contacts.changes import tell_changed
from tests.factories.campaigns import NOW, make_contact

pytestmark = pytest.mark.django_db


def on(attribute="renewal", offset_days=0, at="09:00", yearly=False, **more):
    date = {"attribute": attribute, "offset_days": offset_days, "at": at}
    return {
        "kind": "date",
        "date": {**date, "yearly": yearly},
        "frequency": "every_entry",
        **more,
    }


def with_date(text, **changes):
    return make_contact(attributes={"renewal": text}, **changes)


def look_up(now=NOW):
    while work.advance_one(StartRun, enroll.enroll_members, now=now):
        pass


def planned():
    rows = Moment.objects.filter(waits_for="date").order_by("contact_id")
    return list(rows.values_list("contact_id", "key", "due_at"))


def test_the_day_comes_at_the_hour_of_the_own_clock(running, take, books):
    running(**on())
    berlin = with_date("2026-12-01", time_zone="Europe/Berlin")
    tokyo = with_date("2026-12-01", time_zone="Asia/Tokyo")
    with_date("2026-11-19")
    with_date("soon")
    look_up()

    assert planned() == [
        (berlin.pk, "date:2026-12-01", datetime(2026, 12, 1, 8, tzinfo=UTC)),
        (tokyo.pk, "date:2026-12-01", datetime(2026, 12, 1, 0, tzinfo=UTC)),
    ]
    take(datetime(2026, 12, 1, 0, 0, tzinfo=UTC))
    assert books()["enrolled"] == [(tokyo.pk, "date:2026-12-01")]
    take(datetime(2026, 12, 1, 8, 0, tzinfo=UTC))
    assert books() == {
        "enrolled": [(berlin.pk, "date:2026-12-01"), (tokyo.pk, "date:2026-12-01")],
        "refused": [],
        "waiting": [],
    }


def test_days_before_the_date_and_a_moment_in_a_zone(running):
    running(**on(offset_days=-14))
    contact = with_date("2026-12-31T23:30:00Z", time_zone="Europe/Berlin")
    look_up()

    assert planned() == [
        (contact.pk, "date:2026-12-18", datetime(2026, 12, 18, 8, tzinfo=UTC))
    ]


def test_a_yearly_day_comes_each_year(running, take, books):
    running(**on(yearly=True))
    contact = with_date("1980-02-29")
    look_up()
    first = planned()
    take(datetime(2027, 2, 28, 9, tzinfo=UTC))

    assert first[0][1] == "date:2027-02-28"
    assert books()["enrolled"] == [(contact.pk, "date:2027-02-28")]
    assert planned() == [
        (contact.pk, "date:2028-02-29", datetime(2028, 2, 29, 9, tzinfo=UTC))
    ]


def test_who_changes_is_planned_anew_and_fires_once(running, take, books):
    running(**on())
    contact = with_date("2026-11-20", time_zone="UTC")
    look_up()
    take(NOW)
    tell_changed({contact.pk: None}, now=NOW)
    take(NOW)
    again = books()
    contact.attributes = {"renewal": "2026-12-24"}
    contact.save()
    tell_changed({contact.pk: None}, now=NOW)
    take(NOW)

    assert again == {
        "enrolled": [(contact.pk, "date:2026-11-20")],
        "refused": [],
        "waiting": [],
    }
    assert [row[1] for row in planned()] == ["date:2026-12-24"]


def test_a_pause_keeps_the_day_and_a_stop_calls_it_off(running, take, books):
    campaign = running(**on())
    contact = with_date("2026-11-21", time_zone="UTC")
    look_up()
    lifecycle.pause(campaign=campaign, user=None, now=NOW)
    take(NOW + timedelta(days=2))
    paused = books()["waiting"]
    lifecycle.stop(campaign=campaign, user=None, now=NOW + timedelta(days=2))

    assert paused == [(contact.pk, "date")]
    assert books() == {"enrolled": [], "refused": [], "waiting": []}


def test_a_day_that_was_refused_does_not_wait_again(running, take, books):
    pro = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}
    running(**on(condition=pro, grace_minutes=5))
    contact = with_date("2026-11-20", time_zone="UTC")
    look_up()
    take(NOW)
    take(NOW + timedelta(minutes=5))
    tell_changed({contact.pk: None}, now=NOW)
    take(NOW + timedelta(minutes=6))

    assert books() == {
        "enrolled": [],
        "refused": [(contact.pk, "no_match")],
        "waiting": [],
    }


@pytest.mark.parametrize(
    ("text", "yearly", "entered"),
    [
        ("2026-11-21", False, ["date:2026-11-21"]),
        ("1980-11-21", True, ["date:2026-11-21"]),
        ("2027-11-21", False, []),
        # Another day that has passed meanwhile was never planned.
        ("2026-11-23", False, []),
        ("1980-11-23", True, []),
    ],
)
def test_a_day_of_the_pause_comes_if_it_is_still_meant(
    running, take, text, yearly, entered
):
    campaign = running(**on(yearly=yearly))
    contact = with_date("1980-11-21" if yearly else "2026-11-21", time_zone="UTC")
    look_up()
    lifecycle.pause(campaign=campaign, user=None, now=NOW)
    later = NOW + timedelta(days=5)
    contact.attributes = {"renewal": text}
    contact.save()
    tell_changed({contact.pk: None}, now=later)
    lifecycle.resume(campaign=campaign, user=None, now=later)
    take(later)

    assert list(Enrollment.objects.values_list("entry_key", flat=True)) == entered
    next_days = {"2026-11-21": [], "2026-11-23": [], "2027-11-21": ["date:2027-11-21"]}
    year_after = f"date:2027-{text[5:]}"
    assert [row[1] for row in planned()] == next_days.get(text, [year_after])


def test_another_date_is_looked_up_when_it_is_published(running):
    campaign = running(**on())
    with_date("2026-12-01")
    look_up()
    campaign.refresh_from_db()
    campaign.draft["trigger"]["date"]["offset_days"] = 1
    campaign.draft["steps"] = [
        {**campaign.draft["steps"][0], "name": "Wait"},
    ]
    campaign.revision += 1
    campaign.save()
    publish(campaign=campaign, revision=campaign.revision, user=None, now=NOW)
    look_up()

    assert [row[1] for row in planned()] == ["date:2026-12-02"]


@pytest.mark.parametrize(
    ("day", "offset", "yearly", "least", "found"),
    [
        ("2026-05-01", 0, False, "2026-05-01", "2026-05-01"),
        ("2026-05-01", 0, False, "2026-05-02", None),
        ("2026-05-01", -10, False, "2026-04-21", "2026-04-21"),
        ("2020-01-02", -5, True, "2026-06-01", "2026-12-28"),
        ("2020-12-30", 5, True, "2026-01-02", "2026-01-04"),
        ("2030-01-01", 0, True, "2026-01-01", "2030-01-01"),
        ("2024-02-29", 0, True, "2026-01-01", "2026-02-28"),
        ("2024-02-29", 1, True, "2028-01-01", "2028-03-01"),
    ],
)
def test_the_next_day_is_counted_by_the_calendar(day, offset, yearly, least, found):
    result = next_day(
        date.fromisoformat(day), offset, yearly, date.fromisoformat(least)
    )

    assert result == (date.fromisoformat(found) if found else None)


def test_the_29_february_is_the_28th_in_other_years():
    assert in_year(date(2024, 2, 29), 2025) == date(2025, 2, 28)
    assert in_year(date(2024, 2, 29), 2028) == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("trigger", "sentence"),
    [
        ({"kind": "date"}, "when you have chosen a date"),
        (on(), "on “Renewal” at 09:00, by the clock of each person"),
        (
            on(offset_days=-1, yearly=True),
            "1 day before “Renewal” at 09:00, every year, by the clock of each person",
        ),
    ],
)
def test_the_trigger_is_said_in_words(trigger, sentence):
    assert describe_trigger(trigger) == sentence
