from uuid import uuid4

import pytest
from django.utils import timezone

from contacts.admin import receipts
from contacts.admin.debugger.outcome import AttributeLine
from contacts.admin.panels import PanelRow
from contacts.drain.inbox import drain_inbox
from contacts.models import Identifier, Receipt, Violation
from contacts.tracking import inbox
from contacts.tracking.reasons import REASONS
from tests.factories.contacts import NOW, make_contact, make_user
from tests.factories.receipts import make_receipt
from tests.factories.tracking import batch, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def source():
    return make_source(name="Shop")


def sign_in(client, *permissions):
    client.force_login(
        make_user("contacts.view_receipt", "contacts.view_contact", *permissions)
    )
    return client


def page(client, receipt):
    return client.get(f"/data/debugger/{receipt.pk}/")


def test_receipt_is_refused_without_permission(client, source):
    receipt = make_receipt(source)
    client.force_login(make_user("contacts.view_receipt"))

    for end in ("", "results/"):
        assert client.get(f"/data/debugger/{receipt.pk}/{end}").status_code == 403


def test_receipt_shows_the_message_as_it_came(client, source):
    receipt = make_receipt(
        source, payload={"city": "Köln", "event": "Left", "type": "track"}
    )

    answer = page(sign_in(client), receipt)

    assert answer.context["raw"].split("\n") == [
        "{",
        '  "type": "track",',
        '  "event": "Left",',
        '  "city": "Köln"',
        "}",
    ]


def test_message_that_is_no_object_shows_too(client, source):
    receipt = make_receipt(source, payload=[1])

    assert page(sign_in(client), receipt).context["raw"] == "[\n  1\n]"


def test_emptied_message_says_so(client, source):
    receipt = make_receipt(source, payload=None)

    assert "has been removed" in page(sign_in(client), receipt).text


def test_missing_receipt_is_not_found(client):
    assert sign_in(client).get("/data/debugger/9/").status_code == 404


def test_consequences_show_to_who_may_see_them(client, source, monkeypatch):
    ada = make_contact(user_id="ada")
    own = Identifier.objects.get(value="ada")
    monkeypatch.setattr(receipts, "CONSEQUENCES", {})
    seen = []

    def build(receipt, contact):
        seen.append((receipt, contact))
        return [PanelRow("Entered", "VIPs")]

    receipts.register_consequence(
        "Audiences", build, permission="audiences.view_audience"
    )
    receipts.register_consequence(
        "Nothing", lambda receipt, contact: [], permission="audiences.view_audience"
    )
    accepted = make_receipt(source, identifier_id=own.pk)
    refused = make_receipt(source, identifier_id=own.pk, state="blocked")

    assert page(sign_in(client), accepted).context["consequences"] == []
    sign_in(client, "audiences.view_audience")
    built = page(client, accepted).context["consequences"]
    assert [(part.title, part.rows) for part in built] == [
        ("Audiences", [PanelRow("Entered", "VIPs")])
    ]
    assert page(client, refused).context["consequences"] == []
    assert seen == [(accepted, ada)]


def test_copies_are_counted(client, source):
    receipt = make_receipt(source, copies=2, last_copy_at=NOW)

    assert "2 more copies came" in page(sign_in(client), receipt).text


def drain(source, *items, now=NOW):
    """Let messages take the way of all messages; the receipt of the last one."""
    inbox.keep(
        batch(*items),
        source_id=source.pk,
        uid=uuid4(),
        route="batch",
        encoding="",
        ip_address=None,
        received_at=now,
    )
    drain_inbox(now=now)
    return Receipt.objects.latest("pk")


def test_receipt_says_whom_a_message_is_about_and_what_it_changed(client, source):
    first = {
        "type": "identify",
        "userId": "ada",
        "anonymousId": "visitor-1",
        "traits": {"email": "ada@example.com", "plan": "free"},
        "timestamp": "2026-03-01T11:00:00Z",
        "messageId": "1",
    }
    drain(source, first)

    receipt = drain(
        source,
        {
            "type": "identify",
            "userId": "ada",
            "anonymousId": "guest",
            "traits": {"plan": "pro"},
            "timestamp": "2026-03-01T11:30:00Z",
            "messageId": "2",
        },
    )

    answer = page(sign_in(client), receipt)
    assert answer.context["contact"].email == "ada@example.com"
    assert answer.context["identity"] == [
        "Known by the user ID.",
        "Anonymous ID “guest” was left out."
        " Such a value names nobody: it is sent where there is no name.",
    ]
    assert answer.context["changes"] == [AttributeLine("Plan", "free", "pro")]
    before = page(client, Receipt.objects.get(message_id="1"))
    assert before.context["identity"] == [
        "Nobody was known by this name, so a new contact was made.",
        "Anonymous ID “visitor-1” names the same person from now on.",
        "Email “ada@example.com” names the same person from now on.",
    ]
    assert before.context["changes"] == [
        AttributeLine("Email", "", "ada@example.com"),
        AttributeLine("Plan", "", "free"),
    ]


def test_receipt_says_that_contacts_became_one(client, source):
    page_view = {"type": "page", "anonymousId": "visitor-1", "messageId": "1"}
    order = {
        "type": "track", "event": "Order Completed", "userId": "ada", "messageId": "2",
    }  # fmt: skip
    drain(source, page_view, order)

    receipt = drain(
        source,
        {
            "type": "identify",
            "userId": "ada",
            "anonymousId": "visitor-1",
            "messageId": "3",
        },
    )

    assert (
        "Another contact became one with this one."
        in (page(sign_in(client), receipt).context["identity"])
    )


def test_receipt_says_why_a_message_was_rejected_and_what_to_do(client, source):
    receipt = drain(source, {"type": "track", "event": "Left", "messageId": "1"})

    answer = page(sign_in(client), receipt)

    assert answer.context["reason"] == REASONS["no_identifier"]
    assert answer.context["advice"] == (
        "Send a userId where somebody is signed in, and an anonymousId everywhere else."
    )


def test_receipt_says_what_the_plan_found(client, source):
    receipt = make_receipt(
        source,
        state="blocked",
        reason="wrong_type",
        outcome={"omitted": ["coupon"], "repaired": ["Rename “Total” to “total”"]},
    )
    Violation.objects.create(
        receipt_id=receipt.pk,
        source=source,
        kind="track",
        problem="wrong_type",
        path="total",
        details="Expected number, got text “12”",
        reaction="block",
        received_at=NOW,
    )

    answer = page(sign_in(client, "contacts.view_trackingplan"), receipt)

    assert answer.context["reason"] == "The tracking plan kept it out: wrong type."
    for words in ("<code>total</code>", "Expected number", "Repaired: Rename “Total”"):
        assert words in answer.text
    assert "<code>coupon</code> was left out." in answer.text
    assert "/data/violations/" in answer.text


@pytest.mark.parametrize(
    ("fields", "unusual"),
    [
        ({}, []),
        ({"outcome": {"clock": {"skew_ms": 59_000}}}, []),
        (
            {"outcome": {"clock": {"skew_ms": -7_200_000}}},
            [
                "The sender's clock was 2 hours ahead of ours. The time at which it happened"
                " has been put right by that."
            ],
        ),
        ({"outcome": {"via": "file"}}, ["Came by a file."]),
        (
            {"flags": ["generated_id"], "is_historical": True},
            [
                "It came without a message id. A second copy would count again.",
                "It tells of the past: it counts for audiences, and no campaign reacts"
                " to it.",
            ],
        ),
    ],
)
def test_receipt_says_what_was_unusual(client, source, fields, unusual):
    receipt = make_receipt(source, **fields)

    assert page(sign_in(client), receipt).context["unusual"] == unusual


def test_fresh_receipt_looks_again_for_what_follows(client, source):
    fresh = make_receipt(source, at=timezone.now())
    settled = make_receipt(source)
    sign_in(client)

    assert (
        f'hx-get="/data/debugger/{fresh.pk}/results/?page=1"'
        in page(client, fresh).text
    )
    part = client.get(f"/data/debugger/{fresh.pk}/results/").text
    assert f'hx-get="/data/debugger/{fresh.pk}/results/"' in part
    assert "hx-get" not in client.get(f"/data/debugger/{settled.pk}/results/").text
