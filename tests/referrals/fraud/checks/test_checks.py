"""What each check sees, and what it lets pass."""

from datetime import UTC, datetime, timedelta

import pytest

from referrals.fraud.checks.registry import CHECKS
from referrals.fraud.facts import CROWD, Case, Click, Hop, Person, Shared, Sibling
from referrals.fraud.policy import default_setting

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ANA = Person(1, "ana.lima@gmail.com", "Ana Lima")
BOB = Person(2, "bob@example.com", "Bob Ross")


def case(friend=BOB, advocate=ANA, **changes):
    return Case(9, 1, AT, friend, advocate, **changes)


def click(seconds=300, **changes):
    return Click(AT - timedelta(seconds=seconds), **changes)


def friend(email="", name=""):
    return Person(2, email, name)


def siblings(number, every=MINUTE, **changes):
    return tuple(
        Sibling(100 + n, AT - every * (n + 1), **changes) for n in range(number)
    )


def series(*emails):
    return tuple(Sibling(n, AT - MINUTE, email) for n, email in enumerate(emails))


def hops(*people, by="referral"):
    return tuple(Hop(a, b, by) for a, b in zip(people, people[1:], strict=False))


SEEN = [
    ("same_person", case(friend("ANA.lima@gmail.com"))),
    ("known_customer", case(ordered_before=AT - timedelta(days=40))),
    ("same_mailbox", case(friend("analima+2@googlemail.com"))),
    ("same_device", case(shared=(Shared("device"),))),
    ("same_device", case(click=click(kind="self"))),
    ("same_details", case(shared=(Shared("phone"), Shared("payment")))),
    ("ring", case(way_back=hops(2, 3, 4, 5, 1))),
    ("ring", case(way_back=hops(2, 1))),
    ("ring", case(twins=(Hop(2, 7, "device"), Hop(2, 8, "phone")))),
    ("shared_payout", case(payout_sharers=2)),
    ("velocity", case(siblings=siblings(5))),
    ("velocity", case(siblings=siblings(12, timedelta(hours=1.5)))),
    ("velocity", case(siblings=siblings(40, timedelta(hours=4)))),
    ("too_fast", case(click=click(seconds=2))),
    ("coupon_site", case(click=click(referrer_host="www.retailmenot.com"))),
    ("paid_ad", case(click=click(ad_parameter="gclid"))),
    ("paid_ad", case(ad_parameter="msclkid")),
    ("same_browser", case(shared=(Shared("browser", timedelta(hours=24)),))),
    ("taken_back", case(orders=2, orders_taken_back=2)),
    (
        "many_friends_one_browser",
        case(siblings=siblings(3, has_same_browser=True)),
    ),
    ("same_network", case(shared=(Shared("address"),))),
    ("similar_name", case(friend("x@x.example", "Ana Lina"))),
    ("similar_name", case(friend("ana.lima@yahoo.com"))),
    ("disposable_address", case(friend("x@eu.mailinator.com"))),
    ("role_address", case(friend("Info@x.example"))),
    (
        "same_company",
        case(friend("bob@fernweh.example"), Person(1, "ana@fernweh.example")),
    ),
]
SEEN.append(
    (
        "address_series",
        case(
            friend("friend1@x.example"),
            siblings=series("friend2@x.example", "friend+c@x.example"),
        ),
    )
)
PASSED = [
    ("same_person", case(friend(""), Person(1))),
    ("known_customer", case()),
    ("same_mailbox", case(friend("ana.lima@outlook.com"))),
    ("same_mailbox", case(friend(""), Person(1))),
    ("same_device", case(shared=(Shared("device", holders=CROWD + 1),))),
    ("same_details", case(shared=(Shared("address"),))),
    ("ring", case(way_back=hops(2, 1, by="device"))),
    ("ring", case(twins=(Hop(2, 7, "device"),))),
    ("shared_payout", case(payout_sharers=1)),
    ("velocity", case(siblings=siblings(4))),
    ("velocity", case(siblings=siblings(11, timedelta(hours=1.5)))),
    ("too_fast", case(click=click(seconds=5))),
    ("too_fast", case(click=click(seconds=-2))),
    ("too_fast", case()),
    ("coupon_site", case(click=click(referrer_host="notretailmenot.com"))),
    ("coupon_site", case()),
    ("paid_ad", case(click=click())),
    ("same_browser", case(shared=(Shared("browser", timedelta(hours=25)),))),
    (
        "address_series",
        case(friend("friend1@x.example"), siblings=series("friend2@x.example")),
    ),
    ("taken_back", case(orders=2, orders_taken_back=1)),
    ("taken_back", case()),
    (
        "many_friends_one_browser",
        case(siblings=siblings(2, has_same_browser=True)),
    ),
    ("same_network", case(shared=(Shared("address"), Shared("browser")))),
    ("similar_name", case(friend("x@x.example", "Ana Costa"))),
    ("similar_name", case(friend("analima@gmail.com"))),
    ("disposable_address", case(friend("x@gmail.com"))),
    ("role_address", case(friend("information@x.example"))),
    (
        "same_company",
        case(friend("bob@gmail.com"), Person(1, "ana@googlemail.com")),
    ),
]


def look(kind, one):
    check = CHECKS[kind]
    return check.look(one, default_setting(check).numbers)


@pytest.mark.parametrize(("kind", "one"), SEEN)
def test_a_check_sees(kind, one):
    evidence = look(kind, one)

    assert evidence is not None
    sentence = CHECKS[kind].say(evidence)
    assert sentence.endswith(".")
    assert "?" not in sentence


@pytest.mark.parametrize(("kind", "one"), PASSED)
def test_a_check_lets_pass(kind, one):
    assert look(kind, one) is None


def test_every_check_is_tried():
    assert {kind for kind, _ in SEEN} == {kind for kind, _ in PASSED} == set(CHECKS)


@pytest.mark.parametrize("kind", CHECKS)
def test_evidence_that_is_gone_is_still_told(kind):
    assert CHECKS[kind].say({}).endswith(".")


@pytest.mark.parametrize(
    ("kind", "evidence", "sentence"),
    [
        (
            "velocity",
            {"count": 6, "span": "hour", "limit": 5},
            "This is friend number 6 of the advocate within an hour; up to 5 are usual.",
        ),
        (
            "same_details",
            {"kinds": ["phone", "postal", "payment"]},
            "Friend and advocate have the same phone number, postal address and means of"
            " payment.",
        ),
        (
            "known_customer",
            {"day": "2026-10-01"},
            "The friend had ordered before, on 1 October 2026.",
        ),
        ("taken_back", {"orders": 1}, "The friend’s only order was taken back."),
        (
            "ring",
            {"people": 5, "by": ["referral", "referral", "device"]},
            "5 people refer one another in a ring, linked by referrals and a device.",
        ),
    ],
)
def test_a_finding_is_told_in_a_sentence(kind, evidence, sentence):
    assert CHECKS[kind].say(evidence) == sentence
