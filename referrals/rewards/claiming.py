"""What people say of their own rewards: where a gift is sent, and who gets the money instead."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q

from contacts import tokens
from contacts.identities.whereabouts import present_id
from referrals.models import Delivery, Reward, RewardAddress
from referrals.models.reward_address import (
    CITY_LENGTH,
    CODE_LENGTH,
    NAME_LENGTH,
    STREET_LENGTH,
)
from referrals.rewards.delivering import NO_ADDRESS, NotDelivered, may_choose_charity
from referrals.rewards.ledger import Entry, Kind, change, lock_reward
from referrals.rewards.states import State
from referrals.texts import is_country

PURPOSE = "reward"
LENGTHS = {
    "name": NAME_LENGTH,
    "street": STREET_LENGTH,
    "postal_code": CODE_LENGTH,
    "city": CITY_LENGTH,
}
# Where mail is delivered without a postal code.
WITHOUT_CODES = frozenset(
    [
        "AE",
        "AG",
        "AO",
        "AW",
        "BF",
        "BI",
        "BJ",
        "BO",
        "BS",
        "BW",
        "BZ",
        "CD",
        "CF",
        "CG",
        "CI",
        "CK",
        "CM",
        "DJ",
        "DM",
        "ER",
        "FJ",
        "GA",
        "GD",
        "GH",
        "GM",
        "GN",
        "GQ",
        "GY",
        "HK",
        "JM",
        "KI",
        "KM",
        "KN",
        "KP",
        "LC",
        "ML",
        "MO",
        "MR",
        "MW",
        "NR",
        "NU",
        "QA",
        "RW",
        "SB",
        "SC",
        "SL",
        "SR",
        "ST",
        "SY",
        "TD",
        "TF",
        "TG",
        "TK",
        "TL",
        "TO",
        "TV",
        "UG",
        "VU",
        "YE",
        "ZW",
    ]
)


@dataclass(frozen=True)
class Address:
    """A postal address, checked."""

    name: str
    street: str
    postal_code: str
    city: str
    country: str


class AddressWrong(ValueError):
    """Parts of an address are missing or can't be; ``fields`` names them."""

    def __init__(self, fields: list[str]) -> None:
        """Keep which."""
        super().__init__(f"expected an address with {', '.join(fields)}")
        self.fields = fields


def reward_url(reward: Reward) -> str:
    """Write the address of the page on which the person says what to do with a reward."""
    token = tokens.make_token(PURPOSE, reward.contact_id, reward.pk)
    return f"{settings.SITE_URL}/reward/{token}"


def find_reward(token: str) -> Reward | None:
    """Find the reward of a token; None if it is not one of ours, or the person is gone."""
    try:
        contact_id, reward_id = tokens.read_token(PURPOSE, token)
    except ValueError:
        return None
    rows = Reward.objects.select_related("rule", "program", "contact").filter(
        contact__erased_at=None, pk=reward_id
    )
    found = rows.filter(contact_id=contact_id).first()
    return found or rows.filter(contact_id=present_id(contact_id)).first()


def asks_address(reward: Reward) -> bool:
    """Whether the person may say where it is sent: an approved gift that is not sent yet."""
    rule = reward.rule
    is_parcel = rule.delivery == Delivery.GIFT and rule.needs_address
    return is_parcel and reward.state == State.APPROVED


def charities_for(reward: Reward) -> list[str]:
    """List who may get the money instead, as long as that can be chosen."""
    return list(reward.rule.charities) if may_choose_charity(reward) else []


def address_of(reward: Reward) -> RewardAddress | None:
    """Read where a gift is to be sent; None if the person has not said so."""
    own = RewardAddress.objects.filter(contact_id=reward.contact_id)
    return own.filter(reward_id=reward.pk).first()


def gifts_to_send() -> dict[str, int]:
    """Count approved gifts: ``ready`` to be sent, and ``waiting`` for an address."""
    rows = Reward.objects.filter(
        rule__delivery=Delivery.GIFT, state=State.APPROVED, contact__erased_at=None
    )
    waits = Q(because=NO_ADDRESS)
    return rows.aggregate(
        ready=Count("pk", filter=~waits), waiting=Count("pk", filter=waits)
    )


def read_address(given: Mapping[str, str]) -> Address:
    """
    Read an address as it was typed.

    :raises AddressWrong: if something is missing
    """
    parts = {
        name: " ".join(given.get(name, "").replace("\0", "").split())[:length]
        for name, length in LENGTHS.items()
    }
    country = given.get("country", "").strip().upper()
    missing = [name for name, text in parts.items() if not text]
    if country in WITHOUT_CODES and "postal_code" in missing:
        missing.remove("postal_code")
    if not is_country(country):
        missing.append("country")
    if missing:
        raise AddressWrong(missing)
    return Address(**parts, country=country)


@transaction.atomic
def give_address(*, reward: Reward, address: Address, now: datetime) -> None:
    """
    Keep where a gift is to be sent; the same once more changes nothing.

    :raises NotDelivered: if it is no gift, not approved, or on its way already
    """
    locked = lock_reward(reward)
    if not asks_address(locked):
        raise NotDelivered("It is too late to say where this reward is sent.")
    known = address_of(locked)
    if known and all(
        getattr(known, name) == text for name, text in asdict(address).items()
    ):
        return
    RewardAddress.objects.update_or_create(
        contact_id=locked.contact_id,
        reward_id=locked.pk,
        defaults={**asdict(address), "given_at": now},
    )
    because = "" if locked.because == NO_ADDRESS else locked.because
    entry = Entry(Kind.CLAIMED, locked.state, "address_given")
    # Who has said where to send it need not hurry any more; we must.
    change(locked, entry, now=now, because=because, due_at=None)
