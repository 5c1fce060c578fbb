"""
People who cheat, and people who only look like it: held or not, as documented, with reasons.

Each story goes the whole way: visits, sign-ups, messages of the product, then the checks.
"""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from contacts.models import Event
from referrals.attribution import REFUSED, attribute_referral
from referrals.claims import Happening
from referrals.conversions import parse_conversion, record_conversion
from referrals.fraud.checks.registry import CHECKS
from referrals.links import share_url
from referrals.models import FraudCase, FraudFinding, FraudSignal, Referral, StageRule
from tests.factories.contacts import make_contact
from tests.factories.drain import take_in
from tests.factories.fraud import (
    MINUTE,
    found,
    judge,
    open_link,
    refer,
    refer_by_link,
    seen_at,
    share,
    verdict_of,
)
from tests.factories.referrals import BROWSER, NOW, make_advocate
from tests.factories.tracking import make_source, track

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
OFFICE = "198.51.100.7"


def ana(**names):
    return make_advocate(
        contact=make_contact(
            **{"email": "ana.lima@gmail.com", "first_name": "Ana", "last_name": "Lima"}
            | names
        )
    )


def reasons(referral):
    rows = FraudFinding.objects.filter(referral_id=referral.pk).order_by("check_kind")
    return [CHECKS[row.check_kind].say(row.evidence) for row in rows]


def test_somebody_who_refers_himself_gets_no_credit_at_all():
    advocate = ana()

    outcome = attribute_referral(
        friend_contact_id=advocate.contact_id,
        event=Happening("signed_up", NOW, "1", {}),
        code=advocate.code,
        now=NOW,
    )

    assert (outcome.status, outcome.reason) == (REFUSED, "own_link")
    assert not Referral.objects.exists()


@pytest.mark.parametrize(
    "alias",
    [
        "ana.lima+20dollars@gmail.com",
        "a.n.a.l.i.m.a@gmail.com",
        "AnaLima@googlemail.com",
    ],
)
def test_an_alias_of_the_own_address_is_held(alias):
    referral = refer_by_link(ana(), email=alias)

    judge()

    assert verdict_of(referral) == "held"
    assert found(referral) == ["same_mailbox"]
    assert reasons(referral) == [
        "The two addresses reach the same mailbox: without dots, tags and other names of"
        " the provider they are equal."
    ]


def test_a_second_account_on_the_same_device_is_held():
    advocate = ana(user_id="ana")
    friend = make_contact(user_id="second")
    visit = open_link(advocate, now=NOW - HOUR)
    source = make_source()
    for user_id in ("ana", "second"):
        item = track(anonymousId="phone-7", userId=user_id, event="Opened")
        take_in(source, item, now=NOW - HOUR)
    referral = refer(advocate, friend, visit=visit)

    judge()

    assert verdict_of(referral) == "held"
    assert found(referral) == ["same_device"]
    assert reasons(referral) == ["Friend and advocate used the same device."]


def test_the_advocates_own_browser_is_held():
    referral = refer_by_link(ana(), is_own_browser=True)

    judge()

    assert verdict_of(referral) == "held"
    assert found(referral) == ["same_device"]


def test_very_many_friends_in_an_hour_are_held_from_the_limit_on():
    advocate = ana()
    referrals = [
        refer_by_link(advocate, at=NOW - HOUR / 2 + MINUTE * number)
        for number in range(7)
    ]

    judge()

    assert [verdict_of(one) for one in referrals] == ["clear"] * 5 + ["held"] * 2
    assert reasons(referrals[5]) == [
        "This is friend number 6 of the advocate within an hour; up to 5 are usual."
    ]


def test_a_ring_of_five_is_held_whole():
    program = (first := ana()).program
    names = ("bob", "chen", "dora", "efe")
    members = [
        first,
        *(make_advocate(program, make_contact(email=f"{n}@x.example")) for n in names),
    ]
    around = zip(members, [*members[1:], first], strict=True)
    referrals = []
    for number, (one, next_one) in enumerate(around):
        at = NOW - timedelta(days=10 - number)
        referrals.append(refer(one, next_one.contact, at=at))
        judge(at + MINUTE)

    judge()

    assert [verdict_of(one) for one in referrals] == ["held"] * 5
    assert [found(one) for one in referrals] == [["ring"]] * 5
    assert reasons(referrals[0]) == [
        "5 people refer one another in a ring, linked by referrals."
    ]


def test_friends_who_are_one_party_are_held_as_a_ring():
    advocate = ana()
    referrals = [refer_by_link(advocate, at=NOW + HOUR * number) for number in range(3)]
    people = [one.contact_id for one in referrals]
    share("device", "a tablet at home", *people[:2])
    share("phone", "+49 170 1234567", *people[1:])

    judge(NOW + 5 * HOUR)

    assert [verdict_of(one) for one in referrals] == ["held"] * 3
    assert reasons(referrals[0]) == [
        "This friend and 2 other friends of the advocate seem to be one party: they share"
        " a device and a phone number."
    ]


def test_a_friend_from_a_coupon_site_is_held():
    advocate = ana()
    visit = open_link(advocate, now=NOW - HOUR, referer="https://www.retailmenot.com/x")
    referral = refer(advocate, visit=visit)

    judge()

    assert verdict_of(referral) == "held"
    assert reasons(referral) == [
        "The friend came from retailmenot.com, which publishes codes."
    ]


def test_a_throwaway_address_is_noted_and_alone_holds_nobody():
    referral = refer_by_link(ana(), email="quick@mailinator.com")

    judge()

    assert verdict_of(referral) == "clear"
    assert found(referral) == ["disposable_address"]
    assert FraudCase.objects.get().points == 25


def test_an_office_behind_one_address_is_innocent():
    advocate = ana(email="ana@fernweh.example")
    seen_at(advocate.contact_id, OFFICE, "Firefox of Ana", NOW - HOUR)
    referrals = []
    for number, name in enumerate(("Bob Ross", "Chen Wei", "Dora Maar", "Efe Kaya")):
        first, last = name.split()
        visit = open_link(
            advocate,
            now=NOW - timedelta(days=number, hours=1),
            address=OFFICE,
            agent=f"Mozilla/5.0 ({name}) Gecko/20100101 Firefox/131.0",
        )
        referrals.append(
            refer(
                advocate,
                at=NOW - timedelta(days=number),
                visit=visit,
                first_name=first,
                last_name=last,
                email=f"{first.lower()}@fernweh.example",
            )
        )

    judge()

    assert [verdict_of(one) for one in referrals] == ["clear"] * 4
    assert [found(one) for one in referrals] == [["same_network"]] * 4
    assert reasons(referrals[0]) == [
        "Friend and advocate came from one network address, with different browsers."
    ]


def test_an_office_with_equal_machines_is_innocent_too():
    advocate = ana(email="ana@fernweh.example")
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko/20100101 Firefox/131.0"
    seen_at(advocate.contact_id, OFFICE, agent, NOW - HOUR)
    referrals = []
    for number in range(5):
        at = NOW + HOUR * number
        visit = open_link(advocate, now=at - MINUTE * 90, address=OFFICE, agent=agent)
        referrals.append(refer(advocate, at=at, visit=visit))

    judge(NOW + 9 * HOUR)

    assert [verdict_of(one) for one in referrals] == ["clear"] * 5
    assert found(referrals[4]) == ["many_friends_one_browser", "same_browser"]
    assert FraudCase.objects.get(referral_id=referrals[4].pk).points == 55


def test_a_friend_who_was_a_customer_before_is_rejected_once_that_is_known():
    referral = refer_by_link(ana())
    judge()
    assert verdict_of(referral) == "clear"

    Event.objects.create(
        contact=referral.contact,
        name="order_completed",
        key="order:1",
        occurred_at=NOW - timedelta(days=100),
    )
    StageRule.objects.get_or_create(
        program=referral.program, means="won", event="order_completed"
    )
    Referral.objects.update(judge_due_at=NOW + HOUR, counts_from=NOW - HOUR)
    judge(NOW + HOUR)

    assert verdict_of(referral) == "rejected"
    assert found(referral) == ["known_customer"]


def test_a_link_that_is_advertised_is_held(client):
    advocate = ana()
    client.get(f"/r/{advocate.code}?gclid=abc", headers={"User-Agent": BROWSER})
    visit = advocate.contact.visit_set.get()

    referral = refer(advocate, at=visit.visited_at + HOUR, visit=visit)
    judge(visit.visited_at + 2 * HOUR)

    assert verdict_of(referral) == "held"
    assert reasons(referral) == [
        "The friend came through a paid ad: the address had “gclid”."
    ]


def test_who_shares_and_signs_up_from_one_browser_is_seen(client):
    advocate = ana()
    browser = {"User-Agent": BROWSER}
    page = share_url(advocate.contact_id, advocate.pk)
    client.post(f"{urlsplit(page).path}/shared", {"channel": "copy"}, headers=browser)
    visit = open_link(advocate, now=timezone.now(), address="127.0.0.1")

    referral = refer(advocate, at=visit.visited_at + HOUR, visit=visit)
    judge(visit.visited_at + 2 * HOUR)

    assert found(referral) == ["same_browser"]


def test_what_a_shops_server_tells_is_compared_and_kept_as_hashes():
    advocate = ana()
    share("payment", "card fingerprint 1", advocate.contact_id)
    conversion = parse_conversion(
        {
            "event": "signed_up",
            "email": "bob@x.example",
            "code": advocate.code,
            "payment_fingerprint": "card fingerprint 1",
            "device_id": "phone-9",
            "ip": "192.0.2.7",
            "user_agent": "Firefox",
        },
        now=NOW,
    )

    referral = record_conversion(conversion=conversion, now=NOW).outcome.referral
    Referral.objects.update(judge_due_at=NOW)
    judge()

    assert verdict_of(referral) == "held"
    assert found(referral) == ["same_details"]
    signals = FraudSignal.objects.filter(contact=referral.contact_id)
    kinds = sorted(signals.values_list("kind", flat=True))
    assert kinds == ["address", "browser", "device", "mailbox", "payment"]
    assert all(len(value) == 32 for value in signals.values_list("value", flat=True))
