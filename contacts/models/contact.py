"""People, and what names them."""

from django.conf import settings
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models.functions import Concat, Now, Upper

from contacts.models.consent import Channel, Consent, Suppression
from contacts.names import full_name

# So many that a page of them is found soonest by looking at the newest contacts in turn.
MANY = 5_000


class ContactQuerySet(models.QuerySet["Contact"]):
    """Which people."""

    def matching(self, text: str) -> "ContactQuerySet":
        """
        Whose address, names or identifiers begin with the words, each of them somewhere.

        Each way of matching has an index: ``contact_email``, ``contact_first_name``,
        ``contact_last_name`` and ``identifier_prefix``. They are put together as sets, for a
        mere OR with the identifiers would read every contact. A word that very many begin
        with is asked of each row instead: such a set is dear, and a page is soon full. One
        short query for each word.
        """
        found = self
        for word in text.split():
            contacts = Contact.objects.order_by().values("pk")
            named = Identifier.objects.exclude(kind=Identifier.Kind.EMAIL).order_by()
            named = named.filter(value__startswith=word)
            ways = [
                models.Q(email__startswith=word.lower()),
                models.Q(first_name__istartswith=word),
                models.Q(last_name__istartswith=word),
            ]
            sets = [
                *(contacts.filter(way) for way in ways),
                named.values("contact_id"),
            ]
            if len(sets[0].union(*sets[1:], all=True)[:MANY]) < MANY:
                found = found.filter(pk__in=sets[0].union(*sets[1:]))
            else:
                own = models.Exists(named.filter(contact=models.OuterRef("pk")))
                found = found.filter(ways[0] | ways[1] | ways[2] | own)
        return found

    def with_digest(self) -> "ContactQuerySet":
        """Add the keyed hash of the address, which names a suppression."""
        text = Concat(models.Value(f"{settings.SUPPRESSION_KEY}:"), models.F("email"))
        octets = models.Func(
            text,
            models.Value("UTF8"),
            function="convert_to",
            output_field=models.BinaryField(),
        )
        return self.annotate(
            digest=models.Func(
                octets, function="sha256", output_field=models.BinaryField()
            )
        )

    def with_permission(self) -> "ContactQuerySet":
        """Add where each stands on email: ``consent_state`` and ``is_suppressed``."""
        consents = Consent.objects.filter(
            contact=models.OuterRef("pk"), channel=Channel.EMAIL
        )
        suppressions = Suppression.objects.filter(digest=models.OuterRef("digest"))
        return self.with_digest().annotate(
            consent_state=models.Subquery(consents.values("state")[:1]),
            is_suppressed=models.Exists(suppressions),
        )


class Contact(models.Model):
    """
    A person.

    ``email`` repeats the email identifier, lower case, so that lists and mails need no join.
    ``attributes`` holds what else we were told: name → text, number, flag or list.
    """

    email = models.CharField(max_length=254, blank=True)
    first_name = models.CharField(max_length=200, blank=True)
    last_name = models.CharField(max_length=200, blank=True)
    # A BCP 47 tag such as "de" or "pt-BR"; blank where we were not told.
    locale = models.CharField(max_length=35, blank=True)
    # An IANA name such as "Europe/Berlin"; blank where we were not told.
    time_zone = models.CharField(max_length=64, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    # The time of the newest of the attribute changes that it shows.
    attributes_at = models.DateTimeField(null=True, blank=True)
    # Has an anonymous id and neither an address nor a user id: a visitor who never said who
    # he is.
    is_anonymous = models.BooleanField(default=False, db_default=False)
    # Forgotten on request: the row remains for what was counted, and names nobody.
    erased_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    objects = ContactQuerySet.as_manager()

    class Meta:
        indexes = [
            # Searching a person by the beginning of the address or name; sorting the list.
            models.Index(
                fields=["email"], name="contact_email", opclasses=["text_pattern_ops"]
            ),
            models.Index(
                OpClass(Upper("first_name"), name="text_pattern_ops"),
                name="contact_first_name",
            ),
            models.Index(
                OpClass(Upper("last_name"), name="text_pattern_ops"),
                name="contact_last_name",
            ),
            # Those whose clocks have come to a time of the day.
            models.Index(
                fields=["time_zone"],
                name="contact_time_zone",
                condition=~models.Q(time_zone=""),
            ),
            # The list of people, and that of visitors; nobody is in both.
            models.Index(
                fields=["-created_at", "-id"],
                name="contact_newest_known",
                condition=models.Q(is_anonymous=False),
            ),
            models.Index(
                fields=["-created_at", "-id"],
                name="contact_newest_anonymous",
                condition=models.Q(is_anonymous=True),
            ),
            # Who was forgotten, to be left out of counts.
            models.Index(
                fields=["id"],
                name="contact_erased",
                condition=models.Q(erased_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.email else self.name

    @property
    def name(self) -> str:
        """Both names, or the address, or a stand-in."""
        names = full_name(self.first_name, self.last_name)
        return names or self.email or f"Contact {self.pk}"


class Identifier(models.Model):
    """
    A look-up from what names a person to the contact; one contact each.

    Sharded by its own value, so the contact is no constraint.
    """

    sharded_by = "value"
    merging = "points"
    erasing = "deleted"

    class Kind(models.TextChoices):
        """What sort of name it is."""

        EMAIL = "email", "Email"
        USER_ID = "user_id", "User ID"
        ANONYMOUS_ID = "anonymous_id", "Anonymous ID"

    kind = models.CharField(max_length=20, choices=Kind)
    value = models.CharField(max_length=254)
    contact = models.ForeignKey(
        Contact,
        on_delete=models.CASCADE,
        db_constraint=False,
        related_name="identifiers",
    )
    created_at = models.DateTimeField(db_default=Now())
    # Since when somebody trusted names the person so: a file, a person, a server. What a public
    # source claims later joins nobody to him.
    stated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "value"], name="identifier_names_one_contact"
            ),
        ]
        indexes = [
            # Searching a person by the beginning of a user id. Addresses are searched on
            # the contact, so this index costs an import nothing.
            models.Index(
                fields=["value"],
                name="identifier_prefix",
                opclasses=["text_pattern_ops"],
                condition=~models.Q(kind="email"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"
