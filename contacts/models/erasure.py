"""Proof that a person was forgotten."""

from django.db import models

from contacts.models.work import Work


class Erasure(Work):
    """
    A person is forgotten; the row itself says nothing about who it was.

    ``person`` is the number the contact had, ``digests`` are keyed hashes of the identifiers,
    so that somebody who asks can be shown that it was done.
    """

    person = models.BigIntegerField()
    digests = models.JSONField(default=list)
    # How many rows of which table were deleted, or emptied.
    counts = models.JSONField(default=dict)
    # Who asked for it and why, in the marketer's words, without names.
    statement = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"Erasure {self.pk}"
