"""Where gifts are sent: asked once they are approved, kept with the person, gone with him."""

from dataclasses import replace
from datetime import timedelta

import pytest

from contacts.erasure.asking import request_erasure
from contacts.erasure.forget import forget_person
from contacts.identities.merge import merge_contacts
from contacts.models import Contact, Erasure
from contacts.work import advance_one
from referrals.models import Delivery, Reward, RewardAddress, RewardEntry
from referrals.rewards.claiming import (
    Address,
    AddressWrong,
    asks_address,
    find_reward,
    gifts_to_send,
    give_address,
    read_address,
    reward_url,
)
from referrals.rewards.delivering import NotDelivered, mark_sent
from tests.factories.contacts import make_contact, make_user
from tests.factories.referrals import NOW
from tests.factories.rewards import earned, work_off

pytestmark = pytest.mark.django_db

HOME = Address("Ada Łuczak", "1 Main Street", "10115", "Berlin", "DE")
LATER = NOW + timedelta(days=1)


def make_gift(**changes):
    """A gift that is approved and waits."""
    earned(delivery=Delivery.GIFT, label="A bag of beans", hold_days=0, **changes)
    work_off(NOW)
    return Reward.objects.select_related("rule", "contact").get()


def kinds(reward):
    entries = RewardEntry.objects.filter(contact=reward.contact, reward_id=reward.pk)
    return list(entries.order_by("number").values_list("kind", "reason"))


def test_gift_waits_for_its_address_until_it_is_given():
    reward = make_gift()
    assert (reward.state, reward.because) == ("approved", "no_address")
    assert gifts_to_send() == {"ready": 0, "waiting": 1}

    for _ in range(2):
        give_address(reward=reward, address=HOME, now=NOW)

    reward.refresh_from_db()
    known = RewardAddress.objects.get()
    assert (known.contact_id, known.reward_id, known.city, known.given_at) == (
        *(reward.contact_id, reward.pk),
        *("Berlin", NOW),
    )
    assert (reward.state, reward.because, reward.due_at) == ("approved", "", None)
    assert kinds(reward)[-1] == ("claimed", "address_given")
    assert len(kinds(reward)) == 3
    assert gifts_to_send() == {"ready": 1, "waiting": 0}


def test_address_changes_until_the_gift_is_sent():
    reward = make_gift()
    give_address(reward=reward, address=HOME, now=NOW)
    give_address(reward=reward, address=replace(HOME, city="Bonn"), now=LATER)
    assert RewardAddress.objects.get().city == "Bonn"

    mark_sent(reward=reward, user=make_user(), now=LATER)

    with pytest.raises(NotDelivered):
        give_address(reward=reward, address=HOME, now=LATER)
    assert RewardAddress.objects.get().city == "Bonn"
    reward.refresh_from_db()
    assert not asks_address(reward)


def test_claimed_gift_does_not_expire():
    reward = make_gift(expires_days=30)
    assert reward.due_at == NOW + timedelta(days=30)
    give_address(reward=reward, address=HOME, now=NOW)

    work_off(NOW + timedelta(days=31))

    reward.refresh_from_db()
    assert reward.state == "approved"


def test_gift_without_a_parcel_asks_nothing():
    reward = make_gift(needs_address=False)

    assert (reward.because, asks_address(reward)) == ("", False)
    with pytest.raises(NotDelivered):
        give_address(reward=reward, address=HOME, now=NOW)


GIVEN = {
    "name": " Ada  Łuczak",
    "street": "1 Main Street\r\n2nd floor",
    "postal_code": "10115",
    "city": "Berlin",
    "country": "de",
}


def test_address_is_read_as_people_type_it():
    assert read_address(GIVEN) == Address(
        "Ada Łuczak", "1 Main Street 2nd floor", "10115", "Berlin", "DE"
    )
    # No postal codes are used there.
    assert read_address(GIVEN | {"postal_code": "", "country": "hk"}).country == "HK"


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"name": " \0 "}, ["name"]),
        ({"postal_code": ""}, ["postal_code"]),
        ({"country": "EU"}, ["country"]),
        ({"country": "Germany", "city": ""}, ["city", "country"]),
    ],
)
def test_half_an_address_is_refused(changes, fields):
    with pytest.raises(AddressWrong) as refused:
        read_address(GIVEN | changes)

    assert refused.value.fields == fields


def test_address_goes_along_when_contacts_become_one_and_goes_with_the_person():
    reward = make_gift()
    give_address(reward=reward, address=HOME, now=NOW)
    token = reward_url(reward).rpartition("/")[2]
    other = make_contact()
    merge_contacts(
        survivor_id=other.pk, merged_id=reward.contact_id, link=None, now=LATER
    )

    found = find_reward(token)
    assert found is not None
    assert (found.contact_id, found.pk) == (other.pk, reward.pk)
    assert RewardAddress.objects.get().contact_id == other.pk

    request_erasure(
        contact=Contact.objects.get(pk=other.pk),
        never_again=False,
        statement="",
        user=None,
        now=LATER,
    )
    assert advance_one(Erasure, forget_person, now=LATER) == 1

    assert not RewardAddress.objects.exists()
    assert find_reward(token) is None
