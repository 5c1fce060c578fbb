"""Where gifts are sent."""

from django.db import models

from contacts.models import PersonModel

NAME_LENGTH = 120
STREET_LENGTH = 200
CODE_LENGTH = 20
CITY_LENGTH = 100


class RewardAddress(PersonModel):
    """
    Where a gift is sent, as the person wrote it once it was approved; ``contact`` gets it.

    It is for this one gift: the next one asks anew.
    """

    merging = "moves"
    erasing = "deleted"
    follows = ("reward_id", "referrals.Reward")

    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.CASCADE, db_constraint=False
    )
    reward_id = models.BigIntegerField()
    name = models.CharField(max_length=NAME_LENGTH)
    street = models.CharField(max_length=STREET_LENGTH)
    # Blank where a country has none.
    postal_code = models.CharField(max_length=CODE_LENGTH, blank=True)
    city = models.CharField(max_length=CITY_LENGTH)
    # Two letters, as in ISO 3166.
    country = models.CharField(max_length=2)
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "reward_id"], name="one_address_per_reward"
            ),
        ]

    def __str__(self) -> str:
        return f"Address for reward {self.reward_id}"
