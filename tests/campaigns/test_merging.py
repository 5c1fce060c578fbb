from datetime import timedelta

import pytest

from campaigns.engine import enroll, lifecycle
from campaigns.messaging import outbox
from campaigns.models import Campaign, Enrollment, Message, Moment
from contacts.events import Fact, record
from contacts.identities.merge import merge_contacts
from contacts.identities.undo import undo_merge
from tests.factories.campaigns import (
    make_ask,
    make_campaign,
    make_enrollment,
    make_message,
    make_version,
)
from tests.factories.contacts import NOW, make_contact

pytestmark = pytest.mark.django_db


def merge(survivor, merged):
    return merge_contacts(
        survivor_id=survivor.pk, merged_id=merged.pk, link=None, now=NOW
    )


def test_equal_moments_of_both_keep_names_of_their_own_however_long():
    first, second = make_contact(), make_contact()
    campaign = make_campaign(state=Campaign.State.RUNNING)
    keys = ["short", *("k" * 79 + end for end in "12")]
    for contact in (first, second):
        for key in keys:
            make_enrollment(
                campaign,
                contact=contact,
                entry_key=key,
                state=Enrollment.State.COMPLETED,
            )

    merged = merge(first, second)

    names = set(Enrollment.objects.values_list("contact_id", "entry_key"))
    assert len(names) == 6
    assert {(first.pk, key) for key in (*keys, f"short of {second.pk}")} < names
    undo_merge(merge=merged, now=NOW)
    assert sorted(Enrollment.objects.values_list("contact_id", "entry_key")) == sorted(
        (contact.pk, key) for contact in (first, second) for key in keys
    )


def test_message_that_is_being_handed_over_is_settled_where_it_is_by_then():
    first, second = make_contact(), make_contact(email="second@example.com")
    campaign = make_campaign(state=Campaign.State.RUNNING)
    message = make_message(
        make_ask(campaign, contact=second),
        state=Message.State.HANDING_OVER,
        handed_over_at=NOW,
        lease_until=NOW + timedelta(minutes=1),
        lease_owner="a sender",
    )

    merge(first, second)

    moved = Message.objects.get(pk=message.pk)
    assert (moved.contact_id, moved.address) == (first.pk, "second@example.com")
    assert (moved.state, moved.lease_owner) == (Message.State.HANDING_OVER, "a sender")
    # It may have left: it is never sent again.
    assert outbox.recover_deserted(now=NOW + timedelta(minutes=2)) == 1
    moved.refresh_from_db()
    assert moved.state == Message.State.UNKNOWN


def test_who_was_in_for_a_key_under_either_name_is_not_let_in_for_it_again():
    first, second = make_contact(), make_contact(email="second@example.com")
    campaign = make_campaign(
        trigger={
            "kind": "event",
            "event": {"name": "Account Created", "filters": []},
            "which": "key",
            "key": "account_id",
            "frequency": "every_entry",
        }
    )
    campaign.published = make_version(campaign)
    campaign.save()
    lifecycle.start(campaign=campaign, user=None, now=NOW)

    def create(contact, account, key):
        properties = {"account_id": account}
        fact = Fact(contact.pk, "Account Created", NOW, key, properties)
        record(fact, now=NOW)
        while enroll.enroll_moments(now=NOW):
            pass
        Enrollment.objects.update(state=Enrollment.State.COMPLETED)

    create(second, "a", "1")
    create(first, "b", "2")
    merge(first, second)
    create(first, "a", "3")
    create(first, "c", "4")

    keys = Enrollment.objects.filter(contact=first).order_by("entry_key")
    assert list(keys.values_list("entry_key", flat=True)) == ["key:a", "key:b", "key:c"]
    assert Moment.objects.count() == 0
