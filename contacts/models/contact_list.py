"""Static lists."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from contacts.models.contact import Contact
from contacts.models.person import PersonModel


class ContactListQuerySet(models.QuerySet["ContactList"]):
    """Which lists."""

    def with_size(self) -> "ContactListQuerySet":
        """Add how many contacts are on each, as ``size``, in the same query."""
        memberships = ListMembership.objects.filter(contact_list=models.OuterRef("pk"))
        return self.annotate(
            size=models.Case(
                models.When(
                    kind=ContactList.Kind.EVERYONE,
                    then=models.ExpressionWrapper(
                        count_of(Contact.objects.all())
                        - count_of(Contact.objects.exclude(erased_at=None)),
                        models.BigIntegerField(),
                    ),
                ),
                default=count_of(memberships),
                output_field=models.BigIntegerField(),
            )
        )


def count_of(rows: models.QuerySet) -> models.Subquery:
    """Count rows as a part of another query."""
    counted = rows.order_by().annotate(
        number=models.Func(
            function="count",
            template="%(function)s(*)",
            output_field=models.BigIntegerField(),
        )
    )
    return models.Subquery(counted.values("number"))


class ContactList(models.Model):
    """
    A list that is filled by hand, by an import or by a step of a flow.

    The one of kind "everyone" exists from the start and has no membership rows: every
    contact is on it.
    """

    class Kind(models.TextChoices):
        """Who is on it."""

        EVERYONE = "everyone", "Everyone"
        CHOSEN = "chosen", "Chosen contacts"

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.CHOSEN)
    # Since when everybody on it is taken for a customer; null for any other list.
    customers_at = models.DateTimeField(null=True, blank=True)
    description = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True
    )

    objects = ContactListQuerySet.as_manager()

    class Meta:
        verbose_name = "list"
        constraints = [
            models.UniqueConstraint(
                fields=["kind"],
                condition=models.Q(kind="everyone"),
                name="one_list_of_everyone",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ListMembership(PersonModel):
    """A contact is on a list."""

    merging = "combines"
    erasing = "deleted"

    contact = models.ForeignKey(
        "contacts.Contact",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
    )
    contact_list = models.ForeignKey(
        ContactList, on_delete=models.CASCADE, db_index=False
    )
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "contact_list"], name="on_a_list_once"
            ),
        ]
        indexes = [
            # Everybody on a list.
            models.Index(fields=["contact_list", "contact"], name="contacts_of_list"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} on {self.contact_list_id}"
