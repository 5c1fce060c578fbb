"""Companies, teams and other groups of contacts."""

from django.db import models

from contacts.models.person import PersonModel


class Account(models.Model):
    """A company or team, named by its group id; no person."""

    sharded_by = "group_id"

    group_id = models.CharField(max_length=500, unique=True)
    name = models.CharField(max_length=200, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    attributes_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name or self.group_id


class AccountChange(models.Model):
    """What one message said about an account; read as changes of contacts are."""

    sharded_by = "account"

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, db_constraint=False, db_index=False
    )
    at = models.DateTimeField()
    order_key = models.CharField(max_length=200)
    values = models.JSONField()
    receipt_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "at", "order_key"], name="account_change_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} at {self.at:%Y-%m-%d %H:%M:%S}"


class AccountMember(PersonModel):
    """A contact belongs to an account, because a message with the identifier said so."""

    merging = "moves"
    erasing = "deleted"

    contact = models.ForeignKey(
        "contacts.Contact",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
    )
    account_id = models.BigIntegerField()
    identifier_id = models.BigIntegerField()
    first_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "account_id", "identifier_id"],
                name="account_member_once",
            ),
        ]
        indexes = [
            # The members of an account.
            models.Index(fields=["account_id", "contact"], name="contacts_of_account"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} in account {self.account_id}"
