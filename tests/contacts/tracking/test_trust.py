import json

import pytest

from contacts import sources
from contacts.models import Event, InboxBody, Receipt
from contacts.tracking.reasons import REASONS
from contacts.tracking.trust import may_pay, paying_names, reserved_names
from tests.contacts.tracking.client import ask
from tests.factories.contacts import NOW
from tests.factories.drain import take_in
from tests.factories.tracking import batch, make_key, make_source, track

pytestmark = pytest.mark.django_db


def test_what_advocates_earn_by_is_registered():
    assert paying_names() >= {"order_completed", "Order Completed", "signed_up"}


@pytest.mark.parametrize(
    ("kind", "is_trusted", "may"),
    [
        ("server", False, True),
        ("browser", False, False),
        ("browser", True, True),
        ("mobile", False, False),
    ],
)
def test_a_key_that_anybody_can_read_pays_nothing(kind, is_trusted, may):
    source = make_source(kind=kind)
    if is_trusted:
        sources.trust_source(source=source, user=None, now=NOW)
        source.refresh_from_db()

    take_in(source, track(event="Order Completed"), track(event="Page Read"))

    assert may_pay("Order Completed", source=source) == may
    assert may_pay("Page Read", source=source)
    flags = dict(Receipt.objects.values_list("name", "flags"))
    assert flags == {
        "Order Completed": [] if may else ["untrusted"],
        "Page Read": [],
    }


def test_what_every_app_records_is_reserved():
    assert reserved_names() == {
        "address_suppressed",
        "ask_answered",
        "ask_delivered",
        "ask_made",
        "ask_never",
        "ask_ready",
        "ask_resumed",
        "ask_snoozed",
        "campaign_converted",
        "contact_changed",
        "contact_remade",
        "intro_accepted",
        "intro_closed",
        "intro_opted_in",
        "intro_written",
        "link_blocked",
        "link_named",
        "link_shared",
        "link_unblocked",
        "link_visited",
        "name_hidden",
        "name_shown",
        "offer_mailed",
        "program_changed",
        "program_ended",
        "referral_cleared",
        "referral_credit_given",
        "referral_credit_taken",
        "referral_held",
        "referral_lead",
        "referral_lost",
        "referral_opportunity",
        "referral_qualified",
        "referral_refused",
        "referral_rejected",
        "referral_reversed",
        "referral_won",
        "referred",
        "referred_lost",
        "referred_opportunity",
        "referred_qualified",
        "referred_reversed",
        "referred_won",
        "resubscribed",
        "reward_approved",
        "reward_earned",
        "reward_paid",
        "reward_reversed",
        "suppression_lifted",
        "tier_reached",
        "unsubscribed",
    }


@pytest.mark.parametrize("is_historical", [False, True])
@pytest.mark.parametrize("kind", ["browser", "mobile"])
def test_what_greenlight_records_nobody_may_send_who_is_not_trusted(
    kind, is_historical
):
    source = make_source(kind=kind)

    take_in(
        source,
        track(event="referral_won"),
        track(event="Referral Won"),
        historical=is_historical,
    )

    assert list(Event.objects.values_list("name", flat=True)) == ["Referral Won"]
    receipts = Receipt.objects.order_by("pk").values_list("name", "state", "reason")
    assert list(receipts) == [
        ("referral_won", "rejected", "reserved_name"),
        ("Referral Won", "accepted", ""),
    ]


@pytest.mark.parametrize("kind", ["server", "file", "browser"])
def test_who_is_trusted_may_tell_it_and_its_receipt_says_so(kind):
    source = make_source(kind=kind)
    sources.trust_source(source=source, user=None, now=NOW)

    take_in(source, track(event="ask_made"), historical=True)

    receipt = Receipt.objects.get()
    assert (receipt.state, receipt.flags) == ("accepted", ["reserved"])
    assert Event.objects.get().name == "ask_made"


def test_what_was_refused_is_taken_once_the_source_is_trusted():
    source, told = make_source(kind="browser"), track(event="ask_never")
    take_in(source, told)
    sources.trust_source(source=source, user=None, now=NOW)

    take_in(source, told, is_replay=True)

    assert Receipt.objects.get().state == "accepted"


@pytest.mark.parametrize(
    ("kind", "rejected"),
    [
        (
            "browser",
            [
                {
                    "index": 1,
                    "reason": "reserved_name",
                    "message": REASONS["reserved_name"],
                }
            ],
        ),
        ("server", None),
    ],
)
def test_who_sends_it_is_told_at_once(kind, rejected):
    key = make_key(kind=kind)

    reply = ask(
        "/v1/batch", batch(track(), track(event="link_visited"), track()), key=key
    )

    assert json.loads(reply.body).get("rejected") == rejected
    assert InboxBody.objects.count() == 1
