"""Time alone lets contacts enter and leave, on the moment, and looks at nobody else."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from audiences.conditions.kind import Clock, Flip
from audiences.conditions.states import STATES
from audiences.definitions import archive_audience, change_audience
from audiences.memberships import clock
from audiences.memberships.clock import pass_time
from audiences.memberships.live import react_next
from audiences.memberships.schedule import refresh_next
from audiences.models import (
    Audience,
    ClockHead,
    Membership,
    MembershipChange,
    WatchedDate,
)
from contacts.background import Backlog
from contacts.changes import tell_changed
from contacts.events import Fact, record
from contacts.models import AccountMember, Contact
from tests.factories.audiences import PRO, make_audience
from tests.factories.contacts import NOW, make_contact

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TICK = timedelta(microseconds=1)


def did(name, amount=None, unit="days", **changes):
    window = {"kind": "last", "amount": amount, "unit": unit}
    return {
        "kind": "event",
        "name": name,
        "operator": "at_least",
        "count": 1,
        "window": window if amount else {"kind": "ever"},
        "filters": [],
        **changes,
    }


def attribute(name, operator, **duration):
    document = {"kind": "attribute", "name": name, "operator": operator}
    return {**document, "value": duration} if duration else document


def order(contact, at=NOW, key="1", now=None, **properties):
    fact = Fact(
        contact_id=contact.pk, name="order", at=at, key=key, properties=properties
    )
    record(fact, now=now or at)
    while react_next(now or at):
        pass


def is_in(contact, now):
    """Let time pass until then, and look."""
    while pass_time(now):
        pass
    return Membership.objects.filter(contact=contact).exists()


def set_attributes(contact, now=NOW, **attributes):
    Contact.objects.filter(pk=contact.pk).update(attributes=attributes)
    tell_changed({contact.pk: None}, now=now)
    while react_next(now):
        pass


def heads():
    rows = ClockHead.objects.order_by("clock", "name", "after")
    return list(rows.values_list("clock", "name", "after"))


def test_event_leaves_the_window_on_the_microsecond_with_no_traffic():
    ada = make_contact()
    make_audience(rule=did("order", 90))
    order(ada)
    end = NOW + 90 * 24 * HOUR

    assert is_in(ada, end - TICK)
    assert clock.backlog(end - TICK) == Backlog(0, None)
    assert clock.backlog(end + HOUR) == Backlog(1, end)
    assert not is_in(ada, end)

    assert list(
        MembershipChange.objects.order_by("pk").values_list(
            "change", "changed_at", "cause", "event_id"
        )
    )[1:] == [("left", end, "time", None)]
    assert clock.backlog(end + HOUR) == Backlog(0, None)
    assert pass_time(end) == 0


def test_heads_follow_the_rules():
    first = make_audience(rule=did("order", 90))
    second = make_audience(
        rule={"kind": "any", "conditions": [did("order", 90), did("visit", 1)]}
    )
    at_once = timedelta()
    both = [
        ("event", "order", at_once),
        ("event", "order", 90 * DAY),
        ("event", "visit", at_once),
        ("event", "visit", DAY),
    ]
    assert heads() == both
    assert set(ClockHead.objects.values_list("passed_until", flat=True)) == {NOW}

    archive_audience(second, now=NOW)
    assert heads() == both[:2]

    change_audience(first, name="Other", rule=PRO, now=NOW)
    assert heads() == []


def test_refresh_makes_heads_for_rules_that_are_older_than_heads():
    make_audience(rule=did("order", 90))
    ClockHead.objects.all().delete()

    refresh_next(NOW + HOUR)

    assert len(heads()) == 2


def test_quiet_time_lets_enter():
    ada = make_contact()
    make_audience(rule=did("order", 14, operator="at_most", count=0))
    assert is_in(ada, NOW)

    order(ada)

    assert not is_in(ada, NOW + 14 * DAY - TICK)
    assert is_in(ada, NOW + 14 * DAY)


def test_event_that_is_committed_late_is_judged_as_of_what_has_passed():
    ada = make_contact()
    audience = make_audience(rule=did("order", 1, "hours"))
    end = NOW + HOUR
    # Somebody else's event leaves, so time has come to just after Ada's would have.
    order(make_contact(), at=NOW)
    is_in(ada, end)

    # Hers is committed only now, by a worker whose clock was read before.
    order(ada, at=NOW, now=end - TICK)

    assert not Membership.objects.filter(contact=ada).exists()
    assert MembershipChange.objects.filter(contact=ada, audience=audience).count() == 0


def test_event_that_came_before_its_time_is_looked_at_when_it_comes():
    ada = make_contact()
    ahead = NOW + HOUR
    record(Fact(contact_id=ada.pk, name="order", at=ahead, key="1"), now=NOW)
    # The rule is saved when the event is known already, so nobody reacts to it.
    make_audience(rule=did("order"))

    assert not is_in(ada, ahead - TICK)
    assert is_in(ada, ahead)


def test_dates_turn_on_the_moment():
    ada, _ = make_contact(), make_contact(attributes={"renews_at": "soon"})
    make_audience(rule=attribute("renews_at", "in_the_next", amount=7, unit="days"))
    renewal = NOW + 30 * DAY
    set_attributes(ada, renews_at=renewal.isoformat())

    assert list(WatchedDate.objects.values_list("contact_id", "at", "month_day")) == [
        (ada.pk, renewal, 331)
    ]
    assert not is_in(ada, renewal - 7 * DAY - TICK)
    assert is_in(ada, renewal - 7 * DAY)
    assert is_in(ada, renewal - TICK)
    assert not is_in(ada, renewal)

    set_attributes(ada, renews_at=None)
    assert WatchedDate.objects.count() == 0


def test_dates_that_were_there_before_the_rule_are_found():
    ada = make_contact(attributes={"renews_at": (NOW + 30 * DAY).isoformat()})
    audience = make_audience(
        rule=attribute("renews_at", "longer_ago", amount=1, unit="days")
    )

    assert not is_in(ada, NOW + 31 * DAY - TICK)
    assert is_in(ada, NOW + 31 * DAY)

    change_audience(audience, name="Other", rule=PRO, now=NOW)
    refresh_next(NOW + 100 * DAY)
    assert WatchedDate.objects.count() == 1  # Until the filling is done.


@pytest.mark.parametrize(
    ("born", "day"),
    [("1990-06-12", (2026, 6, 12)), ("1992-02-29", (2027, 2, 28))],
)
def test_anniversaries_begin_and_end_with_their_day(born, day):
    ada = make_contact(attributes={"birthday": born})
    make_audience(rule=attribute("birthday", "anniversary_today"))
    begins = datetime(*day, tzinfo=UTC)

    assert not is_in(ada, begins - TICK)
    assert is_in(ada, begins)
    assert is_in(ada, begins + DAY - TICK)
    assert not is_in(ada, begins + DAY)


def test_local_time_comes_zone_by_zone():
    ada = make_contact(time_zone="Asia/Tokyo")
    make_contact(time_zone="Mars/Base"), make_contact(time_zone="Europe/Berlin")
    every_day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    make_audience(
        rule={
            "kind": "local_time",
            "from": "09:00",
            "until": "17:00",
            "days": every_day,
        }
    )
    # Nine in Tokyo is midnight in UTC.
    begins = datetime(2026, 3, 3, tzinfo=UTC)

    assert not is_in(ada, begins - TICK)
    assert is_in(ada, begins)
    assert is_in(ada, begins + 8 * HOUR - TICK)
    assert not is_in(ada, begins + 8 * HOUR)


def test_entry_leaves_the_window():
    ada = make_contact()
    inner = make_audience(rule=did("order"))
    make_audience(
        rule={
            "kind": "entered",
            "audience": inner.pk,
            "change": "entered",
            "window": {"kind": "last", "amount": 2, "unit": "days"},
        }
    )

    order(ada)
    assert Membership.objects.filter(contact=ada).count() == 2

    while pass_time(NOW + 2 * DAY - TICK):
        pass
    assert Membership.objects.filter(contact=ada).count() == 2
    while pass_time(NOW + 2 * DAY):
        pass
    assert Membership.objects.filter(contact=ada).get().audience_id == inner.pk


def test_colleagues_turn_with_the_one_to_whom_it_happened():
    ada, ben, eve = make_contact(), make_contact(), make_contact()
    AccountMember.objects.bulk_create(
        AccountMember(contact=one, account_id=7, identifier_id=1, first_at=NOW)
        for one in (ada, ben)
    )
    make_audience(
        rule={
            "kind": "account",
            "quantifier": "any",
            "condition": did("order", 1),
        }
    )

    order(ada)
    assert set(Membership.objects.values_list("contact_id", flat=True)) == {
        ada.pk,
        ben.pk,
    }

    assert is_in(ben, NOW + DAY - TICK)
    assert not is_in(ben, NOW + DAY)
    assert not is_in(ada, NOW + DAY)
    assert not is_in(eve, NOW + DAY)


def test_many_contacts_at_one_moment_are_left_to_a_refresh(monkeypatch):
    monkeypatch.setattr(clock, "MOST", 2)
    people = [make_contact() for _ in range(3)]
    audience = make_audience(rule=did("order", 1))
    for contact in people:
        order(contact)
    Audience.objects.update(refresh_due_at=NOW + 30 * DAY)
    assert Membership.objects.count() == 3

    assert pass_time(NOW + DAY) > 0
    assert pass_time(NOW + DAY) == 0

    assert Membership.objects.count() == 3
    assert refresh_next(NOW + DAY) == 1
    assert Membership.objects.count() == 0
    assert Audience.objects.get(pk=audience.pk).size == 0


def test_long_stop_is_made_up_for_head_by_head(monkeypatch):
    monkeypatch.setattr(clock, "TURN", 1)
    ada = make_contact()
    make_audience(rule=did("order", 1))
    make_audience(rule=did("order", 2))
    order(ada)

    turns = []
    while count := pass_time(NOW + 9 * DAY):
        turns.append(count)

    assert turns == [2, 1]
    assert Membership.objects.count() == 0


def test_clock_wakes_only_the_rules_that_wait_for_the_moment(monkeypatch):
    ada = make_contact()
    make_audience(rule=did("order", 1))
    make_audience(rule=did("order", 2))
    order(ada)
    judged = []
    judge = clock.judge
    monkeypatch.setattr(
        clock, "judge", lambda found, **k: (judged.extend(found), judge(found, **k))
    )

    pass_time(NOW + DAY)

    assert [(one.contact_id, one.key) for one in judged] == [
        (ada.pk, Flip(Clock.EVENT, "order", DAY))
    ]


def plan_of(text, values):
    """How PostgreSQL runs it where it may use any index."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {text}", values)
        return "\n".join(row[0] for row in cursor.fetchall())


def test_the_clock_reads_nothing_but_indexes():
    values = {"now": NOW, "most": 1, "day_heads": [1], "days": [228]}
    values |= {"day_moments": [NOW], "zone_heads": [1], "zones": ["Asia/Tokyo"]}

    plan = plan_of(clock.PASSED, values)

    for index in ("event_by_name", "event_came_early", "contact_time_zone"):
        assert index in plan
    assert "Seq Scan on contacts_contact" not in plan


def test_snoozes_are_found_by_their_end():
    values = {"head": 1, "since": NOW, "now": NOW, "most": 1}
    part = clock.ENDED.removeprefix("\nUNION ALL").format(
        head="%(head)s",
        ends=STATES["snoozed"].ends().text,
        since="%(since)s",
        now="%(now)s",
        most="%(most)s",
    )

    assert "ask_snoozed_until" in plan_of(part, values)
