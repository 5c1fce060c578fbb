import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from contacts.identities.merge import merge_contacts
from contacts.models import Event, Reaction, Source, WatchedEvent
from referrals.attribution.inbox import backlog, credit_next, watch_stages
from referrals.attribution.settings import delete_rule, save_credit, save_rule
from referrals.clues import Trail, leave_clues
from referrals.models import Clue, Milestone, Referral, StageRule
from tests.factories.contacts import NOW, make_contact, make_event
from tests.factories.drain import take_in
from tests.factories.plans import make_source
from tests.factories.referrals import make_advocate, make_program, make_visit

DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


def server(**changes):
    return make_source(kind=Source.Kind.SERVER, **changes)


def track(event, at=NOW, user="u1", **fields):
    return {
        "type": "track",
        "event": event,
        "userId": user,
        "timestamp": at.isoformat(),
        **fields,
    }


def work(now=NOW):
    while credit_next(now=now):
        pass


def referral_of(user="u1"):
    return Referral.objects.filter(contact__identifiers__value=user).first()


@pytest.mark.parametrize("name", ["referral_click_id", "gl_click"])
def test_a_click_id_in_an_event_is_credited(name):
    advocate = make_advocate()
    visit = make_visit(advocate, now=NOW - DAY, channel="whatsapp")

    take_in(server(), track("Signed Up", properties={name: visit.click_id}))
    work()

    referral = referral_of()
    assert referral.advocate_contact_id == advocate.contact_id
    assert (referral.source, referral.channel) == ("click", "whatsapp")
    assert referral.counts_from == visit.visited_at


@pytest.mark.parametrize(
    ("properties", "source"),
    [
        ({"referral_code": "{}"}, "code"),
        ({"code": "{}"}, "code"),
        ({"coupon": "{}"}, "coupon"),
    ],
)
def test_a_code_in_an_order_is_credited_and_won(properties, source):
    advocate = make_advocate()
    [(name, code)] = properties.items()
    told = {name: code.format(advocate.code.upper()), "order_id": "7", "total": 49.9}

    take_in(server(), track("Order Completed", properties=told | {"currency": "USD"}))
    work()

    referral = referral_of()
    assert (referral.source, referral.stage) == (source, "won")
    won = Milestone.objects.get(stage="won")
    assert (won.key, won.amount_minor, won.currency) == ("order:7", 4990, "USD")


def test_a_coupon_of_the_shop_is_no_clue():
    make_advocate()

    take_in(server(), track("Order Completed", properties={"coupon": "SUMMER10"}))

    assert not Clue.objects.exists()


def page_view(click_id, at, anonymous="a1"):
    return {
        "type": "page",
        "anonymousId": anonymous,
        "timestamp": at.isoformat(),
        "properties": {"url": f"https://shop.example.com/?b=1&gl_click={click_id}"},
    }


def identify(at, anonymous="a1", user="u1"):
    return {
        "type": "identify",
        "anonymousId": anonymous,
        "userId": user,
        "timestamp": at.isoformat(),
    }


@pytest.mark.parametrize(
    "order", [(0, 1, 2), (0, 2, 1), (2, 0, 1), (2, 1, 0), (1, 2, 0)]
)
def test_a_visit_on_the_same_device_is_credited_however_it_is_told(order):
    advocate, source = make_advocate(), server()
    visit = make_visit(advocate, now=NOW - DAY)
    told = [
        page_view(visit.click_id, NOW - DAY),
        identify(NOW - timedelta(minutes=1)),
        track("Signed Up", NOW),
    ]

    for place in order:
        take_in(source, told[place])
        work()

    referral = referral_of()
    assert (referral.source, referral.click_id) == ("device", visit.click_id)
    assert (referral.lead_at, referral.advocate_contact_id) == (
        NOW,
        advocate.contact_id,
    )


def test_the_address_of_the_page_of_any_message_is_read():
    advocate = make_advocate()
    visit = make_visit(advocate, now=NOW - DAY)
    context = {"page": {"search": f"?gl_click={visit.click_id}"}}

    take_in(server(), track("Signed Up", context=context))
    work()

    assert referral_of().source == "device"


def test_a_website_that_nobody_trusts_credits_nobody():
    advocate = make_advocate()
    website = make_source(kind=Source.Kind.BROWSER)

    take_in(website, track("Signed Up", properties={"referral_code": advocate.code}))
    work()

    assert not Referral.objects.exists()
    refused = Event.objects.get(name="referral_refused")
    assert refused.properties["reason"] == "untrusted_source"


def test_orders_of_a_website_that_nobody_trusts_win_nothing():
    advocate = make_advocate()
    take_in(server(), track("Signed Up", properties={"referral_code": advocate.code}))
    website = make_source(kind=Source.Kind.BROWSER)
    bought = {"order_id": "1", "total": 5, "currency": "USD"}

    take_in(website, track("Order Completed", NOW + DAY, properties=bought))
    work()

    assert referral_of().stage == "lead"


def test_history_tells_who_was_a_customer_and_brings_nobody():
    advocate, source = make_advocate(), server()
    take_in(
        source,
        track(
            "Signed Up", NOW - DAY, "new", properties={"referral_code": advocate.code}
        ),
        track("Order Completed", NOW - 90 * DAY, "old", properties={"order_id": "1"}),
        historical=True,
    )
    take_in(
        source,
        track(
            "Order Completed",
            user="old",
            properties={"order_id": "2", "coupon": advocate.code},
        ),
    )

    work()

    assert not Referral.objects.exists()
    refused = Event.objects.get(name="referral_refused")
    assert refused.properties["reason"] == "existing_customer"


def test_history_brings_referrals_where_the_program_wants_it():
    advocate, source = make_advocate(), server()
    advocate.program.counts_history = True
    save_credit(advocate.program)

    take_in(
        source,
        track("Signed Up", NOW - DAY, properties={"referral_code": advocate.code}),
        historical=True,
    )
    work()

    assert referral_of().advocate_contact_id == advocate.contact_id


def test_who_brings_no_clue_costs_nothing(django_assert_num_queries):
    make_program()
    take_in(server(), track("Signed Up"), track("Order Completed", user="u2"))
    assert backlog(NOW).count == 2

    with django_assert_num_queries(5):
        assert credit_next(now=NOW) == 2

    assert backlog(NOW).count == 0


def test_only_events_that_mean_something_are_heard():
    program = make_program()
    [rule] = StageRule.objects.filter(program=program, event="Signed Up")
    save_rule(StageRule(program=program, means="won", event="Contract Signed"))
    delete_rule(rule)

    watched = WatchedEvent.objects.filter(consumer="referrals")

    names = set(watched.values_list("name", flat=True))
    assert names == set(StageRule.objects.values_list("event", flat=True))
    assert "Contract Signed" in names
    assert "Signed Up" not in names


def test_filters_of_a_meaning_choose_the_events():
    advocate = make_advocate()
    StageRule.objects.filter(event="Order Completed").delete()
    filters = [{"name": "plan", "operator": "is", "value": "pro"}]
    rule = StageRule(program=advocate.program, means="won", event="Order Completed")
    rule.filters, rule.key_property = filters, "order_id"
    save_rule(rule)
    friend = make_contact()
    leave_clues([Trail(friend.pk, "code", advocate.code, NOW, "c")], now=NOW)
    make_event(friend, name="Order Completed", at=NOW, order_id="1", plan="free")
    work()
    assert not Referral.objects.exists()

    make_event(friend, name="Order Completed", at=NOW + DAY, order_id="2", plan="pro")
    leave_clues([Trail(friend.pk, "code", advocate.code, NOW + DAY, "d")], now=NOW)
    work()

    assert list(Milestone.objects.values_list("stage", "key").order_by("stage")) == [
        ("lead", "once"),
        ("won", "order:2"),
    ]


def test_a_merge_unites_the_referrals_of_a_friend_with_their_milestones():
    program = make_program()
    advocate = make_advocate(program)
    people = [make_contact(), make_contact()]
    for number, friend in enumerate(people):
        make_event(friend, name="Signed Up", at=NOW + number * DAY)
        key = f"c{number}"
        trail = Trail(friend.pk, "code", advocate.code, NOW + number * DAY, key)
        leave_clues([trail], now=NOW)
        make_event(
            friend,
            name="Order Completed",
            at=NOW + 2 * DAY,
            order_id=str(number),
            total=5,
            currency="USD",
        )
    work(NOW + 2 * DAY)
    assert Referral.objects.count() == 2

    with transaction.atomic():
        merge_contacts(
            survivor_id=people[0].pk, merged_id=people[1].pk, link=None, now=NOW
        )
    work(NOW + 3 * DAY)

    referral = Referral.objects.get()
    rows = Milestone.objects.order_by("stage", "key")
    assert list(rows.values_list("referral_id", "stage", "key")) == [
        (referral.pk, "lead", "once"),
        (referral.pk, "won", "order:0"),
        (referral.pk, "won", "order:1"),
    ]
    assert referral.lead_at == NOW


@pytest.mark.django_db(transaction=True)
def test_two_workers_credit_each_friend_once():
    advocate = make_advocate()
    friends = [make_contact() for _ in range(6)]
    for friend in friends:
        make_event(friend, name="Signed Up", at=NOW)
        leave_clues([Trail(friend.pk, "code", advocate.code, NOW, "c")], now=NOW)
        leave_clues([Trail(friend.pk, "coupon", advocate.code, NOW, "d")], now=NOW)
    barrier = threading.Barrier(2)

    def run():
        barrier.wait()
        work()
        connection.close()

    workers = [threading.Thread(target=run) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert Referral.objects.count() == Milestone.objects.count() == 6
    assert Event.objects.filter(name="referral_lead").count() == 6
    assert not Reaction.objects.filter(consumer="referrals").exists()


def test_hearing_twice_is_hearing_once():
    make_program()

    watch_stages()
    before = list(WatchedEvent.objects.order_by("pk").values())
    watch_stages()

    assert list(WatchedEvent.objects.order_by("pk").values()) == before
