"""What may keep a moment out, or let it wait; and the books."""

from datetime import timedelta

import pytest

from audiences.models import MembershipReaction
from campaigns.engine import by_hand, enroll, lifecycle
from campaigns.engine.by_hand import (
    NotRunning,
    enroll_one,
    enroll_these,
    preview_people,
)
from campaigns.flows.edits import new_step
from campaigns.models import Enrollment, Moment, Refusal, StartRun
from contacts import lists, work
from tests.factories.campaigns import (
    NOW,
    make_ask,
    make_audience,
    make_campaign,
    make_contact,
    make_version,
)

pytestmark = pytest.mark.django_db
PRO = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}


def make_running(audience=None, **trigger):
    audience = audience or make_audience()
    campaign = make_campaign(
        steps=[new_step("delay", key="delay")],
        trigger={"audience": audience.pk, "frequency": "every_entry", **trigger},
    )
    campaign.published = make_version(campaign)
    campaign.save()
    lifecycle.start(campaign=campaign, user=None, now=NOW)
    campaign.refresh_from_db()
    return campaign


def enter(campaign, contact, *, episode=1, at=NOW, change="entered"):
    MembershipReaction.objects.create(
        contact=contact,
        consumer=f"campaign:{campaign.pk}",
        audience_id=campaign.published.definition["trigger"]["audience"],
        episode=episode,
        change=change,
        changed_at=at,
    )


def take(now=NOW):
    while enroll.enroll_moments(now=now):
        pass


def books():
    return (
        list(Enrollment.objects.order_by("pk").values_list("contact_id", flat=True)),
        dict(Refusal.objects.values_list("contact_id", "reason")),
        dict(Moment.objects.values_list("contact_id", "waits_for")),
    )


def test_leaving_an_audience_lets_in(monkeypatch):
    campaign = make_running(kind="left")
    contact, other = make_contact(), make_contact()
    enter(campaign, contact, change="left")
    enter(campaign, other)
    take()

    assert books() == ([contact.pk], {}, {})
    assert Enrollment.objects.get().entry_key == "left:1"


def test_who_does_not_meet_the_condition_is_refused():
    campaign = make_running(condition=PRO)
    pro, free = make_contact(attributes={"plan": "pro"}), make_contact()
    enter(campaign, pro)
    enter(campaign, free)
    take()

    assert books() == ([pro.pk], {free.pk: "no_match"}, {})


def test_data_that_arrives_in_time_lets_in_who_has_waited():
    campaign = make_running(condition=PRO, grace_minutes=10)
    soon, never = make_contact(), make_contact()
    enter(campaign, soon)
    enter(campaign, never)
    take()
    waiting = books()
    soon.attributes = {"plan": "pro"}
    soon.save()
    take(NOW + timedelta(seconds=10))
    in_time = books()
    take(NOW + timedelta(minutes=11))

    assert waiting == ([], {}, {soon.pk: "data", never.pk: "data"})
    assert in_time == ([soon.pk], {}, {never.pk: "data"})
    assert books() == ([soon.pk], {never.pk: "no_match"}, {})
    assert Enrollment.objects.get().moment_at == NOW


def test_a_stop_refuses_who_still_waits():
    campaign = make_running(condition=PRO, grace_minutes=10)
    contact = make_contact()
    enter(campaign, contact)
    take()
    lifecycle.stop(campaign=campaign, user=None, now=NOW)

    assert books() == ([], {contact.pk: "stopped"}, {})


def test_days_count_from_the_last_delivered_ask():
    campaign = make_running(frequency="every_days", every_days=30)
    asked, undelivered, long_ago = [make_contact() for _ in range(3)]
    ago = {
        asked: (NOW - timedelta(days=29), True),
        undelivered: (NOW - timedelta(days=5), False),
        long_ago: (NOW - timedelta(days=30), True),
    }
    for contact, (at, is_delivered) in ago.items():
        ask = make_ask(campaign, contact=contact, asked_at=at)
        ask.delivered_at = at if is_delivered else None
        ask.save()
    Enrollment.objects.update(state="completed")
    for contact in ago:
        enter(campaign, contact, episode=2)
    take()

    active = Enrollment.objects.filter(state="active").order_by("pk")
    assert list(active.values_list("contact_id", flat=True)) == [
        undelivered.pk,
        long_ago.pk,
    ]
    assert dict(Refusal.objects.values_list("contact_id", "reason")) == {
        asked.pk: "too_soon"
    }


def test_a_ramp_lets_in_some_a_day_and_then_all():
    campaign = make_running(ramp={"days": [2, 3]})
    contacts = [make_contact() for _ in range(9)]
    for number, contact in enumerate(contacts):
        enter(campaign, contact, at=NOW + timedelta(seconds=number))
    found = []
    for day in range(3):
        take(NOW + timedelta(days=day))
        found.append((Enrollment.objects.count(), Moment.objects.count()))

    assert found == [(2, 7), (5, 4), (9, 0)]
    assert [
        row[0] for row in Enrollment.objects.order_by("pk").values_list("contact")
    ] == [contact.pk for contact in contacts]


def test_a_start_with_a_ramp_and_a_condition_balances():
    pros = [make_contact(attributes={"plan": "pro"}) for _ in range(4)]
    free = make_contact()
    make_running(
        make_audience(*pros, free), existing=True, condition=PRO, ramp={"days": [3]}
    )
    while work.advance_one(StartRun, enroll.enroll_members, now=NOW):
        pass

    run = StartRun.objects.get()
    assert (run.done_count, run.enrolled_count, run.refused_count) == (5, 3, 1)
    assert (run.waiting_count, run.state) == (1, "done")
    assert books() == (
        [contact.pk for contact in pros[:3]],
        {free.pk: "no_match"},
        {pros[3].pk: "ramp"},
    )


def test_people_of_a_list_are_let_in_by_hand_once_for_each_run():
    campaign = make_running(kind="manual", frequency="once")
    contacts = [make_contact() for _ in range(3)]
    chosen = lists.create_list(name="Guests", now=NOW)
    lists.add_contacts(
        contact_list=chosen, contact_ids=[one.pk for one in contacts], now=NOW
    )
    for _ in range(2):
        enroll_these(campaign=campaign, source={"list": chosen.pk}, user=None, now=NOW)
        while work.advance_one(StartRun, enroll.enroll_members, now=NOW):
            pass

    first, second = StartRun.objects.order_by("pk")
    assert (first.total_count, first.enrolled_count, first.refused_count) == (3, 3, 0)
    assert (second.enrolled_count, second.refused_count) == (0, 3)
    assert set(Refusal.objects.values_list("reason", flat=True)) == {"still_active"}


def test_who_was_forgotten_does_not_end_a_run(monkeypatch):
    monkeypatch.setattr(by_hand, "PART", 2)
    campaign = make_running(kind="manual")
    gone = [make_contact(erased_at=NOW).pk for _ in range(2)]
    contact = make_contact()
    source = {"contacts": [*gone, contact.pk]}
    enroll_these(campaign=campaign, source=source, user=None, now=NOW)
    while work.advance_one(StartRun, enroll.enroll_members, now=NOW):
        pass

    assert books() == ([contact.pk], {}, {})


def test_nobody_is_let_into_a_campaign_that_does_not_run():
    campaign = make_running(kind="manual")
    lifecycle.pause(campaign=campaign, user=None, now=NOW)

    with pytest.raises(NotRunning, match="does not run"):
        enroll_these(campaign=campaign, source={"contacts": []}, user=None, now=NOW)


def test_a_program_is_told_that_a_member_is_in_it_already():
    contact = make_contact()
    audience = make_audience(contact)
    campaign = make_running(audience, existing=True, frequency="once")
    while work.advance_one(StartRun, enroll.enroll_members, now=NOW):
        pass
    earlier = NOW - timedelta(days=1)
    told = enroll_one(
        campaign=campaign, contact_id=contact.pk, key="a", at=earlier, now=NOW
    )

    assert told == ("refused", "still_active")


def test_a_program_lets_in_once_for_each_key_and_is_told_the_same():
    campaign = make_running(kind="manual", frequency="once")
    contact = make_contact()

    def ask(key):
        return enroll_one(
            campaign=campaign, contact_id=contact.pk, key=key, at=NOW, now=NOW
        )

    assert [ask("a"), ask("a"), ask("b"), ask("b")] == [
        ("enrolled", ""),
        ("enrolled", ""),
        ("refused", "still_active"),
        ("refused", "still_active"),
    ]
    assert Enrollment.objects.count() == Refusal.objects.count() == 1


def test_a_program_is_told_that_a_paused_campaign_keeps_it_waiting():
    campaign = make_running(kind="manual")
    lifecycle.pause(campaign=campaign, user=None, now=NOW)
    campaign.refresh_from_db()
    contact = make_contact()

    answer = enroll_one(
        campaign=campaign, contact_id=contact.pk, key="a", at=NOW, now=NOW
    )
    lifecycle.resume(campaign=campaign, user=None, now=NOW)
    take()

    assert answer == ("waiting", "campaign")
    assert books() == ([contact.pk], {}, {})


def test_the_preview_says_who_would_be_refused_and_is_what_happens():
    campaign = make_running(
        kind="manual", frequency="every_days", every_days=30, condition=PRO
    )
    pro = {"attributes": {"plan": "pro"}}
    inside, asked, fresh = [make_contact(**pro) for _ in range(3)]
    free = make_contact()
    ask = make_ask(campaign, contact=asked, asked_at=NOW - timedelta(days=3))
    ask.delivered_at = ask.asked_at
    ask.save()
    Enrollment.objects.update(state="completed")
    enroll_one(campaign=campaign, contact_id=inside.pk, key="a", at=NOW, now=NOW)
    source = {"contacts": [one.pk for one in (inside, asked, fresh, free)]}

    preview = preview_people(campaign, source, NOW)
    enroll_these(campaign=campaign, source=source, user=None, now=NOW)
    while work.advance_one(StartRun, enroll.enroll_members, now=NOW):
        pass

    expected = {
        inside.pk: "still_active",
        asked.pk: "too_soon",
        free.pk: "no_match",
    }
    assert {contact.pk: reason for contact, reason in preview.named} == expected
    assert preview.refused == dict.fromkeys(expected.values(), 1)
    assert (preview.people, preview.entering) == (4, 1)
    assert dict(Refusal.objects.values_list("contact_id", "reason")) == expected
    assert StartRun.objects.get().enrolled_count == 1
