"""Products in which people are asked while they use them."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from contacts.sealed import seal, unseal


class InAppSite(models.Model):
    """
    A product whose pages show asks: from where, and the secret with which it vouches for people.

    ``key`` is readable in its pages. The secret never leaves its server, which signs the id of
    the user who is signed in; what is not signed is shown the public offer of ``program``. Here
    it is sealed (``contacts.sealed``).
    """

    name = models.CharField(max_length=120, unique=True)
    key = models.CharField(max_length=40, unique=True)
    # What people are offered who are not signed in; nothing if there is none.
    program = models.ForeignKey(
        "referrals.Program",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    sealed_secret = models.TextField()
    # Origins of the pages, such as https://app.example.com.
    origins = models.JSONField(default=list)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    last_asked_at = models.DateTimeField(null=True, blank=True)
    # The kill switch.
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    def __str__(self) -> str:
        return self.name

    @property
    def secret(self) -> str:
        """
        Give the secret.

        :raises NotOpened: if the site has lost the key with which it was sealed
        """
        return unseal(self.sealed_secret, purpose=self.seal_purpose)

    @secret.setter
    def secret(self, secret: str) -> None:
        """Seal a secret; the key must be there already."""
        self.sealed_secret = seal(secret, purpose=self.seal_purpose)

    @property
    def seal_purpose(self) -> str:
        """For what its secret is sealed: it opens nothing in another row."""
        return f"campaigns.in_app_site:{self.key}"
