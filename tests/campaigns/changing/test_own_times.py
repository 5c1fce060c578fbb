"""Waits that depend on who waits are reckoned anew as the step itself would reckon them."""

from datetime import UTC, datetime

import pytest

from campaigns.admin.plan_words import effect_sentences
from campaigns.changing.plan import effects_of, times_of, waiting_people
from campaigns.changing.standing import Action, Setting
from campaigns.engine import lifecycle
from campaigns.flows.edits import new_step, update_step
from campaigns.models import Enrollment
from tests.factories.campaigns import NOW, make_reachable
from tests.factories.flows import walk
from tests.factories.plans_in_flight import (
    DAY,
    HOUR,
    choose,
    edit,
    letter,
    make_flight,
    publish_with,
    run_plans,
)

pytestmark = pytest.mark.django_db
LATER = NOW + HOUR
CALENDAR = {"amount": 3, "unit": "calendar_days", "at": "09:00"}


def at(day, hour, minute=0, month=11):
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def carry(campaign, *, now=LATER, key="wait", **more):
    publish_with(campaign, {key: {"kind": "carry", "times": "anew"}}, now=now, **more)
    run_plans(now)


def dues():
    found = Enrollment.objects.order_by("contact_id")
    return list(found.values_list("version__number", "step_key", "due_at"))


def foresee(campaign, *, now=LATER, key="wait", spread=0):
    wishes = {key: {"kind": "carry", "times": "anew"}}
    actions = choose(campaign, now, wishes).actions
    setting = Setting(campaign, campaign.draft, spread, now, now)
    return actions, effects_of(setting, actions)


def people(*zones, **attributes):
    return [make_reachable(time_zone=zone, attributes=attributes) for zone in zones]


def test_calendar_days_count_from_the_day_on_which_each_came():
    wait = new_step("delay", key="wait", name="Wait", **CALENDAR)
    berlin, tokyo = people("Europe/Berlin", "Asia/Tokyo")
    campaign = make_flight([wait, letter("mail")], berlin, tokyo)
    edit(campaign, update_step(campaign.draft, "wait", amount=5, at="10:30"))

    carry(campaign, now=NOW + DAY)

    # 20 November, 12:00 UTC: the 20th in both; five pages on, at half past ten.
    assert dues() == [(2, "mail", at(25, 9, 30)), (2, "mail", at(25, 1, 30))]


def test_they_are_those_that_somebody_gets_who_comes_at_that_moment():
    wait = new_step("delay", key="wait", name="Wait", amount=30, unit="days")
    zones = ("Australia/Lord_Howe", "America/St_Johns", "Europe/Berlin", "nowhere")
    campaign = make_flight([wait, letter("mail")], *people(*zones))
    new = {"amount": 200, "unit": "calendar_days", "at": "02:30"}
    edit(campaign, update_step(campaign.draft, "wait", **new))

    carry(campaign)

    found = [due for _, _, due in dues()]
    make_flight([new_step("delay", key="w", **new), letter("mail")], *people(*zones))
    fresh = Enrollment.objects.order_by("contact_id")[4:]
    assert found == list(fresh.values_list("due_at", flat=True))
    assert len(set(found)) == 4


def test_in_a_pause_no_day_passes():
    wait = new_step("delay", key="wait", name="Wait", **CALENDAR)
    campaign = make_flight([wait, letter("mail")], *people("UTC"))
    lifecycle.pause(campaign=campaign, user=None, now=LATER)
    lifecycle.resume(campaign=campaign, user=None, now=LATER + 2 * DAY)
    campaign.refresh_from_db()
    edit(campaign, update_step(campaign.draft, "wait", amount=1))

    carry(campaign, now=LATER + 2 * DAY)

    assert dues() == [(2, "mail", at(23, 9))]


def test_who_has_waited_long_enough_goes_on_spread():
    wait = new_step("delay", key="wait", name="Wait", **CALENDAR)
    campaign = make_flight([wait, letter("mail")], *people("UTC"))
    now = NOW + 2 * DAY
    edit(campaign, update_step(campaign.draft, "wait", amount=1))
    actions, [effect] = foresee(campaign, now=now, spread=60)

    carry(campaign, now=now, spread_minutes=60)

    assert (effect.count, effect.released, effect.soon) == (1, 1, 1)
    [(version, step, due)] = dues()
    assert (version, step) == (2, "mail")
    assert now <= due == effect.last_at <= now + HOUR


def test_a_day_of_their_own_is_read_anew():
    until = {"attribute": "renewal", "offset_days": -2}
    wait = new_step("delay", key="wait", name="Wait", amount=9, unit="days")
    coming = make_reachable(time_zone="UTC", attributes={"renewal": "2026-12-10"})
    past = make_reachable(time_zone="UTC", attributes={"renewal": "2026-11-01"})
    without = make_reachable(time_zone="UTC")
    campaign = make_flight([wait, letter("mail")], coming, past, without)
    edit(campaign, update_step(campaign.draft, "wait", until=until, at="08:00"))
    [waiting] = waiting_people(campaign, now=LATER)
    [action], [effect] = foresee(campaign)
    said = effect_sentences(
        waiting, action, effect, document=campaign.draft, spread_minutes=0
    )

    carry(campaign)

    assert dues() == [
        (2, "mail", at(8, 8, month=12)),
        (2, "mail", LATER),
        (2, "mail", LATER),
    ]
    assert said == [
        "3 go on with the new flow at “Wait”, and wait for the new day.",
        "2 of them have no such day before them and go on at once.",
    ]


def test_who_waits_for_a_window_is_looked_at_by_its_new_hours():
    # A Friday, 12:00 UTC.
    closed = {"days": [1], "from": "09:00", "until": "10:00"}
    window = new_step("window", key="gate", name="Gate", **closed)
    here, there = people("UTC", "Asia/Tokyo")
    campaign = make_flight([window, letter("mail")], here, there)
    edit(campaign, update_step(campaign.draft, "gate", days=[5, 6], until="15:00"))
    [waiting] = waiting_people(campaign, now=LATER)
    [action], [effect] = foresee(campaign, key="gate")
    said = effect_sentences(
        waiting, action, effect, document=campaign.draft, spread_minutes=0
    )

    carry(campaign, key="gate")

    assert times_of(waiting, campaign.draft) == ("anew",)
    assert dues() == [(2, "gate", LATER), (2, "gate", at(21, 0))]
    assert said == [
        "2 go on with the new flow at “Gate”, by its new hours.",
        "1 of them find it open and go on at once.",
    ]
    walk(LATER)
    assert dues()[0][1] != "gate"
    assert dues()[1][1] == "gate"


@pytest.mark.parametrize(
    ("changes", "times"),
    [
        ({}, ("keep",)),
        ({"name": "Rest"}, ("keep",)),
        ({"at": "10:00"}, ("keep", "anew")),
        ({"amount": 4}, ("keep", "anew")),
        ({"unit": "days", "at": ""}, ("keep", "anew")),
        ({"until": {"attribute": "day", "offset_days": 0}}, ("keep", "anew")),
    ],
)
def test_a_time_that_is_another_one_may_be_reckoned_anew(changes, times):
    wait = new_step("delay", key="wait", name="Wait", **CALENDAR)
    campaign = make_flight([wait, letter("mail")])
    edit(campaign, update_step(campaign.draft, "wait", **changes))

    [waiting] = waiting_people(campaign, now=LATER)

    assert times_of(waiting, campaign.draft) == times


def test_who_moves_house_between_looking_and_doing_keeps_his_time(monkeypatch):
    wait = new_step("delay", key="wait", name="Wait", **CALENDAR)
    [contact] = people("UTC")
    campaign = make_flight([wait, letter("mail")], contact)
    before = Enrollment.objects.get().due_at
    edit(campaign, update_step(campaign.draft, "wait", amount=4))
    empty = dict.fromkeys(
        ("own_numbers", "own_sinces", "own_zones", "own_said", "own_dues"), []
    )
    monkeypatch.setattr(
        "campaigns.changing.standing.own_dues", lambda *args, **how: empty
    )

    carry(campaign)

    assert dues() == [(2, "mail", before)]


def test_another_choice_for_such_a_step_reckons_nothing():
    wait = new_step("delay", key="wait", name="Wait", **CALENDAR)
    campaign = make_flight([wait, letter("mail")], *people("UTC"))
    edit(campaign, update_step(campaign.draft, "wait", amount=9))
    version = campaign.published_id
    mapped = Action(version, "wait", False, "map", target="mail", times="anew")
    setting = Setting(campaign, campaign.draft, 0, LATER, LATER)

    [effect] = effects_of(setting, [mapped])

    assert effect.last_at == LATER
