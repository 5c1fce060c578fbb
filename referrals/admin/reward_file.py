"""Rewards as a file: for whoever pays, and for whoever packs and sends gifts."""

from collections.abc import Iterator
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject
from import_export.fields import Field

from contacts.exports import CsvResource
from referrals.models import Reward, RewardAddress
from referrals.money import from_minor

ADDRESS = ("send_to", "street", "postal_code", "city", "country")


class RewardResource(CsvResource):
    """Rewards, for another tool."""

    email = Field(attribute="contact__email", column_name="email")
    program = Field(attribute="program__name", column_name="program")
    amount = Field(column_name="amount")
    balance = Field(column_name="still to deliver")
    gift = Field(attribute="rule__label", column_name="what it is")
    send_to = Field(column_name="send to")
    street = Field(column_name="street")
    postal_code = Field(column_name="postal code")
    city = Field(column_name="city")
    country = Field(column_name="country")

    class Meta:
        model = Reward
        fields = (
            *("id", "email", "program", "role", "state", "amount", "balance"),
            *("currency", "because", "earned_at", "held_until", "approved_at"),
            *("fulfilled_at", "coupon_code", "charity", "gift"),
            *ADDRESS,
        )
        export_order = fields

    def dehydrate_amount(self, reward: Reward) -> str:
        """Write what is granted."""
        if not reward.currency:
            return ""
        return str(from_minor(reward.amount_minor, reward.currency))

    def dehydrate_balance(self, reward: Reward) -> str:
        """Write what is still to be delivered."""
        if not reward.currency:
            return ""
        return str(from_minor(reward.balance_minor, reward.currency))

    def csv_rows(self, queryset: QuerySet) -> Iterator[list[Any]]:
        """Read where gifts are sent along with the rewards."""
        own = RewardAddress.objects.filter(
            contact=OuterRef("contact"), reward_id=OuterRef("pk")
        )
        names = {"send_to": "name", **{name: name for name in ADDRESS[1:]}}
        address = Subquery(own.values(parts=JSONObject(**names))[:1])
        return super().csv_rows(queryset.annotate(address=address))

    def part(self, reward: Reward, name: str) -> str:
        """Read a part of the address; blank where none was given."""
        address: dict[str, str] | None = getattr(reward, "address", None)
        return (address or {}).get(name, "")

    def dehydrate_send_to(self, reward: Reward) -> str:
        """Write whose name is on the door."""
        return self.part(reward, "send_to")

    def dehydrate_street(self, reward: Reward) -> str:
        """Write the street."""
        return self.part(reward, "street")

    def dehydrate_postal_code(self, reward: Reward) -> str:
        """Write the postal code."""
        return self.part(reward, "postal_code")

    def dehydrate_city(self, reward: Reward) -> str:
        """Write the city."""
        return self.part(reward, "city")

    def dehydrate_country(self, reward: Reward) -> str:
        """Write the country as two letters, as carriers want it."""
        return self.part(reward, "country")
